//! [`Smtp`]: the server that takes letters, and how it is talked to.

use crate::{Failed, letter::mailbox, oauth2::Tokens};
use lettre::message::Mailbox;
use types::Secret;

/// Section `smtp`, understood.
#[derive(Clone, Debug)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub(crate) from: Mailbox,
    /// The name in EHLO.
    pub hello: String,
    pub encryption: Encryption,
    /// `None` logs in to nobody.
    pub login: Option<Login>,
    /// Log the dialogue, without what logs in.
    pub debug: bool,
}

/// `smtp.encryption`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    Off,
    /// From the first byte.
    Tls,
    /// After a greeting in the clear; without it nothing is sent.
    StartTls,
}

#[derive(Clone, Debug)]
pub struct Login {
    pub user: String,
    pub mechanism: Mechanism,
}

/// `smtp.auth_type`, with what it takes.
#[derive(Clone, Debug)]
pub enum Mechanism {
    Plain(Secret<String>),
    Login(Secret<String>),
    CramMd5(Secret<String>),
    /// A bearer token that is had for a refresh token.
    Xoauth2(Box<Tokens>),
}

impl Smtp {
    /// `None` where no host is set: mail is off. Fails when there is no address to send from.
    pub fn new(section: &config::Smtp) -> Result<Option<Self>, Failed> {
        if section.host.is_empty() {
            return Ok(None);
        }
        let from = if section.from.is_empty() { &section.user } else { &section.from };
        Ok(Some(Self {
            host: section.host.clone(),
            port: section.port,
            from: mailbox(from)?,
            hello: if section.domain.is_empty() { "localhost".to_owned() } else { section.domain.clone() },
            encryption: match section.encryption {
                0 => Encryption::Off,
                1 => Encryption::Tls,
                _ => Encryption::StartTls,
            },
            login: login(section),
            debug: section.debug == 1,
        }))
    }
}

fn login(section: &config::Smtp) -> Option<Login> {
    let password = section.password.clone();
    let mechanism = match section.auth_type {
        3 => Mechanism::Xoauth2(Box::new(Tokens::new(&section.oauth2))),
        _ if section.user.is_empty() && password.expose().is_empty() => return None,
        1 => Mechanism::Login(password),
        2 => Mechanism::CramMd5(password),
        _ => Mechanism::Plain(password),
    };
    Some(Login { user: section.user.clone(), mechanism })
}

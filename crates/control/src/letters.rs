//! Letters that the server writes, and the settings they are sent by.
//!
//! The configuration decides where it names a mail server; otherwise the settings that are kept with the
//! objects do (`configs.smtp` of a backup), read anew for each letter, so that a change counts at once and on
//! every server that shares the database.

use crate::{Control, Error, Kms, Result};
use mail::{Body, Letter, Smtp, Template};
use serde::Deserialize;
use std::path::PathBuf;
use store::KmsSecret;
use types::Secret;

/// `configs.smtp`, as SFTPGo stores it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Kept {
    host: String,
    port: u16,
    from: String,
    user: String,
    password: KmsSecret,
    auth_type: u8,
    encryption: u8,
    domain: String,
    debug: u8,
    oauth2: KeptOauth2,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct KeptOauth2 {
    provider: u8,
    tenant: String,
    client_id: String,
    client_secret: KmsSecret,
    refresh_token: KmsSecret,
}

const RESET_FILE: &str = "email/reset-password.html";
const RESET_GAPS: &[&str] = &["Code"];
const RESET_TEXT: &str = "<p>Your code: <b>{{.Code}}</b></p>\n\
    <p>It sets a new password once, within 10 minutes. If you did not ask for it, there is no need to act.</p>\n";

impl Control {
    /// Fails when there is no mail server to send by.
    pub async fn check_mail(&self) -> Result<()> {
        self.smtp().await.map(drop)
    }

    /// Sends a letter; it has been taken when this returns.
    pub async fn send(&self, letter: Letter) -> Result<()> {
        let smtp = self.smtp().await?;
        // Its sockets belong to the main runtime, whoever asks.
        let sent = self.passwords.handle().spawn(async move { smtp.send(&letter).await });
        Ok(sent.await.map_err(|_| Error::Stopped)??)
    }

    /// Mails the code that resets a password.
    pub async fn send_reset_code(&self, to: &str, code: &Secret<String>) -> Result<()> {
        let template = self.template(RESET_FILE, RESET_GAPS, RESET_TEXT).await?;
        self.send(Letter {
            to: vec![to.to_owned()],
            subject: "Reset your password".to_owned(),
            body: Body::Html(template.html(&[("Code", code.expose())])),
        })
        .await
    }

    async fn smtp(&self) -> Result<Smtp> {
        if let Some(smtp) = Smtp::new(&self.settings.smtp)? {
            return Ok(smtp);
        }
        let Some(kept) = self.store.configs().await?.remove("smtp") else { return Err(Error::NoMail) };
        let kept: Kept = serde_json::from_value(kept)
            .map_err(|error| Error::Invalid(format!("the stored settings of mail: {error}")))?;
        Smtp::new(&section(kept, &self.kms)?)?.ok_or(Error::NoMail)
    }

    /// The text below `smtp.templates_path`, or `own` where there is none that can be used.
    async fn template(&self, file: &str, gaps: &'static [&str], own: &str) -> Result<Template> {
        let path: PathBuf = self.settings.smtp.templates_path.join(file);
        let read = path.clone();
        let loaded = self.passwords.handle().spawn_blocking(move || Template::load(&read, gaps));
        match loaded.await.map_err(|_| Error::Stopped)? {
            Ok(Some(template)) => return Ok(template),
            Ok(None) => {}
            Err(fault) => tracing::warn!(target: "smtp", "{} is not used: {fault}", path.display()),
        }
        Template::parse(own, gaps).map_err(|fault| Error::Invalid(fault.to_string()))
    }
}

fn section(kept: Kept, kms: &Kms) -> Result<config::Smtp> {
    let Kept { host, port, from, user, password, auth_type, encryption, domain, debug, oauth2 } = kept;
    let open = |secret: &KmsSecret| match secret.is_empty() {
        true => Ok(Secret::default()),
        false => kms.open(secret),
    };
    let defaults = config::Smtp::default();
    Ok(config::Smtp {
        host,
        port: if port == 0 { defaults.port } else { port },
        from,
        user,
        password: open(&password)?,
        auth_type,
        encryption,
        domain,
        debug,
        oauth2: config::SmtpOauth2 {
            provider: oauth2.provider,
            tenant: oauth2.tenant,
            client_id: oauth2.client_id,
            client_secret: open(&oauth2.client_secret)?,
            refresh_token: open(&oauth2.refresh_token)?,
        },
        ..defaults
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn kept_settings_are_read_with_their_secrets() {
        let kms = Kms::new(Secret::new("master".into()));
        let sealed = kms.seal(&Secret::new("pass-w".into()), "smtp").unwrap();
        let kept = json!({"host": "h", "user": "joe", "password": sealed, "auth_type": 1,
            "oauth2": {"provider": 1, "refresh_token": {"status": "Plain", "payload": "r"}}});
        let section = section(serde_json::from_value(kept).unwrap(), &kms).unwrap();
        assert_eq!((section.host.as_str(), section.port, section.auth_type), ("h", 587, 1));
        assert_eq!(section.password.expose(), "pass-w");
        assert_eq!(section.oauth2.refresh_token.expose(), "r");
        let damaged = json!({"host": "h", "password": {"status": "Secretbox", "payload": "AAAA"}});
        assert!(self::section(serde_json::from_value(damaged).unwrap(), &kms).is_err());
    }

    #[test]
    fn the_own_text_is_a_template() {
        let text = Template::parse(RESET_TEXT, RESET_GAPS).unwrap().html(&[("Code", "C0DE")]);
        assert!(text.contains("<b>C0DE</b>"));
    }
}

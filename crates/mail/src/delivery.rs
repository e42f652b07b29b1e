//! The dialogue with the server: greeting, TLS, login, the letter, goodbye.

use crate::{Encryption, Failed, Letter, Login, Mechanism, Smtp, cram_md5};
use lettre::transport::smtp::{
    authentication::{self, Credentials},
    client::{AsyncSmtpConnection, TlsParameters},
    extension::ClientId,
    response::Response,
};
use std::{net::IpAddr, time::Duration};
use types::Secret;

/// How long it all may take. A server may think about a letter for a while; a client that waits for its answer
/// does not wait for this.
const PATIENCE: Duration = Duration::from_secs(60);

impl Smtp {
    /// Hands `letter` to the server; it has taken it when this returns.
    pub async fn send(&self, letter: &Letter) -> Result<(), Failed> {
        let message = letter.message(&self.from)?;
        let delivery = async {
            let mut connection = self.connect().await?;
            if let Some(login) = &self.login {
                self.log_in(&mut connection, login).await?;
            }
            let answer = connection.send(message.envelope(), &message.formatted()).await?;
            self.note("the letter is taken", &answer);
            // It is sent; how the server takes the goodbye changes nothing.
            let _ = connection.quit().await;
            Ok(())
        };
        tokio::time::timeout(PATIENCE, delivery).await.unwrap_or(Err(Failed::Late))
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Failed> {
        let hello = hello(&self.hello);
        let tls = match self.encryption {
            Encryption::Off => None,
            Encryption::Tls | Encryption::StartTls => Some(self.tls().await?),
        };
        let (at_once, later) = match self.encryption {
            Encryption::StartTls => (None, tls),
            Encryption::Off | Encryption::Tls => (tls, None),
        };
        let server = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(PATIENCE), &hello, at_once, None).await?;
        if self.debug {
            tracing::debug!(target: "smtp", server = %connection.server_info(), "connected");
        }
        if let Some(tls) = later {
            connection.starttls(tls, &hello).await?;
            if self.debug {
                tracing::debug!(target: "smtp", server = %connection.server_info(), "encrypted");
            }
        }
        Ok(connection)
    }

    /// Trusts what the system trusts, which `SSL_CERT_FILE` can say. Reading that may block.
    async fn tls(&self) -> Result<TlsParameters, Failed> {
        let host = self.host.clone();
        let made = tokio::task::spawn_blocking(move || TlsParameters::new(host)).await;
        Ok(made.map_err(|_| Failed::Stopped)??)
    }

    async fn log_in(&self, connection: &mut AsyncSmtpConnection, login: &Login) -> Result<(), Failed> {
        let answer = match &login.mechanism {
            Mechanism::Plain(password) => {
                sasl(connection, authentication::Mechanism::Plain, login, password).await?
            }
            Mechanism::Login(password) => {
                sasl(connection, authentication::Mechanism::Login, login, password).await?
            }
            Mechanism::Xoauth2(tokens) => {
                let token = tokens.fetch().await?;
                sasl(connection, authentication::Mechanism::Xoauth2, login, &token).await?
            }
            Mechanism::CramMd5(password) => {
                let challenge = connection.command("AUTH CRAM-MD5\r\n").await?;
                let challenge = challenge.first_line().filter(|_| challenge.has_code(334));
                let answer = challenge.and_then(|text| cram_md5::answer(&login.user, password, text));
                let answer = answer.ok_or(Failed::Challenge("the challenge of CRAM-MD5 is malformed"))?;
                connection.command(format!("{answer}\r\n")).await?
            }
        };
        self.note("logged in", &answer);
        if answer.has_code(235) { Ok(()) } else { Err(Failed::Challenge("it asks for more")) }
    }

    fn note(&self, what: &'static str, answer: &Response) {
        if self.debug {
            let text = answer.message().collect::<Vec<_>>().join(" ");
            tracing::debug!(target: "smtp", code = %answer.code(), answer = text, "{what}");
        }
    }
}

async fn sasl(
    connection: &mut AsyncSmtpConnection,
    mechanism: authentication::Mechanism,
    login: &Login,
    secret: &Secret<String>,
) -> Result<Response, Failed> {
    let credentials = Credentials::new(login.user.clone(), secret.expose().clone());
    Ok(connection.auth(&[mechanism], &credentials).await?)
}

/// An address is written in brackets (RFC 5321, section 4.1.3).
fn hello(domain: &str) -> ClientId {
    match domain.parse() {
        Ok(IpAddr::V4(address)) => ClientId::Ipv4(address),
        Ok(IpAddr::V6(address)) => ClientId::Ipv6(address),
        Err(_) => ClientId::Domain(domain.to_owned()),
    }
}

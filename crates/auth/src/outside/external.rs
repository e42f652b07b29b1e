//! `data_provider.external_auth_hook`: credentials are judged elsewhere.

use super::{Candidate, MAX_ANSWER, failed, is_blank, parse_user, recent::Recent, user_json};
use crate::{Attempt, Key, Refused, login::Inner};
use base64::{Engine, engine::general_purpose::STANDARD};
use hooks::{Answer, Call, Hook, Method};
use serde::Serialize;
use serde_json::value::RawValue;
use std::{sync::Arc, time::Duration};
use store::User;
use types::Secret;

#[derive(Clone, Debug)]
pub struct External {
    hook: Hook,
    /// `external_auth_scope`: bits of [`Credential::bit`]; 0 is all of them.
    scope: u32,
    recent: Arc<Recent>,
}

/// What is tried.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    Password(&'a Secret<String>),
    Key(&'a Key),
    /// A password that will be asked for.
    Interactive,
}

/// The body of a request.
#[derive(Serialize)]
struct Request<'a> {
    username: &'a str,
    ip: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Box<RawValue>>,
    protocol: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    password: &'a str,
    #[serde(skip_serializing_if = "String::is_empty")]
    public_key: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    keyboard_interactive: &'static str,
}

impl External {
    pub fn new(hook: Hook, scope: u32) -> Self {
        Self { hook, scope, recent: Arc::default() }
    }

    pub fn takes(&self, credential: &Credential<'_>) -> bool {
        self.scope == 0 || self.scope & credential.bit() != 0
    }

    pub fn takes_keys(&self) -> bool {
        self.scope == 0 || self.scope & KEY != 0
    }

    /// Asks the hook, unless it has said yes to the same a moment ago and may be taken at its word for a while.
    pub async fn ask(
        &self,
        inner: &Inner,
        attempt: &Attempt,
        known: Option<User>,
        credential: Credential<'_>,
    ) -> Result<Candidate, Refused> {
        let keeps = known.as_ref().is_some_and(|user| user.filters.base.external_auth_cache_time > 0);
        if let (true, Some(material)) = (keeps, credential.material()) {
            match self.recent.holds(&attempt.username, &material) {
                Some(true) => return Ok(Candidate { user: known, proved: true }),
                Some(false) if matches!(credential, Credential::Password(_)) => {
                    return Err(Refused::WrongCredentials);
                }
                _ => {}
            }
        }
        let stored = inner.stored(attempt).await?;
        let answer = self.call(attempt, stored.as_ref(), credential).await?;
        let asked_later = matches!(credential, Credential::Interactive);
        if is_blank(&answer) {
            // Nothing to change: what is stored decides.
            return Ok(Candidate { user: known, proved: false });
        }
        let sent = parse_user(&answer)?;
        if sent.username.is_empty() {
            return Err(Refused::WrongCredentials);
        }
        let keep = u64::try_from(sent.filters.base.external_auth_cache_time).unwrap_or(0);
        inner.adopt(attempt, sent).await?;
        if let (1.., Some(material)) = (keep, credential.material()) {
            self.recent.add(&attempt.username, &material, Duration::from_secs(keep));
        }
        Ok(Candidate { user: inner.user(attempt).await?, proved: !asked_later })
    }

    async fn call(
        &self,
        attempt: &Attempt,
        stored: Option<&User>,
        credential: Credential<'_>,
    ) -> Result<Vec<u8>, Refused> {
        let user = stored.map(user_json).transpose()?.unwrap_or_default();
        let (ip, protocol) = (attempt.ip.to_canonical().to_string(), attempt.protocol.family());
        let (password, public_key, interactive) = match credential {
            Credential::Password(password) => (password.expose().as_str(), String::new(), ""),
            Credential::Key(key) => ("", authorized_key(key), ""),
            Credential::Interactive => ("", String::new(), "1"),
        };
        let variables = vec![
            ("SFTPGO_AUTHD_USERNAME", (&attempt.username).into()),
            ("SFTPGO_AUTHD_USER", (&user).into()),
            ("SFTPGO_AUTHD_IP", (&ip).into()),
            ("SFTPGO_AUTHD_PROTOCOL", protocol.into()),
            ("SFTPGO_AUTHD_PASSWORD", password.into()),
            ("SFTPGO_AUTHD_PUBLIC_KEY", (&public_key).into()),
            ("SFTPGO_AUTHD_KEYBOARD_INTERACTIVE", interactive.into()),
            ("SFTPGO_AUTHD_TLS_CERT", "".into()),
        ];
        let user = (!user.is_empty()).then(|| RawValue::from_string(user)).transpose();
        let request = Request {
            username: &attempt.username,
            ip,
            user: user.map_err(|error| Refused::Outside(error.to_string()))?,
            protocol,
            password,
            public_key,
            keyboard_interactive: interactive,
        };
        let body = serde_json::to_vec(&request).map_err(|error| Refused::Outside(error.to_string()))?;
        let call = Call {
            variables,
            method: Method::Post,
            query: Vec::new(),
            body: Some(body),
            max_answer: MAX_ANSWER,
        };
        match self.hook.ask(call).await.map_err(|error| failed(&self.hook, &error))? {
            Answer::Program(output) => Ok(output),
            Answer::Http { status: 200, body } => Ok(body),
            Answer::Http { .. } => Err(Refused::WrongCredentials),
        }
    }
}

const PASSWORD: u32 = 1;
const KEY: u32 = 2;
const INTERACTIVE: u32 = 4;

impl Credential<'_> {
    const fn bit(&self) -> u32 {
        match self {
            Self::Password(_) => PASSWORD,
            Self::Key(_) => KEY,
            Self::Interactive => INTERACTIVE,
        }
    }

    /// What tells it from others of its kind, where there is something.
    fn material(&self) -> Option<(u32, Vec<u8>)> {
        let bytes = match self {
            Self::Password(password) => password.expose().as_bytes().to_vec(),
            Self::Key(Key::Plain(blob, _)) => blob.clone(),
            // A certificate is judged anew each time: it may have been revoked.
            Self::Key(Key::Certified(..)) | Self::Interactive => return None,
        };
        Some((self.bit(), bytes))
    }
}

/// A line as in `authorized_keys`: type and key, which begins with its type (RFC 4253, section 6.6).
fn authorized_key(key: &Key) -> String {
    let blob = match key {
        Key::Plain(blob, _) => blob,
        Key::Certified(certificate, _) => &certificate.blob,
    };
    let name =
        blob.split_first_chunk::<4>().and_then(|(len, rest)| rest.get(..u32::from_be_bytes(*len) as usize));
    format!("{} {}", String::from_utf8_lossy(name.unwrap_or_default()), STANDARD.encode(blob))
}

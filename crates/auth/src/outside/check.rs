//! `data_provider.check_password_hook`: passwords of which a part is checked elsewhere.

use super::{MAX_ANSWER, failed};
use crate::{Attempt, Refused};
use hooks::{Answer, Call, Hook, Method};
use serde::{Deserialize, Serialize};
use types::Secret;

#[derive(Clone, Debug)]
pub struct CheckPassword {
    hook: Hook,
    /// `check_password_scope`: 1 SSH, 2 FTP, 4 WebDAV; 0 is everything.
    scope: u32,
}

/// What the hook found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    Right,
    Wrong,
    /// This is to be compared with what is stored.
    Compare(Secret<String>),
}

#[derive(Serialize)]
struct Request<'a> {
    username: &'a str,
    password: &'a str,
    ip: String,
    protocol: &'static str,
}

#[derive(Deserialize)]
struct Reply {
    status: i64,
    #[serde(default)]
    to_verify: String,
}

impl CheckPassword {
    pub fn new(hook: Hook, scope: u32) -> Self {
        Self { hook, scope }
    }

    pub fn is_for(&self, attempt: &Attempt) -> bool {
        let bit = match attempt.protocol.family() {
            "SSH" => 1,
            "FTP" => 2,
            "DAV" => 4,
            _ => 0,
        };
        self.scope == 0 || self.scope & bit != 0
    }

    pub async fn ask(&self, attempt: &Attempt, password: &Secret<String>) -> Result<Checked, Refused> {
        let (ip, protocol) = (attempt.ip.to_canonical().to_string(), attempt.protocol.family());
        let variables = vec![
            ("SFTPGO_AUTHD_USERNAME", (&attempt.username).into()),
            ("SFTPGO_AUTHD_PASSWORD", password.expose().into()),
            ("SFTPGO_AUTHD_IP", (&ip).into()),
            ("SFTPGO_AUTHD_PROTOCOL", protocol.into()),
        ];
        let request = Request { username: &attempt.username, password: password.expose(), ip, protocol };
        let body = serde_json::to_vec(&request).map_err(|error| Refused::Outside(error.to_string()))?;
        let call = Call {
            variables,
            method: Method::Post,
            query: Vec::new(),
            body: Some(body),
            max_answer: MAX_ANSWER,
        };
        match self.hook.ask(call).await.map_err(|error| failed(&self.hook, &error))? {
            Answer::Program(text) | Answer::Http { status: 200, body: text } => read(&text),
            Answer::Http { status, .. } => Err(failed(&self.hook, &hooks::Failed::Status(status))),
        }
    }
}

fn read(text: &[u8]) -> Result<Checked, Refused> {
    let reply: Reply = serde_json::from_slice(text)
        .map_err(|error| Refused::Outside(format!("the hook sent no verdict: {error}")))?;
    Ok(match reply.status {
        1 => Checked::Right,
        2 => Checked::Compare(Secret::new(reply.to_verify)),
        _ => Checked::Wrong,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_is_one() {
        let right = |text: &str| read(text.as_bytes()).ok();
        assert_eq!(right(r#"{"status":1}"#), Some(Checked::Right));
        assert_eq!(right(r#"{"status":2,"to_verify":"x"}"#), Some(Checked::Compare(Secret::new("x".into()))));
        assert_eq!(right(r#"{"status":0}"#), Some(Checked::Wrong));
        assert_eq!(right(r#"{"status":7}"#), Some(Checked::Wrong));
        for bad in ["", "{}", "1", r#"{"status":"1"}"#] {
            assert_eq!(right(bad), None, "{bad}");
        }
    }
}

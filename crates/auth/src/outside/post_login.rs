//! `data_provider.post_login_hook`: told of logins that went well, and of those that did not.

use crate::{Authenticator, FailureLine, LoginLine, login::Inner};
use hooks::{Call, Hook, Method};
use std::net::IpAddr;
use store::User;
use types::LoginMethod;

#[derive(Clone, Debug)]
pub struct PostLogin {
    hook: Hook,
    /// `post_login_scope`.
    of: Scope,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    All,
    Failed,
    Succeeded,
}

/// What the hook is told, besides who.
struct Outcome {
    ip: IpAddr,
    method: LoginMethod,
    protocol: String,
    succeeded: bool,
}

impl Authenticator {
    /// Logs that a user logged in, and tells the hook. Once for each login.
    pub fn logged_in(&self, line: &LoginLine<'_>) {
        line.log();
        let LoginLine { ip, method, protocol, .. } = *line;
        self.tell(line.username, Outcome { ip, method, protocol: protocol.to_owned(), succeeded: true });
    }

    /// Logs that a user was refused, or a connection ended without a login, and tells the hook.
    pub fn not_logged_in(&self, line: &FailureLine<'_>) {
        line.log();
        let FailureLine { ip, method, protocol, .. } = *line;
        self.tell(line.username, Outcome { ip, method, protocol: protocol.to_owned(), succeeded: false });
    }

    fn tell(&self, username: &str, outcome: Outcome) {
        let Some(post_login) = self.0.hooks.as_ref().and_then(|hooks| hooks.post_login.clone()) else {
            return;
        };
        let wanted = match post_login.of {
            Scope::All => true,
            Scope::Failed => !outcome.succeeded,
            Scope::Succeeded => outcome.succeeded,
        };
        if wanted {
            let (inner, username) = (self.0.clone(), username.to_owned());
            // The user is looked up where the database is.
            self.handle().spawn(async move { post_login.tell(&inner, username, outcome).await });
        }
    }
}

impl PostLogin {
    pub fn new(hook: Hook, scope: u32) -> Self {
        let of = match scope {
            1 => Scope::Failed,
            2 => Scope::Succeeded,
            _ => Scope::All,
        };
        Self { hook, of }
    }

    async fn tell(&self, inner: &Inner, username: String, outcome: Outcome) {
        let known = if username.is_empty() { None } else { inner.control.user(&username).await.ok() };
        let user = known.unwrap_or_else(|| User { username, ..User::default() }).redacted();
        let Ok(user) = serde_json::to_string(&user) else { return };
        let Outcome { ip, method, protocol, succeeded } = outcome;
        let (ip, status) = (ip.to_canonical().to_string(), if succeeded { "1" } else { "0" });
        let variables = vec![
            ("SFTPGO_LOGIND_USER", (&user).into()),
            ("SFTPGO_LOGIND_IP", (&ip).into()),
            ("SFTPGO_LOGIND_METHOD", method.as_str().into()),
            ("SFTPGO_LOGIND_STATUS", status.into()),
            ("SFTPGO_LOGIND_PROTOCOL", (&protocol).into()),
        ];
        let query = vec![
            ("login_method", method.as_str().to_owned()),
            ("ip", ip),
            ("protocol", protocol),
            ("status", status.to_owned()),
        ];
        let body = Some(user.into_bytes());
        self.hook.tell(Call { variables, method: Method::Post, query, body, max_answer: 0 });
    }
}

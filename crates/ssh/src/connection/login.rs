//! Before there is a user: attempts to log in, one at a time.

use super::{End, User};
use crate::server::{Peer, Shared};
use auth::{Attempt, Authenticator, Refused, Step};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use ssh_proto::{AuthAttempt, AuthMethod, AuthRequest, Connection, Event};
use std::task::{Context, Poll};
use types::{LoginMethod, Protocol, Secret};

/// The state of a connection that is not logged in yet.
pub(super) struct Login {
    authenticator: Authenticator,
    /// What may be tried.
    methods: Vec<AuthMethod>,
    attempt: Option<BoxFuture<'static, Outcome>>,
    /// Who was tried last, and how.
    username: String,
    method: LoginMethod,
    failures: u32,
    max_tries: Option<u32>,
}

/// What an attempt came to.
enum Outcome {
    Granted(User),
    /// The key would do.
    KeyKnown,
    /// Right, but more is needed.
    Partial(Vec<AuthMethod>),
    Refused(String),
}

/// The answer to [`Login::poll`].
pub(super) enum Polled {
    Granted(User),
    /// An attempt is being checked.
    Busy,
    /// Ready for the next one.
    Free,
}

impl Login {
    pub(super) fn new(shared: &Shared) -> Self {
        Self {
            authenticator: shared.authenticator.clone(),
            methods: shared.methods.clone(),
            attempt: None,
            username: String::new(),
            method: LoginMethod::NoAuthTried,
            failures: 0,
            max_tries: shared.max_auth_tries,
        }
    }

    /// While an attempt is being checked nothing more is read from the client.
    pub(super) fn is_busy(&self) -> bool {
        self.attempt.is_some()
    }

    pub(super) fn handle(&mut self, event: Event, core: &mut Connection, peer: &Peer) -> Result<(), End> {
        match event {
            Event::Auth(request) => self.request(request, core, peer),
            Event::AuthBadSignature { user, .. } => {
                (self.username, self.method) = (user, LoginMethod::PublicKey);
                self.refuse(core, peer, "the signature does not fit the key")
            }
            _ => self.refuse(core, peer, "unexpected answer"),
        }
    }

    fn request(&mut self, request: AuthRequest, core: &mut Connection, peer: &Peer) -> Result<(), End> {
        self.username = request.user;
        let attempt = Attempt {
            username: self.username.clone(),
            ip: peer.remote.ip().to_canonical(),
            protocol: Protocol::Ssh,
        };
        let authenticator = self.authenticator.clone();
        match request.method {
            // A question, not an attempt.
            AuthAttempt::None => core.auth_failure(&self.methods, false),
            AuthAttempt::Password(password) if self.methods.contains(&AuthMethod::Password) => {
                self.method = LoginMethod::Password;
                self.attempt = Some(Box::pin(check_password(authenticator, attempt, password)));
            }
            AuthAttempt::PublicKeyQuery { blob, .. } => {
                self.method = LoginMethod::PublicKey;
                self.attempt = Some(Box::pin(check_query(authenticator, attempt, blob)));
            }
            AuthAttempt::PublicKey { blob, .. } => {
                self.method = LoginMethod::PublicKey;
                self.attempt = Some(Box::pin(check_key(authenticator, attempt, blob)));
            }
            AuthAttempt::KeyboardInteractive { .. } => {
                self.method = LoginMethod::KeyboardInteractive;
                return self.refuse(core, peer, "method not allowed");
            }
            _ => return self.refuse(core, peer, "method not allowed"),
        }
        Ok(())
    }

    pub(super) fn poll(
        &mut self,
        core: &mut Connection,
        peer: &Peer,
        cx: &mut Context<'_>,
    ) -> Result<Polled, End> {
        let Some(attempt) = self.attempt.as_mut() else { return Ok(Polled::Free) };
        let Poll::Ready(outcome) = attempt.as_mut().poll(cx) else { return Ok(Polled::Busy) };
        self.attempt = None;
        match outcome {
            Outcome::Granted(user) => {
                core.auth_success();
                self.log_login(core, peer, &user);
                return Ok(Polled::Granted(user));
            }
            Outcome::KeyKnown => core.auth_pk_ok(),
            Outcome::Partial(methods) => core.auth_failure(&methods, true),
            Outcome::Refused(why) => self.refuse(core, peer, &why)?,
        }
        Ok(Polled::Free)
    }

    fn refuse(&mut self, core: &mut Connection, peer: &Peer, why: &str) -> Result<(), End> {
        self.failures += 1;
        self.log(peer, why);
        core.auth_failure(&self.methods, false);
        if self.max_tries.is_some_and(|max| self.failures >= max) { Err(End::AuthTries) } else { Ok(()) }
    }

    /// A connection that ended before a login. Attempts that were refused are in the log already.
    pub(super) fn log_failed(&self, peer: &Peer, end: &End) {
        if self.failures == 0 {
            self.log(peer, &end.to_string());
        }
    }

    fn log(&self, peer: &Peer, error: &str) {
        tracing::debug!(
            target: "connection_failed",
            username = &*self.username,
            client_ip = %peer.remote.ip().to_canonical(),
            protocol = "SSH",
            login_type = self.method.as_str(),
            error,
        );
    }

    fn log_login(&self, core: &Connection, peer: &Peer, user: &User) {
        tracing::info!(
            target: "login",
            username = &**user.account.name(),
            ip = %peer.remote.ip().to_canonical(),
            protocol = "SSH",
            method = user.method.as_str(),
            connection_id = crate::hex(core.session_id()),
            client = &*String::from_utf8_lossy(core.client_version()),
            encrypted = true,
        );
    }
}

async fn check_password(who: Authenticator, attempt: Attempt, password: Secret<String>) -> Outcome {
    match who.password(&attempt, &password).await {
        Ok(account) => Outcome::Granted(User { account, method: LoginMethod::Password }),
        Err(refused) => refused_because(&refused),
    }
}

async fn check_query(who: Authenticator, attempt: Attempt, blob: Bytes) -> Outcome {
    if who.key_is_known(&attempt, &blob).await {
        Outcome::KeyKnown
    } else {
        Outcome::Refused("public key not accepted".to_owned())
    }
}

async fn check_key(who: Authenticator, attempt: Attempt, blob: Bytes) -> Outcome {
    match who.public_key(&attempt, &blob).await {
        Ok(Step::Granted(account)) => Outcome::Granted(User { account, method: LoginMethod::PublicKey }),
        Ok(Step::Need(methods)) => Outcome::Partial(methods.into_iter().filter_map(auth_method).collect()),
        Err(refused) => refused_because(&refused),
    }
}

fn refused_because(refused: &Refused) -> Outcome {
    Outcome::Refused(refused.to_string())
}

/// The SSH method that a login method begins with or continues by.
fn auth_method(method: LoginMethod) -> Option<AuthMethod> {
    match method {
        LoginMethod::PublicKey
        | LoginMethod::PublicKeyAndPassword
        | LoginMethod::PublicKeyAndKeyboardInteractive => Some(AuthMethod::PublicKey),
        LoginMethod::Password => Some(AuthMethod::Password),
        LoginMethod::KeyboardInteractive => Some(AuthMethod::KeyboardInteractive),
        LoginMethod::NoAuthTried | LoginMethod::TlsCertificate | LoginMethod::TlsCertificateAndPassword => {
            None
        }
    }
}

//! Before there is a user: attempts to log in, one at a time.

mod checks;

use self::checks::{Checked, Outcome};
use super::{End, User};
use crate::{
    server::{Peer, Shared},
    trust::UserCertificates,
};
use auth::{Attempt, Authenticator, Before, Conversation, FailureLine, Hook, LoginLine, Proof, Questions};
use futures_util::future::BoxFuture;
use ssh_proto::{AuthAttempt, AuthMethod, AuthRequest, Connection, Event, Negotiated, Presence, Prompt};
use std::task::{Context, Poll};
use types::{LoginMethod, Protocol};

/// The state of a connection that is not logged in yet.
pub(super) struct Login {
    authenticator: Authenticator,
    user_certificates: UserCertificates,
    hook: Option<Hook>,
    /// What may be tried.
    methods: Vec<AuthMethod>,
    check: Option<BoxFuture<'static, Checked>>,
    /// Asked and not answered yet.
    conversation: Option<Box<Conversation>>,
    first_step: Option<FirstStep>,
    /// Who was tried last, and how.
    username: String,
    method: LoginMethod,
    failures: u32,
    max_tries: Option<u32>,
}

/// A key that was right and is not enough.
struct FirstStep {
    /// Whose key it was. For anybody else it counts for nothing (RFC 4252 section 5).
    username: String,
    /// What may follow it.
    next: Vec<AuthMethod>,
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
            user_certificates: shared.user_certificates.clone(),
            hook: shared.keyboard_interactive_hook.clone(),
            methods: shared.methods.clone(),
            check: None,
            conversation: None,
            first_step: None,
            username: String::new(),
            method: LoginMethod::NoAuthTried,
            failures: 0,
            max_tries: shared.max_auth_tries,
        }
    }

    /// While an attempt is being checked nothing more is read from the client.
    pub(super) fn is_busy(&self) -> bool {
        self.check.is_some()
    }

    /// Whether an attempt was refused.
    pub(super) fn has_failed(&self) -> bool {
        self.failures > 0
    }

    pub(super) fn handle(&mut self, event: Event, core: &mut Connection, peer: &Peer) -> Result<(), End> {
        // Whatever comes instead of answers ends the questions.
        let conversation = self.conversation.take();
        match (event, conversation) {
            (Event::Auth(request), unanswered) => {
                if unanswered.is_some() {
                    // Each time it is asked, a hook runs: not as often as a client likes.
                    self.count(peer, "the questions were not answered")?;
                }
                self.request(request, core, peer)
            }
            (Event::AuthBadSignature { user, .. }, _) => {
                self.is_by(user, false);
                self.method = LoginMethod::PublicKey;
                self.refuse(core, peer, "the signature does not fit the key")
            }
            (Event::InfoResponse(answers), Some(conversation)) => {
                self.check = Some(Box::pin(checks::answers(conversation, answers, self.method)));
                Ok(())
            }
            _ => self.refuse(core, peer, "unexpected answer"),
        }
    }

    fn request(&mut self, request: AuthRequest, core: &mut Connection, peer: &Peer) -> Result<(), End> {
        self.is_by(request.user, request.changed);
        let attempt = Attempt {
            username: self.username.clone(),
            ip: peer.remote.ip().to_canonical(),
            protocol: Protocol::Ssh,
        };
        let who = self.authenticator.clone();
        let before = if self.first_step.is_some() { Before::Key } else { Before::Nothing };
        match request.method {
            // A question, not an attempt.
            AuthAttempt::None => core.auth_failure(self.open_methods(), false),
            AuthAttempt::Password(password) => {
                self.method = match before {
                    Before::Nothing => LoginMethod::Password,
                    Before::Key => LoginMethod::PublicKeyAndPassword,
                };
                if !self.is_open(AuthMethod::Password) {
                    return self.refuse(core, peer, "method not allowed");
                }
                self.check = Some(Box::pin(checks::password(who, attempt, before, password, self.method)));
            }
            AuthAttempt::PublicKeyQuery { blob, certificate, .. } => {
                self.method = LoginMethod::PublicKey;
                let key = self.user_certificates.key(&blob, certificate, Proof::Held);
                self.check = Some(Box::pin(checks::key_query(who, attempt, key)));
            }
            AuthAttempt::PublicKey { blob, certificate, presence, .. } => {
                self.method = LoginMethod::PublicKey;
                let proof = match presence {
                    Presence::Verified => Proof::OwnerVerified,
                    Presence::Unknown | Presence::Touched => Proof::Held,
                };
                let key = self.user_certificates.key(&blob, certificate, proof);
                self.check = Some(Box::pin(checks::key(who, attempt, key)));
            }
            AuthAttempt::KeyboardInteractive { .. } => {
                self.method = match before {
                    Before::Nothing => LoginMethod::KeyboardInteractive,
                    Before::Key => LoginMethod::PublicKeyAndKeyboardInteractive,
                };
                if !self.is_open(AuthMethod::KeyboardInteractive) {
                    return self.refuse(core, peer, "method not allowed");
                }
                let hook = self.hook.clone();
                self.check = Some(Box::pin(checks::interactive(who, attempt, before, hook, self.method)));
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
        let Some(check) = self.check.as_mut() else { return Ok(Polled::Free) };
        let Poll::Ready(checked) = check.as_mut().poll(cx) else { return Ok(Polled::Busy) };
        self.check = None;
        match checked {
            Ok(Outcome::Granted(user)) => {
                core.auth_success();
                self.log_login(core, peer, &user);
                return Ok(Polled::Granted(user));
            }
            Ok(Outcome::KeyKnown) => core.auth_pk_ok(),
            Ok(Outcome::Ask(conversation, questions)) => {
                self.conversation = Some(conversation);
                core.auth_info_request("", &questions.instruction, &prompts(&questions));
            }
            Ok(Outcome::Partial(methods)) => self.continue_after_key(methods, core, peer)?,
            Err(why) => self.refuse(core, peer, &why)?,
        }
        Ok(Polled::Free)
    }

    fn continue_after_key(
        &mut self,
        mut next: Vec<AuthMethod>,
        core: &mut Connection,
        peer: &Peer,
    ) -> Result<(), End> {
        next.retain(|method| self.methods.contains(method));
        if next.is_empty() {
            return self.refuse(core, peer, "what must follow the key is switched off");
        }
        core.auth_failure(&next, true);
        self.first_step = Some(FirstStep { username: self.username.clone(), next });
        Ok(())
    }

    /// Notes whose attempt this is. A step that somebody else made is void.
    fn is_by(&mut self, username: String, changed: bool) {
        self.username = username;
        if changed || self.first_step.as_ref().is_some_and(|step| step.username != self.username) {
            self.first_step = None;
        }
    }

    /// What may be tried now.
    fn open_methods(&self) -> &[AuthMethod] {
        self.first_step.as_ref().map_or(&self.methods, |step| &step.next)
    }

    fn is_open(&self, method: AuthMethod) -> bool {
        self.open_methods().contains(&method)
    }

    fn refuse(&mut self, core: &mut Connection, peer: &Peer, why: &str) -> Result<(), End> {
        let counted = self.count(peer, why);
        core.auth_failure(self.open_methods(), false);
        counted
    }

    /// Counts a failure, which may be one too many.
    fn count(&mut self, peer: &Peer, why: &str) -> Result<(), End> {
        self.failures += 1;
        self.log(peer, why);
        if self.max_tries.is_some_and(|max| self.failures >= max) { Err(End::AuthTries) } else { Ok(()) }
    }

    /// A connection that ended before a login. Attempts that were refused are in the log already.
    pub(super) fn log_failed(&self, peer: &Peer, end: &End) {
        if self.failures == 0 {
            self.log(peer, &end.to_string());
        }
    }

    fn log(&self, peer: &Peer, error: &str) {
        self.authenticator.not_logged_in(&FailureLine {
            ip: peer.remote.ip(),
            username: &self.username,
            method: self.method,
            protocol: Protocol::Ssh.family(),
            error: &error,
        });
    }

    fn log_login(&self, core: &Connection, peer: &Peer, user: &User) {
        self.authenticator.logged_in(&LoginLine {
            ip: peer.remote.ip(),
            username: user.account.name(),
            method: user.method,
            protocol: Protocol::Ssh.family(),
            connection_id: Some(&crate::hex(core.session_id())),
            client: &String::from_utf8_lossy(core.client_version()),
            encrypted: true,
            info: core.negotiated().map(info).as_deref(),
        });
    }
}

/// Which algorithms a login came over.
fn info(keys: &Negotiated) -> String {
    let mac = |mac: Option<&'static str>| mac.unwrap_or("implicit");
    format!(
        "kex: {}, host key: {}, cipher in: {}, cipher out: {}, mac in: {}, mac out: {}",
        keys.kex,
        keys.host_key,
        keys.cipher_in,
        keys.cipher_out,
        mac(keys.mac_in),
        mac(keys.mac_out)
    )
}

fn prompts(questions: &Questions) -> Vec<Prompt> {
    let prompts = questions.prompts.iter();
    prompts.map(|question| Prompt { text: question.text.clone(), echo: question.echo }).collect()
}

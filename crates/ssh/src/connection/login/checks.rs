//! Attempts as they are checked: each a future of its own, which the connection polls.

use super::super::User;
use auth::{Attempt, Authenticator, Before, Conversation, Hook, Key, Questions, Refused, Step, Turn};
use session::Account;
use ssh_proto::AuthMethod;
use std::sync::Arc;
use types::{LoginMethod, Secret};

/// What an attempt came to, or for the log why it was refused.
pub(super) type Checked = Result<Outcome, String>;

pub(super) enum Outcome {
    Granted(User),
    /// The key would do.
    KeyKnown,
    /// Right, but one of these has to follow.
    Partial(Vec<AuthMethod>),
    /// To be asked.
    Ask(Box<Conversation>, Questions),
}

pub(super) async fn password(
    who: Authenticator,
    attempt: Attempt,
    before: Before,
    password: Secret<String>,
    method: LoginMethod,
) -> Checked {
    granted(who.password_after(before, &attempt, &password).await, method)
}

pub(super) async fn key_query(who: Authenticator, attempt: Attempt, key: Key) -> Checked {
    match who.key_is_known(&attempt, &key).await {
        Ok(()) => Ok(Outcome::KeyKnown),
        Err(refused) => Err(refused.to_string()),
    }
}

pub(super) async fn key(who: Authenticator, attempt: Attempt, key: Key) -> Checked {
    match who.public_key(&attempt, &key).await {
        Ok(Step::Granted(account)) => granted(Ok(account), LoginMethod::PublicKey),
        Ok(Step::Need(methods)) => {
            Ok(Outcome::Partial(methods.into_iter().filter_map(second_step).collect()))
        }
        Err(refused) => Err(refused.to_string()),
    }
}

pub(super) async fn interactive(
    who: Authenticator,
    attempt: Attempt,
    before: Before,
    hook: Option<Hook>,
    method: LoginMethod,
) -> Checked {
    turned(who.interactive(attempt, before, hook.as_ref()).await, method)
}

pub(super) async fn answers(
    conversation: Box<Conversation>,
    answers: Vec<Secret<String>>,
    method: LoginMethod,
) -> Checked {
    turned(conversation.answer(answers).await, method)
}

fn turned(turn: Result<Turn, Refused>, method: LoginMethod) -> Checked {
    match turn {
        Ok(Turn::Ask(conversation, questions)) => Ok(Outcome::Ask(conversation, questions)),
        Ok(Turn::Granted(account)) => granted(Ok(account), method),
        Err(refused) => Err(refused.to_string()),
    }
}

fn granted(account: Result<Arc<Account>, Refused>, method: LoginMethod) -> Checked {
    match account {
        Ok(account) => Ok(Outcome::Granted(User { account, method })),
        Err(refused) => Err(refused.to_string()),
    }
}

/// What an SSH client does to complete a login that began with a key.
fn second_step(method: LoginMethod) -> Option<AuthMethod> {
    match method {
        LoginMethod::PublicKeyAndPassword => Some(AuthMethod::Password),
        LoginMethod::PublicKeyAndKeyboardInteractive => Some(AuthMethod::KeyboardInteractive),
        _ => None,
    }
}

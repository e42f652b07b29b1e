//! Keyboard-interactive logins (RFC 4256): questions, answers, and who asks them.
//!
//! The server itself asks for the password, and then for a code where the user has a second factor; after a
//! key, for the code alone. Where there is a hook it asks instead, whatever it likes.

use crate::{
    Attempt, Authenticator, Before, Hook, LoginHooks, Refused,
    gate::{SecondFactor, has_second_factor},
    hook::{Check, Reply, Running},
    login::Inner,
    outside::Credential,
    proof::Proved,
};
use session::Account;
use std::{fmt, sync::Arc};
use store::User;
use types::{LoginMethod, Secret};

/// A login that waits for answers.
pub struct Conversation {
    inner: Arc<Inner>,
    attempt: Attempt,
    before: Before,
    stage: Stage,
}

/// What comes next.
#[derive(Debug)]
pub enum Turn {
    /// Ask these, then go on with [`Conversation::answer`].
    Ask(Box<Conversation>, Questions),
    Granted(Arc<Account>),
}

/// Questions that are asked at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Questions {
    /// Shown above them; may be empty.
    pub instruction: String,
    pub prompts: Vec<Question>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub text: String,
    /// Whether the answer may be seen while it is typed.
    pub echo: bool,
}

/// What the answers will be to.
enum Stage {
    Password,
    Code,
    Hook { running: Box<Running>, check: Option<Check>, shown: Shown },
}

/// What a hook had the server check, and whether it asked anything of its own.
#[derive(Clone, Copy, Debug, Default)]
struct Shown {
    password: bool,
    code: bool,
    other: bool,
}

impl Authenticator {
    /// Begins a login; `hook` asks the questions where there is one.
    pub async fn interactive(
        &self,
        attempt: Attempt,
        before: Before,
        hook: Option<&Hook>,
    ) -> Result<Turn, Refused> {
        let inner = self.0.clone();
        if before == Before::Nothing && inner.hooks.as_ref().is_some_and(LoginHooks::say_who) {
            // What the hook sends is stored; the answers are then compared with that.
            inner.candidate(&attempt, LoginMethod::KeyboardInteractive, Credential::Interactive).await?;
        }
        if let Some(hook) = hook {
            // The hook is given the stored hash; where there is no user it is given none, and its verdict
            // will not count.
            let user = inner.user(&attempt).await?;
            let (running, reply) = hook.start(&attempt, user.as_ref()).await?;
            return inner.hear(attempt, before, running, Shown::default(), reply).await;
        }
        let stage = match before {
            Before::Nothing => Stage::Password,
            Before::Key => match inner.user(&attempt).await? {
                Some(user) if has_second_factor(&user, &attempt) => Stage::Code,
                _ => Stage::Password,
            },
        };
        Ok(Conversation { inner, attempt, before, stage }.ask())
    }
}

impl Conversation {
    /// Goes on with the answers to the last questions, in their order.
    pub async fn answer(self, answers: Vec<Secret<String>>) -> Result<Turn, Refused> {
        let turn = self.inner.slowdown.turn(self.attempt.ip, &self.attempt.username).await?;
        turn.watch(self.go_on(answers).await)
    }

    async fn go_on(self, answers: Vec<Secret<String>>) -> Result<Turn, Refused> {
        let Self { inner, attempt, before, stage } = self;
        match stage {
            Stage::Password => {
                let Proved { user, cost } = inner.own_password(&attempt, only(&answers)?).await?;
                if has_second_factor(&user, &attempt) {
                    return Ok(Self { inner, attempt, before, stage: Stage::Code }.ask());
                }
                let granted = inner.grant(&user, &attempt, before, SecondFactor::Missing);
                inner.even_out(cost, granted).await
            }
            Stage::Code => {
                let user = inner.user(&attempt).await?.ok_or(Refused::UnknownUser)?;
                let second = inner.check_code(&user, only(&answers)?)?;
                inner.grant(&user, &attempt, before, second)
            }
            Stage::Hook { running, check, shown } => {
                let (answers, shown) = inner.check_for_hook(&attempt, check, answers, shown).await?;
                let (running, reply) = running.answer(answers).await?;
                inner.hear(attempt, before, running, shown, reply).await
            }
        }
    }

    /// The server's own questions.
    fn ask(self) -> Turn {
        let text = if matches!(self.stage, Stage::Code) { "Authentication code: " } else { "Password: " };
        let prompts = vec![Question { text: text.to_owned(), echo: false }];
        Turn::Ask(Box::new(self), Questions { instruction: String::new(), prompts })
    }
}

impl Inner {
    fn grant(
        &self,
        user: &User,
        attempt: &Attempt,
        before: Before,
        second: SecondFactor,
    ) -> Result<Turn, Refused> {
        let method = match before {
            Before::Nothing => LoginMethod::KeyboardInteractive,
            Before::Key => LoginMethod::PublicKeyAndKeyboardInteractive,
        };
        self.admit(user, attempt, method, second).map(Turn::Granted)
    }

    /// Does what the hook said: asks more, or ends the login.
    async fn hear(
        self: Arc<Self>,
        attempt: Attempt,
        before: Before,
        running: Running,
        shown: Shown,
        reply: Reply,
    ) -> Result<Turn, Refused> {
        match reply {
            Reply::Ask { questions, check } => {
                let stage = Stage::Hook { running: Box::new(running), check, shown };
                let conversation = Conversation { inner: self, attempt, before, stage };
                Ok(Turn::Ask(Box::new(conversation), questions))
            }
            Reply::Refused => Err(Refused::WrongCredentials),
            Reply::Granted => {
                let user = self.user(&attempt).await?.ok_or(Refused::UnknownUser)?;
                // A hook may bring a second factor of its own; only where it asked for nothing but the
                // password is the password alone.
                let alone = shown.password && !shown.code && !shown.other;
                let second = if alone { SecondFactor::Missing } else { SecondFactor::Shown };
                self.grant(&user, &attempt, before, second)
            }
        }
    }

    /// The answers as the hook gets them: `OK` in place of a password or code that was right.
    async fn check_for_hook(
        &self,
        attempt: &Attempt,
        check: Option<Check>,
        answers: Vec<Secret<String>>,
        shown: Shown,
    ) -> Result<(Vec<Secret<String>>, Shown), Refused> {
        let shown = match check {
            None => return Ok((answers, Shown { other: true, ..shown })),
            Some(Check::Password) => {
                self.own_password(attempt, only(&answers)?).await?;
                Shown { password: true, ..shown }
            }
            Some(Check::Code) => {
                let user = self.user(attempt).await?.ok_or(Refused::UnknownUser)?;
                self.check_code(&user, only(&answers)?)?;
                Shown { code: true, ..shown }
            }
        };
        Ok((vec![Secret::new("OK".to_owned())], shown))
    }
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation").field("attempt", &self.attempt).finish_non_exhaustive()
    }
}

fn only(answers: &[Secret<String>]) -> Result<&Secret<String>, Refused> {
    match answers {
        [answer] => Ok(answer),
        _ => Err(Refused::WrongCredentials),
    }
}

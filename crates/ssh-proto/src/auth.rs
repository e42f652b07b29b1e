//! Authentication, as far as it is protocol (RFC 4252, RFC 4256): who may log in the driver decides.

use bytes::Bytes;
use types::Secret;

use crate::{
    config::ServerConfig,
    error::Error,
    event::{AuthAttempt, AuthMethod, AuthRequest, Event, Prompt},
    msg, pubkey,
    wire::{Message, Reader},
};

/// The service that authenticates, and the one that is authenticated for.
const USERAUTH: &[u8] = b"ssh-userauth";
const CONNECTION: &str = "ssh-connection";

/// Longest user name, in bytes; it is kept and logged before anyone is known.
const MAX_USER: usize = 1024;

#[derive(Default)]
pub(crate) struct Auth {
    state: State,
    /// Of the request before.
    user: Option<String>,
    banner_sent: bool,
}

#[derive(Default)]
enum State {
    /// The client has not asked for the service.
    #[default]
    Closed,
    /// The client's turn: a request.
    Idle,
    /// The driver's turn: a verdict.
    Deciding(Pending),
    /// The client's turn: so many answers.
    Asked(usize),
    Done,
}

/// What the driver's verdict may be, besides success and failure.
enum Pending {
    Verdict,
    /// `auth_pk_ok`, which repeats these.
    Query {
        algorithm: String,
        blob: Bytes,
    },
    /// `auth_info_request`.
    Interactive,
}

impl Auth {
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Whether an attempt waits for the driver.
    pub(crate) fn is_deciding(&self) -> bool {
        matches!(self.state, State::Deciding(_))
    }

    /// SSH_MSG_SERVICE_REQUEST. Some clients repeat it before each attempt.
    pub(crate) fn on_service_request(&mut self, payload: &[u8]) -> Result<Message, Error> {
        let service = Reader::new(&payload[1..], "service request").string()?;
        if service != USERAUTH {
            return Err(Error::Service(String::from_utf8_lossy(service).into_owned()));
        }
        if matches!(self.state, State::Closed) {
            self.state = State::Idle;
        }
        Ok(Message::new(msg::SERVICE_ACCEPT).string(USERAUTH))
    }

    /// SSH_MSG_USERAUTH_REQUEST.
    pub(crate) fn on_request(
        &mut self,
        payload: &Bytes,
        session_id: &[u8],
        config: &ServerConfig,
    ) -> Result<Event, Error> {
        if matches!(self.state, State::Closed) {
            return Err(Error::Unexpected { number: payload[0], during: "before the service was requested" });
        }
        let mut fields = Reader::new(&payload[1..], "authentication request");
        let (user, service) = (fields.utf8()?, fields.utf8()?);
        if service != CONNECTION {
            return Err(Error::Service(service.to_owned()));
        }
        if user.len() > MAX_USER {
            return Err(fields.malformed());
        }
        let changed = self.user.as_deref().is_some_and(|before| before != user);
        self.user = Some(user.to_owned());
        let method = match fields.string()? {
            b"none" => AuthAttempt::None,
            b"password" => password(&mut fields)?,
            b"keyboard-interactive" => interactive(&mut fields)?,
            b"publickey" => match public_key(payload, &mut fields, session_id, config)? {
                Signed::Attempt(attempt) => attempt,
                Signed::Bad { algorithm, blob } => {
                    self.state = State::Deciding(Pending::Verdict);
                    return Ok(Event::AuthBadSignature { user: user.to_owned(), algorithm, blob });
                }
            },
            other => AuthAttempt::Other { method: String::from_utf8_lossy(other).into_owned() },
        };
        self.state = State::Deciding(match &method {
            AuthAttempt::PublicKeyQuery { algorithm, blob, .. } => {
                Pending::Query { algorithm: algorithm.clone(), blob: blob.clone() }
            }
            AuthAttempt::KeyboardInteractive { .. } => Pending::Interactive,
            _ => Pending::Verdict,
        });
        let request = AuthRequest { user: user.to_owned(), service: service.to_owned(), changed, method };
        Ok(Event::Auth(request))
    }

    /// SSH_MSG_USERAUTH_INFO_RESPONSE.
    pub(crate) fn on_info_response(&mut self, payload: &[u8]) -> Result<Event, Error> {
        let State::Asked(prompts) = self.state else {
            return Err(Error::Unexpected { number: payload[0], during: "without a question" });
        };
        let mut fields = Reader::new(&payload[1..], "answers");
        // Counted before anything is stored: the number is the peer's.
        let matches = usize::try_from(fields.u32()?) == Ok(prompts);
        if !matches {
            self.state = State::Deciding(Pending::Verdict);
            return Ok(Event::InfoResponseMismatch);
        }
        let answers: Result<Vec<_>, _> =
            (0..prompts).map(|_| fields.utf8().map(|text| Secret::new(text.to_owned()))).collect();
        let answers = answers?;
        self.state = State::Deciding(Pending::Interactive);
        Ok(Event::InfoResponse(answers))
    }

    pub(crate) fn fail(&mut self, methods: &[AuthMethod], partial: bool) -> Option<Message> {
        self.decided(State::Idle)?;
        let methods = methods.iter().map(|method| method.name());
        Some(Message::new(msg::USERAUTH_FAILURE).names(methods).bool(partial))
    }

    pub(crate) fn succeed(&mut self) -> Option<Message> {
        self.decided(State::Done)?;
        Some(Message::new(msg::USERAUTH_SUCCESS))
    }

    pub(crate) fn accept_key(&mut self) -> Option<Message> {
        let State::Deciding(Pending::Query { algorithm, blob }) = &self.state else { return None };
        let message = Message::new(msg::USERAUTH_PK_OK).string(algorithm).string(blob);
        self.state = State::Idle;
        Some(message)
    }

    pub(crate) fn ask(&mut self, name: &str, instruction: &str, prompts: &[Prompt]) -> Option<Message> {
        let State::Deciding(Pending::Interactive) = self.state else { return None };
        self.state = State::Asked(prompts.len());
        let count = u32::try_from(prompts.len()).unwrap_or(u32::MAX);
        let head =
            Message::new(msg::USERAUTH_INFO_REQUEST).string(name).string(instruction).string("").u32(count);
        Some(prompts.iter().fold(head, |message, prompt| message.string(&prompt.text).bool(prompt.echo)))
    }

    /// The configured banner, once.
    pub(crate) fn banner(&mut self, config: &ServerConfig) -> Option<Message> {
        let text = config.banner.as_deref().filter(|_| !self.banner_sent)?;
        self.banner_sent = true;
        Some(banner(text))
    }

    fn decided(&mut self, next: State) -> Option<()> {
        self.is_deciding().then(|| self.state = next)
    }
}

/// SSH_MSG_USERAUTH_BANNER.
pub(crate) fn banner(text: &str) -> Message {
    Message::new(msg::USERAUTH_BANNER).string(text).string("")
}

fn password(fields: &mut Reader<'_>) -> Result<AuthAttempt, Error> {
    let change = fields.bool()?;
    let text = fields.utf8()?;
    Ok(match change {
        true => AuthAttempt::Other { method: "password change".to_owned() },
        false => AuthAttempt::Password(Secret::new(text.to_owned())),
    })
}

fn interactive(fields: &mut Reader<'_>) -> Result<AuthAttempt, Error> {
    let _language = fields.string()?;
    let submethods = String::from_utf8_lossy(fields.string()?).into_owned();
    Ok(AuthAttempt::KeyboardInteractive { submethods })
}

enum Signed {
    Attempt(AuthAttempt),
    Bad { algorithm: String, blob: Bytes },
}

fn public_key(
    payload: &Bytes,
    fields: &mut Reader<'_>,
    session_id: &[u8],
    config: &ServerConfig,
) -> Result<Signed, Error> {
    let signed = fields.bool()?;
    let name = fields.utf8()?;
    let key = fields.string()?;
    let (algorithm, blob) = (name.to_owned(), payload.slice_ref(key));
    let Some(known) = pubkey::accept(&config.algorithms.public_keys, name, key) else {
        return Ok(Signed::Attempt(AuthAttempt::Other { method: format!("publickey with {name}") }));
    };
    if !signed {
        let certificate = known.certificate;
        return Ok(Signed::Attempt(AuthAttempt::PublicKeyQuery { algorithm, blob, certificate }));
    }
    // RFC 4252 section 7: the session id and the request up to the signature are what is signed.
    let request = payload.len() - fields.remaining();
    let signature = fields.string()?;
    let message = Message::fields().string(session_id).raw(&payload[..request]).into_bytes();
    let Some(presence) = known.presence(&message, signature) else {
        return Ok(Signed::Bad { algorithm, blob });
    };
    let certificate = known.certificate;
    Ok(Signed::Attempt(AuthAttempt::PublicKey { algorithm, blob, certificate, presence }))
}

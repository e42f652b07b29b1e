//! What is on a session channel.

use super::User;
use crate::{
    exec::{Command, Exec},
    inbox::Inbox,
    server::Shared,
    sftp::{Pumped, Sftp},
};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use net::Admission;
use session::{Error, Session};
use sftp_proto::Malformed;
use ssh_proto::{ChannelId, Connection};
use std::{
    sync::Arc,
    task::{Context, Poll},
};
use types::Protocol;

/// A channel of type `session`.
pub(super) struct Channel {
    state: State,
    /// Data that came before there was anyone to take it; bounded by the window, which opens only for what
    /// is consumed.
    early: Inbox,
    eof: bool,
    transfers: Arc<Admission>,
}

enum State {
    /// Opened, nothing asked for.
    New,
    Starting {
        session: BoxFuture<'static, session::Result<Session>>,
        service: Service,
        want_reply: bool,
    },
    Serving {
        served: Served,
        closed: BoxFuture<'static, ()>,
    },
}

/// What a client asked a channel to be.
pub(super) enum Service {
    Sftp,
    Exec(Command),
}

enum Served {
    Sftp(Box<Sftp>),
    Exec(Box<Exec>),
}

/// What is left after a [`Channel::pump`].
pub(super) enum Progress {
    Open,
    /// Served to the end, or ended by an administrator.
    Closed,
    Broken(Malformed),
    /// No session could be had: the whole connection ends.
    Refused(Error),
}

impl Channel {
    pub(super) fn new(transfers: Arc<Admission>) -> Self {
        Self { state: State::New, early: Inbox::default(), eof: false, transfers }
    }

    pub(super) fn is_new(&self) -> bool {
        matches!(self.state, State::New)
    }

    /// Whether there is something to do with files now.
    pub(super) fn has_work(&self) -> bool {
        matches!(&self.state, State::Serving { served, .. } if !served.is_idle())
    }

    pub(super) fn is_idle(&self) -> bool {
        match &self.state {
            State::New => true,
            State::Starting { .. } => false,
            State::Serving { served, .. } => served.is_idle(),
        }
    }

    pub(super) fn shrink(&mut self) {
        if let State::Serving { served: Served::Sftp(sftp), .. } = &mut self.state {
            sftp.shrink();
        }
    }

    pub(super) fn push(&mut self, data: Bytes) {
        match &mut self.state {
            State::Serving { served, .. } => served.push(data),
            State::New | State::Starting { .. } => self.early.push(data),
        }
    }

    pub(super) fn eof(&mut self) {
        self.eof = true;
        if let State::Serving { served, .. } = &mut self.state {
            served.eof();
        }
    }

    /// Begins a session for `service`.
    pub(super) fn start(
        &mut self,
        service: Service,
        connection: session::Connection,
        shared: &Shared,
        user: &User,
        want_reply: bool,
    ) {
        let session = Session::new(user.account.clone(), Arc::new(connection), shared.services.clone());
        let session = Box::pin(async move {
            session.begin().await?;
            Ok(session)
        });
        self.state = State::Starting { session, service, want_reply };
    }

    pub(super) fn pump(&mut self, core: &mut Connection, id: ChannelId, cx: &mut Context<'_>) -> Progress {
        if let State::Starting { session, want_reply, .. } = &mut self.state {
            match session.as_mut().poll(cx) {
                Poll::Pending => return Progress::Open,
                Poll::Ready(Err(error)) => return Progress::Refused(error),
                Poll::Ready(Ok(session)) => {
                    if *want_reply {
                        core.request_success(id);
                    }
                    self.began(session);
                }
            }
        }
        let State::Serving { served, closed } = &mut self.state else {
            return if self.eof { Progress::Closed } else { Progress::Open };
        };
        if closed.as_mut().poll(cx).is_ready() {
            return Progress::Closed;
        }
        let pumped = match served {
            Served::Sftp(sftp) => sftp.pump(core, id, cx),
            Served::Exec(exec) => exec.pump(core, id, cx),
        };
        match pumped {
            Pumped::Open => Progress::Open,
            Pumped::Broken(malformed) => Progress::Broken(malformed),
            Pumped::Finished => Progress::Closed,
        }
    }

    fn began(&mut self, session: Session) {
        let watched = session.clone();
        let closed = Box::pin(async move { watched.closed().await });
        let service = match std::mem::replace(&mut self.state, State::New) {
            State::Starting { service, .. } => service,
            State::New | State::Serving { .. } => return, // only a starting channel gets here
        };
        let mut served = match service {
            Service::Sftp => Served::Sftp(Box::new(Sftp::new(session, self.transfers.clone()))),
            Service::Exec(command) => Served::Exec(Box::new(Exec::new(command, session))),
        };
        while let Some(data) = self.early.pop() {
            served.push(data);
        }
        if self.eof {
            served.eof();
        }
        self.state = State::Serving { served, closed };
    }
}

impl Service {
    pub(super) fn protocol(&self) -> Protocol {
        match self {
            Self::Sftp => Protocol::Sftp,
            Self::Exec(command) => command.protocol(),
        }
    }
}

impl Served {
    fn is_idle(&self) -> bool {
        match self {
            Self::Sftp(sftp) => sftp.is_idle(),
            Self::Exec(exec) => exec.is_idle(),
        }
    }

    fn push(&mut self, data: Bytes) {
        match self {
            Self::Sftp(sftp) => sftp.push(data),
            Self::Exec(exec) => exec.push(data),
        }
    }

    fn eof(&mut self) {
        match self {
            Self::Sftp(sftp) => sftp.eof(),
            Self::Exec(exec) => exec.eof(),
        }
    }
}

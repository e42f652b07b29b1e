//! One SSH connection: moves bytes between the socket and the protocol core, and events between the core
//! and the channels.
//!
//! Everything of a connection happens in [`Driver::step`], which a single task polls: there is no channel
//! between tasks to fill up and no lock. The connection is never blocked on a channel; a channel that cannot
//! go on leaves its window closed.

mod channel;
mod channels;
mod end;
mod login;
mod timing;
mod wire;

pub(crate) use self::end::End;
use self::{channel::Channel, login::Login};
use crate::{
    greeting::Greeted,
    lanes::Lane,
    server::{Peer, Shared},
};
use net::{Taken, Turn};
use session::Account;
use ssh_proto::{ChannelId, Connection, Event};
use std::{
    collections::BTreeMap,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};
use tokio::{net::TcpStream, sync::oneshot};
use types::LoginMethod;

/// A connection, whichever thread it is on.
pub(crate) struct Driver {
    core: Connection,
    shared: Arc<Shared>,
    peer: Peer,
    stage: Stage,
    channels: BTreeMap<ChannelId, Channel>,
    /// How many channels were opened: the last part of a connection id.
    opened: usize,
    began: Instant,
    /// Given back by a login.
    greeted: Option<Greeted>,
    /// Waiting to be let into the first key exchange.
    waiting: Option<oneshot::Receiver<Turn>>,
    /// When something last came from the peer.
    heard: Instant,
    /// When a channel last moved data.
    active: Instant,
    pings: u32,
}

enum Stage {
    Login(Box<Login>),
    User(User),
}

/// Who logged in.
#[derive(Clone)]
pub(crate) struct User {
    account: Arc<Account>,
    method: LoginMethod,
}

/// Where a connection is polled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// With all others: nothing may block.
    Shared,
    /// On a thread of its own.
    Private,
}

/// What comes after a [`Driver::run`].
pub(crate) enum Next {
    /// Go on with this thread.
    Bulk(Lane),
    /// Back to the others.
    Rest,
    Ended(End),
}

impl Driver {
    pub(crate) fn new(shared: Arc<Shared>, peer: Peer, greeted: Greeted) -> Self {
        let now = Instant::now();
        let core = Connection::new(shared.ssh.clone());
        Self {
            core,
            stage: Stage::Login(Box::new(Login::new(&shared))),
            shared,
            peer,
            channels: BTreeMap::new(),
            opened: 0,
            began: now,
            greeted: Some(greeted),
            waiting: None,
            heard: now,
            active: now,
            pings: 0,
        }
    }

    /// Serves the connection until it ends or should be served elsewhere.
    pub(crate) async fn run(&mut self, socket: &mut TcpStream, place: Place) -> Next {
        let stop = self.shared.stop.clone();
        let mut stopped = pin!(stop.cancelled());
        let mut timer = pin!(tokio::time::sleep_until(self.deadline(place).into()));
        poll_fn(|cx| {
            loop {
                if stopped.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Next::Ended(End::Stopped));
                }
                while timer.as_mut().poll(cx).is_ready() {
                    if let Some(next) = self.on_time(place) {
                        return Poll::Ready(next);
                    }
                    timer.as_mut().reset(self.deadline(place).into());
                }
                if let Poll::Ready(next) = self.step(socket, place, cx) {
                    return Poll::Ready(next);
                }
                // A login, for one, brings it forward; what puts it off is noticed when the timer ends.
                let deadline = self.deadline(place).into();
                if deadline >= timer.deadline() {
                    return Poll::Pending;
                }
                timer.as_mut().reset(deadline);
            }
        })
        .await
    }

    /// Does all that can be done without waiting, and registers for what comes next.
    fn step(&mut self, socket: &mut TcpStream, place: Place, cx: &mut Context<'_>) -> Poll<Next> {
        loop {
            let read = match self.fill(socket, place, cx) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Next::Ended(End::Closed)),
                Poll::Ready(Ok(_)) => {
                    (self.heard, self.pings) = (Instant::now(), 0);
                    true
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Next::Ended(error.into())),
                Poll::Pending => false,
            };
            // While it waited nothing was read, nor asked to be told of something to read.
            let waited = self.waiting.is_some();
            match self.poll_turn(cx) {
                Poll::Ready(Ok(turn)) => {
                    if let Err(end) = self.handle_events(cx) {
                        return Poll::Ready(Next::Ended(end));
                    }
                    drop(turn);
                }
                Poll::Ready(Err(end)) => return Poll::Ready(Next::Ended(end)),
                // Until then it may learn who we are.
                Poll::Pending => match self.flush(socket, cx) {
                    Poll::Ready(Err(error)) => return Poll::Ready(Next::Ended(error.into())),
                    Poll::Ready(Ok(_)) | Poll::Pending => return Poll::Pending,
                },
            }
            if place == Place::Shared
                && self.channels.values().any(Channel::has_work)
                && let Some(lane) = self.shared.lanes.take()
            {
                return Poll::Ready(Next::Bulk(lane));
            }
            if let Err(end) = self.pump_channels(cx) {
                return Poll::Ready(Next::Ended(end));
            }
            let wrote = match self.flush(socket, cx) {
                Poll::Ready(Ok(wrote)) => wrote,
                Poll::Ready(Err(error)) => return Poll::Ready(Next::Ended(error.into())),
                Poll::Pending => false,
            };
            // With something read there may be more; with all written there is room to serve more.
            if !read && !wrote && !waited {
                return Poll::Pending;
            }
        }
    }

    /// Lets a peer that nobody knows yet into its key exchange, which costs us more than the peer, when it is its
    /// turn. Everybody else need not wait.
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Turn>, End>> {
        if !self.core.session_id().is_empty() || self.core.input().is_empty() {
            return Poll::Ready(Ok(None));
        }
        let mut waiting = match self.waiting.take() {
            Some(waiting) => waiting,
            None => match self.shared.exchanges.take(self.peer.remote.ip())? {
                Taken::Now(turn) => return Poll::Ready(Ok(Some(turn))),
                Taken::Later(waiting) => waiting,
            },
        };
        if let Poll::Ready(turn) = Pin::new(&mut waiting).poll(cx) {
            return Poll::Ready(Ok(turn.ok()));
        }
        self.waiting = Some(waiting);
        Poll::Pending
    }

    fn handle_events(&mut self, cx: &mut Context<'_>) -> Result<(), End> {
        loop {
            if let Stage::Login(login) = &mut self.stage {
                match login.poll(&mut self.core, &self.peer, cx)? {
                    login::Polled::Granted(user) => {
                        self.welcome(user);
                    }
                    login::Polled::Busy => return Ok(()),
                    login::Polled::Free => {}
                }
            }
            match self.core.poll_event()? {
                Some(event) => self.handle(event)?,
                None => return Ok(()),
            }
        }
    }

    /// Somebody logged in: nobody that limits on strangers are about.
    fn welcome(&mut self, user: User) {
        if let Some(penalties) = &self.shared.penalties {
            penalties.forgive(self.peer.remote.ip());
        }
        if let Some(greeted) = self.greeted.take() {
            greeted.give_back();
        }
        self.stage = Stage::User(user);
    }

    fn handle(&mut self, event: Event) -> Result<(), End> {
        match event {
            Event::Auth(_)
            | Event::AuthBadSignature { .. }
            | Event::InfoResponse(_)
            | Event::InfoResponseMismatch => {
                if let Stage::Login(login) = &mut self.stage {
                    login.handle(event, &mut self.core, &self.peer)?;
                }
            }
            Event::ChannelOpen { id } => self.open_channel(id),
            Event::ChannelRequest { id, want_reply, request } => {
                self.channel_request(id, want_reply, &request)
            }
            Event::Data { id, data } => {
                self.active = self.heard;
                match self.channels.get_mut(&id) {
                    Some(channel) => channel.push(data),
                    None => self.core.consumed(id, data.len()),
                }
            }
            Event::Eof { id } => {
                if let Some(channel) = self.channels.get_mut(&id) {
                    channel.eof();
                }
            }
            Event::Close { id } => drop(self.channels.remove(&id)),
            Event::KexDone { first } => self.log_keys(first),
            Event::Disconnected { text, .. } => return Err(End::Disconnected(text)),
            // Channels look at their windows whenever they are pumped.
            _ => {}
        }
        Ok(())
    }

    /// What protects the connection from here on: which of their algorithms peers still need shows nowhere else.
    fn log_keys(&self, first: bool) {
        if let Some(keys) = self.core.negotiated() {
            tracing::debug!(
                target: "sftpd", connection_id = crate::hex(self.core.session_id()),
                kex = keys.kex, host_key = keys.host_key,
                cipher_in = keys.cipher_in, cipher_out = keys.cipher_out,
                mac_in = keys.mac_in.unwrap_or("implicit"), mac_out = keys.mac_out.unwrap_or("implicit"),
                "{}", if first { "keys exchanged" } else { "keys renewed" },
            );
        }
    }
}

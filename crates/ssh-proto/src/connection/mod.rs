//! [`Connection`]: the layers put together behind the calls of a driver.

mod host_keys;
mod receive;

use std::sync::Arc;

use bytes::BytesMut;

use crate::{
    auth::{Auth, banner},
    channel::Channels,
    config::ServerConfig,
    error::Error,
    event::{AuthMethod, ChannelId, Event, OpenFailure, Prompt},
    msg,
    negotiate::Negotiated,
    reservation::Reservation,
    transport::{Incoming, Transport},
    wire::Message,
};

/// The server's side of one SSH connection.
///
/// Calls that answer something that is no longer asked (a closed channel, an attempt the client gave up) do
/// nothing, so a driver need not track what the peer did in the meantime.
pub struct Connection {
    pub(crate) transport: Transport,
    pub(crate) channels: Channels,
    auth: Auth,
}

impl Connection {
    /// Starts with our identification and KEXINIT in the output.
    pub fn new(config: Arc<ServerConfig>) -> Self {
        Self { transport: Transport::new(config), channels: Channels::default(), auth: Auth::default() }
    }

    /// Where the driver appends what it received. Data events are slices of this buffer: `reserve` reuses its
    /// memory when they are gone.
    pub fn input(&mut self) -> &mut BytesMut {
        &mut self.transport.input
    }

    /// Decodes and handles what is buffered up to the next event; `None` when it takes more input, or an answer to
    /// an authentication attempt. An error is final, see [`Error`].
    pub fn poll_event(&mut self) -> Result<Option<Event>, Error> {
        while !self.auth.is_deciding() {
            let event = match self.transport.poll()? {
                None => return Ok(None),
                Some(Incoming::KexDone { first }) => Some(Event::KexDone { first }),
                Some(Incoming::Disconnected { reason, text }) => Some(Event::Disconnected { reason, text }),
                Some(Incoming::Message(packet)) => {
                    self.receive(packet).inspect_err(|error| self.transport.fail(error.clone()))?
                }
            };
            if event.is_some() {
                return Ok(event);
            }
        }
        Ok(None)
    }

    /// What is ready to be sent.
    pub fn output(&self) -> &[u8] {
        self.transport.output.pending()
    }

    /// The first `n` bytes of the output were sent.
    pub fn sent(&mut self, n: usize) {
        self.transport.output.sent(n);
    }

    /// Gives back the memory of buffers that are empty; for connections that have been idle for a while.
    pub fn release_buffers(&mut self) {
        self.transport.output.release();
        if self.transport.input.is_empty() {
            self.transport.input = BytesMut::new();
        }
    }

    /// Refuses the attempt and names the methods that can continue. `partial`: it was right, but more is needed.
    pub fn auth_failure(&mut self, methods: &[AuthMethod], partial: bool) {
        let message = self.auth.fail(methods, partial);
        self.send(message);
    }

    pub fn auth_success(&mut self) {
        if let Some(message) = self.auth.succeed() {
            self.transport.send(message);
            self.transport.set_authenticated();
            self.announce_host_keys();
        }
    }

    /// Answers a `PublicKeyQuery` with yes.
    pub fn auth_pk_ok(&mut self) {
        let message = self.auth.accept_key();
        self.send(message);
    }

    /// Puts questions to a client that authenticates by keyboard-interactive; no questions are allowed, too.
    pub fn auth_info_request(&mut self, name: &str, instruction: &str, prompts: &[Prompt]) {
        let message = self.auth.ask(name, instruction, prompts);
        self.send(message);
    }

    /// SSH_MSG_USERAUTH_BANNER; the configured banner is sent without this.
    pub fn send_banner(&mut self, text: &str) {
        if !self.auth.is_done() {
            self.transport.send(banner(text));
        }
    }

    pub fn accept_channel(&mut self, id: ChannelId) {
        let config = &self.transport.config;
        let (window, packet) = (self.channels.next_window(config), config.max_packet);
        let message = self.channels.get_mut(id).and_then(|channel| channel.accept(window, packet));
        self.send(message);
    }

    pub fn refuse_channel(&mut self, id: ChannelId, reason: OpenFailure, text: &str) {
        let message = self.channels.refuse(id, reason, text);
        self.send(message);
    }

    /// Answers the oldest request on the channel that wants a reply.
    pub fn request_success(&mut self, id: ChannelId) {
        let message = self.channels.get_mut(id).and_then(|channel| channel.reply(true));
        self.send(message);
    }

    pub fn request_failure(&mut self, id: ChannelId) {
        let message = self.channels.get_mut(id).and_then(|channel| channel.reply(false));
        self.send(message);
    }

    /// Packetises and seals as much of `data` as the peer's window allows now; returns how much.
    pub fn send_data(&mut self, id: ChannelId, data: &[u8]) -> usize {
        self.send_parts(id, data, |connection, channel, chunk| {
            let Some(channel) = connection.channels.get(channel) else { return };
            connection.transport.seal(&channel.data_head(chunk.len()), chunk);
        })
    }

    /// The same on the standard error stream.
    pub fn send_stderr(&mut self, id: ChannelId, data: &[u8]) -> usize {
        self.send_parts(id, data, |connection, channel, chunk| {
            let Some(channel) = connection.channels.get(channel) else { return };
            connection.transport.seal(&channel.stderr_head(chunk.len()), chunk);
        })
    }

    /// Bytes of channel data the peer lets us send now; 0 while keys are exchanged.
    pub fn send_window(&self, id: ChannelId) -> usize {
        match self.channels.get(id) {
            Some(channel) if self.transport.may_send() => channel.send_window(),
            _ => 0,
        }
    }

    /// The most that [`reserve`](Self::reserve) can be relied on to give sooner or later: a reply that has to go out
    /// in one reservation must not need more. 0 for a channel that is gone.
    pub fn reserve_limit(&self, id: ChannelId) -> usize {
        self.channels
            .get(id)
            .map_or(0, |channel| channel.reachable_window().min(channel.packet() * Reservation::MAX_GAPS))
    }

    /// Room in the output for `len` bytes of channel data, prefix included. `None` if the window is smaller, while
    /// keys are exchanged, or if the peer's packets are so small that the gaps would be too many.
    pub fn reserve(&mut self, id: ChannelId, len: usize) -> Option<Reservation<'_>> {
        if len == 0 || self.send_window(id) < len {
            return None;
        }
        Reservation::new(self, id, len)
    }

    /// `n` received bytes are done with: the peer may send as many again.
    pub fn consumed(&mut self, id: ChannelId, n: usize) {
        let message = self.channels.get_mut(id).and_then(|channel| channel.consume(n));
        self.send(message);
    }

    pub fn send_eof(&mut self, id: ChannelId) {
        let message = self.channels.get_mut(id).and_then(|channel| channel.eof());
        self.send(message);
    }

    pub fn send_exit_status(&mut self, id: ChannelId, status: u32) {
        let message = self.channels.get(id).and_then(|channel| channel.exit_status(status));
        self.send(message);
    }

    /// Closes our side; [`Event::Close`] follows when the peer has closed its own.
    pub fn close_channel(&mut self, id: ChannelId) {
        let message = self.channels.get_mut(id).and_then(|channel| channel.close());
        self.send(message);
    }

    /// Negotiates new keys. It also happens by itself as [`ServerConfig::rekey_bytes`] says.
    pub fn start_rekey(&mut self) {
        if self.auth.is_done() {
            self.transport.start_rekey();
        }
    }

    /// `keepalive@openssh.com` with a reply wanted: any byte that comes back shows life.
    pub fn ping(&mut self) {
        if self.auth.is_done() {
            self.transport.send(Message::new(msg::GLOBAL_REQUEST).string("keepalive@openssh.com").bool(true));
        }
    }

    /// Says why the connection ends ([`disconnect`](crate::disconnect) has the reasons). Nothing else is sent or
    /// decoded afterwards; flush the output and close.
    pub fn disconnect(&mut self, reason: u32, text: &str) {
        self.transport.disconnect(reason, text);
    }

    pub fn is_authenticated(&self) -> bool {
        self.auth.is_done()
    }

    /// The client's identification line without CR LF; empty until it came.
    pub fn client_version(&self) -> &[u8] {
        self.transport.client_version()
    }

    /// The exchange hash of the first key exchange; empty until that is done.
    pub fn session_id(&self) -> &[u8] {
        self.transport.session_id()
    }

    /// The algorithms of the latest key exchange.
    pub fn negotiated(&self) -> Option<&Negotiated> {
        self.transport.negotiated()
    }

    fn send(&mut self, message: Option<Message>) {
        if let Some(message) = message {
            self.transport.send(message);
        }
    }

    fn send_parts(
        &mut self,
        id: ChannelId,
        data: &[u8],
        seal: impl Fn(&mut Self, ChannelId, &[u8]),
    ) -> usize {
        let total = self.send_window(id).min(data.len());
        let Some(packet) = self.channels.get(id).map(|channel| channel.packet()) else { return 0 };
        for chunk in data[..total].chunks(packet) {
            seal(self, id, chunk);
        }
        if let Some(channel) = self.channels.get_mut(id) {
            channel.spend(total);
        }
        total
    }
}

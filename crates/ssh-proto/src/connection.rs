use std::sync::Arc;

use bytes::BytesMut;

use crate::{
    config::ServerConfig,
    error::Error,
    event::{AuthMethod, ChannelId, Event, OpenFailure, Prompt},
    negotiate::Negotiated,
    reservation::Reservation,
};

/// The server's side of one SSH connection.
pub struct Connection {
    config: Arc<ServerConfig>,
    input: BytesMut,
}

impl Connection {
    /// Starts with our identification and KEXINIT in the output.
    pub fn new(config: Arc<ServerConfig>) -> Self {
        Self { config, input: BytesMut::new() }
    }

    /// Where the driver appends what it received.
    pub fn input(&mut self) -> &mut BytesMut {
        &mut self.input
    }

    pub fn poll_event(&mut self) -> Result<Option<Event>, Error> {
        let _ = &self.config;
        Ok(None)
    }

    /// What is ready to be sent.
    pub fn output(&self) -> &[u8] {
        &[]
    }

    /// The first `n` bytes of the output were sent.
    pub fn sent(&mut self, n: usize) {
        let _ = n;
    }

    /// Gives back buffers that are empty; for connections that have been idle for a while.
    pub fn release_buffers(&mut self) {}

    /// Refuses the attempt, naming the methods that can continue. `partial`: the attempt was right, more is needed.
    pub fn auth_failure(&mut self, methods: &[AuthMethod], partial: bool) {
        let _ = (methods, partial);
    }

    pub fn auth_success(&mut self) {}

    /// Answers a `PublicKeyQuery` with yes.
    pub fn auth_pk_ok(&mut self) {}

    pub fn auth_info_request(&mut self, name: &str, instruction: &str, prompts: &[Prompt]) {
        let _ = (name, instruction, prompts);
    }

    /// SSH_MSG_USERAUTH_BANNER; only before `auth_success`.
    pub fn send_banner(&mut self, text: &str) {
        let _ = text;
    }

    pub fn accept_channel(&mut self, id: ChannelId) {
        let _ = id;
    }

    pub fn refuse_channel(&mut self, id: ChannelId, reason: OpenFailure, text: &str) {
        let _ = (id, reason, text);
    }

    /// Answers the oldest request on the channel that wants a reply.
    pub fn request_success(&mut self, id: ChannelId) {
        let _ = id;
    }

    pub fn request_failure(&mut self, id: ChannelId) {
        let _ = id;
    }

    /// Packetises and seals as much of `data` as the peer's window allows; returns how much.
    pub fn send_data(&mut self, id: ChannelId, data: &[u8]) -> usize {
        let _ = (id, data);
        0
    }

    pub fn send_stderr(&mut self, id: ChannelId, data: &[u8]) -> usize {
        let _ = (id, data);
        0
    }

    /// Bytes of channel data the peer lets us send now; 0 while keys are exchanged.
    pub fn send_window(&self, id: ChannelId) -> usize {
        let _ = id;
        0
    }

    /// Room for `len` bytes of channel data (prefix included).
    pub fn reserve(&mut self, id: ChannelId, len: usize) -> Option<Reservation<'_>> {
        let _ = (id, len);
        None
    }

    /// `n` received bytes are done with.
    pub fn consumed(&mut self, id: ChannelId, n: usize) {
        let _ = (id, n);
    }

    pub fn send_eof(&mut self, id: ChannelId) {
        let _ = id;
    }

    pub fn send_exit_status(&mut self, id: ChannelId, status: u32) {
        let _ = (id, status);
    }

    pub fn close_channel(&mut self, id: ChannelId) {
        let _ = id;
    }

    pub fn start_rekey(&mut self) {}

    /// `keepalive@openssh.com` with a reply wanted: any byte that comes back shows life.
    pub fn ping(&mut self) {}

    pub fn disconnect(&mut self, reason: u32, text: &str) {
        let _ = (reason, text);
    }

    pub fn is_authenticated(&self) -> bool {
        false
    }

    /// The client's identification line without CR LF; empty until it came.
    pub fn client_version(&self) -> &[u8] {
        &[]
    }

    /// The exchange hash of the first key exchange; empty until it is done.
    pub fn session_id(&self) -> &[u8] {
        &[]
    }

    pub fn negotiated(&self) -> Option<&Negotiated> {
        None
    }
}

//! The channels of a connection: opened, given something to serve, pumped.

use super::{
    Driver, End, Stage,
    channel::{Channel, Progress, Service},
};
use ssh_proto::{ChannelId, ChannelRequest, OpenFailure};
use std::{task::Context, time::SystemTime};

impl Driver {
    pub(super) fn open_channel(&mut self, id: ChannelId) {
        if matches!(self.stage, Stage::User(_)) {
            self.channels.insert(id, Channel::new(self.shared.transfers.clone()));
            self.core.accept_channel(id);
        } else {
            self.core.refuse_channel(id, OpenFailure::AdministrativelyProhibited, "not logged in");
        }
    }

    pub(super) fn channel_request(&mut self, id: ChannelId, want_reply: bool, request: &ChannelRequest) {
        let (Stage::User(user), Some(channel)) = (&self.stage, self.channels.get_mut(&id)) else {
            if want_reply {
                self.core.request_failure(id);
            }
            return;
        };
        let service = match request {
            _ if !channel.is_new() => None,
            ChannelRequest::Subsystem(name) if &name[..] == b"sftp" => Some(Service::Sftp),
            ChannelRequest::Exec(line) => self.shared.commands.command(line).map(Service::Exec),
            _ => None,
        };
        if let Some(service) = service {
            self.opened += 1;
            let protocol = service.protocol();
            let session_id = crate::hex(self.core.session_id());
            let connection = session::Connection {
                id: format!("{protocol}_{session_id}_{}", self.opened).into(),
                protocol,
                client_version: String::from_utf8_lossy(self.core.client_version()).into_owned(),
                remote: self.peer.remote,
                local: self.peer.local,
                started: SystemTime::now(),
            };
            channel.start(service, connection, &self.shared, user, want_reply);
            return; // answered when the session is there
        }
        // Harmless, and refusing it makes some clients complain.
        let accepted = matches!(request, ChannelRequest::Env { .. });
        match (want_reply, accepted) {
            (false, _) => {}
            (true, true) => self.core.request_success(id),
            (true, false) => self.core.request_failure(id),
        }
    }

    pub(super) fn pump_channels(&mut self, cx: &mut Context<'_>) -> Result<(), End> {
        let core = &mut self.core;
        let mut ended = Ok(());
        self.channels.retain(|id, channel| match channel.pump(core, *id, cx) {
            Progress::Open => true,
            Progress::Closed => {
                core.close_channel(*id);
                false
            }
            Progress::Broken(malformed) => {
                tracing::warn!(target: "sftpd", "channel {id} closed: {malformed}");
                core.close_channel(*id);
                false
            }
            Progress::Refused(error) => {
                ended = Err(End::Session(error));
                false
            }
        });
        ended
    }
}

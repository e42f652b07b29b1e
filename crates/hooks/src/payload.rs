//! What the hook of file actions is told.

use crate::{Call, Method};
use events::{Action, Event};
use serde::Serialize;
use std::{
    ffi::OsString,
    os::unix::ffi::OsStringExt,
    time::{SystemTime, UNIX_EPOCH},
};

/// The body of a request. What is empty or zero is left out, as far as SFTPGo does.
#[derive(Serialize)]
struct Payload<'a> {
    action: &'static str,
    username: &'a str,
    path: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    target_path: String,
    virtual_path: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    virtual_target_path: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    ssh_cmd: &'a str,
    #[serde(skip_serializing_if = "is_zero")]
    file_size: u64,
    #[serde(skip_serializing_if = "is_zero")]
    elapsed: u64,
    fs_provider: u8,
    #[serde(skip_serializing_if = "str::is_empty")]
    bucket: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    endpoint: &'a str,
    status: u8,
    protocol: &'static str,
    ip: String,
    session_id: &'a str,
    #[serde(skip_serializing_if = "is_zero_flags")]
    open_flags: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    role: &'a str,
    /// Nanoseconds since 1970.
    timestamp: u64,
}

/// `event`, as of now.
pub fn call(event: &Event) -> Call {
    let payload = Payload::new(event);
    Call {
        variables: payload.variables(event),
        method: Method::Post,
        query: Vec::new(),
        // Texts and numbers: there is nothing that could fail.
        body: serde_json::to_vec(&payload).ok(),
        max_answer: 0,
    }
}

impl<'a> Payload<'a> {
    fn new(event: &'a Event) -> Self {
        let target = event.target.as_ref();
        Self {
            action: event.action.as_str(),
            username: &event.user,
            path: lossy(&event.at.stored_as),
            target_path: target.map(|target| lossy(&target.stored_as)).unwrap_or_default(),
            virtual_path: event.at.path.to_string(),
            virtual_target_path: target.map(|target| target.path.to_string()).unwrap_or_default(),
            ssh_cmd: event.ssh_command.as_deref().unwrap_or_default(),
            file_size: if has_size(event.action) { event.size } else { 0 },
            elapsed: u64::try_from(event.elapsed.as_millis()).unwrap_or(u64::MAX),
            fs_provider: event.provider,
            bucket: &event.bucket,
            endpoint: &event.endpoint,
            status: event.status as u8,
            protocol: event.protocol.as_str(),
            ip: event.ip.to_canonical().to_string(),
            session_id: &event.session,
            open_flags: event.open_flags,
            role: event.role.as_deref().unwrap_or_default(),
            timestamp: now(),
        }
    }

    /// The same for a program: all of them are always set. Names of files are bytes, here as on the disk.
    fn variables(&self, event: &Event) -> Vec<(&'static str, OsString)> {
        let bytes = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
        let target = event.target.as_ref();
        let of_target =
            |part: fn(&events::Location) -> &[u8]| target.map(part).map(bytes).unwrap_or_default();
        vec![
            ("SFTPGO_ACTION", self.action.into()),
            ("SFTPGO_ACTION_USERNAME", self.username.into()),
            ("SFTPGO_ACTION_PATH", bytes(&event.at.stored_as)),
            ("SFTPGO_ACTION_TARGET", of_target(|target| &target.stored_as)),
            ("SFTPGO_ACTION_VIRTUAL_PATH", bytes(event.at.path.as_bytes())),
            ("SFTPGO_ACTION_VIRTUAL_TARGET", of_target(|target| target.path.as_bytes())),
            ("SFTPGO_ACTION_SSH_CMD", self.ssh_cmd.into()),
            ("SFTPGO_ACTION_FILE_SIZE", self.file_size.to_string().into()),
            ("SFTPGO_ACTION_ELAPSED", self.elapsed.to_string().into()),
            ("SFTPGO_ACTION_FS_PROVIDER", self.fs_provider.to_string().into()),
            ("SFTPGO_ACTION_BUCKET", self.bucket.into()),
            ("SFTPGO_ACTION_ENDPOINT", self.endpoint.into()),
            ("SFTPGO_ACTION_STATUS", self.status.to_string().into()),
            ("SFTPGO_ACTION_PROTOCOL", self.protocol.into()),
            ("SFTPGO_ACTION_IP", (&self.ip).into()),
            ("SFTPGO_ACTION_SESSION_ID", self.session_id.into()),
            ("SFTPGO_ACTION_OPEN_FLAGS", self.open_flags.to_string().into()),
            ("SFTPGO_ACTION_ROLE", self.role.into()),
            ("SFTPGO_ACTION_TIMESTAMP", self.timestamp.to_string().into()),
        ]
    }
}

/// Whether hooks are told a size: of a directory that is renamed, say, there is none that means anything.
const fn has_size(action: Action) -> bool {
    match action {
        Action::PreUpload
        | Action::Upload
        | Action::FirstUpload
        | Action::PreDownload
        | Action::Download
        | Action::FirstDownload
        | Action::PreDelete
        | Action::Delete
        | Action::Copy => true,
        Action::Rename | Action::MakeDir | Action::RemoveDir | Action::SshCommand => false,
    }
}

/// Nanoseconds since 1970.
pub fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero_flags(number: &u32) -> bool {
    *number == 0
}

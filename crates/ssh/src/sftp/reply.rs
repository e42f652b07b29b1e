//! The one place where what happened in a session becomes SFTP.

use session::{Change, Error, Kind, Metadata, Space, Time};
use sftp_proto::{Attributes, StatVfs, Status};

/// A status and its text, for an error that several replies share.
pub(super) type Failure = (Status, String);

pub(super) fn failure(error: &Error) -> Failure {
    let status = status(error);
    let text = match status {
        Status::NoSuchFile => "no such file".to_owned(),
        Status::PermissionDenied => "permission denied".to_owned(),
        Status::OpUnsupported => "operation unsupported".to_owned(),
        _ => format!("failure: {error}"),
    };
    (status, text)
}

/// Clients decide by this code, so it follows what the field's servers answer in each case.
fn status(error: &Error) -> Status {
    match error {
        Error::NotFound => Status::NoSuchFile,
        Error::Denied => Status::PermissionDenied,
        Error::Unsupported => Status::OpUnsupported,
        Error::AlreadyExists
        | Error::IsADirectory
        | Error::NotADirectory
        | Error::NotEmpty
        | Error::QuotaExceeded
        | Error::NoSpace
        | Error::TooManySessions
        | Error::Loop
        | Error::NameTooLong
        | Error::InvalidPath(_)
        | Error::Invalid
        | Error::Rejected
        | Error::Aborted
        | Error::Storage(_) => Status::Failure,
    }
}

pub(super) fn attributes(metadata: &Metadata) -> Attributes {
    Attributes {
        size: Some(metadata.size),
        owner: Some((metadata.uid, metadata.gid)),
        permissions: Some(type_bits(metadata.kind) | metadata.mode),
        times: Some((seconds(metadata.accessed), seconds(metadata.modified))),
    }
}

/// What a SETSTAT asks for. Type bits are not the client's to set.
pub(super) fn change(attributes: &Attributes) -> Change {
    let time = |secs: u32| Time { secs: i64::from(secs), nanos: 0 };
    Change {
        size: attributes.size,
        mode: attributes.permissions.map(|mode| mode & 0o7777),
        owner: attributes.owner,
        times: attributes.times.map(|(accessed, modified)| (time(accessed), time(modified))),
    }
}

pub(super) fn stat_vfs(space: &Space) -> StatVfs {
    StatVfs {
        block_size: space.block_size,
        fragment_size: space.fragment_size,
        blocks: space.blocks,
        blocks_free: space.blocks_free,
        blocks_available: space.blocks_available,
        files: space.files,
        files_free: space.files_free,
        files_available: space.files_available,
        fs_id: space.fs_id,
        flags: u64::from(space.read_only) | (u64::from(space.no_setuid) << 1),
        name_max: space.name_max,
    }
}

const fn type_bits(kind: Kind) -> u32 {
    match kind {
        Kind::File => 0o100000,
        Kind::Directory => 0o040000,
        Kind::Symlink => 0o120000,
        // A socket, a device, a pipe: none can be opened, so a client is told the least surprising one.
        Kind::Other => 0o010000,
    }
}

/// Version 3 has 32 bits for a time; what does not fit is shown as the nearest that does.
fn seconds(time: Time) -> u32 {
    u32::try_from(time.secs.max(0)).unwrap_or(u32::MAX)
}

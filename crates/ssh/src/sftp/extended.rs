//! SSH_FXP_EXTENDED about paths: OpenSSH's `PROTOCOL` §4, and what else clients ask for.

use super::{
    handles::Handles,
    operations::{Answer, path_answer},
    ranges::Check,
    reply::{change, stat_vfs},
};
use bytes::BytesMut;
use session::{Error, Result, Session, Space};
use sftp_proto::{Extended, Extension, Reply};

/// What VERSION announces: only what is served.
pub(super) const EXTENSIONS: &[Extension] = &[
    Extension("posix-rename@openssh.com", "1"),
    Extension("statvfs@openssh.com", "2"),
    Extension("fstatvfs@openssh.com", "2"),
    Extension("hardlink@openssh.com", "1"),
    Extension("fsync@openssh.com", "1"),
    Extension("lsetstat@openssh.com", "1"),
    Extension("limits@openssh.com", "1"),
    Extension("expand-path@openssh.com", "1"),
    Extension("copy-data", "1"),
    Extension("home-directory", "1"),
    Extension("users-groups-by-id@openssh.com", "1"),
    Extension("check-file", "1"),
];

/// Serves an extended request that takes no handle.
pub(super) async fn serve(session: &Session, id: u32, request: Extended) -> Result<Answer> {
    let mut packet = BytesMut::new();
    let check = Check::of(&request);
    match request {
        Extended::StatVfs { path } => {
            return Ok(space_answer(id, session.space(&session.resolve(&path)?).await));
        }
        Extended::HardLink { from, to } => {
            let (from, to) = (session.resolve(&from)?, session.resolve(&to)?);
            return Ok(Answer::Status(id, session.hard_link(&from, &to).await));
        }
        Extended::LSetStat { path, attributes } => {
            let path = session.resolve(&path)?;
            return Ok(Answer::Status(id, session.change_link(&path, &change(&attributes)).await));
        }
        Extended::Limits => Reply(&mut packet).limits(id, Handles::MAX as u64),
        Extended::ExpandPath { path } => {
            let path = session.real_path(&session.resolve(without_tilde(&path)?)?).await?;
            return Ok(path_answer(id, &path));
        }
        // There is one home: the user's own, whoever is asked for.
        Extended::HomeDirectory { .. } => return Ok(path_answer(id, session.account().start_directory())),
        Extended::UsersGroupsById { users, groups } => {
            // Virtual users own nothing by name; an empty name tells the client to show the number.
            let unnamed = |ids: &[u32]| vec![String::new(); ids.len()];
            Reply(&mut packet).users_groups(id, &unnamed(&users), &unnamed(&groups));
        }
        Extended::CheckFileName { path, .. } => {
            let check = check.ok_or(Error::Unsupported)?;
            return Ok(check.path(id, session, &path).await);
        }
        _ => return Err(Error::Unsupported),
    }
    Ok(Answer::Packet(packet))
}

pub(super) fn space_answer(id: u32, space: Result<Space>) -> Answer {
    match space {
        Ok(space) => {
            let mut packet = BytesMut::new();
            Reply(&mut packet).stat_vfs(id, &stat_vfs(&space));
            Answer::Packet(packet)
        }
        Err(error) => Answer::Status(id, Err(error)),
    }
}

/// `~` and `~/…` name the start directory, which relative paths begin at; another user's home is none.
fn without_tilde(path: &[u8]) -> Result<&[u8]> {
    match path {
        b"~" => Ok(b""),
        [b'~', b'/', rest @ ..] => Ok(rest),
        [b'~', ..] => Err(Error::Unsupported),
        path => Ok(path),
    }
}

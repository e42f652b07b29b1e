//! Requests (§6 and OpenSSH's `PROTOCOL` §4), decoded.

use crate::{Attributes, Malformed, wire::Reader};
use bytes::Bytes;

/// A handle as the server issued it. A client may send any string; one that is not four bytes long was
/// never issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Handle {
    Issued(u32),
    Unknown,
}

/// `pflags` of OPEN (§6.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenFlags {
    pub read: bool,
    pub write: bool,
    pub append: bool,
    pub create: bool,
    pub truncate: bool,
    pub exclusive: bool,
}

/// One request but WRITE, which comes in pieces. `id` is the client's and goes back with the reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    Init {
        version: u32,
    },
    Open {
        id: u32,
        path: Bytes,
        flags: OpenFlags,
        attributes: Attributes,
    },
    Close {
        id: u32,
        handle: Handle,
    },
    Read {
        id: u32,
        handle: Handle,
        offset: u64,
        len: u32,
    },
    LStat {
        id: u32,
        path: Bytes,
    },
    FStat {
        id: u32,
        handle: Handle,
    },
    SetStat {
        id: u32,
        path: Bytes,
        attributes: Attributes,
    },
    FSetStat {
        id: u32,
        handle: Handle,
        attributes: Attributes,
    },
    OpenDir {
        id: u32,
        path: Bytes,
    },
    ReadDir {
        id: u32,
        handle: Handle,
    },
    Remove {
        id: u32,
        path: Bytes,
    },
    MkDir {
        id: u32,
        path: Bytes,
        attributes: Attributes,
    },
    RmDir {
        id: u32,
        path: Bytes,
    },
    RealPath {
        id: u32,
        path: Bytes,
    },
    Stat {
        id: u32,
        path: Bytes,
    },
    Rename {
        id: u32,
        from: Bytes,
        to: Bytes,
    },
    ReadLink {
        id: u32,
        path: Bytes,
    },
    /// Arguments in OpenSSH's order (target first), which every client follows, not the draft's.
    Symlink {
        id: u32,
        target: Bytes,
        link: Bytes,
    },
    Extended {
        id: u32,
        request: Extended,
    },
}

/// How a `check-file` request is named and answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckDialect {
    /// As draft-ietf-secsh-filexfer-extensions-00 §3 has it.
    Draft,
    /// As Paramiko has it: the request is named `check-file`, and the answer begins with that name.
    Paramiko,
}

/// SSH_FXP_EXTENDED requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extended {
    PosixRename {
        from: Bytes,
        to: Bytes,
    },
    StatVfs {
        path: Bytes,
    },
    FStatVfs {
        handle: Handle,
    },
    HardLink {
        from: Bytes,
        to: Bytes,
    },
    FSync {
        handle: Handle,
    },
    LSetStat {
        path: Bytes,
        attributes: Attributes,
    },
    Limits,
    ExpandPath {
        path: Bytes,
    },
    /// `len` 0 copies to the end of the file.
    CopyData {
        from: Handle,
        from_offset: u64,
        len: u64,
        to: Handle,
        to_offset: u64,
    },
    HomeDirectory {
        user: Bytes,
    },
    UsersGroupsById {
        users: Vec<u32>,
        groups: Vec<u32>,
    },
    /// draft-ietf-secsh-filexfer-extensions-00 §3. `len` 0 hashes to the end, `block` 0 gives one hash.
    CheckFileName {
        path: Bytes,
        algorithms: Bytes,
        offset: u64,
        len: u64,
        block: u32,
    },
    CheckFileHandle {
        handle: Handle,
        algorithms: Bytes,
        offset: u64,
        len: u64,
        block: u32,
        dialect: CheckDialect,
    },
    Unknown {
        name: Bytes,
    },
}

pub(crate) const INIT: u8 = 1;
pub(crate) const WRITE: u8 = 6;

impl Request {
    /// Decodes the payload of a packet of type `kind`, which is not WRITE.
    pub(crate) fn decode(kind: u8, payload: Bytes) -> Result<Self, Malformed> {
        let mut reader = Reader::new(payload);
        let r = &mut reader;
        let id = r.u32()?;
        Ok(match kind {
            INIT => Self::Init { version: id },
            3 => {
                let (path, flags) = (r.string()?, OpenFlags::from_bits(r.u32()?));
                Self::Open { id, path, flags, attributes: Attributes::decode(r)? }
            }
            4 => Self::Close { id, handle: handle(r)? },
            5 => Self::Read { id, handle: handle(r)?, offset: r.u64()?, len: r.u32()? },
            7 => Self::LStat { id, path: r.string()? },
            8 => Self::FStat { id, handle: handle(r)? },
            9 => Self::SetStat { id, path: r.string()?, attributes: Attributes::decode(r)? },
            10 => Self::FSetStat { id, handle: handle(r)?, attributes: Attributes::decode(r)? },
            11 => Self::OpenDir { id, path: r.string()? },
            12 => Self::ReadDir { id, handle: handle(r)? },
            13 => Self::Remove { id, path: r.string()? },
            14 => Self::MkDir { id, path: r.string()?, attributes: Attributes::decode(r)? },
            15 => Self::RmDir { id, path: r.string()? },
            16 => Self::RealPath { id, path: r.string()? },
            17 => Self::Stat { id, path: r.string()? },
            18 => Self::Rename { id, from: r.string()?, to: r.string()? },
            19 => Self::ReadLink { id, path: r.string()? },
            20 => Self::Symlink { id, target: r.string()?, link: r.string()? },
            200 => Self::Extended { id, request: Extended::decode(reader)? },
            other => return Err(Malformed::UnknownType(other)),
        })
    }
}

impl Extended {
    fn decode(mut reader: Reader) -> Result<Self, Malformed> {
        let name = reader.string()?;
        let r = &mut reader;
        Ok(match &name[..] {
            b"posix-rename@openssh.com" => Self::PosixRename { from: r.string()?, to: r.string()? },
            b"statvfs@openssh.com" => Self::StatVfs { path: r.string()? },
            b"fstatvfs@openssh.com" => Self::FStatVfs { handle: handle(r)? },
            b"hardlink@openssh.com" => Self::HardLink { from: r.string()?, to: r.string()? },
            b"fsync@openssh.com" => Self::FSync { handle: handle(r)? },
            b"lsetstat@openssh.com" => {
                Self::LSetStat { path: r.string()?, attributes: Attributes::decode(r)? }
            }
            b"limits@openssh.com" => Self::Limits,
            b"expand-path@openssh.com" => Self::ExpandPath { path: r.string()? },
            b"copy-data" => Self::CopyData {
                from: handle(r)?,
                from_offset: r.u64()?,
                len: r.u64()?,
                to: handle(r)?,
                to_offset: r.u64()?,
            },
            b"home-directory" => Self::HomeDirectory { user: r.string()? },
            b"users-groups-by-id@openssh.com" => {
                Self::UsersGroupsById { users: ids(r.string()?)?, groups: ids(r.string()?)? }
            }
            b"check-file-name" => Self::CheckFileName {
                path: r.string()?,
                algorithms: r.string()?,
                offset: r.u64()?,
                len: r.u64()?,
                block: r.u32()?,
            },
            b"check-file-handle" | b"check-file" => Self::CheckFileHandle {
                handle: handle(r)?,
                algorithms: r.string()?,
                offset: r.u64()?,
                len: r.u64()?,
                block: r.u32()?,
                dialect: match &name[..] {
                    b"check-file" => CheckDialect::Paramiko,
                    _ => CheckDialect::Draft,
                },
            },
            _ => Self::Unknown { name },
        })
    }
}

impl Handle {
    pub(crate) fn from_bytes(raw: &[u8]) -> Self {
        raw.try_into().map_or(Self::Unknown, |raw| Self::Issued(u32::from_be_bytes(raw)))
    }
}

impl OpenFlags {
    fn from_bits(bits: u32) -> Self {
        let has = |flag: u32| bits & flag != 0;
        Self {
            read: has(1),
            write: has(2),
            append: has(4),
            create: has(8),
            truncate: has(16),
            exclusive: has(32),
        }
    }
}

fn handle(reader: &mut Reader) -> Result<Handle, Malformed> {
    Ok(Handle::from_bytes(&reader.string()?))
}

fn ids(list: Bytes) -> Result<Vec<u32>, Malformed> {
    let mut reader = Reader::new(list);
    let mut ids = Vec::new();
    while !reader.is_empty() {
        ids.push(reader.u32()?);
    }
    Ok(ids)
}

//! ATTRS (§5).

use crate::{Malformed, wire::Reader};
use bytes::{BufMut, BytesMut};

const SIZE: u32 = 1;
const OWNER: u32 = 1 << 1;
const PERMISSIONS: u32 = 1 << 2;
const TIMES: u32 = 1 << 3;
const EXTENDED: u32 = 1 << 31;

/// The attributes a request sets or a reply tells; absent ones are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    pub size: Option<u64>,
    /// User and group id.
    pub owner: Option<(u32, u32)>,
    /// `st_mode`: type and permission bits.
    pub permissions: Option<u32>,
    /// Access and modification time, seconds since 1970.
    pub times: Option<(u32, u32)>,
}

impl Attributes {
    pub(crate) fn decode(reader: &mut Reader) -> Result<Self, Malformed> {
        // Some clients leave the attributes of OPEN and MKDIR out altogether.
        if reader.is_empty() {
            return Ok(Self::default());
        }
        let flags = reader.u32()?;
        let has = |flag| flags & flag != 0;
        let attributes = Self {
            size: if has(SIZE) { Some(reader.u64()?) } else { None },
            owner: if has(OWNER) { Some((reader.u32()?, reader.u32()?)) } else { None },
            permissions: if has(PERMISSIONS) { Some(reader.u32()?) } else { None },
            times: if has(TIMES) { Some((reader.u32()?, reader.u32()?)) } else { None },
        };
        if has(EXTENDED) {
            // Pairs nobody defined for version 3: read past, so that what follows is found.
            for _ in 0..reader.u32()? {
                reader.string()?;
                reader.string()?;
            }
        }
        Ok(attributes)
    }

    pub(crate) fn encode(&self, out: &mut BytesMut) {
        let flag = |set: bool, flag| if set { flag } else { 0 };
        out.put_u32(
            flag(self.size.is_some(), SIZE)
                | flag(self.owner.is_some(), OWNER)
                | flag(self.permissions.is_some(), PERMISSIONS)
                | flag(self.times.is_some(), TIMES),
        );
        if let Some(size) = self.size {
            out.put_u64(size);
        }
        if let Some((uid, gid)) = self.owner {
            out.put_u32(uid);
            out.put_u32(gid);
        }
        if let Some(mode) = self.permissions {
            out.put_u32(mode);
        }
        if let Some((accessed, modified)) = self.times {
            out.put_u32(accessed);
            out.put_u32(modified);
        }
    }
}

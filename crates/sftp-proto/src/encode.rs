//! Replies (§7), written to the end of a buffer.

use crate::{Attributes, CheckDialect, MAX_DATA, MAX_PACKET, Status, VERSION};
use bytes::{BufMut, BytesMut};

/// Writes replies; each call appends one whole packet.
#[derive(Debug)]
pub struct Reply<'a>(pub &'a mut BytesMut);

/// An extension announced in VERSION: its name and the version of it.
#[derive(Clone, Copy, Debug)]
pub struct Extension(pub &'static str, pub &'static str);

/// One entry of NAME.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    pub name: &'a [u8],
    /// What `ls -l` would show, for clients that print it as it is.
    pub long_name: &'a [u8],
    pub attributes: Attributes,
}

/// The answer to `statvfs@openssh.com`, in the order of the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatVfs {
    pub block_size: u64,
    pub fragment_size: u64,
    pub blocks: u64,
    pub blocks_free: u64,
    pub blocks_available: u64,
    pub files: u64,
    pub files_free: u64,
    pub files_available: u64,
    pub fs_id: u64,
    /// 1: read-only, 2: no setuid.
    pub flags: u64,
    pub name_max: u64,
}

/// DATA up to its content: length, type, id, length of the data.
pub const DATA_PREFIX: usize = 13;

impl Reply<'_> {
    pub fn version(&mut self, extensions: &[Extension]) {
        self.packet(2, |out| {
            out.put_u32(VERSION);
            for Extension(name, data) in extensions {
                string(out, name.as_bytes());
                string(out, data.as_bytes());
            }
        });
    }

    pub fn status(&mut self, id: u32, status: Status, message: &str) {
        self.packet(101, |out| {
            out.put_u32(id);
            out.put_u32(status as u32);
            string(out, message.as_bytes());
            string(out, b"en");
        });
    }

    pub fn handle(&mut self, id: u32, handle: u32) {
        self.packet(102, |out| {
            out.put_u32(id);
            string(out, &handle.to_be_bytes());
        });
    }

    pub fn data(&mut self, id: u32, data: &[u8]) {
        self.0.extend_from_slice(&data_prefix(id, data.len()));
        self.0.extend_from_slice(data);
    }

    pub fn attributes(&mut self, id: u32, attributes: &Attributes) {
        self.packet(105, |out| {
            out.put_u32(id);
            attributes.encode(out);
        });
    }

    /// One NAME with all of `names`; the caller keeps it within a packet, see [`Name::encoded_len`].
    pub fn names(&mut self, id: u32, names: &[Name<'_>]) {
        self.packet(104, |out| {
            out.put_u32(id);
            out.put_u32(names.len() as u32);
            for name in names {
                string(out, name.name);
                string(out, name.long_name);
                name.attributes.encode(out);
            }
        });
    }

    pub fn stat_vfs(&mut self, id: u32, space: &StatVfs) {
        let fields = [
            space.block_size,
            space.fragment_size,
            space.blocks,
            space.blocks_free,
            space.blocks_available,
            space.files,
            space.files_free,
            space.files_available,
            space.fs_id,
            space.flags,
            space.name_max,
        ];
        self.packet(201, |out| {
            out.put_u32(id);
            fields.iter().for_each(|field| out.put_u64(*field));
        });
    }

    /// `limits@openssh.com`: packet, read and write length, open handles (0: no limit told).
    pub fn limits(&mut self, id: u32, handles: u64) {
        self.packet(201, |out| {
            out.put_u32(id);
            [MAX_PACKET as u64, MAX_DATA as u64, MAX_DATA as u64, handles]
                .iter()
                .for_each(|n| out.put_u64(*n));
        });
    }

    /// `users-groups-by-id@openssh.com`: a list of names for each list of ids, empty where unknown.
    pub fn users_groups(&mut self, id: u32, users: &[String], groups: &[String]) {
        self.packet(201, |out| {
            out.put_u32(id);
            for names in [users, groups] {
                out.put_u32(names.iter().map(|name| name.len() as u32 + 4).sum());
                names.iter().for_each(|name| string(out, name.as_bytes()));
            }
        });
    }

    /// `check-file`: the algorithm used and the hashes, one after the other.
    pub fn check_file(&mut self, id: u32, dialect: CheckDialect, algorithm: &str, hashes: &[u8]) {
        self.packet(201, |out| {
            out.put_u32(id);
            if dialect == CheckDialect::Paramiko {
                string(out, b"check-file");
            }
            string(out, algorithm.as_bytes());
            out.extend_from_slice(hashes);
        });
    }

    fn packet(&mut self, kind: u8, body: impl FnOnce(&mut BytesMut)) {
        let start = self.0.len();
        self.0.put_u32(0);
        self.0.put_u8(kind);
        body(self.0);
        let len = (self.0.len() - start - 4) as u32;
        self.0[start..start + 4].copy_from_slice(&len.to_be_bytes());
    }
}

impl Name<'_> {
    /// Bytes this entry takes in a NAME packet.
    pub fn encoded_len(&self) -> usize {
        // Two string lengths, then flags, size, owner, permissions and times.
        8 + self.name.len() + self.long_name.len() + 32
    }
}

/// The head of a DATA packet whose `len` bytes of content the caller puts right behind it.
pub fn data_prefix(id: u32, len: usize) -> [u8; DATA_PREFIX] {
    let mut head = [0; DATA_PREFIX];
    head[..4].copy_from_slice(&(len as u32 + 9).to_be_bytes());
    head[4] = 103;
    head[5..9].copy_from_slice(&id.to_be_bytes());
    head[9..].copy_from_slice(&(len as u32).to_be_bytes());
    head
}

fn string(out: &mut BytesMut, value: &[u8]) {
    out.put_u32(value.len() as u32);
    out.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_carry_their_length() {
        let mut out = BytesMut::new();
        Reply(&mut out).status(7, Status::Eof, "EOF");
        assert_eq!(&out[..], b"\0\0\0\x16\x65\0\0\0\x07\0\0\0\x01\0\0\0\x03EOF\0\0\0\x02en");
        out.clear();
        Reply(&mut out).handle(1, 0x01020304);
        assert_eq!(&out[..], b"\0\0\0\x0d\x66\0\0\0\x01\0\0\0\x04\x01\x02\x03\x04");
        out.clear();
        Reply(&mut out).data(2, b"xyz");
        assert_eq!(&out[..], b"\0\0\0\x0c\x67\0\0\0\x02\0\0\0\x03xyz");
    }

    #[test]
    fn an_entry_takes_what_it_says() {
        let attributes =
            Attributes { size: Some(1), owner: Some((2, 3)), permissions: Some(4), times: Some((5, 6)) };
        let name = Name { name: b"a", long_name: b"long", attributes };
        let mut out = BytesMut::new();
        Reply(&mut out).names(1, &[name, name]);
        assert_eq!(out.len(), 13 + 2 * name.encoded_len());
    }
}

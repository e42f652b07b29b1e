//! [`Decoder`]: a stream of channel data in, requests out.

use crate::{
    Handle, MAX_PACKET, MAX_WRITE_PACKET, Request,
    request::{INIT, WRITE},
};
use bytes::{Buf, Bytes, BytesMut};

/// Splits what a client sends into requests.
///
/// [`push`](Decoder::push) one piece of channel data, then call [`next`](Decoder::next) until it answers
/// `None`. Memory is bounded by one packet (its content, if a WRITE, excepted: that passes through).
#[derive(Debug, Default)]
pub struct Decoder {
    input: Bytes,
    /// A request that began in an earlier piece; empty most of the time.
    partial: BytesMut,
    /// Bytes of the current WRITE that are still to come.
    write_left: usize,
    /// Bytes behind its data that belong to nothing. pkg/sftp, and so rclone, sends a whole buffer of which the
    /// length field counts the part that was filled.
    padding: usize,
}

/// What came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    Request(Request),
    /// A WRITE begins; `len` bytes follow as [`Item::WriteData`], none when `len` is 0.
    Write {
        id: u32,
        handle: Handle,
        offset: u64,
        len: u32,
    },
    /// The next piece of the WRITE that began last.
    WriteData(Bytes),
}

/// Bytes no client sends; the channel cannot be followed any further and has to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("SFTP packet of {0} bytes")]
    Length(u32),
    #[error("SFTP packet ends within a field")]
    Truncated,
    #[error("SFTP packet of unknown type {0}")]
    UnknownType(u8),
}

/// Length and type.
const PREFIX: usize = 5;
/// Length, type, id and the length of the handle.
const WRITE_PREFIX: usize = PREFIX + 8;
/// Offset and length of the data, which follow the handle.
const WRITE_SUFFIX: usize = 12;

impl Decoder {
    /// Adds the next piece; the one before has been used up by [`next`](Decoder::next).
    pub fn push(&mut self, data: Bytes) {
        if self.input.is_empty() {
            self.input = data;
        } else {
            // Only a caller that did not drain comes here; correct, but copied.
            let mut both = BytesMut::with_capacity(self.input.len() + data.len());
            both.extend_from_slice(&self.input);
            both.extend_from_slice(&data);
            self.input = both.freeze();
        }
    }

    /// The next item, or `None` when more input is needed.
    #[allow(clippy::should_implement_trait)] // fallible, and `None` is not the end
    pub fn next(&mut self) -> Result<Option<Item>, Malformed> {
        if self.write_left > 0 {
            return Ok(self.write_data());
        }
        let skipped = self.padding.min(self.input.len());
        self.input.advance(skipped);
        self.padding -= skipped;
        if self.padding > 0 {
            return Ok(None);
        }
        let Some(head) = self.head()? else { return Ok(None) };
        let kind = head[4];
        if kind != WRITE {
            return Request::decode(kind, head.slice(PREFIX..)).map(|request| Some(Item::Request(request)));
        }
        let id = u32_at(&head, PREFIX);
        let handle_end = head.len() - WRITE_SUFFIX;
        let handle = Handle::from_bytes(&head[WRITE_PREFIX..handle_end]);
        let offset = (u64::from(u32_at(&head, handle_end)) << 32) | u64::from(u32_at(&head, handle_end + 4));
        let len = u32_at(&head, handle_end + 8);
        let rest = u32_at(&head, 0) as usize + 4 - head.len();
        self.padding = rest.checked_sub(len as usize).ok_or(Malformed::Truncated)?;
        self.write_left = len as usize;
        Ok(Some(Item::Write { id, handle, offset, len }))
    }

    fn write_data(&mut self) -> Option<Item> {
        let len = self.write_left.min(self.input.len());
        if len == 0 {
            return None;
        }
        self.write_left -= len;
        Some(Item::WriteData(self.input.split_to(len)))
    }

    /// A whole request, or a WRITE up to its data. In one piece of input without a copy.
    fn head(&mut self) -> Result<Option<Bytes>, Malformed> {
        if self.partial.is_empty() {
            match needed(&self.input)? {
                Some(len) if len <= self.input.len() => return Ok(Some(self.input.split_to(len))),
                _ => {}
            }
        }
        loop {
            // `needed` grows as more of the head is known: prefix, then handle length, then all of it.
            let want = needed(&self.partial)?.unwrap_or(if self.partial.len() < PREFIX {
                PREFIX
            } else {
                WRITE_PREFIX
            });
            if self.partial.len() == want {
                return Ok(Some(self.partial.split().freeze()));
            }
            let take = (want - self.partial.len()).min(self.input.len());
            if take == 0 {
                return Ok(None);
            }
            self.partial.extend_from_slice(&self.input[..take]);
            self.input.advance(take);
        }
    }
}

/// How long the head is that `start` begins; `None` while too little of it is there to tell.
fn needed(start: &[u8]) -> Result<Option<usize>, Malformed> {
    if start.len() < 4 {
        return Ok(None);
    }
    let len = u32_at(start, 0);
    if len < 5 || len as usize > MAX_WRITE_PACKET {
        return Err(Malformed::Length(len));
    }
    match start.get(4) {
        None => Ok(None),
        Some(kind) if *kind != WRITE && len as usize > MAX_PACKET => Err(Malformed::Length(len)),
        Some(&WRITE) if start.len() < WRITE_PREFIX => Ok(None),
        Some(&WRITE) => {
            let handle = u32_at(start, PREFIX + 4) as usize;
            let head = WRITE_PREFIX.saturating_add(handle).saturating_add(WRITE_SUFFIX);
            if head > MAX_PACKET.min(len as usize + 4) { Err(Malformed::Truncated) } else { Ok(Some(head)) }
        }
        // INIT may carry extension pairs; the server has no use for them.
        Some(&INIT) | Some(_) => Ok(Some(len as usize + 4)),
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    match bytes.get(at..at + 4) {
        Some(&[a, b, c, d]) => u32::from_be_bytes([a, b, c, d]),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Attributes, CheckDialect, Extended, OpenFlags};
    use bytes::BufMut;

    fn packet(kind: u8, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        out.put_u32(payload.len() as u32 + 1);
        out.put_u8(kind);
        out.extend_from_slice(payload);
        out
    }

    fn string(out: &mut Vec<u8>, value: &[u8]) {
        out.put_u32(value.len() as u32);
        out.extend_from_slice(value);
    }

    fn write(id: u32, handle: &[u8], offset: u64, data: &[u8]) -> Vec<u8> {
        let mut body = Vec::new();
        body.put_u32(id);
        string(&mut body, handle);
        body.put_u64(offset);
        string(&mut body, data);
        packet(WRITE, &body)
    }

    fn open(id: u32, path: &[u8]) -> Vec<u8> {
        let mut body = Vec::new();
        body.put_u32(id);
        string(&mut body, path);
        body.put_u32(0x1a);
        body.put_u32(4);
        body.put_u32(0o100644);
        packet(3, &body)
    }

    fn decode(stream: &[u8], piece: usize) -> Result<Vec<Item>, Malformed> {
        let (mut decoder, mut items) = (Decoder::default(), Vec::new());
        for piece in stream.chunks(piece) {
            decoder.push(Bytes::copy_from_slice(piece));
            while let Some(item) = decoder.next()? {
                match (items.last_mut(), item) {
                    // Pieces of one WRITE, joined so that every way to cut the stream compares equal.
                    (Some(Item::WriteData(before)), Item::WriteData(more)) => {
                        *before = [&before[..], &more[..]].concat().into();
                    }
                    (_, item) => items.push(item),
                }
            }
        }
        Ok(items)
    }

    #[test]
    fn any_cut_of_the_stream_gives_the_same_requests() {
        let mut stream = packet(INIT, &3u32.to_be_bytes());
        stream.extend(open(7, b"a\xffb"));
        stream.extend(write(8, &[0, 0, 0, 9], 1 << 33, b"hello"));
        stream.extend(write(9, b"bad handle", 0, b""));
        stream.extend(open(10, b"/c"));
        let whole = decode(&stream, stream.len()).unwrap();
        assert_eq!(whole.len(), 6);
        assert_eq!(
            whole[1],
            Item::Request(Request::Open {
                id: 7,
                path: Bytes::from_static(b"a\xffb"),
                flags: OpenFlags { write: true, create: true, truncate: true, ..OpenFlags::default() },
                attributes: Attributes { permissions: Some(0o100644), ..Attributes::default() },
            })
        );
        assert_eq!(whole[2], Item::Write { id: 8, handle: Handle::Issued(9), offset: 1 << 33, len: 5 });
        assert_eq!(whole[4], Item::Write { id: 9, handle: Handle::Unknown, offset: 0, len: 0 });
        for piece in 1..stream.len() {
            assert_eq!(decode(&stream, piece).unwrap(), whole, "cut every {piece} bytes");
        }
    }

    #[test]
    fn write_data_is_not_copied() {
        let stream = Bytes::from(write(1, &[0, 0, 0, 1], 0, &[7; 1000]));
        let mut decoder = Decoder::default();
        decoder.push(stream.clone());
        decoder.next().unwrap();
        let Some(Item::WriteData(data)) = decoder.next().unwrap() else { panic!("no data") };
        assert!(stream.as_ptr_range().contains(&data.as_ptr()));
    }

    /// A WRITE passes through, so it may be longer than what has to be held.
    #[test]
    fn long_writes_are_taken() {
        let long = write(1, &[0, 0, 0, 1], 0, &[7; 900_000]);
        let items = decode(&long, 32_768).unwrap();
        assert!(matches!(&items[1], Item::WriteData(data) if data[..] == [7; 900_000]));
        let too_long = write(1, &[0, 0, 0, 1], 0, &[7; MAX_WRITE_PACKET]);
        assert!(matches!(decode(&too_long, 32_768), Err(Malformed::Length(_))));
        assert!(matches!(decode(&open(1, &[b'a'; MAX_PACKET]), 32_768), Err(Malformed::Length(_))));
        let long_handle = write(1, &[7; 300_000], 0, b"");
        assert_eq!(decode(&long_handle, 32_768), Err(Malformed::Truncated));
    }

    #[test]
    fn heads_and_data_may_come_apart() {
        let mut decoder = Decoder::default();
        for id in 0..3 {
            let packet = Bytes::from(write(id, &[0, 0, 0, 1], u64::from(id) << 15, &[7; 32768]));
            decoder.push(packet.slice(..29));
            assert!(matches!(decoder.next(), Ok(Some(Item::Write { len: 32768, .. }))));
            assert_eq!(decoder.next(), Ok(None));
            decoder.push(packet.slice(29..));
            assert_eq!(decoder.next(), Ok(Some(Item::WriteData(packet.slice(29..)))));
            assert_eq!(decoder.next(), Ok(None));
        }
    }

    #[test]
    fn what_follows_the_data_is_skipped() {
        let mut stream = write(1, b"hand", 0, &[7; 64]);
        // Of the 64 bytes sent, 10 count.
        let at = stream.len() - 68;
        stream[at..at + 4].copy_from_slice(&10u32.to_be_bytes());
        stream.extend(open(2, b"next"));
        let whole = decode(&stream, stream.len()).unwrap();
        assert!(matches!(&whole[1], Item::WriteData(data) if data[..] == [7; 10]), "{whole:?}");
        assert!(matches!(&whole[2], Item::Request(Request::Open { id: 2, .. })), "{whole:?}");
        for piece in 1..stream.len() {
            assert_eq!(decode(&stream, piece).unwrap(), whole);
        }
    }

    #[test]
    fn a_write_may_carry_more_than_its_data() {
        let mut stream = write(1, &[0, 0, 0, 1], 0, b"data and rubbish");
        stream[25..29].copy_from_slice(&4u32.to_be_bytes());
        stream.extend(open(2, b"/next"));
        let whole = decode(&stream, stream.len()).unwrap();
        assert_eq!(whole[1], Item::WriteData(Bytes::from_static(b"data")));
        assert!(matches!(whole[2], Item::Request(Request::Open { id: 2, .. })));
        for piece in 1..stream.len() {
            assert_eq!(decode(&stream, piece).unwrap(), whole, "cut every {piece} bytes");
        }
    }

    #[test]
    fn what_no_client_sends_is_refused() {
        assert_eq!(decode(&[0xff; 16], 16), Err(Malformed::Length(u32::MAX)));
        assert_eq!(decode(&[0, 0, 0, 0, 1], 5), Err(Malformed::Length(0)));
        assert_eq!(decode(&packet(99, &[0; 4]), 64), Err(Malformed::UnknownType(99)));
        assert_eq!(decode(&packet(4, &[0, 0, 0, 1, 0, 0, 1, 0]), 64), Err(Malformed::Truncated));
        let mut lying = write(1, b"hand", 0, b"data");
        let at = lying.len() - 8;
        lying[at..at + 4].copy_from_slice(&100u32.to_be_bytes());
        assert_eq!(decode(&lying, 512), Err(Malformed::Truncated));
        let mut handle_too_long = write(1, b"hand", 0, b"data");
        handle_too_long[9..13].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(decode(&handle_too_long, 512), Err(Malformed::Truncated));
    }

    #[test]
    fn both_dialects_of_check_file_are_read() {
        for (name, dialect) in
            [("check-file-handle", CheckDialect::Draft), ("check-file", CheckDialect::Paramiko)]
        {
            let mut body = vec![0, 0, 0, 5];
            string(&mut body, name.as_bytes());
            string(&mut body, &[0, 0, 0, 1]);
            string(&mut body, b"sha256,md5");
            body.put_u64(1);
            body.put_u64(2);
            body.put_u32(256);
            let check = Extended::CheckFileHandle {
                handle: Handle::Issued(1),
                algorithms: Bytes::from_static(b"sha256,md5"),
                offset: 1,
                len: 2,
                block: 256,
                dialect,
            };
            let expected = Item::Request(Request::Extended { id: 5, request: check });
            assert_eq!(decode(&packet(200, &body), 512).unwrap(), [expected], "{name}");
        }
    }

    #[test]
    fn extensions_are_told_apart() {
        let mut body = vec![0, 0, 0, 5];
        string(&mut body, b"copy-data");
        string(&mut body, &[0, 0, 0, 1]);
        body.put_u64(10);
        body.put_u64(0);
        string(&mut body, &[0, 0, 0, 2]);
        body.put_u64(20);
        let copy = Extended::CopyData {
            from: Handle::Issued(1),
            from_offset: 10,
            len: 0,
            to: Handle::Issued(2),
            to_offset: 20,
        };
        let expected = Item::Request(Request::Extended { id: 5, request: copy });
        assert_eq!(decode(&packet(200, &body), 512).unwrap(), [expected]);
    }
}

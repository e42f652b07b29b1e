//! A stream of SFTP requests. However it is cut into pieces, the same comes out.

use bytes::Bytes;
use sftp_proto::{Decoder, Item, Malformed};

use crate::value;

pub fn sftp_request(bytes: &[u8]) {
    let Some((piece, stream)) = value::<(u8, Vec<u8>)>(bytes) else { return };
    let whole = decode(stream.chunks(stream.len().max(1)));
    let pieces = decode(stream.chunks(usize::from(piece).max(1)));
    assert_eq!(whole, pieces);
}

/// Items in order, the content of writes joined.
fn decode<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Item>, Vec<u8>, Option<Malformed>) {
    let mut decoder = Decoder::default();
    let (mut items, mut written) = (Vec::new(), Vec::new());
    for piece in pieces {
        decoder.push(Bytes::copy_from_slice(piece));
        loop {
            match decoder.next() {
                Ok(Some(Item::WriteData(data))) => written.extend_from_slice(&data),
                Ok(Some(item)) => items.push(item),
                Ok(None) => break,
                Err(error) => return (items, written, Some(error)),
            }
        }
    }
    (items, written, None)
}

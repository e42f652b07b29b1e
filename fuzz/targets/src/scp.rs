//! The command line that starts SCP, and its control lines. However a stream is cut into pieces, the same lines
//! come out; what is sent back reads as what it was.

use bytes::Bytes;
use scp_proto::{Command, Control, Lines, Malformed, encode, split};

/// One byte says how the stream is cut; then come the command, a newline and the stream.
pub fn scp_control(input: &[u8]) {
    let Some((piece, rest)) = input.split_first() else { return };
    let (command, stream) = rest.split_at(rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()));
    let stream = stream.strip_prefix(b"\n").unwrap_or_default();
    let whole = lines(stream.chunks(stream.len().max(1)));
    let pieces = lines(stream.chunks(usize::from(*piece).max(1)));
    assert_eq!(whole, pieces);
    for control in &whole.0 {
        check(control);
    }
    if let Some(words) = split(command) {
        let _ = Command::parse(&words);
    }
}

/// Lines in order, with the content that each file announces passed over, and the error that ended them.
fn lines<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Control>, Option<Malformed>) {
    let (mut lines, mut found, mut left) = (Lines::default(), Vec::new(), 0);
    for piece in pieces {
        lines.push(Bytes::copy_from_slice(piece));
        loop {
            if left > 0 {
                let Some(content) = lines.content(left) else { break };
                left -= content.len() as u64;
                continue;
            }
            match lines.line() {
                Ok(Some(control)) => {
                    if let Control::File { size, .. } = &control {
                        left = *size;
                    }
                    found.push(control);
                }
                Ok(None) => break,
                Err(error) => return (found, Some(error)),
            }
        }
    }
    (found, None)
}

fn check(control: &Control) {
    if let Control::File { name, .. } | Control::Directory { name, .. } = control {
        assert!(
            !name.is_empty() && name != b"." && name != b".." && !name.contains(&b'/') && !name.contains(&0)
        );
    }
    let sent = encode(control);
    let (again, error) = lines(std::iter::once(sent.as_slice()));
    assert_eq!((again.as_slice(), error), (std::slice::from_ref(control), None));
}

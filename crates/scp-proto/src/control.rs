//! Control lines.

use bytes::{Buf, Bytes, BytesMut};

/// The longest line taken: a name of 255 bytes needs far less, OpenSSH takes no more than this.
const MAX_LINE: usize = 2048;

/// A line, or the status in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    Times(Times),
    File {
        mode: u32,
        size: u64,
        name: Vec<u8>,
    },
    Directory {
        mode: u32,
        name: Vec<u8>,
    },
    EndDirectory,
    /// The other end is satisfied.
    Ok,
    /// The other end could not do something and goes on.
    Warning(String),
    /// The other end gives up.
    Fatal(String),
}

/// Seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    pub modified: i64,
    pub accessed: i64,
}

/// A line no client sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("protocol error: line too long")]
    TooLong,
    #[error("protocol error: unexpected line")]
    Unknown,
    #[error("protocol error: bad mode, size or time")]
    Number,
    #[error("error: unexpected filename")]
    Name,
}

/// Splits a stream into lines and contents: [`push`](Lines::push) what came, then ask for a
/// [`line`](Lines::line), or for the next piece of [`content`](Lines::content) a line announced.
#[derive(Debug, Default)]
pub struct Lines {
    input: Bytes,
    partial: BytesMut,
}

impl Lines {
    /// Adds the next piece; what was pushed before has been used up.
    pub fn push(&mut self, data: Bytes) {
        debug_assert!(self.input.is_empty(), "the piece before is not used up");
        self.input = data;
    }

    /// The next line or status; `None` when more input is needed.
    pub fn line(&mut self) -> Result<Option<Control>, Malformed> {
        if self.partial.is_empty() && self.input.first() == Some(&0) {
            self.input.advance(1);
            return Ok(Some(Control::Ok));
        }
        let end = self.input.iter().position(|byte| *byte == b'\n');
        let take = end.map_or(self.input.len(), |end| end + 1);
        if self.partial.len() + take > MAX_LINE {
            return Err(Malformed::TooLong);
        }
        self.partial.extend_from_slice(&self.input.split_to(take));
        if end.is_none() {
            return Ok(None);
        }
        let line = self.partial.split();
        parse(&line[..line.len() - 1]).map(Some)
    }

    /// Up to `left` bytes of content; `None` when more input is needed.
    pub fn content(&mut self, left: u64) -> Option<Bytes> {
        let len = usize::try_from(left).unwrap_or(usize::MAX).min(self.input.len());
        (len > 0).then(|| self.input.split_to(len))
    }
}

fn parse(line: &[u8]) -> Result<Control, Malformed> {
    let (Some(kind), rest) = (line.first(), line.get(1..).unwrap_or_default()) else {
        return Err(Malformed::Unknown);
    };
    match kind {
        1 => Ok(Control::Warning(String::from_utf8_lossy(rest).into_owned())),
        2 => Ok(Control::Fatal(String::from_utf8_lossy(rest).into_owned())),
        b'E' if rest.is_empty() => Ok(Control::EndDirectory),
        b'T' => times(rest).map(Control::Times),
        b'C' => file(rest).map(|(mode, size, name)| Control::File { mode, size, name }),
        b'D' => file(rest).map(|(mode, _, name)| Control::Directory { mode, name }),
        _ => Err(Malformed::Unknown),
    }
}

/// `0644 1234 name`
fn file(rest: &[u8]) -> Result<(u32, u64, Vec<u8>), Malformed> {
    let mut fields = rest.splitn(3, |byte| *byte == b' ');
    let mut number =
        || fields.next().and_then(|field| std::str::from_utf8(field).ok()).ok_or(Malformed::Number);
    let mode = u32::from_str_radix(number()?, 8).map_err(|_| Malformed::Number)?;
    let size: i64 = number()?.parse().map_err(|_| Malformed::Number)?;
    let name = fields.next().ok_or(Malformed::Name)?;
    // A plain name: a server that joined what a client sends here wrote wherever the client liked.
    if name.is_empty()
        || name == b"."
        || name == b".."
        || name.iter().any(|byte| matches!(byte, b'/' | b'\\' | 0))
    {
        return Err(Malformed::Name);
    }
    Ok((mode & 0o7777, u64::try_from(size).map_err(|_| Malformed::Number)?, name.to_vec()))
}

/// `<mtime> <µs> <atime> <µs>`
fn times(rest: &[u8]) -> Result<Times, Malformed> {
    let text = std::str::from_utf8(rest).map_err(|_| Malformed::Number)?;
    let numbers: Vec<i64> =
        text.split(' ').map(str::parse).collect::<Result<_, _>>().map_err(|_| Malformed::Number)?;
    match numbers[..] {
        [modified, _, accessed, _] => Ok(Times { modified, accessed }),
        _ => Err(Malformed::Number),
    }
}

/// `control` as it is sent. A newline cannot be in a name here: it is shown as `?`.
pub fn encode(control: &Control) -> Vec<u8> {
    let with_name = |head: String, name: &[u8]| {
        let mut line = head.into_bytes();
        line.extend(name.iter().map(|byte| if *byte == b'\n' { b'?' } else { *byte }));
        line.push(b'\n');
        line
    };
    match control {
        Control::Times(times) => format!("T{} 0 {} 0\n", times.modified, times.accessed).into_bytes(),
        Control::File { mode, size, name } => with_name(format!("C{mode:04o} {size} "), name),
        Control::Directory { mode, name } => with_name(format!("D{mode:04o} 0 "), name),
        Control::EndDirectory => b"E\n".to_vec(),
        Control::Ok => vec![0],
        Control::Warning(text) => with_name("\x01".to_owned(), text.as_bytes()),
        Control::Fatal(text) => with_name("\x02".to_owned(), text.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(stream: &[u8], piece: usize) -> Result<Vec<Control>, Malformed> {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for piece in stream.chunks(piece) {
            lines.push(Bytes::copy_from_slice(piece));
            while let Some(line) = lines.line()? {
                found.push(line);
            }
        }
        Ok(found)
    }

    #[test]
    fn what_is_written_is_read() {
        let all = [
            Control::Times(Times { modified: 1_700_000_000, accessed: -1 }),
            Control::File { mode: 0o644, size: 12, name: b"a b\xff".to_vec() },
            Control::Ok,
            Control::Directory { mode: 0o755, name: b"d".to_vec() },
            Control::EndDirectory,
            Control::Warning("no".into()),
            Control::Fatal("stop".into()),
        ];
        let stream: Vec<u8> = all.iter().flat_map(encode).collect();
        for piece in 1..stream.len() {
            assert_eq!(lines(&stream, piece).unwrap(), all, "cut every {piece} bytes");
        }
    }

    #[test]
    fn names_are_plain() {
        for name in ["..", ".", "", "../x", "/etc/passwd", "a/b", r"a\b"] {
            assert_eq!(lines(format!("C0644 1 {name}\n").as_bytes(), 99), Err(Malformed::Name), "{name:?}");
        }
        for bad in ["C0644 -1 a\n", "C999 1 a\n", "C0644 x a\n", "T1 2\n", "D\n"] {
            assert_eq!(lines(bad.as_bytes(), 99), Err(Malformed::Number), "{bad:?}");
        }
        assert_eq!(lines(b"Zed\n", 99), Err(Malformed::Unknown));
        assert_eq!(lines(&[b'C'; 5000], 5000), Err(Malformed::TooLong));
    }

    #[test]
    fn content_is_not_copied() {
        let stream = Bytes::from_static(b"C0644 3 a\nabc\0");
        let mut lines = Lines::default();
        lines.push(stream.clone());
        lines.line().unwrap();
        let content = lines.content(3).unwrap();
        assert_eq!(content, "abc");
        assert!(stream.as_ptr_range().contains(&content.as_ptr()));
        assert_eq!(lines.line(), Ok(Some(Control::Ok)));
        assert_eq!(lines.content(1), None);
    }
}

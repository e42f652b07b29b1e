//! The header of the PROXY protocol: what is decided stays so with more bytes, and not before there are enough.

use proxy_proto::{Decoded, MAX, decode};

/// The first bytes of a connection.
pub fn proxy_header(input: &[u8]) {
    let decoded = decode(input);
    let cut = |at: usize| decode(input.get(..at).unwrap_or(input));
    match &decoded {
        Ok(Decoded::Complete(header)) => {
            assert!(header.length <= input.len() && header.length <= MAX);
            assert_eq!(cut(header.length), decoded);
            for at in 0..header.length {
                assert_eq!(cut(at), Ok(Decoded::Incomplete));
            }
        }
        Ok(Decoded::Incomplete) => assert!(input.len() < MAX && cut(input.len() / 2) == decoded),
        Ok(Decoded::Absent) | Err(_) => {
            let before = cut(input.len() / 2);
            assert!(before == decoded || before == Ok(Decoded::Incomplete));
        }
    }
    if decoded != Ok(Decoded::Incomplete) {
        assert_eq!(decode(&[input, b"SSH-2.0-"].concat()), decoded);
    }
}

//! Raw paths of clients against a base. What is parsed keeps what the type promises, and parses to itself.

use types::VirtualPath;

use crate::value;

pub fn virtual_path(bytes: &[u8]) {
    let Some((base, raw)) = value::<(Vec<u8>, Vec<u8>)>(bytes) else { return };
    let root = VirtualPath::root();
    let base = VirtualPath::parse(&root, &base).unwrap_or(root);
    let Ok(path) = VirtualPath::parse(&base, &raw) else { return };
    let bytes = path.as_bytes();
    assert!(bytes.starts_with(b"/") && bytes.len() <= VirtualPath::MAX_LEN && !bytes.contains(&0));
    if bytes != b"/" {
        for part in bytes[1..].split(|byte| *byte == b'/') {
            assert!(!part.is_empty() && part != b"." && part != b".." && part.len() <= VirtualPath::MAX_PART);
        }
    }
    assert_eq!(VirtualPath::parse(&base, bytes), Ok(path));
}

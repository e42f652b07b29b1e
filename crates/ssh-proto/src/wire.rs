//! The data types of RFC 4251 section 5: reading them from a packet and writing them to one.

use crate::error::Error;

/// Reads fields off the front of a message. A message that is too short is [`Error::Malformed`] with its name.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(rest: &'a [u8], what: &'static str) -> Self {
        Self { rest, what }
    }

    pub(crate) fn bytes(&mut self, n: usize) -> Result<&'a [u8], Error> {
        let (head, rest) = self.rest.split_at_checked(n).ok_or(self.malformed())?;
        self.rest = rest;
        Ok(head)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Error> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn bool(&mut self) -> Result<bool, Error> {
        Ok(self.u8()? != 0)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Error> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Error> {
        self.array().map(u64::from_be_bytes)
    }

    /// A string that is all there is.
    pub(crate) fn only_string(mut self) -> Result<&'a [u8], Error> {
        let string = self.string()?;
        if self.is_empty() { Ok(string) } else { Err(self.malformed()) }
    }

    pub(crate) fn string(&mut self) -> Result<&'a [u8], Error> {
        let len = self.u32()?;
        self.bytes(len as usize)
    }

    pub(crate) fn utf8(&mut self) -> Result<&'a str, Error> {
        std::str::from_utf8(self.string()?).map_err(|_| self.malformed())
    }

    /// A non-negative mpint without its leading zeros.
    pub(crate) fn mpint(&mut self) -> Result<&'a [u8], Error> {
        let bytes = self.string()?;
        match bytes.first() {
            Some(first) if first & 0x80 != 0 => Err(self.malformed()),
            _ => Ok(strip_zeros(bytes)),
        }
    }

    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn malformed(&self) -> Error {
        Error::Malformed(self.what)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (head, rest) = self.rest.split_first_chunk().ok_or(self.malformed())?;
        self.rest = rest;
        Ok(*head)
    }
}

/// Builds a message or a part of one field by field.
pub(crate) struct Message(Vec<u8>);

impl Message {
    pub(crate) fn new(number: u8) -> Self {
        Self::fields().u8(number)
    }

    /// Fields without a message number, such as a key blob. They start with room for most, secrets above all: a
    /// buffer that grows leaves a copy behind.
    pub(crate) fn fields() -> Self {
        Self(Vec::with_capacity(96))
    }

    pub(crate) fn u8(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    pub(crate) fn bool(self, value: bool) -> Self {
        self.u8(value.into())
    }

    pub(crate) fn u32(mut self, value: u32) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    pub(crate) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(crate) fn string(self, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        self.u32(length(bytes)).raw(bytes)
    }

    pub(crate) fn names<'n>(self, names: impl IntoIterator<Item = &'n str>) -> Self {
        let joined = names.into_iter().collect::<Vec<_>>().join(",");
        self.string(joined)
    }

    /// A non-negative number from its big-endian bytes.
    pub(crate) fn mpint(self, number: &[u8]) -> Self {
        let number = strip_zeros(number);
        match number.first() {
            Some(first) if first & 0x80 != 0 => self.u32(length(number) + 1).u8(0).raw(number),
            _ => self.string(number),
        }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

pub(crate) fn strip_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// No message comes near 4 GiB; one that did would be cut to a length that its reader refuses.
fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 4251 section 5.
    #[test]
    fn mpints_match_the_rfc() {
        let write = |number: &[u8]| Message::fields().mpint(number).into_bytes();
        assert_eq!(write(&[0]), [0, 0, 0, 0]);
        assert_eq!(write(&[0x80]), [0, 0, 0, 2, 0, 0x80]);
        let long = [0x09, 0xa3, 0x78, 0xf9, 0xb2, 0xe3, 0x32, 0xa7];
        assert_eq!(write(&long)[..4], [0, 0, 0, 8]);
        assert_eq!(Reader::new(&write(&[0, 0, 0x80]), "test").mpint(), Ok(&[0x80][..]));
        assert!(Reader::new(&[0, 0, 0, 1, 0x80], "test").mpint().is_err(), "negative");
    }

    #[test]
    fn short_messages_are_malformed() {
        assert_eq!(Reader::new(&[0, 0, 0, 5, 1], "test").string(), Err(Error::Malformed("test")));
        assert_eq!(Reader::new(&[255; 8], "test").string(), Err(Error::Malformed("test")));
        assert_eq!(Reader::new(&[0, 0], "test").u32(), Err(Error::Malformed("test")));
        assert!(Reader::new(&[0, 0, 0, 1, 0xff], "test").utf8().is_err());
    }

    #[test]
    fn name_lists_are_joined_by_commas() {
        assert_eq!(Message::fields().names(["none", "zlib"]).into_bytes(), b"\0\0\0\x09none,zlib");
        assert_eq!(Message::fields().names([]).into_bytes(), [0; 4]);
    }
}

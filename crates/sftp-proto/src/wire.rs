//! Reading the primitive types of §3 off a buffer.

use crate::Malformed;
use bytes::{Buf, Bytes};

/// A cursor over one packet's payload. Each read fails rather than run past the end.
pub(crate) struct Reader(Bytes);

impl Reader {
    pub(crate) fn new(payload: Bytes) -> Self {
        Self(payload)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Malformed> {
        self.0.try_get_u32().map_err(|_| Malformed::Truncated)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Malformed> {
        self.0.try_get_u64().map_err(|_| Malformed::Truncated)
    }

    pub(crate) fn string(&mut self) -> Result<Bytes, Malformed> {
        let len = self.u32()? as usize;
        if len > self.0.len() {
            return Err(Malformed::Truncated);
        }
        Ok(self.0.split_to(len))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

//! A file read from start to end.

use session::{Download, Read, Result, Session};
use std::io::IoSliceMut;
use types::VirtualPath;

/// How much is read at a time.
const CHUNK: usize = 256 * 1024;
/// How much is read before others on the connection get their turn.
const TURN: u64 = 4 * 1024 * 1024;

/// A download for what needs a file's bytes one after the other.
pub(crate) struct Reader {
    download: Download,
    offset: u64,
    buffer: Vec<u8>,
}

impl Reader {
    pub(crate) async fn open(session: &Session, path: &VirtualPath) -> Result<Self> {
        Ok(Self { download: session.download(path).await?, offset: 0, buffer: Vec::new() })
    }

    pub(crate) fn download(&self) -> &Download {
        &self.download
    }

    /// The next bytes; `None` at the end of the file.
    pub(crate) async fn next(&mut self) -> Result<Option<&[u8]>> {
        if self.offset > 0 && self.offset.is_multiple_of(TURN) {
            tokio::task::yield_now().await;
        }
        self.buffer.resize(CHUNK, 0);
        let read = self.download.read_at(self.offset, &mut [IoSliceMut::new(&mut self.buffer)])?;
        match read {
            Read::Now(n) => self.buffer.truncate(n),
            Read::Later(bytes) => {
                self.buffer.clear();
                self.buffer.extend_from_slice(&bytes.await?);
            }
        }
        self.offset += self.buffer.len() as u64;
        Ok((!self.buffer.is_empty()).then_some(&self.buffer))
    }

    pub(crate) async fn finish(self) -> Result<()> {
        self.download.finish().await
    }
}

//! Files read for what needs their bytes one after the other.

use session::{Download, Read, Result};
use std::io::IoSliceMut;

/// How much is read at a time.
const CHUNK: usize = 256 * 1024;
/// How much is read before others on the connection get their turn.
const TURN: u64 = 4 * 1024 * 1024;

/// A download read from start to end.
pub(crate) struct Reader {
    download: Download,
    offset: u64,
    piece: Piece,
}

/// A buffer for one piece of a file after the other.
#[derive(Default)]
pub(crate) struct Piece(Vec<u8>);

impl Reader {
    pub(crate) fn new(download: Download) -> Self {
        Self { download, offset: 0, piece: Piece::default() }
    }

    pub(crate) fn download(&self) -> &Download {
        &self.download
    }

    /// The next bytes; `None` at the end of the file.
    pub(crate) async fn next(&mut self) -> Result<Option<&[u8]>> {
        if self.offset > 0 && self.offset.is_multiple_of(TURN) {
            tokio::task::yield_now().await;
        }
        let (download, offset) = (&mut self.download, self.offset);
        let data = self.piece.fill(|buffers| download.read_at(offset, buffers), CHUNK as u64).await?;
        self.offset += data.len() as u64;
        Ok((!data.is_empty()).then_some(data))
    }

    pub(crate) async fn finish(self) -> Result<()> {
        self.download.finish().await
    }
}

impl Piece {
    /// What `read` gives of at most `len` bytes; empty at the end of the file.
    pub(crate) async fn fill(
        &mut self,
        read: impl FnOnce(&mut [IoSliceMut<'_>]) -> Result<Read>,
        len: u64,
    ) -> Result<&[u8]> {
        self.0.resize(usize::try_from(len).unwrap_or(CHUNK).min(CHUNK), 0);
        match read(&mut [IoSliceMut::new(&mut self.0)])? {
            Read::Now(bytes) => self.0.truncate(bytes),
            Read::Later(bytes) => {
                self.0.clear();
                self.0.extend_from_slice(&bytes.await?);
            }
        }
        Ok(&self.0)
    }
}

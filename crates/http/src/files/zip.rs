//! Archives of files and directories, made while they are sent: neither memory nor disk holds one.

use super::{
    caller::{Files, Reads},
    download::{INERT, Piece, attachment, content},
    failure::download_failed,
    uses::{Taken, paid},
};
use crate::error::{ApiError, ApiResponse, Result};
use axum::{
    body::Body,
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use session::{Error, Kind, Metadata, Session, Time};
use std::{
    io::{self, Write},
    mem,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::mpsc;
use types::VirtualPath;
use zip::{
    CompressionMethod, DateTime, ZipWriter,
    result::ZipError,
    write::{SimpleFileOptions, StreamWriter},
};

/// How much is gathered before it is sent.
const PIECE: usize = 64 * 1024;
/// Pieces made ahead of the client.
const AHEAD: usize = 2;
/// The fastest level: what people exchange in archives is mostly compressed already.
const LEVEL: i64 = 1;
/// From so many bytes on a visitor who breaks off has got something: how long an archive will be nobody knows.
const ENOUGH: u64 = 4 << 20;
/// What is not known of a directory that may be listed and not looked at.
const DIRECTORY: Metadata = Metadata {
    kind: Kind::Directory,
    size: 0,
    mode: 0o755,
    uid: 0,
    gid: 0,
    links: 1,
    accessed: Time { secs: 0, nanos: 0 },
    modified: Time { secs: 0, nanos: 0 },
};

/// Files and directories as one archive. Symbolic links are left out.
#[utoipa::path(
    post,
    path = "/user/streamzip",
    tag = "user APIs",
    operation_id = "streamzip",
    request_body(
        content = Vec<String>,
        description = "Absolute paths",
        content_type = "application/json",
        example = json!(["/in"])
    ),
    responses(
        (status = 200, description = "The archive", content_type = "application/zip"),
        (status = 404, description = "One of them is missing", body = ApiResponse),
        ApiError,
    )
)]
pub async fn stream(files: Files<Reads>, body: Bytes) -> Result<Response> {
    let paths: Vec<String> =
        serde_json::from_slice(&body).map_err(|error| ApiError::bad_request(error.to_string()))?;
    let paths = paths.iter().map(|path| files.resolve(path.as_bytes())).collect::<Result<_>>()?;
    let chosen = choose(files.session(), paths).await?;
    let name = format!("{}-download.zip", files.session().account().name());
    Ok(answer(files.into_session(), Archived { chosen, base: VirtualPath::root() }, &name, None))
}

/// What goes into an archive.
pub struct Archived {
    pub chosen: Vec<(VirtualPath, Metadata)>,
    /// What the names in the archive are relative to; itself it is not among them.
    pub base: VirtualPath,
}

/// Looks at what was chosen: what is missing or forbidden can be said now and not later.
pub async fn choose(session: &Session, paths: Vec<VirtualPath>) -> Result<Vec<(VirtualPath, Metadata)>> {
    let mut chosen = Vec::new();
    for path in outermost(paths) {
        let metadata = look(session, &path).await.map_err(download_failed)?;
        chosen.push((path, metadata));
    }
    Ok(chosen)
}

/// The archive as an answer; `taken` is what a visitor of a share pays with.
pub fn answer(session: Session, archived: Archived, name: &str, taken: Option<Taken>) -> Response {
    let body = Body::from_stream(paid(archive(session, archived), taken, ENOUGH));
    (head(name), body).into_response()
}

/// The headers of an archive. A browser is to save it and not to look what else it could be.
pub fn head(name: &str) -> [(HeaderName, String); 4] {
    [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, attachment(name)),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_SECURITY_POLICY, INERT.to_owned()),
    ]
}

/// Of a directory counts what may be done in it, and not in the one above.
async fn look(session: &Session, path: &VirtualPath) -> session::Result<Metadata> {
    let seen = session.stat_download(path).await;
    match seen {
        Ok(metadata) if metadata.kind != Kind::Directory => Ok(metadata),
        Ok(metadata) => session.list(path).await.map(|_| metadata),
        Err(Error::Denied) if session.list(path).await.is_ok() => Ok(DIRECTORY),
        Err(error) => Err(error),
    }
}

/// Without what is in another one of them, which would be in the archive twice.
fn outermost(mut paths: Vec<VirtualPath>) -> Vec<VirtualPath> {
    // Name by name: what is in a directory follows it at once.
    paths.sort_by(|a, b| a.parts().cmp(b.parts()));
    let mut outermost: Vec<VirtualPath> = Vec::with_capacity(paths.len());
    for path in paths {
        if outermost.last().is_none_or(|last| path.strip(last).is_none()) {
            outermost.push(path);
        }
    }
    outermost
}

/// The archive as it is made by a task of its own, which ends with the last piece or with the client.
fn archive(session: Session, archived: Archived) -> impl stream::Stream<Item = session::Result<Bytes>> {
    let (out, made) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        let failed = out.clone();
        if let Err(error) = Archive::new(session, archived.base, out).make(archived.chosen).await {
            // Half an archive must not look like a whole one: the connection breaks.
            let _ = failed.send(Err(error)).await;
        }
    });
    stream::unfold(made, |mut made| async move { made.recv().await.map(|piece| (piece, made)) })
}

struct Archive {
    session: Session,
    base: VirtualPath,
    writer: ZipWriter<StreamWriter<Sink>>,
    sink: Sink,
    out: mpsc::Sender<session::Result<Bytes>>,
}

/// Where the writer leaves what it made.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Archive {
    fn new(session: Session, base: VirtualPath, out: mpsc::Sender<session::Result<Bytes>>) -> Self {
        let sink = Sink::default();
        Self { session, base, writer: ZipWriter::new_stream(sink.clone()), sink, out }
    }

    async fn make(mut self, mut chosen: Vec<(VirtualPath, Metadata)>) -> session::Result<()> {
        // Last in, first out: of a deep tree no more is remembered than the directories still to be read.
        chosen.reverse();
        while let Some((path, metadata)) = chosen.pop() {
            match metadata.kind {
                Kind::File => self.file(&path, &metadata).await?,
                Kind::Directory => self.directory(&path, &metadata, &mut chosen).await?,
                Kind::Symlink | Kind::Other => {}
            }
        }
        self.writer.finish().map_err(broken)?;
        let last = self.sink.take(0);
        send(&self.out, last).await
    }

    /// Its files at once, its directories later.
    async fn directory(
        &mut self,
        path: &VirtualPath,
        metadata: &Metadata,
        later: &mut Vec<(VirtualPath, Metadata)>,
    ) -> session::Result<()> {
        if *path != self.base {
            self.writer.add_directory(self.entry_name(path), options(metadata)).map_err(broken)?;
        }
        let mut listing = self.session.list(path).await?;
        loop {
            let page = listing.next().await?;
            if page.is_empty() {
                return Ok(());
            }
            for entry in page {
                let Some(path) = path.join(&entry.name) else { continue };
                match entry.metadata.kind {
                    Kind::File => self.file(&path, &entry.metadata).await?,
                    Kind::Directory => later.push((path, entry.metadata)),
                    Kind::Symlink | Kind::Other => {}
                }
            }
        }
    }

    async fn file(&mut self, path: &VirtualPath, metadata: &Metadata) -> session::Result<()> {
        let file = self.session.download(path).await?;
        let size = file.stat().await?.size;
        self.writer.start_file(self.entry_name(path), options(metadata)).map_err(broken)?;
        let mut content = pin!(content(file, 0..size, Piece::SMALL));
        while let Some(piece) = content.next().await {
            self.writer.write_all(&piece?).map_err(|error| Error::Storage(error.into()))?;
            let ready = self.sink.take(PIECE);
            send(&self.out, ready).await?;
        }
        Ok(())
    }

    /// Archives hold names as text.
    fn entry_name(&self, path: &VirtualPath) -> String {
        String::from_utf8_lossy(path.strip(&self.base).unwrap_or_default()).into_owned()
    }
}

impl Sink {
    /// What was made, if it is at least `enough`.
    fn take(&self, enough: usize) -> Bytes {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if made.len() < enough { Bytes::new() } else { mem::take(&mut *made).into() }
    }
}

impl Write for Sink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn send(out: &mpsc::Sender<session::Result<Bytes>>, piece: Bytes) -> session::Result<()> {
    if piece.is_empty() {
        return Ok(());
    }
    // The client is gone.
    out.send(Ok(piece)).await.map_err(|_| Error::Aborted)
}

fn options(metadata: &Metadata) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        .unix_permissions(metadata.mode)
        .last_modified_time(date_time(metadata.modified).unwrap_or_default())
        // The sizes come behind the data, and may need 64 bits.
        .large_file(true)
}

/// UTC; `None` before 1980, where the calendar of archives begins.
fn date_time(time: Time) -> Option<DateTime> {
    let at = Timestamp::from_duration(SignedDuration::from_secs(time.secs)).ok()?.to_zoned(TimeZone::UTC);
    let small = |number: i8| u8::try_from(number).ok();
    DateTime::from_date_and_time(
        u16::try_from(at.year()).ok()?,
        small(at.month())?,
        small(at.day())?,
        small(at.hour())?,
        small(at.minute())?,
        small(at.second())?,
    )
    .ok()
}

fn broken(error: ZipError) -> Error {
    Error::Storage(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_in_an_archive_twice() {
        let at = |path: &str| VirtualPath::parse(&VirtualPath::root(), path.as_bytes()).unwrap();
        let paths = ["/b/c", "/a", "/b", "/ab", "/a", "/b/c/d"].map(at).to_vec();
        assert_eq!(outermost(paths), ["/a", "/ab", "/b"].map(at));
        assert_eq!(outermost(vec![at("/x"), at("/")]), [at("/")]);
    }
}

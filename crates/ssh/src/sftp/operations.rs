//! Every request but READ and WRITE, as an operation that owns what it needs.

use super::{
    extended::{self, space_answer},
    handles::{Borrowed, Handle, Handles, invalid_handle},
    listing::Directory,
    ranges::{self, Check},
    reply::{attributes, change},
};
use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use net::{Admission, Ticket};
use session::{Error, Metadata, Open, Result, Session, Start};
use sftp_proto::{Attributes, Extended, Name, OpenFlags, Reply, Request};
use std::sync::Arc;
use types::VirtualPath;

/// What an operation came to.
pub(super) struct Done {
    pub(super) answer: Answer,
    /// A read or write of this handle is no longer in flight.
    pub(super) completed: Option<u32>,
    /// The handles the operation had taken.
    pub(super) give_back: Vec<(u32, Handle)>,
    /// The handle is gone.
    pub(super) closed: Option<u32>,
}

/// The reply to send.
pub(super) enum Answer {
    Opened(u32, Handle, VirtualPath, Option<Ticket>),
    Attributes(u32, Attributes),
    /// Empty at the end of the file.
    Data(u32, Bytes),
    /// Encoded already.
    Packet(BytesMut),
    Status(u32, Result<()>),
    Statuses(Vec<u32>, Result<()>),
    Eof(u32),
}

/// What became of a request.
pub(super) enum Started {
    Running(BoxFuture<'static, Done>),
    /// Takes its time, so others run meanwhile.
    Background(BoxFuture<'static, Done>),
    Answered(Done),
    /// Its handle is busy.
    Waits(Request),
}

impl Done {
    pub(super) fn new(answer: Answer) -> Self {
        Self { answer, completed: None, give_back: Vec::new(), closed: None }
    }
}

impl Started {
    pub(super) fn failed(id: u32, error: Error) -> Self {
        Self::Answered(Done::new(Answer::Status(id, Err(error))))
    }
}

/// Starts `request`, taking the handle it is about.
pub(super) fn start(
    session: &Session,
    transfers: &Arc<Admission>,
    handles: &mut Handles,
    request: Request,
) -> Started {
    if let Request::Extended { id, request: request @ Extended::CopyData { .. } } = request {
        return ranges::start_copy(handles, id, request);
    }
    let running = if ranges::is_background(&request) { Started::Background } else { Started::Running };
    match handle_of(&request) {
        None => {
            let transfer = match room(session, transfers, handles, &request) {
                Ok(transfer) => transfer,
                Err(error) => return Started::failed(id_of(&request), error),
            };
            let session = session.clone();
            running(Box::pin(async move {
                Done::new(match on_path(session, request).await {
                    Answer::Opened(id, handle, path, None) => Answer::Opened(id, handle, path, transfer),
                    answer => answer,
                })
            }))
        }
        Some(handle) => match handles.borrow(handle) {
            Borrowed::Busy => Started::Waits(request),
            Borrowed::Missing => Started::failed(id_of(&request), invalid_handle()),
            Borrowed::Idle(number, handle, path) => {
                running(Box::pin(on_handle(session.clone(), request, number, handle, path)))
            }
        },
    }
}

/// Whether one more handle may be opened; the right to it, where it is a file's.
fn room(
    session: &Session,
    transfers: &Arc<Admission>,
    handles: &Handles,
    request: &Request,
) -> Result<Option<Ticket>> {
    match request {
        Request::Open { .. } | Request::OpenDir { .. } if handles.is_full() => {
            Err(Error::Storage("too many open handles".into()))
        }
        Request::Open { .. } => {
            let host = session.connection().remote.ip();
            transfers.admit(host).map(Some).map_err(|_| Error::Denied)
        }
        _ => Ok(None),
    }
}

fn handle_of(request: &Request) -> Option<sftp_proto::Handle> {
    match request {
        Request::Close { handle, .. }
        | Request::FStat { handle, .. }
        | Request::FSetStat { handle, .. }
        | Request::ReadDir { handle, .. } => Some(*handle),
        Request::Extended {
            request:
                Extended::FStatVfs { handle }
                | Extended::FSync { handle }
                | Extended::CheckFileHandle { handle, .. },
            ..
        } => Some(*handle),
        _ => None,
    }
}

fn id_of(request: &Request) -> u32 {
    match request {
        Request::Init { .. } => 0,
        Request::Open { id, .. }
        | Request::Close { id, .. }
        | Request::Read { id, .. }
        | Request::LStat { id, .. }
        | Request::FStat { id, .. }
        | Request::SetStat { id, .. }
        | Request::FSetStat { id, .. }
        | Request::OpenDir { id, .. }
        | Request::ReadDir { id, .. }
        | Request::Remove { id, .. }
        | Request::MkDir { id, .. }
        | Request::RmDir { id, .. }
        | Request::RealPath { id, .. }
        | Request::Stat { id, .. }
        | Request::Rename { id, .. }
        | Request::ReadLink { id, .. }
        | Request::Symlink { id, .. }
        | Request::Extended { id, .. } => *id,
    }
}

/// A request about an open handle. Whatever it comes to, the handle is given back, but by CLOSE.
async fn on_handle(
    session: Session,
    request: Request,
    number: u32,
    mut handle: Handle,
    path: VirtualPath,
) -> Done {
    let id = id_of(&request);
    let answer = match request {
        Request::Close { .. } => {
            let result = close(handle).await;
            return Done { closed: Some(number), ..Done::new(Answer::Status(id, result)) };
        }
        Request::FStat { .. } => stat_answer(id, fstat(&session, &handle, &path).await),
        Request::FSetStat { attributes, .. } => {
            let change = change(&attributes);
            let result = match &mut handle {
                Handle::Upload(upload) => upload.change(&change).await,
                Handle::Download(download, _) => download.change(&change).await,
                Handle::Directory(_) => session.change(&path, &change).await,
            };
            Answer::Status(id, result)
        }
        Request::ReadDir { .. } => match &mut handle {
            Handle::Directory(directory) => {
                let mut packet = BytesMut::new();
                match directory.next(id, &mut packet).await {
                    Ok(true) => Answer::Packet(packet),
                    Ok(false) => Answer::Eof(id),
                    Err(error) => Answer::Status(id, Err(error)),
                }
            }
            _ => Answer::Status(id, Err(Error::NotADirectory)),
        },
        Request::Extended { request: Extended::FStatVfs { .. }, .. } => {
            space_answer(id, session.space(&path).await)
        }
        Request::Extended { request, .. } => match (Check::of(&request), &mut handle) {
            (Some(check), handle) => check.handle(id, handle).await,
            // fsync
            (None, Handle::Upload(upload)) => Answer::Status(id, upload.sync().await),
            (None, _) => Answer::Status(id, Err(Error::Invalid)),
        },
        // Served elsewhere: nothing that reaches this.
        _ => Answer::Status(id, Err(Error::Unsupported)),
    };
    Done { give_back: vec![(number, handle)], ..Done::new(answer) }
}

async fn close(handle: Handle) -> Result<()> {
    match handle {
        Handle::Upload(upload) => upload.finish().await.map(drop),
        Handle::Download(download, _) => download.finish().await,
        Handle::Directory(_) => Ok(()),
    }
}

async fn fstat(session: &Session, handle: &Handle, path: &VirtualPath) -> Result<Metadata> {
    match handle {
        Handle::Upload(upload) => upload.stat().await,
        Handle::Download(download, _) => download.stat().await,
        Handle::Directory(_) => session.stat(path).await,
    }
}

/// A request about paths.
async fn on_path(session: Session, request: Request) -> Answer {
    let id = id_of(&request);
    match on_path_inner(&session, id, request).await {
        Ok(answer) => answer,
        Err(error) => Answer::Status(id, Err(error)),
    }
}

async fn on_path_inner(session: &Session, id: u32, request: Request) -> Result<Answer> {
    let resolve = |raw: &Bytes| session.resolve(raw);
    let done = match request {
        Request::Open { path, flags, .. } => return open(session, id, &path, flags).await,
        Request::OpenDir { path, .. } => {
            let path = resolve(&path)?;
            let directory = Directory::new(session.list(&path).await?, path.is_root());
            return Ok(Answer::Opened(id, Handle::Directory(Box::new(directory)), path, None));
        }
        Request::Stat { path, .. } => return Ok(stat_answer(id, session.stat(&resolve(&path)?).await)),
        Request::LStat { path, .. } => return Ok(stat_answer(id, session.stat_link(&resolve(&path)?).await)),
        Request::RealPath { path, .. } => {
            let path = session.real_path(&resolve(&path)?).await?;
            return Ok(path_answer(id, &path));
        }
        Request::ReadLink { path, .. } => {
            return Ok(path_answer(id, &session.read_link(&resolve(&path)?).await?));
        }
        Request::SetStat { path, attributes, .. } => {
            session.change(&resolve(&path)?, &change(&attributes)).await
        }
        Request::Remove { path, .. } => session.remove_file(&resolve(&path)?).await,
        Request::MkDir { path, .. } => session.make_dir(&resolve(&path)?).await,
        Request::RmDir { path, .. } => session.remove_dir(&resolve(&path)?).await,
        // Both replace a file at the target: that is what the field's clients rely on.
        Request::Rename { from, to, .. }
        | Request::Extended { request: Extended::PosixRename { from, to }, .. } => {
            session.rename(&resolve(&from)?, &resolve(&to)?).await
        }
        Request::Symlink { target, link, .. } => session.make_link(&target, &resolve(&link)?).await,
        Request::Extended { request, .. } => return extended::serve(session, id, request).await,
        // Served elsewhere: nothing that reaches this.
        Request::Init { .. }
        | Request::Close { .. }
        | Request::Read { .. }
        | Request::FStat { .. }
        | Request::FSetStat { .. }
        | Request::ReadDir { .. } => Err(Error::Unsupported),
    };
    Ok(Answer::Status(id, done))
}

async fn open(session: &Session, id: u32, raw: &Bytes, flags: OpenFlags) -> Result<Answer> {
    if raw.is_empty() {
        return Err(Error::Unsupported);
    }
    let path = session.resolve(raw)?;
    let writes = flags.write || flags.append || flags.create || flags.truncate;
    let handle = if writes {
        let start = match (flags.create, flags.exclusive, flags.truncate) {
            (true, true, _) => Start::CreateNew,
            (true, false, true) => Start::Truncate,
            (true, false, false) => Start::Keep,
            (false, _, true) => Start::TruncateExisting,
            (false, _, false) => Start::Existing,
        };
        let open = Open { start, read: flags.read, append: flags.append, resumable: true };
        Handle::Upload(Box::new(session.upload(&path, open).await?))
    } else if flags.read {
        let download = session.download(&path).await?;
        let size = download.stat().await?.size;
        Handle::Download(download, size)
    } else {
        return Err(Error::Invalid);
    };
    Ok(Answer::Opened(id, handle, path, None))
}

fn stat_answer(id: u32, metadata: Result<Metadata>) -> Answer {
    match metadata {
        Ok(metadata) => Answer::Attributes(id, attributes(&metadata)),
        Err(error) => Answer::Status(id, Err(error)),
    }
}

pub(super) fn path_answer(id: u32, path: &VirtualPath) -> Answer {
    let mut packet = BytesMut::new();
    let name = path.as_bytes();
    Reply(&mut packet).names(id, &[Name { name, long_name: name, attributes: Attributes::default() }]);
    Answer::Packet(packet)
}

//! Taking files.

use super::{Fatal, Wire, about};
use scp_proto::{Command, Control, Times};
use session::{Change, Error, Kind, Open, Result, Session, Start, Time};
use types::VirtualPath;

/// Where the next file or directory goes.
struct Target {
    path: VirtualPath,
    /// Entries go into it; otherwise the next one takes its name.
    is_directory: bool,
    /// What to set once the directory is complete.
    change: Change,
}

pub(super) async fn run(
    command: &Command,
    session: &Session,
    wire: &mut Wire<'_>,
) -> std::result::Result<u32, Fatal> {
    let raw = &command.paths[0];
    let told = |error: Error| Fatal::Told(about(raw, &error));
    let path = session.resolve(raw).map_err(told)?;
    let is_directory = is_directory(session, &path).await.map_err(told)?;
    if command.target_is_directory && !is_directory {
        return Err(Fatal::Told(about(raw, &Error::NotADirectory)));
    }
    if !is_directory && raw.ends_with(b"/") && !command.recursive {
        return Err(Fatal::Told(about(raw, &Error::NotFound))); // a directory to be, and nobody to make it
    }
    let mut stack = vec![Target { path, is_directory, change: Change::default() }];
    let mut times = None;
    let mut status = 0;
    wire.send(&Control::Ok).await;
    while let Some(line) = wire.line().await? {
        let Some(target) = stack.last() else { return Err(Fatal::Gone) };
        let done = match line {
            Control::Times(told) => {
                times = Some(told);
                Ok(())
            }
            Control::File { mode, size, name } => {
                let change = kept(command.preserve, mode, times.take());
                match target.entry(&name) {
                    Some(path) => take_file(session, wire, &path, size, change).await?,
                    None => Err(Error::Invalid),
                }
                .inspect_err(|_| status = 1)
            }
            Control::Directory { mode, name } if command.recursive => {
                let change = kept(command.preserve, mode, times.take());
                let path = target.entry(&name).ok_or(Fatal::Gone)?;
                let entered = enter(session, &path).await;
                if let Err(error) = &entered {
                    // What follows belongs into it: there is no going on without it.
                    return Err(Fatal::Told(about(path.as_bytes(), error)));
                }
                stack.push(Target { path, is_directory: true, change });
                entered
            }
            Control::EndDirectory if stack.len() > 1 => leave(session, stack.pop()).await,
            Control::Warning(_) => continue,
            Control::Fatal(_) => return Err(Fatal::Gone),
            _ => return Err(scp_proto::Malformed::Unknown.into()),
        };
        match done {
            Ok(()) => wire.send(&Control::Ok).await,
            Err(error) => wire.send(&Control::Warning(about(raw, &error))).await,
        }
    }
    Ok(status)
}

impl Target {
    fn entry(&self, name: &[u8]) -> Option<VirtualPath> {
        if self.is_directory { self.path.join(name) } else { Some(self.path.clone()) }
    }
}

/// Takes the content of one file. What can go wrong with the file is the inner result; the content is read
/// past, so that the next line is found.
async fn take_file(
    session: &Session,
    wire: &mut Wire<'_>,
    path: &VirtualPath,
    size: u64,
    change: Change,
) -> std::result::Result<Result<()>, Fatal> {
    let mut upload = session.upload(path, Open::new(Start::Truncate)).await;
    if let Err(error) = upload {
        // The client learns it now and sends no content.
        return Ok(Err(error));
    }
    wire.send(&Control::Ok).await;
    let mut failed = None;
    let mut left = size;
    while left > 0 {
        let Some(data) = wire.lines.content(left) else {
            match wire.pipe.read().await {
                Some(data) => wire.lines.push(data),
                None => return Err(Fatal::Gone),
            }
            continue;
        };
        left -= data.len() as u64;
        if let (Ok(upload), None) = (&mut upload, &failed)
            && let Err(error) = upload.push(data).await
        {
            failed = Some(error);
        }
    }
    let complete = wire.satisfied().await?;
    let upload = match (upload, failed) {
        (Ok(upload), None) if complete => upload,
        (_, Some(error)) | (Err(error), None) => return Ok(Err(error)),
        // The client could not read all of it: what came is not the file.
        (Ok(_), None) => return Ok(Err(Error::Aborted)),
    };
    Ok(match upload.finish().await {
        Ok(_) => set(session, path, change).await,
        Err(error) => Err(error),
    })
}

async fn enter(session: &Session, path: &VirtualPath) -> Result<()> {
    match session.make_dir(path).await {
        Err(Error::AlreadyExists) if is_directory(session, path).await? => Ok(()),
        made => made,
    }
}

async fn leave(session: &Session, left: Option<Target>) -> Result<()> {
    match left {
        Some(target) => set(session, &target.path, target.change).await,
        None => Ok(()),
    }
}

async fn set(session: &Session, path: &VirtualPath, change: Change) -> Result<()> {
    if change.is_empty() { Ok(()) } else { session.change(path, &change).await }
}

/// What `-p` asks to be kept.
fn kept(preserve: bool, mode: u32, times: Option<Times>) -> Change {
    if !preserve {
        return Change::default();
    }
    let time = |secs| Time { secs, nanos: 0 };
    Change {
        mode: Some(mode),
        times: times.map(|times| (time(times.accessed), time(times.modified))),
        ..Change::default()
    }
}

async fn is_directory(session: &Session, path: &VirtualPath) -> Result<bool> {
    match session.stat(path).await {
        Ok(metadata) => Ok(metadata.kind == Kind::Directory),
        Err(Error::NotFound) => Ok(false),
        // Files may be taken where nothing may be listed; then the path names the file.
        Err(Error::Denied) => Ok(path.is_root()),
        Err(error) => Err(error),
    }
}

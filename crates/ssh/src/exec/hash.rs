//! `md5sum`, `sha256sum` and their like, in the format of the coreutils.

use super::pipe::Pipe;
use crate::{hex, read::Reader};
use aws_lc_rs::digest;
use md5::Digest;
use session::{Result, Session};

/// A hash a command computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

enum Hasher {
    Md5(md5::Md5),
    Sha(digest::Context),
}

impl Algorithm {
    pub(super) fn by_command(command: &str) -> Option<Self> {
        Some(match command {
            "md5sum" => Self::Md5,
            "sha1sum" => Self::Sha1,
            "sha256sum" => Self::Sha256,
            "sha384sum" => Self::Sha384,
            "sha512sum" => Self::Sha512,
            _ => return None,
        })
    }

    const fn command(self) -> &'static str {
        match self {
            Self::Md5 => "md5sum",
            Self::Sha1 => "sha1sum",
            Self::Sha256 => "sha256sum",
            Self::Sha384 => "sha384sum",
            Self::Sha512 => "sha512sum",
        }
    }

    fn hasher(self) -> Hasher {
        let sha = |algorithm| Hasher::Sha(digest::Context::new(algorithm));
        match self {
            Self::Md5 => Hasher::Md5(md5::Md5::new()),
            Self::Sha1 => sha(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            Self::Sha256 => sha(&digest::SHA256),
            Self::Sha384 => sha(&digest::SHA384),
            Self::Sha512 => sha(&digest::SHA512),
        }
    }
}

impl Hasher {
    fn update(&mut self, data: &[u8]) {
        match self {
            Self::Md5(md5) => md5.update(data),
            Self::Sha(sha) => sha.update(data),
        }
    }

    fn finish(self) -> String {
        match self {
            Self::Md5(md5) => hex(&md5.finalize()),
            Self::Sha(sha) => hex(sha.finish().as_ref()),
        }
    }
}

/// One line per path, or one for the standard input. 1 if any of them could not be read.
pub(super) async fn run(algorithm: Algorithm, paths: &[Vec<u8>], session: &Session, pipe: &Pipe) -> u32 {
    if paths.is_empty() {
        let mut hasher = algorithm.hasher();
        while let Some(data) = pipe.read().await {
            hasher.update(&data);
        }
        pipe.write(format!("{}  -\n", hasher.finish()).as_bytes()).await;
        return 0;
    }
    let mut status = 0;
    for raw in paths {
        let line = match hash_file(algorithm, raw, session).await {
            Ok(line) => line,
            Err(error) => {
                status = 1;
                [algorithm.command().as_bytes(), b": ", raw, format!(" {error}\n").as_bytes()].concat()
            }
        };
        pipe.write(&line).await;
    }
    status
}

async fn hash_file(algorithm: Algorithm, raw: &[u8], session: &Session) -> Result<Vec<u8>> {
    let path = session.resolve(raw)?;
    let mut hasher = algorithm.hasher();
    let mut file = Reader::open(session, &path).await?;
    while let Some(data) = file.next().await? {
        hasher.update(data);
    }
    file.finish().await?;
    Ok([hasher.finish().as_bytes(), b"  ", path.as_bytes(), b"\n"].concat())
}

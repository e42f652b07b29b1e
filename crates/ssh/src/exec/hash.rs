//! `md5sum`, `sha256sum` and their like, in the format of the coreutils.

use super::{failed, pipe::Pipe};
use crate::{digest::Algorithm, hex, read::Piece};
use session::{Result, Session};

/// One line per path, or one for the standard input; whether all could be read.
pub(super) async fn run(
    name: &str,
    algorithm: Algorithm,
    paths: &[&[u8]],
    session: &Session,
    pipe: &Pipe,
) -> bool {
    if paths.is_empty() {
        let mut hasher = algorithm.hasher();
        while let Some(data) = pipe.read().await {
            hasher.update(&data);
        }
        pipe.write(format!("{}  -\n", hex(&hasher.finish())).as_bytes()).await;
        return true;
    }
    let mut all = true;
    for raw in paths {
        match hash_file(algorithm, raw, session).await {
            Ok(line) => pipe.write(&line).await,
            Err(error) => {
                all = false;
                pipe.write(&failed(name, raw, &error)).await;
            }
        }
    }
    all
}

/// The arguments that are paths: options of the coreutils that change nothing here are left out.
pub(super) fn paths(arguments: &[Vec<u8>]) -> Vec<&[u8]> {
    let options = arguments.iter().take_while(|argument| argument.starts_with(b"-") && argument.len() > 1);
    let options = options.take_while(|option| option.as_slice() != b"--").count();
    let end = usize::from(arguments.get(options).is_some_and(|argument| argument == b"--"));
    arguments[options + end..].iter().map(Vec::as_slice).collect()
}

async fn hash_file(algorithm: Algorithm, raw: &[u8], session: &Session) -> Result<Vec<u8>> {
    let path = session.resolve(raw)?;
    let mut hasher = algorithm.hasher();
    let mut file = session.examine(&path).await?;
    let (mut piece, mut offset) = (Piece::default(), 0);
    loop {
        let data = piece.fill(|buffers| file.read_at(offset, buffers), u64::MAX).await?;
        if data.is_empty() {
            break;
        }
        hasher.update(data);
        offset += data.len() as u64;
        // Storage may answer at once, and others on this thread want their turn.
        tokio::task::yield_now().await;
    }
    Ok([hex(&hasher.finish()).as_bytes(), b"  ", path.as_bytes(), b"\n"].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_no_paths() {
        for (line, wanted) in [
            ("a b", &["a", "b"][..]),
            ("-b -t a", &["a"]),
            ("-- -b", &["-b"]),
            ("-b", &[]),
            ("a -b", &["a", "-b"]),
        ] {
            let arguments: Vec<Vec<u8>> = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
            let wanted: Vec<&[u8]> = wanted.iter().map(|path| path.as_bytes()).collect();
            assert_eq!(paths(&arguments), wanted, "{line}");
        }
    }
}

//! Objects that wait to be stored, on disk instead of in memory.

use crate::{Error, Result};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    collections::HashSet,
    fs::File,
    hash::Hash,
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    marker::PhantomData,
    os::unix::fs::FileExt,
    path::Path,
    sync::Arc,
};

/// How many objects are read back at a time, and after how many bytes it is enough.
const STEP: usize = 250;
const ENOUGH: u64 = 1 << 20;

/// Any number of objects of one kind, which take no memory: one JSON text a line, in a file without a name.
#[derive(Debug)]
pub struct Staged<T> {
    file: Option<Arc<File>>,
    count: usize,
    kind: PhantomData<fn() -> T>,
}

/// Takes objects in; [`finish`](Self::finish) gives them out.
#[derive(Debug)]
pub struct Stage<T> {
    file: Option<BufWriter<File>>,
    count: usize,
    kind: PhantomData<fn() -> T>,
}

/// Reads what is staged from its beginning.
#[derive(Debug)]
pub struct Pages<T> {
    file: Option<Arc<File>>,
    at: u64,
    kind: PhantomData<fn() -> T>,
}

/// A file without a name, in `dir` if that is there and else where the system keeps temporary files. It goes with
/// whoever holds it.
pub fn scratch(dir: &Path) -> io::Result<File> {
    tempfile::tempfile_in(dir).or_else(|_| tempfile::tempfile())
}

impl<T: Serialize> Stage<T> {
    /// Adds `object`. The first one makes the file, as [`scratch`] does.
    pub fn push(&mut self, object: &T, dir: &Path) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(BufWriter::new(scratch(dir)?)),
        };
        serde_json::to_writer(&mut *file, object)?;
        file.write_all(b"\n")?;
        self.count += 1;
        Ok(())
    }

    pub fn finish(self) -> io::Result<Staged<T>> {
        let file =
            self.file.map(BufWriter::into_inner).transpose().map_err(io::IntoInnerError::into_error)?;
        Ok(Staged { file: file.map(Arc::new), count: self.count, kind: PhantomData })
    }
}

impl<T> Default for Stage<T> {
    fn default() -> Self {
        Self { file: None, count: 0, kind: PhantomData }
    }
}

impl<T> Default for Staged<T> {
    fn default() -> Self {
        Self { file: None, count: 0, kind: PhantomData }
    }
}

impl<T> Staged<T> {
    pub const fn count(&self) -> usize {
        self.count
    }

    pub fn pages(&self) -> Pages<T> {
        Pages { file: self.file.clone(), at: 0, kind: PhantomData }
    }
}

impl<T: DeserializeOwned + Send + 'static> Staged<T> {
    /// What the objects are known by.
    pub async fn names<N: Eq + Hash>(&self, name: impl Fn(T) -> N) -> Result<HashSet<N>> {
        let (mut pages, mut names) = (self.pages(), HashSet::new());
        while let Some(objects) = pages.next().await? {
            names.extend(objects.into_iter().map(&name));
        }
        Ok(names)
    }
}

impl<T: DeserializeOwned + Send + 'static> Pages<T> {
    /// Some more of the objects, in the order in which they came; `None` after the last one.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>> {
        let Some(file) = self.file.clone() else { return Ok(None) };
        let from = self.at;
        let read = tokio::task::spawn_blocking(move || read(&file, from));
        let (objects, at) = read.await.map_err(|_| Error::Stopped)?.map_err(Error::Staged)?;
        self.at = at;
        Ok(Some(objects).filter(|objects| !objects.is_empty()))
    }
}

/// The objects from `from` on, and where the next ones begin.
fn read<T: DeserializeOwned>(file: &File, from: u64) -> io::Result<(Vec<T>, u64)> {
    let mut reader = BufReader::new(At { file, at: from });
    let (mut objects, mut line, mut at) = (Vec::new(), Vec::new(), from);
    while objects.len() < STEP && at - from < ENOUGH {
        line.clear();
        let length = reader.read_until(b'\n', &mut line)?;
        if length == 0 {
            break;
        }
        at += length as u64;
        objects.push(serde_json::from_slice(&line)?);
    }
    Ok((objects, at))
}

/// A file read from a place of its own: whoever else reads it is not disturbed.
struct At<'a> {
    file: &'a File,
    at: u64,
}

impl Read for At<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read_at(buffer, self.at)?;
        self.at += length as u64;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_goes_in_comes_out_in_order_as_often_as_asked() {
        let dir = tempfile::tempdir().unwrap();
        let mut stage = Stage::default();
        let texts: Vec<String> = (0..1000).map(|n| format!("{n}\n\u{e9}{}", "x".repeat(n * 7))).collect();
        for text in &texts {
            stage.push(text, dir.path()).unwrap();
        }
        let staged = stage.finish().unwrap();
        assert_eq!(staged.count(), 1000);
        for _ in 0..2 {
            let (mut pages, mut back) = (staged.pages(), Vec::new());
            while let Some(some) = pages.next().await.unwrap() {
                back.extend(some);
            }
            assert_eq!(back, texts);
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        assert!(Staged::<String>::default().pages().next().await.unwrap().is_none());
    }
}

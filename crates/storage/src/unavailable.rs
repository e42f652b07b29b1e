//! [`Unavailable`]: a place whose storage cannot be had.

use crate::{
    Backend, Capabilities, Change, Description, Error, Key, Listing, Metadata, OpenWrite, ReadAt, Rename,
    Result, Space, Writer,
};
use async_trait::async_trait;
use std::sync::Arc;

/// Stands where a folder should be whose storage cannot be opened. Everything in it fails, so that nothing of
/// what was meant for it lands elsewhere, while whatever lies around it goes on working.
#[derive(Debug)]
pub struct Unavailable {
    provider: u8,
    path: String,
    reason: Arc<str>,
}

impl Unavailable {
    /// `provider` and `path` are what was configured, for logs; `reason` is what everybody is told who tries.
    pub fn new(provider: u8, path: &str, reason: &str) -> Self {
        Self { provider, path: path.to_owned(), reason: reason.into() }
    }

    fn refuse<T>(&self) -> Result<T> {
        Err(Error::Other(Box::from(&*self.reason)))
    }
}

#[async_trait]
impl Backend for Unavailable {
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn describe(&self) -> Description {
        Description { provider: self.provider, endpoint: String::new(), bucket: String::new() }
    }

    fn name_of(&self, key: &Key) -> String {
        format!("{}/{}", self.path.trim_end_matches('/'), String::from_utf8_lossy(key.as_bytes()))
    }

    async fn prepare(&self, _mode: u32) -> Result<()> {
        self.refuse()
    }

    async fn stat(&self, _key: &Key) -> Result<Metadata> {
        self.refuse()
    }

    async fn list(&self, _dir: &Key) -> Result<Box<dyn Listing>> {
        self.refuse()
    }

    async fn read(&self, _key: &Key) -> Result<Box<dyn ReadAt>> {
        self.refuse()
    }

    async fn write(&self, _key: &Key, _open: &OpenWrite) -> Result<Writer> {
        self.refuse()
    }

    async fn rename(&self, _from: &Key, _to: &Key, _rename: Rename) -> Result<()> {
        self.refuse()
    }

    async fn rename_into(&self, _from: &Key, _other: &dyn Backend, _to: &Key, _rename: Rename) -> Result<()> {
        self.refuse()
    }

    async fn remove_file(&self, _key: &Key) -> Result<()> {
        self.refuse()
    }

    async fn remove_dir(&self, _key: &Key) -> Result<()> {
        self.refuse()
    }

    async fn make_dir(&self, _key: &Key, _mode: u32) -> Result<()> {
        self.refuse()
    }

    async fn change(&self, _key: &Key, _change: &Change) -> Result<()> {
        self.refuse()
    }

    async fn space(&self, _key: &Key) -> Result<Space> {
        self.refuse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_why_and_where() {
        let place = Unavailable::new(4, "/srv/crypt/", "cannot be opened");
        assert_eq!(place.name_of(&Key::new(b"a/b").unwrap()), "/srv/crypt/a/b");
        assert_eq!(place.describe().provider, 4);
        let refused = futures_util::FutureExt::now_or_never(place.prepare(0o700)).unwrap();
        assert_eq!(refused.unwrap_err().to_string(), "cannot be opened");
    }
}

//! A session put together from parts: how it is protected, how the user logs in, what is done in it.

use super::{Login, Place};
use anyhow::Result;
use std::path::PathBuf;

/// One session of a client.
#[derive(Debug, Clone)]
pub struct Session {
    pub login: Login,
    pub pins: Vec<Pin>,
    /// Renew the keys after so many bytes.
    pub rekey: Option<u64>,
    /// Taken in this order.
    pub steps: Vec<Step>,
}

/// The only algorithm of its family that the client is to offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    pub family: Family,
    pub name: String,
}

/// A list of algorithms that is negotiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    Kex,
    Cipher,
    Mac,
    HostKey,
}

#[derive(Debug, Clone)]
pub enum Step {
    Put { local: PathBuf, remote: String },
    Get { remote: String, local: PathBuf },
    List { dir: String },
    Rename { from: String, to: String },
    Remove { path: String },
}

/// A client that takes sessions as they are described.
pub trait Sessions {
    /// Which of the `names` of a family this client can do, by its own account.
    fn offers(&mut self, family: Family, names: &[String]) -> Result<Vec<String>>;

    /// Does a session from the connection to the end, and returns the names that it listed.
    fn session(&mut self, session: &Session) -> Result<Vec<String>>;
}

impl Family {
    pub const ALL: [Self; 4] = [Self::Kex, Self::Cipher, Self::Mac, Self::HostKey];

    /// What the drivers call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Kex => "kex",
            Self::Cipher => "cipher",
            Self::Mac => "mac",
            Self::HostKey => "hostkey",
        }
    }
}

impl Step {
    /// Takes the step with a client that has a call for each.
    pub fn take(&self, place: &dyn Place) -> Result<Vec<String>> {
        match self {
            Self::Put { local, remote } => place.upload(local, remote)?,
            Self::Get { remote, local } => place.download(remote, local)?,
            Self::List { dir } => return place.list(dir),
            Self::Rename { from, to } => place.rename(from, to)?,
            Self::Remove { path } => place.remove(path)?,
        }
        Ok(Vec::new())
    }
}

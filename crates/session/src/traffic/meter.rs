//! [`Meter`]: what one transfer has to obey.

use super::{Allowance, pace::Pace};
use crate::{Account, Result, registry::Direction};
use bytes::Bytes;
use std::{future::Future, sync::Arc};
use storage::{Pending, Read};
use tokio::{runtime::Handle, time::Instant};

/// Asked for every chunk; where the user has no limits, nothing is done.
#[derive(Clone, Debug)]
pub struct Meter {
    direction: Direction,
    allowance: Option<Allowance>,
    pace: Option<Arc<Pace>>,
    /// Where timers run: a session's own thread may end before what it waits for.
    main: Handle,
}

impl Meter {
    /// [`QuotaExceeded`](crate::Error::QuotaExceeded) when the user has moved all it may.
    pub fn begin(account: &Account, direction: Direction, main: &Handle) -> Result<Self> {
        let allowance = account.allowance().cloned();
        if let Some(allowance) = &allowance {
            allowance.check(direction)?;
        }
        let pace = account.bandwidth().pace(account.name(), direction);
        Ok(Self { direction, allowance, pace, main: main.clone() })
    }

    /// Counts `bytes` that were moved or are about to be.
    pub fn count(&self, bytes: u64) -> Result<()> {
        match &self.allowance {
            Some(allowance) => allowance.count(self.direction, bytes),
            None => Ok(()),
        }
    }

    /// Holds the answer to a write of `bytes` back until they are through at the user's rate.
    pub fn hold_write(&self, bytes: u64, pending: Pending) -> Pending {
        let Some(wait) = self.wait(bytes) else { return pending };
        match pending {
            Pending::Ready(Err(error)) => Pending::Ready(Err(error)),
            Pending::Ready(Ok(())) => Pending::Later(Box::pin(async move {
                wait.await;
                Ok(())
            })),
            Pending::Later(written) => Pending::Later(Box::pin(async move {
                written.await?;
                wait.await;
                Ok(())
            })),
        }
    }

    /// Holds what was read into `bytes` back likewise.
    pub fn hold_read(&self, bytes: Bytes) -> Read {
        let wait = self.wait(bytes.len() as u64);
        Read::Later(Box::pin(async move {
            if let Some(wait) = wait {
                wait.await;
            }
            Ok(bytes)
        }))
    }

    /// Whether reads are held back: then they need a buffer of their own.
    pub const fn is_paced(&self) -> bool {
        self.pace.is_some()
    }

    /// The time `bytes` read later take, from when they are there.
    pub fn wait(&self, bytes: u64) -> Option<impl Future<Output = ()> + Send + use<>> {
        let until = self.pace.as_ref()?.pass(bytes, Instant::now())?;
        let _main = self.main.enter();
        Some(tokio::time::sleep_until(until))
    }
}

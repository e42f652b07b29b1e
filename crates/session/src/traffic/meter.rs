//! [`Meter`]: what one transfer has to obey.

use super::{Allowance, pace::Pace};
use crate::{Account, Result, registry::Direction};
use bytes::Bytes;
use std::{future::Future, io::IoSliceMut, sync::Arc};
use storage::{Pending, Read};
use tokio::{runtime::Handle, time::Instant};

/// Asked for every chunk; where the user has no limits, there is nothing to it.
#[derive(Clone, Debug)]
pub struct Meter(Option<Arc<Limited>>);

#[derive(Debug)]
struct Limited {
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
        if allowance.is_none() && pace.is_none() {
            return Ok(Self(None));
        }
        Ok(Self(Some(Arc::new(Limited { direction, allowance, pace, main: main.clone() }))))
    }

    /// Counts `bytes` that were moved or are about to be.
    pub fn count(&self, bytes: u64) -> Result<()> {
        match self.0.as_deref() {
            Some(Limited { direction, allowance: Some(allowance), .. }) => allowance.count(*direction, bytes),
            _ => Ok(()),
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

    /// Reads with `read`, counts, and holds what was read back likewise.
    pub fn read(
        &self,
        buffers: &mut [IoSliceMut<'_>],
        read: impl FnOnce(&mut [IoSliceMut<'_>]) -> Result<Read>,
    ) -> Result<Read> {
        let wanted: usize = buffers.iter().map(|buffer| buffer.len()).sum();
        if !self.pace().is_some_and(|pace| pace.holds_back(wanted as u64, Instant::now())) {
            let read = self.counted(read(buffers)?)?;
            if let (Some(pace), Read::Now(bytes)) = (self.pace(), &read) {
                pace.pass(*bytes as u64, Instant::now());
            }
            return Ok(read);
        }
        // What is held back can't wait in the caller's buffers.
        let mut buffer = vec![0; wanted];
        match self.counted(read(&mut [IoSliceMut::new(&mut buffer)])?)? {
            Read::Now(bytes) => {
                buffer.truncate(bytes);
                Ok(self.hold_read(buffer.into()))
            }
            later => Ok(later),
        }
    }

    fn counted(&self, read: Read) -> Result<Read> {
        match read {
            Read::Now(bytes) => {
                self.count(bytes as u64)?;
                Ok(Read::Now(bytes))
            }
            Read::Later(bytes) if self.0.is_some() => {
                let meter = self.clone();
                Ok(Read::Later(Box::pin(async move {
                    let bytes = bytes.await?;
                    let len = bytes.len() as u64;
                    meter.count(len)?;
                    if let Some(wait) = meter.wait(len) {
                        wait.await;
                    }
                    Ok(bytes)
                })))
            }
            later => Ok(later),
        }
    }

    fn hold_read(&self, bytes: Bytes) -> Read {
        let wait = self.wait(bytes.len() as u64);
        Read::Later(Box::pin(async move {
            if let Some(wait) = wait {
                wait.await;
            }
            Ok(bytes)
        }))
    }

    fn pace(&self) -> Option<&Pace> {
        self.0.as_ref()?.pace.as_deref()
    }

    /// Until when `bytes` are to be held back.
    fn wait(&self, bytes: u64) -> Option<impl Future<Output = ()> + Send + use<>> {
        let Limited { pace: Some(pace), main, .. } = self.0.as_deref()? else { return None };
        let until = pace.pass(bytes, Instant::now())?;
        let _main = main.enter();
        Some(tokio::time::sleep_until(until))
    }
}

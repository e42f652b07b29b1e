//! How often a share is used.

use crate::{
    api::Api,
    error::{ApiError, Result},
};
use axum::http::StatusCode;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use std::sync::Arc;

/// Counts the uses of one share. Cheap to clone.
#[derive(Clone)]
pub struct Uses {
    api: Api,
    share: Arc<str>,
}

/// Uses that were counted. Taken back when it is dropped, unless it is [kept](Self::keep): whoever gives up or
/// fails on the way does not have to say so.
pub struct Taken {
    uses: Uses,
    times: u32,
}

impl Uses {
    pub fn new(api: &Api, share: &str) -> Self {
        Self { api: api.clone(), share: share.into() }
    }

    /// None yet.
    pub fn none(&self) -> Taken {
        Taken { uses: self.clone(), times: 0 }
    }

    /// One use; 404 when there is none left, as for a share that was used up before.
    pub async fn one(&self) -> Result<Taken> {
        let mut taken = self.none();
        match taken.add_one().await? {
            true => Ok(taken),
            false => Err(ApiError::plain(StatusCode::NOT_FOUND)),
        }
    }
}

impl Taken {
    /// Counts one more; false when none is left, or the share is gone.
    pub async fn add_one(&mut self) -> Result<bool> {
        let counted = self.uses.api.parts().control.use_share(&self.uses.share, 1).await?;
        self.times += u32::from(counted);
        Ok(counted)
    }

    /// One of them was made.
    pub const fn keep_one(&mut self) {
        self.times = self.times.saturating_sub(1);
    }

    /// All of them were made.
    pub fn keep(mut self) {
        self.times = 0;
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if self.times == 0 {
            return;
        }
        let (Uses { api, share }, times) = (self.uses.clone(), self.times);
        let background = self.uses.api.parts().services.background.clone();
        background.spawn(async move {
            if let Err(error) = api.parts().control.give_back_share(&share, times).await {
                tracing::warn!(target: "httpd", %error, "cannot give back the use of a share");
            }
        });
    }
}

/// `body`, which is what the use was taken for. It is given back when the server fails, and when the visitor
/// breaks off before `enough` bytes were handed over: with the rest alone missing it has what it came for, and
/// could come again and again.
pub fn paid(
    body: impl Stream<Item = session::Result<Bytes>> + Send + 'static,
    taken: Option<Taken>,
    enough: u64,
) -> impl Stream<Item = session::Result<Bytes>> + Send {
    let meter = Meter { taken, enough, sent: 0 };
    stream::unfold((Box::pin(body), meter), |(mut body, mut meter)| async move {
        let piece = match body.next().await {
            None => {
                meter.settle();
                return None;
            }
            Some(piece) => piece,
        };
        match &piece {
            Ok(piece) => meter.sent += piece.len() as u64,
            Err(_) => drop(meter.taken.take()),
        }
        Some((piece, (body, meter)))
    })
}

struct Meter {
    taken: Option<Taken>,
    enough: u64,
    sent: u64,
}

impl Meter {
    fn settle(&mut self) {
        if let Some(taken) = self.taken.take() {
            taken.keep();
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        // A body whose length was announced is dropped after its last byte, without being asked for more.
        if self.sent >= self.enough {
            self.settle();
        }
    }
}

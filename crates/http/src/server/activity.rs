//! Whether a connection on which requests run side by side is of any use.

use axum::body::{Body, Bytes};
use http_body::{Frame, SizeHint};
use std::{
    collections::HashMap,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

/// The requests of one connection.
#[derive(Debug, Default)]
pub struct Activity {
    begun: AtomicU64,
    ended: AtomicU64,
    /// Answers that are ready and of which nobody has asked for the next piece, with how often that was done before.
    offered: Mutex<HashMap<u64, u64>>,
}

/// A request, until its answer has been sent or given up.
#[derive(Debug)]
pub struct Running {
    activity: Arc<Activity>,
    number: u64,
}

/// The body of an answer, under the eyes of its connection. It goes out in small pieces, so that a slow client is
/// seen to take them.
struct Watched {
    body: Body,
    /// What has come of it and not been asked for.
    rest: Bytes,
    running: Running,
    asked: u64,
}

/// The largest piece, in bytes: a frame of HTTP/2.
const PIECE: usize = 16 * 1024;

impl Activity {
    /// Resolves when no request has run for at least so long, and at most twice as long.
    pub async fn pauses_for(&self, pause: Duration) {
        loop {
            let before = self.begun.load(Ordering::Acquire);
            tokio::time::sleep(pause).await;
            let ended = self.ended.load(Ordering::Acquire);
            if before == ended && before == self.begun.load(Ordering::Acquire) {
                return;
            }
        }
    }

    /// Resolves when nothing has moved for at least so long, and at most twice as long, since the client leaves no
    /// room for any answer. A request that has no answer yet, or whose answer waits for something here, moves.
    ///
    /// An answer that nobody takes may stay as long as something moves beside it: a client may pause a download. What
    /// is held then is bounded: by the requests that may run side by side, times what of each answer waits in the
    /// connection for its window and what has come of it and not been asked for.
    pub async fn sticks_for(&self, patience: Duration) {
        loop {
            let before = self.offered().clone();
            tokio::time::sleep(patience).await;
            let now = self.offered();
            // In this order: a request cannot have ended before it has begun.
            let ended = self.ended.load(Ordering::Acquire);
            let running = self.begun.load(Ordering::Acquire) - ended;
            if !now.is_empty() && *now == before && now.len() as u64 == running {
                return;
            }
        }
    }

    fn offered(&self) -> MutexGuard<'_, HashMap<u64, u64>> {
        self.offered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    pub fn new(activity: Arc<Activity>) -> Self {
        let number = activity.begun.fetch_add(1, Ordering::AcqRel);
        Self { activity, number }
    }

    /// The answer to the request.
    pub fn answers(self, body: Body) -> Body {
        self.activity.offered().insert(self.number, 0);
        Body::new(Watched { body, rest: Bytes::new(), running: self, asked: 0 })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.activity.offered().remove(&self.number);
        self.activity.ended.fetch_add(1, Ordering::AcqRel);
    }
}

impl Watched {
    fn next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            let frame = match ready!(http_body::Body::poll_frame(Pin::new(&mut self.body), context)) {
                Some(Ok(frame)) => frame,
                ended => return Poll::Ready(ended),
            };
            match frame.into_data() {
                Ok(data) => self.rest = data,
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            }
        }
        let length = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(length)))))
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.asked += 1;
        let (number, asked) = (self.running.number, self.asked);
        let polled = self.next(context);
        match polled {
            Poll::Pending => self.running.activity.offered().remove(&number),
            Poll::Ready(_) => self.running.activity.offered().insert(number, asked),
        };
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (body, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower() + rest);
        if let Some(upper) = body.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{FutureExt, StreamExt, stream};
    use tokio::time::timeout;

    const PAUSE: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn a_running_request_is_no_pause() {
        let activity = Arc::new(Activity::default());
        let running = Running::new(activity.clone());
        assert!(timeout(PAUSE * 5, activity.pauses_for(PAUSE)).await.is_err());
        drop(running);
        activity.pauses_for(PAUSE).await;
    }

    #[tokio::test]
    async fn an_answer_that_nobody_takes_sticks() {
        let activity = Arc::new(Activity::default());
        let pieces =
            stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"x"))]).chain(stream::pending());
        let answer = Running::new(activity.clone()).answers(Body::from_stream(pieces));
        activity.sticks_for(PAUSE).await;
        let mut answer = answer.into_data_stream();
        answer.next().await.unwrap().unwrap();
        activity.sticks_for(PAUSE).await;
        // From here on it waits for us.
        assert!(answer.next().now_or_never().is_none());
        assert!(timeout(PAUSE * 5, activity.sticks_for(PAUSE)).await.is_err());
        drop(answer);
        assert!(activity.offered().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_may_stick_beside_one_that_moves() {
        let activity = Arc::new(Activity::default());
        let paused = Running::new(activity.clone()).answers(Body::from("x"));
        let moves = Running::new(activity.clone()).answers(Body::from(vec![7u8; 20 * PIECE]));
        let mut moves = moves.into_data_stream();
        let taking = async {
            while let Some(piece) = moves.next().await {
                piece.unwrap();
                tokio::time::sleep(PAUSE / 2).await;
            }
        };
        tokio::select! {
            () = taking => {}
            () = activity.sticks_for(PAUSE) => panic!("it sticks"),
        }
        // What has no answer yet moves as well.
        let running = Running::new(activity.clone());
        drop(moves);
        assert!(timeout(PAUSE * 5, activity.sticks_for(PAUSE)).await.is_err());
        drop(running);
        activity.sticks_for(PAUSE).await;
        drop(paused);
    }

    /// As long as its bytes are taken.
    #[tokio::test(start_paused = true)]
    async fn a_large_answer_does_not_stick() {
        let activity = Arc::new(Activity::default());
        let whole: Vec<u8> = (0..=u8::MAX).cycle().take(5 * PIECE + 7).collect();
        let answer = Running::new(activity.clone()).answers(Body::from(whole.clone()));
        assert_eq!(http_body::Body::size_hint(&answer).exact(), Some(whole.len() as u64));
        let mut answer = answer.into_data_stream();
        let taking = async {
            let mut taken = Vec::new();
            while let Some(piece) = answer.next().await {
                let piece = piece.unwrap();
                tokio::time::sleep(PAUSE.mul_f64(0.8 * piece.len() as f64 / PIECE as f64)).await;
                taken.extend(piece);
            }
            taken
        };
        tokio::select! {
            taken = taking => assert_eq!(taken, whole),
            () = activity.sticks_for(PAUSE) => panic!("it sticks"),
        }
    }
}

//! [`Paced`]: the body of a request, which ends with an error when its client sends too little for too long.

use crate::error::ApiError;
use axum::{body::Bytes, http::StatusCode};
use http_body::{Body, Frame, SizeHint};
use std::{
    error::Error,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep};

/// How long a client may be silent.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes that buy another second of silence. Who sends less on the average is cut off, so that a byte now and then
/// does not hold a connection, nor what has been staged of a file.
const RATE: f64 = 1024.0;

/// Only the time counts in which somebody waits for the client: a disk or a limit of bandwidth may hold a body up.
pub struct Paced<B> {
    body: B,
    patience: Duration,
    waiting: Option<Instant>,
    timer: Pin<Box<Sleep>>,
}

/// The error of a body whose client was too slow.
#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
pub struct TooSlow;

impl<B> Paced<B> {
    pub fn new(body: B) -> Self {
        Self { body, patience: PATIENCE, waiting: None, timer: Box::pin(sleep(PATIENCE)) }
    }

    /// So many bytes came.
    fn earn(&mut self, bytes: usize) {
        if let Some(since) = self.waiting.take() {
            self.patience = self.patience.saturating_sub(since.elapsed());
        }
        let earned = Duration::from_secs_f64(bytes as f64 / RATE);
        self.patience = PATIENCE.min(self.patience.saturating_add(earned));
    }

    /// Whether the client's time is up; if not, its task is woken when it is.
    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        if self.waiting.is_none() {
            let now = Instant::now();
            self.waiting = Some(now);
            self.timer.as_mut().reset(now + self.patience);
        }
        self.timer.as_mut().poll(context).is_ready()
    }
}

impl<B> Body for Paced<B>
where
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin,
{
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                this.earn(frame.data_ref().map_or(0, Bytes::len));
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(ended) => Poll::Ready(ended.map(|frame| frame.map_err(Into::into))),
            Poll::Pending if this.is_over(context) => Poll::Ready(Some(Err(TooSlow.into()))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What the client is told of a body that failed on its way.
pub fn broken(error: &(dyn Error + 'static)) -> ApiError {
    match was_too_slow(error) {
        true => ApiError::plain(StatusCode::REQUEST_TIMEOUT),
        false => ApiError::bad_request("the body ended early"),
    }
}

/// Whether a body failed because its client was too slow.
pub fn was_too_slow(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<TooSlow>() {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body as AxumBody;
    use futures_util::StreamExt;
    use tokio::sync::mpsc;

    /// A body of pieces that are sent to it.
    struct Pieces(mpsc::UnboundedReceiver<Bytes>);

    impl Body for Pieces {
        type Data = Bytes;
        type Error = std::io::Error;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            self.0.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
        }
    }

    /// How many pieces of so many bytes come through, sent so far apart, and whether all did.
    async fn send(pieces: usize, bytes: usize, apart: Duration) -> (usize, bool) {
        let (sender, receiver) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            for _ in 0..pieces {
                sleep(apart).await;
                if sender.send(Bytes::from(vec![7; bytes])).is_err() {
                    return;
                }
            }
        });
        let mut body = AxumBody::new(Paced::new(Pieces(receiver))).into_data_stream();
        let mut count = 0;
        while let Some(piece) = body.next().await {
            match piece {
                Ok(_) => count += 1,
                Err(error) => {
                    assert!(was_too_slow(&error), "{error}");
                    return (count, false);
                }
            }
        }
        (count, true)
    }

    #[tokio::test(start_paused = true)]
    async fn slow_is_not_too_slow() {
        let second = Duration::from_secs(1);
        assert_eq!(send(10_000, 2048, second).await, (10_000, true));
        assert_eq!(send(3, 100_000, 55 * second).await, (3, true));
        assert_eq!(send(2, 1_000_000, 70 * second).await, (0, false));
        // Bytes that come one by one buy next to nothing.
        let (count, whole) = send(1000, 1, 5 * second).await;
        assert!(!whole && count <= 12, "{count}");
    }

    #[tokio::test(start_paused = true)]
    async fn time_that_we_take_is_not_the_clients() {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut body = AxumBody::new(Paced::new(Pieces(receiver))).into_data_stream();
        for _ in 0..5 {
            sender.send(Bytes::from_static(b"x")).unwrap();
            sleep(10 * PATIENCE).await;
            body.next().await.unwrap().unwrap();
        }
    }
}

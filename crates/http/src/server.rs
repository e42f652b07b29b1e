//! Listening for HTTP.

use crate::{api::Api, error::ApiError, hangup::Hangup, peer::Peer, router::router};
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use config::HttpdBinding;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use net::{Admission, Arrived};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

/// How long a client may take to send the head of a request.
const HEAD: Duration = Duration::from_secs(30);
/// The largest head of a request, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// The HTTP server. One of them serves all bindings.
#[derive(Debug)]
pub struct Server {
    api: Api,
    admission: Arc<Admission>,
    stop: CancellationToken,
    connections: TaskTracker,
}

impl Server {
    pub fn new(api: Api, admission: Arc<Admission>) -> Self {
        Self { api, admission, stop: CancellationToken::new(), connections: TaskTracker::new() }
    }

    /// Accepts connections until `stop`; those that are open go on until [`close`](Self::close).
    pub async fn serve(&self, binding: &HttpdBinding, listener: TcpListener, stop: CancellationToken) {
        let router = router(binding, self.api.clone());
        net::accept_all(listener, stop, |arrived| {
            let ticket = self.admission.admit_http(arrived.remote.ip()).ok();
            let router = if ticket.is_some() { router.clone() } else { refusing() };
            let (stop, connections) = (self.stop.clone(), &self.connections);
            connections.spawn(async move {
                let _ticket = ticket;
                connection(router, arrived, stop).await;
            });
        })
        .await;
    }

    /// Waits for running requests and closes all connections.
    pub async fn close(&self) {
        self.stop.cancel();
        self.connections.close();
        self.connections.wait().await;
    }
}

/// What a host is told that has too many connections open, and that this one ends.
fn refusing() -> Router {
    Router::new().fallback(|| async {
        let refusal =
            ApiError::new(StatusCode::FORBIDDEN, "you are not allowed to connect: too many connections");
        ([(header::CONNECTION, "close")], refusal)
    })
}

async fn connection(router: Router, arrived: Arrived, stop: CancellationToken) {
    let Arrived { socket, remote, local } = arrived;
    // An answer must not wait for the acknowledgement of the one before.
    if socket.set_nodelay(true).is_err() {
        return; // gone already
    }
    let (hangup, mut sessions) = Hangup::new();
    let answer = service_fn(move |mut request: Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Peer { remote, local });
        request.extensions_mut().insert(hangup.clone());
        router.clone().oneshot(request.map(Body::new))
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(MAX_HEAD);
    let mut serving = pin!(http.serve_connection(TokioIo::new(socket), answer));
    let served = tokio::select! {
        served = serving.as_mut() => served,
        // Nothing else would end a connection whose client does not read.
        () = sessions.one_closed() => return,
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(target: "httpd", remote_addr = %remote, %error, "connection ended");
    }
}

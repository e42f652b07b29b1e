//! One connection: TLS, HTTP/1.1 or HTTP/2, its requests one by one or side by side.

use super::activity::{Activity, Running};
use crate::{
    binding::Front,
    error::ApiError,
    hangup::{Hangup, Sessions},
    held::Held,
    peer::Peer,
};
use auth::Authenticator;
use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode, header},
    response::IntoResponse,
};
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::graceful::GracefulConnection,
};
use net::{
    Admission, Ticket,
    tls::{self, Tls},
};
use std::{
    convert::Infallible,
    fmt::Display,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use types::Protocol;

/// How long a client may take to send the head of a request, and be silent between two.
const HEAD: Duration = Duration::from_secs(30);
/// The largest head of a request, in bytes.
const MAX_HEAD: usize = 64 * 1024;
/// Requests of one HTTP/2 connection that run at once.
const MAX_STREAMS: u32 = 128;
/// Bytes of a request's body that wait for their handler, of one HTTP/2 stream and of all of a connection.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;
/// How often an HTTP/2 client is asked whether it is there, and how long it may take to say so.
const PING: Duration = Duration::from_secs(30);
/// How long an HTTP/2 connection may be open without a request.
const IDLE: Duration = Duration::from_secs(60);

/// What all connections of a binding share.
pub struct Service {
    pub router: Router,
    pub front: Arc<Front>,
    pub tls: Option<Arc<Tls>>,
    pub admission: Arc<Admission>,
    pub authenticator: Authenticator,
    pub stop: CancellationToken,
}

/// The right of whoever sends requests to be connected.
#[derive(Clone)]
enum Admitted {
    /// The connection was admitted, and counts as long as it is open.
    Whole { _ticket: Arc<Ticket> },
    /// It is told why.
    No(&'static str),
    /// A proxy's: each request is admitted by the address of its client.
    EachByItself,
}

impl Service {
    pub async fn connection<S>(self: Arc<Self>, socket: S, remote: SocketAddr, local: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let admitted = match self.front.proxies.speaks_for_others(remote.ip()) {
            true => Admitted::EachByItself,
            false => match self.admit(remote.ip()).await {
                Ok(ticket) => Admitted::Whole { _ticket: ticket.into() },
                Err(why) => Admitted::No(why),
            },
        };
        let peer = Peer { remote, local, ..Peer::default() };
        let Some(tls) = &self.tls else { return self.http1(socket, peer, admitted).await };
        let accepted = tokio::select! {
            accepted = tls.accept(socket) => accepted,
            () = self.stop.cancelled() => return,
        };
        match accepted {
            Ok(stream) => {
                let peer = Peer { encrypted: true, cipher_suite: tls::cipher_suite(&stream), ..peer };
                match tls::speaks_h2(&stream) {
                    true => self.http2(stream, peer, admitted).await,
                    false => self.http1(stream, peer, admitted).await,
                }
            }
            Err(error) => {
                tracing::debug!(target: "httpd", remote_addr = %remote, %error, "no TLS connection");
            }
        }
    }

    async fn http1<S>(self: Arc<Self>, socket: S, peer: Peer, admitted: Admitted)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (hangup, sessions) = Hangup::new();
        let service = self.clone();
        let answer = service_fn(move |request| {
            let (service, hangup, admitted) = (service.clone(), hangup.clone(), admitted.clone());
            async move { Ok::<_, Infallible>(service.answer(request, peer, hangup, admitted).await) }
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(MAX_HEAD);
        let serving = http.serve_connection(TokioIo::new(socket), answer);
        self.drive(serving, sessions, std::future::pending(), peer).await;
    }

    async fn http2<S>(self: Arc<Self>, socket: S, peer: Peer, admitted: Admitted)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (hangup, sessions) = Hangup::new();
        let activity = Arc::new(Activity::default());
        let (service, requests) = (self.clone(), activity.clone());
        let answer = service_fn(move |request| {
            let (service, hangup, admitted) = (service.clone(), hangup.clone(), admitted.clone());
            let running = Running::new(requests.clone());
            async move {
                let answer = service.answer(request, peer, hangup, admitted).await;
                Ok::<_, Infallible>(answer.map(|body| Held::with(body, running)))
            }
        });
        let mut http = http2::Builder::new(TokioExecutor::new());
        http.timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            .max_header_list_size(MAX_HEAD as u32)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .keep_alive_interval(PING)
            .keep_alive_timeout(PING);
        let serving = http.serve_connection(TokioIo::new(socket), answer);
        self.drive(serving, sessions, async { activity.pauses_for(IDLE).await }, peer).await;
    }

    /// Serves until the client is done, one of its sessions is closed, or the server stops.
    async fn drive<C>(&self, serving: C, mut sessions: Sessions, unused: impl Future<Output = ()>, peer: Peer)
    where
        C: GracefulConnection<Error: Display>,
    {
        let mut serving = pin!(serving);
        let served = tokio::select! {
            served = serving.as_mut() => served,
            // Nothing else would end a connection whose client does not read.
            () = sessions.one_closed() => return,
            () = async { tokio::select! { () = self.stop.cancelled() => {}, () = unused => {} } } => {
                serving.as_mut().graceful_shutdown();
                serving.await
            }
        };
        if let Err(error) = served {
            tracing::debug!(target: "httpd", remote_addr = %peer.remote, %error, "connection ended");
        }
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        peer: Peer,
        hangup: Hangup,
        admitted: Admitted,
    ) -> Response<Body> {
        let mut request = request.map(Body::new);
        let peer = self.front.proxies.see(peer, request.headers());
        let ticket = match admitted {
            Admitted::Whole { .. } => None,
            Admitted::EachByItself => match self.admit(peer.ip()).await {
                Ok(ticket) => Some(ticket),
                Err(why) => return self.refusal(&peer, why),
            },
            Admitted::No(why) => return self.refusal(&peer, why),
        };
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(hangup);
        let Ok(answer) = self.router.clone().oneshot(request).await;
        match ticket {
            Some(ticket) => answer.map(|body| Held::with(body, ticket)),
            None => answer,
        }
    }

    /// Whether somebody there may be connected, or why not.
    async fn admit(&self, ip: IpAddr) -> Result<Ticket, &'static str> {
        let Ok(ticket) = self.admission.admit_http(ip) else {
            return Err("you are not allowed to connect: too many connections");
        };
        match self.authenticator.may_stay(ip, Protocol::Http).await {
            true => Ok(ticket),
            false => Err("you are not allowed to connect"),
        }
    }

    /// What a client is told that may not be connected, and that this connection ends.
    fn refusal(&self, peer: &Peer, why: &'static str) -> Response<Body> {
        let refusal = ApiError::new(StatusCode::FORBIDDEN, why);
        let mut answer = ([(header::CONNECTION, "close")], refusal).into_response();
        self.front.dress(answer.headers_mut(), peer);
        answer
    }
}

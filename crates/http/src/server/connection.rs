//! One connection: TLS, HTTP/1.1 or HTTP/2, its requests one by one or side by side.

use super::{
    activity::{Activity, Running},
    pace::Paced,
    unstuck::Unstuck,
    wellformed::fault,
};
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
use futures_util::{FutureExt, future::pending};
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
    Admission, Arrived, Socket, Ticket,
    tls::{self, Tls},
};
use std::{convert::Infallible, fmt::Display, net::IpAddr, pin::pin, sync::Arc, time::Duration};
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
/// How long a client may take nothing of what it is sent: nothing of its connection, and with HTTP/2 nothing of any
/// answer. An answer alone may wait longer, so that up to `MAX_STREAMS` times `SEND_BUFFER` stay held.
const UNTAKEN: Duration = Duration::from_secs(60);
/// Bytes of an answer that wait for the client to take them, of one HTTP/2 stream.
const SEND_BUFFER: usize = 64 * 1024;

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
    pub async fn connection(self: Arc<Self>, arrived: Arrived) {
        let Arrived { socket, remote, local, encrypted } = arrived;
        let socket = Unstuck::new(socket, UNTAKEN, Socket::push);
        let admitted = match self.front.proxies.speaks_for_others(remote.ip()) {
            true => Admitted::EachByItself,
            false => match self.admit(remote.ip()).await {
                Ok(ticket) => Admitted::Whole { _ticket: ticket.into() },
                Err(why) => Admitted::No(why),
            },
        };
        let peer = Peer { remote, local, encrypted, ..Peer::default() };
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
        self.drive(serving, sessions, None, peer).await;
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
                Ok::<_, Infallible>(answer.map(|body| running.answers(body)))
            }
        });
        let mut http = http2::Builder::new(TokioExecutor::new());
        http.timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            .max_header_list_size(MAX_HEAD as u32)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(SEND_BUFFER)
            .keep_alive_interval(PING)
            .keep_alive_timeout(PING);
        let serving = http.serve_connection(TokioIo::new(socket), answer);
        self.drive(serving, sessions, Some(&activity), peer).await;
    }

    /// Serves until the client is done, one of its sessions is closed, or the server stops. `activity` is of a
    /// connection whose requests run side by side, which also ends when it is of no use.
    async fn drive<C>(&self, serving: C, mut sessions: Sessions, activity: Option<&Activity>, peer: Peer)
    where
        C: GracefulConnection<Error: Display>,
    {
        let never = || pending().boxed();
        let unused = || activity.map_or_else(never, |requests| requests.pauses_for(IDLE).boxed());
        let stuck = activity.map_or_else(never, |requests| requests.sticks_for(UNTAKEN).boxed());
        let mut serving = pin!(serving);
        let served = async {
            tokio::select! {
                served = serving.as_mut() => return served,
                () = self.stop.cancelled() => {}
                () = unused() => {}
            }
            serving.as_mut().graceful_shutdown();
            tokio::select! {
                served = serving => served,
                // What is left are answers that nobody takes.
                () = unused() => Ok(()),
            }
        };
        let served = tokio::select! {
            served = served => served,
            // Nothing else would end a connection whose client does not read.
            () = sessions.one_closed() => return,
            () = stuck => return,
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
        if let Some(fault) = fault(&request) {
            return self.refusal(&peer, fault);
        }
        let mut request = request.map(|body| Body::new(Paced::new(body)));
        let peer = self.front.proxies.see(peer, request.headers());
        let ticket = match admitted {
            Admitted::Whole { .. } => None,
            Admitted::EachByItself => match self.admit(peer.ip()).await {
                Ok(ticket) => Some(ticket),
                Err(why) => return self.refusal(&peer, ApiError::new(StatusCode::FORBIDDEN, why)),
            },
            Admitted::No(why) => return self.refusal(&peer, ApiError::new(StatusCode::FORBIDDEN, why)),
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

    /// What a client is told of which nothing is served, and that this connection ends.
    fn refusal(&self, peer: &Peer, refusal: ApiError) -> Response<Body> {
        let mut answer = ([(header::CONNECTION, "close")], refusal).into_response();
        self.front.dress(answer.headers_mut(), peer);
        answer
    }
}

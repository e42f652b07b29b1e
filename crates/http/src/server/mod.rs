//! Listening for HTTP.

mod activity;
mod connection;
mod pace;
mod unstuck;
mod wellformed;

use self::connection::Service;
pub use self::pace::{broken, was_too_slow};
use crate::{api::Api, binding::Binding, router::router};
use net::{Admission, Listener};
use std::sync::Arc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

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
    pub async fn serve(&self, binding: &Binding, listener: Listener, stop: CancellationToken) {
        if let Some(tls) = binding.tls() {
            self.connections.spawn(tls.clone().watch(binding.name().to_owned(), stop.clone()));
        }
        let service = Arc::new(Service {
            router: router(binding, self.api.clone()),
            front: binding.front().clone(),
            tls: binding.tls().cloned(),
            admission: self.admission.clone(),
            authenticator: self.api.parts().authenticator.clone(),
            stop: self.stop.clone(),
        });
        net::accept_all(listener, stop, |arrived| {
            let service = service.clone();
            // An answer must not wait for the acknowledgement of the one before. Without an address the client
            // is gone already.
            if arrived.socket.set_nodelay().is_ok() {
                self.connections.spawn(async move { service.connection(arrived).await });
            }
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

//! `common.proxy_protocol`: connections that proxies open, and whose they are.

use crate::{Admission, Arrived, Networks, Refused, Socket, Ticket, listen::canonical};
use proxy_proto::{Decoded, Header, MAX, Malformed, decode};
use rustix::net::{RecvFlags, recv};
use std::{io, net::IpAddr, sync::Arc, time::Duration};
use tokio::{io::Interest, time::timeout};

/// Who may say whom it speaks for, and who must.
#[derive(Debug)]
pub struct ProxyProtocol {
    /// A connection without a header is closed.
    required: bool,
    allowed: Networks,
    skipped: Networks,
    patience: Duration,
    /// Connections of proxies, and of others, whose first bytes are awaited.
    expected: [Arc<Admission>; 2],
}

/// Why a connection is closed before anybody sees it.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("connections come through proxies alone, and this is not one of them")]
    Stranger,
    #[error("{0}")]
    Refused(Refused),
    #[error("no PROXY header came")]
    Missing,
    #[error("{0}")]
    Malformed(#[from] Malformed),
    #[error("it ended or broke while a PROXY header was awaited")]
    Gone(#[from] io::Error),
}

/// How long a header may take. It is the first that a proxy sends; and where it need not be there, a client that waits
/// for us to speak first waits so long.
const PATIENCE: Duration = Duration::from_secs(5);
/// Headers of proxies that are awaited at once, and those of others: theirs are not believed, but read all the same.
const FROM_PROXIES: usize = 4096;
const FROM_OTHERS: usize = 1024;
const FROM_ONE_OTHER: usize = 32;
/// Bytes that are looked at first. More is made room for when so much has come.
const ROOM: usize = 536;

impl ProxyProtocol {
    /// What the configuration says; `None` is off. `Err` holds what is neither address nor network.
    pub fn new(common: &config::Common) -> Result<Option<Arc<Self>>, String> {
        if common.proxy_protocol == 0 {
            return Ok(None);
        }
        Ok(Some(Arc::new(Self {
            required: common.proxy_protocol == 2,
            allowed: Networks::parse(&common.proxy_allowed)?,
            skipped: Networks::parse(&common.proxy_skipped)?,
            patience: PATIENCE,
            expected: [Admission::new(FROM_PROXIES, 0), Admission::new(FROM_OTHERS, FROM_ONE_OTHER)],
        })))
    }

    /// Whether connections from there are taken as they are.
    pub(crate) fn skip(&self, ip: IpAddr) -> bool {
        self.skipped.contains(ip)
    }

    /// Waits for the header and takes it off; `None` when the connection has to be closed.
    pub(crate) async fn introduce(self: &Arc<Self>, arrived: Arrived) -> Option<Arrived> {
        let ip = arrived.remote.ip();
        self.try_introduce(arrived)
            .await
            .inspect_err(|refusal| tracing::debug!(target: "net", %ip, "connection refused: {refusal}"))
            .ok()
    }

    async fn try_introduce(&self, arrived: Arrived) -> Result<Arrived, Refusal> {
        let believed = self.allowed.contains(arrived.remote.ip());
        if self.required && !believed {
            return Err(Refusal::Stranger);
        }
        let _place = self.expect(arrived.remote.ip(), believed).map_err(Refusal::Refused)?;
        let header = match timeout(self.patience, header(&arrived.socket)).await {
            Ok(header) => header?,
            // Who says nothing may be waiting for us. Who began and does not go on has no excuse.
            Err(_) if has_begun(&arrived.socket) => return Err(Refusal::Missing),
            Err(_) => None,
        };
        match header.map(|header| header.client) {
            None if self.required => Err(Refusal::Missing),
            Some(Some(client)) if believed => Ok(Arrived {
                remote: canonical(client.source),
                local: canonical(client.destination),
                encrypted: client.encrypted,
                ..arrived
            }),
            // No header, one that may not be believed, or a proxy that speaks for itself.
            _ => Ok(arrived),
        }
    }

    fn expect(&self, ip: IpAddr, believed: bool) -> Result<Ticket, Refused> {
        let [proxies, others] = &self.expected;
        if believed { proxies.admit(ip) } else { others.admit(ip) }
    }
}

/// Reads the header and nothing behind it; `None` where something else comes.
///
/// What is not part of a header has to stay in the socket for whoever serves the connection, so everything is looked
/// at before it is taken.
async fn header(socket: &Socket) -> Result<Option<Header>, Refusal> {
    let mut room = vec![0; ROOM];
    loop {
        let ready = socket.ready(Interest::READABLE).await?;
        let mut seen = 0;
        let looked = socket.try_io(Interest::READABLE, || {
            (seen, _) = recv(socket, &mut room[..], RecvFlags::PEEK)?;
            match decode(room.get(..seen).unwrap_or_default()) {
                // Not ready until more comes.
                Ok(Decoded::Incomplete) if seen < room.len() => Err(io::ErrorKind::WouldBlock.into()),
                decoded => Ok(decoded),
            }
        });
        match looked {
            Ok(decoded) => match decoded? {
                Decoded::Absent => return Ok(None),
                Decoded::Complete(header) => {
                    take(socket, &mut room, header.length)?;
                    return Ok(Some(header));
                }
                Decoded::Incomplete if room.len() < MAX => room.resize((room.len() * 2).min(MAX), 0),
                Decoded::Incomplete => return Err(Malformed::Long.into()),
            },
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error.into()),
            Err(_) if ready.is_read_closed() && seen == 0 => return Ok(None),
            Err(error) if ready.is_read_closed() => return Err(error.into()),
            Err(_) => {}
        }
    }
}

/// Takes bytes that are known to be there.
fn take(socket: &Socket, room: &mut [u8], length: usize) -> io::Result<()> {
    let mut left = length;
    while left > 0 {
        let piece = room.get_mut(..left).ok_or(io::ErrorKind::InvalidInput)?;
        match recv(socket, piece, RecvFlags::empty())?.0 {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            taken => left -= taken,
        }
    }
    Ok(())
}

fn has_begun(socket: &Socket) -> bool {
    recv(socket, &mut [0_u8; 1][..], RecvFlags::PEEK).is_ok_and(|(seen, _)| seen > 0)
}

#[cfg(test)]
mod tests;

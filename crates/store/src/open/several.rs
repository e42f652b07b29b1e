//! Which of several servers is asked: `data_provider.target_session_attrs`.
//!
//! All connections go to one server, the first that will do, until it does not answer any more or does not do any
//! more; then the others are looked at again.

use super::{
    OpenError,
    server::{ACQUIRE, reason},
};
use sea_orm::DatabaseConnection;
use sqlx::{
    Connection, Error, Row,
    postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions},
};
use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::Mutex, time::timeout};

/// How long a host may take to answer before the next one is tried.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// How long a query may take before somebody looks whether its server is the right one.
pub const SLOW: Duration = Duration::from_secs(1);

/// What a session must be like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attrs {
    /// Whatever it is like; the first host that answers.
    #[default]
    First,
    /// As `First`, but the hosts are taken in an order that differs from start to start.
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    /// A standby, or when there is none any.
    PreferStandby,
}

/// The ways to the servers, and the pool whose connections go one of them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Several {
    ways: Arc<[PgConnectOptions]>,
    attrs: Attrs,
    pool: PgPool,
    /// Held by who looks.
    looking: Arc<Mutex<()>>,
}

impl Attrs {
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        Ok(match text {
            "" => Self::First,
            "any" => Self::Any,
            "read-write" => Self::ReadWrite,
            "read-only" => Self::ReadOnly,
            "primary" => Self::Primary,
            "standby" => Self::Standby,
            "prefer-standby" => Self::PreferStandby,
            other => {
                return Err(OpenError::Option(format!(
                    "data_provider.target_session_attrs: {other:?} is none of any, read-write, read-only, primary, \
                     standby, prefer-standby"
                )));
            }
        })
    }

    /// What is asked of a session, and the answer that will do. As libpq asks it.
    const fn question(self) -> Option<(&'static str, &'static str)> {
        const WRITABLE: &str = "SHOW transaction_read_only";
        const RECOVERY: &str = "SELECT pg_is_in_recovery()::text";
        match self {
            Self::First | Self::Any => None,
            Self::ReadWrite => Some((WRITABLE, "off")),
            Self::ReadOnly => Some((WRITABLE, "on")),
            Self::Primary => Some((RECOVERY, "false")),
            Self::Standby | Self::PreferStandby => Some((RECOVERY, "true")),
        }
    }

    /// Whether `connection` is what is asked for.
    async fn will_do(self, connection: &mut PgConnection) -> Result<bool, Error> {
        let Some((question, wanted)) = self.question() else { return Ok(true) };
        let row = sqlx::query(question).fetch_one(connection).await?;
        Ok(row.try_get::<String, _>(0)? == wanted)
    }

    /// Whether a session that is not like this is not used at all.
    const fn insists(self) -> bool {
        !matches!(self, Self::First | Self::Any | Self::PreferStandby)
    }
}

impl Several {
    /// Connects to the first server that will do. `None` beside the pool is that there is no other way to look for.
    pub async fn connect(
        mut ways: Vec<PgConnectOptions>,
        attrs: Attrs,
        size: u32,
    ) -> Result<(DatabaseConnection, Option<Self>), Error> {
        let options = PgPoolOptions::new().max_connections(size).min_connections(1).acquire_timeout(ACQUIRE);
        if let ([way], false) = (ways.as_slice(), attrs.insists()) {
            return match options.connect_with(way.clone()).await {
                Ok(pool) => Ok((pool.into(), None)),
                Err(error) => Err(reason::<PgConnection>(error, way).await),
            };
        }
        if attrs == Attrs::Any && !ways.is_empty() {
            let start = RandomState::new().build_hasher().finish() as usize % ways.len();
            ways.rotate_left(start);
        }
        let first = first(&ways, attrs).await?;
        let options = match attrs.insists() {
            // In place of the ping: a server may be another one's standby by now.
            true => options
                .test_before_acquire(false)
                .before_acquire(move |connection, _| Box::pin(attrs.will_do(connection)))
                .after_connect(move |connection, _| {
                    Box::pin(async move {
                        let fits = attrs.will_do(connection).await?;
                        fits.then_some(()).ok_or_else(|| unfit(attrs))
                    })
                }),
            false => options,
        };
        let pool = options.connect_with(first).await?;
        let several = Self { ways: ways.into(), attrs, pool: pool.clone(), looking: Arc::default() };
        Ok((pool.into(), Some(several)))
    }

    /// Has the next connections made to a server that will do, if there is one.
    pub async fn look_again(&self) {
        let Ok(_looking) = self.looking.try_lock() else { return };
        // A query may take long for other reasons.
        let now = self.pool.connect_options();
        if matches!(timeout(PATIENCE, fits(&now, self.attrs)).await, Ok(Ok(true))) {
            return;
        }
        match first(&self.ways, self.attrs).await {
            Ok(way) => self.pool.set_connect_options(way),
            Err(error) => tracing::warn!(%error, "none of the hosts in data_provider.host will do"),
        }
    }
}

/// The first way that leads to a session as it is asked for.
async fn first(ways: &[PgConnectOptions], attrs: Attrs) -> Result<PgConnectOptions, Error> {
    let found = search(ways, attrs).await;
    match (found, attrs) {
        (Err(_), Attrs::PreferStandby) => search(ways, Attrs::First).await,
        (found, _) => found,
    }
}

async fn search(ways: &[PgConnectOptions], attrs: Attrs) -> Result<PgConnectOptions, Error> {
    let mut last = unfit(attrs);
    for way in ways {
        match timeout(PATIENCE, fits(way, attrs)).await {
            Ok(Ok(true)) => return Ok(way.clone()),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => last = error,
            Err(_) => last = Error::PoolTimedOut,
        }
    }
    Err(last)
}

async fn fits(way: &PgConnectOptions, attrs: Attrs) -> Result<bool, Error> {
    let mut connection = PgConnection::connect_with(way).await?;
    let fits = attrs.will_do(&mut connection).await;
    let _ = connection.close().await;
    fits
}

fn unfit(attrs: Attrs) -> Error {
    Error::Configuration(format!("data_provider.target_session_attrs: no server is {attrs:?}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_words_are_taken() {
        assert_eq!(Attrs::parse("").unwrap(), Attrs::First);
        assert_eq!(Attrs::parse("prefer-standby").unwrap(), Attrs::PreferStandby);
        let refused = Attrs::parse("read_write").unwrap_err().to_string();
        assert!(refused.contains("data_provider.target_session_attrs"), "{refused}");
    }
}

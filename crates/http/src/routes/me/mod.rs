//! What accounts do about themselves.

pub mod admin;
pub mod user;

use crate::{api::Parts, body::Body, error::Result, peer::Peer};
use control::{Control, Holder};
use serde::Deserialize;
use types::Secret;
use utoipa::ToSchema;

#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(example = json!({
    "current_password": "a long enough passphrase",
    "new_password": "another long enough passphrase",
}))]
pub struct PwdChange {
    #[schema(format = Password)]
    current_password: String,
    #[schema(format = Password)]
    new_password: String,
}

/// Changes the password of `holder` as `body` says.
async fn change_password(
    parts: &Parts,
    control: &Control,
    peer: Peer,
    holder: Holder<'_>,
    body: Body,
) -> Result<()> {
    let PwdChange { current_password, new_password } = body.parse()?;
    let (current, new) = (Secret::new(current_password), Secret::new(new_password));
    let turn = parts.authenticator.slowdown().turn(peer.ip(), holder.name()).await?;
    let changed = control.change_password(holder, &current, &new).await;
    match &changed {
        Ok(()) => turn.passed(),
        Err(control::Error::WrongPassword) => turn.failed(),
        Err(_) => {}
    }
    Ok(changed?)
}

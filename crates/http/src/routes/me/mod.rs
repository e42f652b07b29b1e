//! What accounts do about themselves.

pub mod admin;
pub mod user;

use crate::{body::Body, error::Result};
use serde::Deserialize;
use types::Secret;
use utoipa::ToSchema;

#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct PwdChange {
    #[schema(format = Password)]
    current_password: String,
    #[schema(format = Password)]
    new_password: String,
}

impl PwdChange {
    /// The current password and the new one.
    fn parse(body: Body) -> Result<(Secret<String>, Secret<String>)> {
        let Self { current_password, new_password } = body.parse()?;
        Ok((Secret::new(current_password), Secret::new(new_password)))
    }
}

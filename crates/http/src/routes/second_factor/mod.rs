//! Two-factor authentication: setting it up, trying it out, switching it off, and its recovery codes. Admins
//! and users make the same calls under different paths.

pub mod admin;
pub mod disable;
pub mod user;

use crate::{api::Parts, error::Result, peer::Peer};
use axum::Json;
use base64::{Engine, engine::general_purpose::STANDARD};
use control::{Control, Holder, ListedCode, NewTotp};
use serde::{Deserialize, Serialize};
use types::Secret;
use utoipa::ToSchema;

/// A way of making codes that accounts can choose.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TOTPConfig, example = json!({"name": "Default", "issuer": "Longshore", "algo": "sha1"}))]
pub struct TotpChoice {
    name: String,
    issuer: String,
    /// `sha1`, `sha256` or `sha512`.
    algo: String,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = TOTPGenerate, example = json!({"config_name": "Default"}))]
pub struct Generate {
    config_name: String,
}

/// A new secret; it takes effect when it is saved.
#[derive(Serialize, ToSchema)]
#[schema(as = TOTPGenerated, example = json!({
    "config_name": "Default",
    "issuer": "Longshore",
    "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "url": "otpauth://totp/Longshore:ada?algorithm=SHA1&digits=6&issuer=Longshore&period=30&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "qr_code": "iVBORw0KGgo=",
}))]
pub struct Generated {
    config_name: String,
    issuer: String,
    /// Base 32.
    secret: String,
    /// `otpauth://totp/…`
    url: String,
    /// The URL as a QR code: a PNG image in base 64.
    #[schema(format = Byte)]
    qr_code: String,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = TOTPValidate, example = json!({
    "config_name": "Default",
    "passcode": "492039",
    "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
}))]
pub struct Validate {
    config_name: String,
    passcode: String,
    /// Base 32.
    secret: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ListedRecoveryCode, example = json!({"code": "RC-4vXhL3fTrWq8ZyKcB6mN2d", "used": false}))]
pub struct RecoveryCode {
    code: String,
    used: bool,
}

impl From<NewTotp> for Generated {
    fn from(new: NewTotp) -> Self {
        Self {
            config_name: new.config_name,
            issuer: new.issuer,
            secret: new.secret.into_inner(),
            url: new.url.into_inner(),
            qr_code: STANDARD.encode(new.qr_code.expose()),
        }
    }
}

impl From<ListedCode> for RecoveryCode {
    fn from(listed: ListedCode) -> Self {
        Self { code: listed.code.into_inner(), used: listed.used }
    }
}

pub fn choices(control: &Control) -> Vec<TotpChoice> {
    let choice = |config: &config::Totp| TotpChoice {
        name: config.name.clone(),
        issuer: config.issuer.clone(),
        algo: config.algo.clone(),
    };
    control.totp_configs().iter().map(choice).collect()
}

fn generate(control: &Control, holder: Holder<'_>, asked: &Generate) -> Result<Json<Generated>> {
    Ok(Json(control.generate_totp(holder, &asked.config_name)?.into()))
}

async fn validate(parts: &Parts, peer: Peer, holder: Holder<'_>, tried: Validate) -> Result<()> {
    let (secret, code) = (Secret::new(tried.secret), Secret::new(tried.passcode));
    let turn = parts.authenticator.slowdown().turn(peer.ip(), holder.name()).await?;
    let validated = parts.control.validate_totp(holder, &tried.config_name, &secret, &code);
    match &validated {
        Ok(()) => turn.passed(),
        Err(_) if code.expose().is_empty() => {}
        Err(_) => turn.failed(),
    }
    Ok(validated?)
}

async fn codes(control: &Control, holder: Holder<'_>) -> Result<Json<Vec<RecoveryCode>>> {
    Ok(Json(control.recovery_codes(holder).await?.into_iter().map(RecoveryCode::from).collect()))
}

async fn new_codes(control: &Control, holder: Holder<'_>) -> Result<Json<Vec<String>>> {
    let codes = control.renew_recovery_codes(holder).await?;
    Ok(Json(codes.into_iter().map(Secret::into_inner).collect()))
}

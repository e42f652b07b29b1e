//! Secrets and the codes they make.

use super::qr;
use crate::{Error, Result};
use aws_lc_rs::rand;
use config::Totp;
use totp_rs::{Algorithm, Builder};
use types::Secret;

/// Seconds a code is for.
pub const STEP: u64 = 30;
/// Steps before and after in which a code is still good: clocks differ, and typing takes time.
const SKEW: u16 = 1;
/// 160 bits, as RFC 4226 recommends.
const SECRET: usize = 20;

/// A secret to be carried to an authenticator.
#[derive(Debug)]
pub struct NewTotp {
    pub config_name: String,
    pub issuer: String,
    /// In base 32.
    pub secret: Secret<String>,
    /// `otpauth://totp/…`: all of it in one.
    pub url: Secret<String>,
    /// The URL as a QR code, a PNG image.
    pub qr_code: Secret<Vec<u8>>,
}

pub fn generate(config: &Totp, label: &str) -> Result<NewTotp> {
    let mut secret = [0; SECRET];
    rand::fill(&mut secret).map_err(|_| Error::Stopped)?;
    // A colon separates issuer and account in the URL.
    let (label, issuer) = (label.replace(':', "_"), config.issuer.replace(':', "_"));
    let totp = builder(config)
        .with_secret(secret)
        .with_account_name(label)
        .with_issuer(Some(issuer).filter(|issuer| !issuer.is_empty()))
        .build();
    let totp = totp.map_err(|error| Error::Invalid(error.to_string()))?;
    let url = totp.to_url().map_err(|error| Error::Invalid(error.to_string()))?;
    Ok(NewTotp {
        config_name: config.name.clone(),
        issuer: config.issuer.clone(),
        secret: Secret::new(totp.secret().to_base32()),
        qr_code: Secret::new(qr::png(&url)?),
        url: Secret::new(url),
    })
}

/// A secret that can make codes: at least 128 bits in base 32.
pub fn check_secret(config: &Totp, secret: &Secret<String>) -> Result<()> {
    match totp(config, secret) {
        Some(_) => Ok(()),
        None => Err(Error::invalid("secret: at least 128 bits in base 32 are expected")),
    }
}

/// The step `code` is for, if it is good at `now`, in seconds since the epoch.
pub fn step(config: &Totp, secret: &Secret<String>, code: &str, now: u64) -> Option<u64> {
    totp(config, secret)?.check(code, now)
}

fn totp(config: &Totp, secret: &Secret<String>) -> Option<totp_rs::Totp> {
    let secret = totp_rs::Secret::try_from_base32(secret.expose()).ok()?;
    builder(config).with_secret(secret).build().ok()
}

fn builder(config: &Totp) -> Builder {
    let algorithm = match &*config.algo {
        "sha256" => Algorithm::SHA256,
        "sha512" => Algorithm::SHA512,
        // The configuration admits no fourth.
        _ => Algorithm::SHA1,
    };
    Builder::new().with_algorithm(algorithm).with_digits(6).with_skew(SKEW).with_step_duration(STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, the last six of its eight digits.
    #[test]
    fn known_answers() {
        let secrets = [
            ("sha1", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
            ("sha256", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA"),
            (
                "sha512",
                "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
                 GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA",
            ),
        ];
        for (now, codes) in [
            (59, ["287082", "119246", "693936"]),
            (1_111_111_109, ["081804", "084774", "091201"]),
            (20_000_000_000, ["353130", "737706", "863826"]),
        ] {
            for ((algo, secret), code) in secrets.into_iter().zip(codes) {
                let config = Totp { algo: algo.into(), ..Totp::default() };
                let secret = Secret::new(secret.to_owned());
                assert_eq!(step(&config, &secret, code, now), Some(now / STEP), "{algo} at {now}");
                assert_eq!(step(&config, &secret, code, now + STEP), Some(now / STEP));
                assert_eq!(step(&config, &secret, code, now + 2 * STEP), None);
            }
        }
    }

    #[test]
    fn nonsense_is_no_code() {
        let secret = Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned());
        for code in ["", "1", "28708", "2870822", "٢٨٧٠٨٢", "abcdef", "287082\0"] {
            assert_eq!(step(&Totp::default(), &secret, code, 59), None, "{code:?}");
        }
        for weak in ["", "1", "GEZDGNBV", "é", "not base 32!"] {
            assert!(check_secret(&Totp::default(), &Secret::new(weak.to_owned())).is_err(), "{weak:?}");
        }
    }
}

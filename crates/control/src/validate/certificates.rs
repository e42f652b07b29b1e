//! X.509 certificates that clients show.

use crate::{Error, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{collections::HashSet, mem};

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
/// Tag of an ASN.1 `SEQUENCE`, and of a `BIT STRING`.
const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;

/// Checks that each of `values` is one certificate in PEM form (RFC 7468), and leaves each once. Blanks around it
/// stay: who keeps a copy compares it with what is stored.
pub fn check(field: &str, values: &mut Vec<String>) -> Result<()> {
    let mut known = HashSet::new();
    for value in mem::take(values) {
        let der = decode(value.trim()).filter(|der| is_certificate(der));
        let Some(der) = der else {
            return Err(Error::Invalid(format!("{field}: a certificate in PEM form is expected")));
        };
        if known.insert(der) {
            values.push(value);
        }
    }
    Ok(())
}

fn decode(pem: &str) -> Option<Vec<u8>> {
    let body = pem.strip_prefix(BEGIN)?.strip_suffix(END)?;
    let digits: String = body.split_ascii_whitespace().collect();
    STANDARD.decode(digits).ok()
}

/// What is signed, how, and the signature (RFC 5280, section 4.1), to the last byte. Whether it makes sense is
/// seen when somebody shows it.
fn is_certificate(der: &[u8]) -> bool {
    let mut rest = der;
    let Some((SEQUENCE, mut parts)) = element(&mut rest) else { return false };
    let shape: Vec<u8> = std::iter::from_fn(|| element(&mut parts).map(|(tag, _)| tag)).collect();
    rest.is_empty() && parts.is_empty() && shape == [SEQUENCE, SEQUENCE, BIT_STRING]
}

/// The next element of `rest`: its tag and what it holds (X.690, definite lengths).
fn element<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (&[tag, first], mut after) = rest.split_first_chunk::<2>()?;
    let length = match first {
        0..=0x7f => usize::from(first),
        // Up to 16 MiB.
        0x81..=0x83 => {
            let (digits, behind) = after.split_at_checked(usize::from(first & 0x7f))?;
            after = behind;
            digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit))
        }
        _ => return None,
    };
    let (content, after) = after.split_at_checked(length)?;
    *rest = after;
    Some((tag, content))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem(der: &[u8]) -> String {
        format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(der))
    }

    fn fits(value: &str) -> bool {
        check("tls_certs", &mut vec![value.to_owned()]).is_ok()
    }

    #[test]
    fn takes_what_has_the_shape_of_a_certificate() {
        let long =
            [&[SEQUENCE, 0x81, 0x85][..], &[SEQUENCE, 0x7f], &[0; 0x7f], &[SEQUENCE, 0, 3, 0]].concat();
        for der in [&[SEQUENCE, 6, SEQUENCE, 0, SEQUENCE, 0, BIT_STRING, 0][..], &long] {
            assert!(fits(&pem(der)));
        }
        let mut twice = vec![pem(&long), format!(" {}", pem(&long))];
        check("tls_certs", &mut twice).unwrap();
        assert_eq!(twice, [pem(&long)]);
    }

    #[test]
    fn refuses_anything_else() {
        for der in [
            &[][..],
            &[SEQUENCE],
            &[SEQUENCE, 0],
            &[SEQUENCE, 6, SEQUENCE, 0, SEQUENCE, 0, BIT_STRING, 0, 0],
            &[SEQUENCE, 7, SEQUENCE, 0, SEQUENCE, 0, BIT_STRING, 0],
            &[SEQUENCE, 0x84, 0, 0, 0, 6, SEQUENCE, 0, SEQUENCE, 0, BIT_STRING, 0],
            &[SEQUENCE, 0x80, SEQUENCE, 0, SEQUENCE, 0, BIT_STRING, 0],
        ] {
            assert!(!fits(&pem(der)), "{der:x?}");
        }
        for text in ["zz", "", BEGIN, &format!("{BEGIN}{END}"), &format!("{BEGIN}é{END}")] {
            assert!(!fits(text), "{text}");
        }
    }
}

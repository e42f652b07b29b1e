//! Certificates: what is read from them, and what is refused.

use super::*;
use crate::hostkey::{HostKey, HostKeyKind};

/// The fields of a user certificate up to the signature.
fn unsigned(key: &HostKey, ca: &HostKey, options: &[u8]) -> Vec<u8> {
    fields(1, key, ca, options)
}

/// A whole certificate; 1 is for users, 2 for hosts.
pub(crate) fn certificate(kind_number: u32, key: &HostKey, ca: &HostKey) -> Vec<u8> {
    signed(&fields(kind_number, key, ca, &[]), ca)
}

fn fields(kind_number: u32, key: &HostKey, ca: &HostKey, options: &[u8]) -> Vec<u8> {
    let mut fields = Reader::new(key.public_blob(), "key");
    let kind = fields.utf8().unwrap();
    let own = fields.bytes(fields.remaining()).unwrap();
    Message::fields()
        .string(format!("{kind}{SUFFIX}"))
        .string([5; 32])
        .raw(own)
        .raw(&77u64.to_be_bytes())
        .u32(kind_number)
        .string("a key id")
        .string(Message::fields().string("alice").string("bob").into_bytes())
        .raw(&1_000u64.to_be_bytes())
        .raw(&u64::MAX.to_be_bytes())
        .string(options)
        .string(Message::fields().string("permit-pty").string("").into_bytes())
        .string("")
        .string(ca.public_blob())
        .into_bytes()
}

fn signed(body: &[u8], ca: &HostKey) -> Vec<u8> {
    let signature = ca.sign(*ca.algorithms().last().unwrap(), body).unwrap();
    Message::fields().raw(body).string(signature).into_bytes()
}

fn source_address() -> Vec<u8> {
    let value = Message::fields().string("10.0.0.0/8").into_bytes();
    Message::fields().string("source-address").string(value).into_bytes()
}

const KINDS: [HostKeyKind; 4] = [
    HostKeyKind::Ed25519,
    HostKeyKind::EcdsaNistp256,
    HostKeyKind::EcdsaNistp384,
    HostKeyKind::EcdsaNistp521,
];

#[test]
fn every_field_is_read_for_every_key_type() {
    for (kind, authority) in KINDS.into_iter().zip(KINDS.into_iter().rev()) {
        let (key, ca) = (HostKey::generate(kind).unwrap(), HostKey::generate(authority).unwrap());
        let blob = signed(&unsigned(&key, &ca, &source_address()), &ca);
        let certificate = Certificate::from_blob(&blob).unwrap();
        assert_eq!((certificate.kind, certificate.serial), (CertificateKind::User, 77));
        assert_eq!((certificate.key.blob(), certificate.ca.blob()), (key.public_blob(), ca.public_blob()));
        assert_eq!(certificate.key.fingerprint(), key.fingerprint());
        assert_eq!((certificate.key_id.as_str(), certificate.blob()), ("a key id", &blob[..]));
        assert_eq!(certificate.principals, ["alice", "bob"]);
        assert_eq!((certificate.valid_after, certificate.valid_before), (1_000, u64::MAX));
        let option = CertificateOption { name: "source-address".to_owned(), value: b"10.0.0.0/8".to_vec() };
        assert_eq!(certificate.critical_options, [option]);
        assert_eq!(certificate.extensions[0].name, "permit-pty");
    }
}

/// No bit of a certificate can be changed, and none can be missing or added.
#[test]
fn forged_certificates_are_refused() {
    let (key, ca) = (HostKey::generate(KINDS[0]).unwrap(), HostKey::generate(KINDS[0]).unwrap());
    let good = signed(&unsigned(&key, &ca, &source_address()), &ca);
    for i in 0..good.len() {
        let mut bad = good.clone();
        bad[i] ^= 1;
        assert!(Certificate::from_blob(&bad).is_err(), "byte {i}");
        assert!(Certificate::from_blob(&good[..i]).is_err(), "cut at {i}");
    }
    assert!(Certificate::from_blob(&[&good[..], b"x"].concat()).is_err());
    let by_another = signed(&unsigned(&key, &ca, &[]), &key);
    assert_eq!(Certificate::from_blob(&by_another), Err(KeyError::Signature));
    assert!(Certificate::from_blob(key.public_blob()).is_err(), "a plain key is no certificate");
}

#[test]
fn options_come_once() {
    let (key, ca) = (HostKey::generate(KINDS[0]).unwrap(), HostKey::generate(KINDS[0]).unwrap());
    let twice = [source_address(), source_address()].concat();
    let blob = signed(&unsigned(&key, &ca, &twice), &ca);
    assert_eq!(Certificate::from_blob(&blob), Err(KeyError::Malformed));
}

/// An authority's certificate is no authority: chains are not part of the format.
#[test]
fn a_certificate_cannot_sign_another() {
    let (key, ca) = (HostKey::generate(KINDS[0]).unwrap(), HostKey::generate(KINDS[0]).unwrap());
    let middle = signed(&unsigned(&key, &ca, &[]), &ca);
    let body = unsigned(&key, &ca, &[]);
    let without_ca = &body[..body.len() - ca.public_blob().len() - 4];
    let chained = signed(&Message::fields().raw(without_ca).string(middle).into_bytes(), &key);
    assert!(matches!(Certificate::from_blob(&chained), Err(KeyError::Unsupported(_))));
}

#[test]
fn names_lead_to_plain_algorithms() {
    for (name, plain) in [
        ("rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-512"),
        ("sk-ssh-ed25519-cert-v01@openssh.com", "sk-ssh-ed25519@openssh.com"),
        ("sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"),
    ] {
        assert_eq!(plain_name(name).as_deref(), Some(plain));
    }
    assert_eq!(plain_name("ssh-ed25519"), None);
}

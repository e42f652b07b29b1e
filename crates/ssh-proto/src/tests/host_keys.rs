//! Certificates of host and user, and the rotation of host keys.

use super::*;
use crate::{AuthAttempt, Certificate, CertificateKind, PublicKey, pubkey::certificate::tests::certificate};

fn keys() -> Vec<HostKey> {
    KEYS.iter().map(|pem| HostKey::from_bytes(pem.as_bytes()).unwrap()).collect()
}

#[test]
fn host_certificates_are_presented_to_who_asks() {
    let (mut keys, ca) = (keys(), HostKey::generate(HostKeyKind::Ed25519).unwrap());
    for key in &mut keys {
        let host = Certificate::from_blob(&certificate(2, key, &ca)).unwrap();
        let user = Certificate::from_blob(&certificate(1, key, &ca)).unwrap();
        assert!(!key.certify(&user), "a user certificate is none of a host");
        assert!(!HostKey::generate(HostKeyKind::Ed25519).unwrap().certify(&host), "of another key");
        assert!(key.certify(&host));
    }
    let config = Arc::new(ServerConfig::new("SSH-2.0-Longshore_test", keys));
    for name in [
        "ssh-ed25519-cert-v01@openssh.com",
        "ecdsa-sha2-nistp521-cert-v01@openssh.com",
        "rsa-sha2-256-cert-v01@openssh.com",
        "rsa-sha2-512-cert-v01@openssh.com",
        "ssh-ed25519",
    ] {
        let offer = Offer { host_key: name.to_owned(), ..Offer::default() };
        let server = Connection::new(config.clone());
        let client = Client::new(offer).unwrap();
        let mut pair = Pair { server, client, events: Vec::new(), messages: Vec::new() };
        pair.run().unwrap();
        assert_eq!((pair.client.exchanges(), pair.server.negotiated().unwrap().host_key), (1, name));
    }
}

/// The key in the certificate signs; what the certificate says is told along with it.
#[test]
fn user_certificates_are_told_with_their_fields() {
    let ca = HostKey::generate(HostKeyKind::EcdsaNistp256).unwrap();
    for key in keys() {
        let algorithm = key.algorithms()[0];
        let name = format!("{}-cert-v01@openssh.com", algorithm.name());
        let blob = certificate(1, &key, &ca);
        for signer in [&key, &ca] {
            let mut pair = Pair::new(config(), Offer::default());
            pair.run().unwrap();
            pair.send(Message::new(msg::SERVICE_REQUEST).string("ssh-userauth"));
            let request = || auth_request("alice", "publickey").bool(true).string(&name).string(&blob);
            let text =
                Message::fields().string(pair.client.session_id()).raw(&request().into_bytes()).into_bytes();
            let by = if std::ptr::eq(signer, &key) { algorithm } else { ca.algorithms()[0] };
            pair.send(request().string(signer.sign(by, &text).unwrap()));
            pair.run().unwrap();
            match pair.events.pop() {
                Some(Event::Auth(request)) if std::ptr::eq(signer, &key) => {
                    let AuthAttempt::PublicKey { certificate: Some(told), .. } = request.method else {
                        panic!("no certificate");
                    };
                    assert_eq!((told.kind, told.blob()), (CertificateKind::User, &blob[..]));
                    assert_eq!(told.ca, PublicKey::from_blob(ca.public_blob()).unwrap());
                }
                Some(Event::AuthBadSignature { .. }) if !std::ptr::eq(signer, &key) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn forged_user_certificates_are_no_key() {
    let (key, ca) =
        (HostKey::from_bytes(KEYS[0].as_bytes()).unwrap(), HostKey::from_bytes(KEYS[1].as_bytes()).unwrap());
    let mut blob = certificate(1, &key, &ca);
    let last = blob.len() - 1;
    blob[last] ^= 1;
    let mut pair = Pair::new(config(), Offer::default());
    pair.run().unwrap();
    pair.send(Message::new(msg::SERVICE_REQUEST).string("ssh-userauth"));
    let name = "ssh-ed25519-cert-v01@openssh.com";
    pair.send(auth_request("alice", "publickey").bool(false).string(name).string(&blob));
    pair.run().unwrap();
    let Some(Event::Auth(request)) = pair.events.pop() else { panic!("no request") };
    assert!(matches!(request.method, AuthAttempt::Other { .. }));
}

#[test]
fn all_host_keys_are_announced_and_proven() {
    let mut pair = Pair::new(config(), Offer { host_key: "rsa-sha2-512".to_owned(), ..Offer::default() });
    pair.run().unwrap();
    pair.send(Message::new(msg::SERVICE_REQUEST).string("ssh-userauth"));
    pair.send(auth_request("alice", "none"));
    pair.run().unwrap();
    pair.server.auth_success();
    pair.run().unwrap();
    let keys = keys();
    let head = Message::new(msg::GLOBAL_REQUEST).string("hostkeys-00@openssh.com").bool(false);
    let announced = keys.iter().fold(head, |message, key| message.string(key.public_blob()));
    assert_eq!(pair.messages.last().unwrap()[..], announced.into_bytes());

    pair.forget();
    let name = "hostkeys-prove-00@openssh.com";
    let ask = || Message::new(msg::GLOBAL_REQUEST).string(name).bool(true);
    pair.send(keys.iter().fold(ask(), |message, key| message.string(key.public_blob())));
    pair.run().unwrap();
    assert_eq!(pair.messages[0][0], msg::REQUEST_SUCCESS);
    let mut proofs = Reader::new(&pair.messages[0][1..], "proofs");
    for key in &keys {
        let text = Message::fields()
            .string(name)
            .string(pair.client.session_id())
            .string(key.public_blob())
            .into_bytes();
        let proof = proofs.string().unwrap();
        let algorithm = Reader::new(proof, "proof").utf8().unwrap();
        assert!(key.public_text().starts_with("ssh-rsa") == (algorithm == "rsa-sha2-512"));
        let known =
            crate::pubkey::accept(&crate::PublicKeyAlgorithm::offered(), algorithm, key.public_blob());
        assert!(known.unwrap().presence(&text, proof).is_some(), "{algorithm}");
    }
    assert!(proofs.is_empty());
}

/// A signature costs us more than the request costs the client.
#[test]
fn strange_and_repeated_host_keys_are_not_proven() {
    let mut pair = Pair::logged_in(config(), Offer::default());
    let ask = || Message::new(msg::GLOBAL_REQUEST).string("hostkeys-prove-00@openssh.com").bool(true);
    let ours = keys().remove(0);
    let strange = HostKey::generate(HostKeyKind::Ed25519).unwrap();
    let flood = (0..100).fold(ask(), |message, _| message.string(ours.public_blob()));
    for message in [ask(), ask().string(strange.public_blob()), flood] {
        pair.send(message);
        pair.run().unwrap();
        assert_eq!(pair.messages.pop().unwrap()[..], [msg::REQUEST_FAILURE]);
    }
    pair.send(ask().raw(&[0, 0, 0, 9, 1]));
    assert!(matches!(pair.run(), Err(Error::Malformed(_))));
}

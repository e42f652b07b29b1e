//! Authentication, as a client sees it.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
};
use types::Secret;

use super::*;
use crate::{AuthAttempt, AuthMethod, AuthRequest, Prompt, PublicKeyAlgorithm};

const METHODS: &[AuthMethod] = &[AuthMethod::Password, AuthMethod::PublicKey];

/// Keys exchanged and the service requested.
fn ready() -> Pair {
    ready_with(config())
}

fn ready_with(config: ServerConfig) -> Pair {
    let mut pair = Pair::new(config, Offer::default());
    pair.run().unwrap();
    pair.send(Message::new(msg::SERVICE_REQUEST).string("ssh-userauth"));
    pair.run().unwrap();
    assert_eq!(pair.messages.last().unwrap()[0], msg::SERVICE_ACCEPT);
    pair.forget();
    pair
}

fn attempt(pair: &mut Pair, message: Message) -> AuthRequest {
    pair.send(message);
    pair.run().unwrap();
    match pair.events.pop() {
        Some(Event::Auth(request)) => request,
        other => panic!("{other:?}"),
    }
}

/// A publickey request, signed over what RFC 4252 section 7 says.
fn signed(pair: &Pair, user: &str, algorithm: &str, blob: &[u8], sign: impl Fn(&[u8]) -> Vec<u8>) -> Message {
    let request = || auth_request(user, "publickey").bool(true).string(algorithm).string(blob);
    let text = Message::fields().string(pair.client.session_id()).raw(&request().into_bytes()).into_bytes();
    request().string(sign(&text))
}

#[test]
fn passwords_are_told_and_failures_name_methods() {
    let mut pair = ready();
    let request = attempt(&mut pair, auth_request("alice", "password").bool(false).string("s3cret"));
    assert_eq!((request.user.as_str(), request.service.as_str()), ("alice", "ssh-connection"));
    assert!(
        matches!(&request.method, AuthAttempt::Password(text) if text == &Secret::new("s3cret".to_owned()))
    );
    assert!(!format!("{request:?}").contains("s3cret"));
    pair.server.auth_failure(METHODS, true);
    pair.server.auth_success();
    assert!(!pair.server.is_authenticated(), "one verdict per attempt");
    pair.run().unwrap();
    let expected = Message::new(msg::USERAUTH_FAILURE).string("password,publickey").bool(true);
    assert_eq!(pair.messages[0][..], expected.into_bytes());
}

#[test]
fn every_key_type_proves_itself_and_nothing_else() {
    for pem in KEYS.iter() {
        let key = HostKey::from_bytes(pem.as_bytes()).unwrap();
        for algorithm in key.algorithms() {
            let mut config = config();
            config.algorithms.public_keys = PublicKeyAlgorithm::all().collect();
            let mut pair = ready_with(config);
            let good = signed(&pair, "alice", algorithm.name(), key.public_blob(), |text| {
                key.sign(*algorithm, text).unwrap()
            });
            let request = attempt(&mut pair, good);
            assert!(
                matches!(request.method, AuthAttempt::PublicKey { blob, .. } if blob == key.public_blob())
            );
            pair.server.auth_failure(METHODS, false);

            let bad = signed(&pair, "alice", algorithm.name(), key.public_blob(), |text| {
                key.sign(*algorithm, &text[1..]).unwrap()
            });
            pair.send(bad);
            pair.run().unwrap();
            assert!(
                matches!(pair.events.last(), Some(Event::AuthBadSignature { user, .. }) if user == "alice")
            );
            pair.server.auth_failure(METHODS, false);
            pair.run().unwrap();
            assert!(!pair.server.is_authenticated());
        }
    }
}

/// A signature is bound to its algorithm: one under rsa-sha2-256 is none under rsa-sha2-512.
#[test]
fn a_signature_under_another_name_is_bad() {
    let key = HostKey::from_bytes(KEYS[4].as_bytes()).unwrap();
    let mut pair = ready();
    let message = signed(&pair, "alice", "rsa-sha2-512", key.public_blob(), |text| {
        key.sign(HostKeyAlgorithm::RsaSha256, text).unwrap()
    });
    pair.send(message);
    pair.run().unwrap();
    assert!(matches!(pair.events[..], [Event::AuthBadSignature { .. }]));
}

#[test]
fn a_key_is_queried_before_it_signs() {
    let key = HostKey::from_bytes(KEYS[0].as_bytes()).unwrap();
    let mut pair = ready();
    let query =
        auth_request("alice", "publickey").bool(false).string("ssh-ed25519").string(key.public_blob());
    let request = attempt(&mut pair, query);
    assert!(matches!(request.method, AuthAttempt::PublicKeyQuery { .. }));
    pair.server.auth_info_request("", "", &[]);
    pair.server.auth_pk_ok();
    pair.run().unwrap();
    let expected = Message::new(msg::USERAUTH_PK_OK).string("ssh-ed25519").string(key.public_blob());
    assert_eq!(pair.messages[0][..], expected.into_bytes());
    assert!(!pair.server.is_authenticated());
}

#[test]
fn disabled_and_unknown_algorithms_are_no_key() {
    let key = HostKey::from_bytes(KEYS[4].as_bytes()).unwrap();
    for (algorithm, blob) in [
        ("ssh-rsa", key.public_blob()),
        ("ssh-ed25519", key.public_blob()),
        ("rsa-sha2-256", b"junk"),
        ("", b""),
    ] {
        let mut pair = ready();
        let request =
            attempt(&mut pair, auth_request("a", "publickey").bool(false).string(algorithm).string(blob));
        assert!(matches!(request.method, AuthAttempt::Other { .. }), "{algorithm}");
    }
}

/// sk keys, signed as an authenticator does it (OpenSSH PROTOCOL.u2f).
#[test]
fn security_keys_need_a_touch() {
    let ed25519 = Ed25519KeyPair::generate().unwrap();
    let ecdsa = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let attest = |text: &[u8], flags: u8| {
        let mut attested = digest(&SHA256, b"ssh:").as_ref().to_vec();
        attested.extend([flags, 0, 0, 0, 9]);
        attested.extend_from_slice(digest(&SHA256, text).as_ref());
        attested
    };
    for (flags, touched) in [(1, true), (5, true), (0, false), (4, false)] {
        let name = "sk-ssh-ed25519@openssh.com";
        let blob = Message::fields().string(name).string(ed25519.public_key()).string("ssh:").into_bytes();
        let sign = |text: &[u8]| {
            let proof = ed25519.sign(&attest(text, flags));
            Message::fields().string(name).string(proof).u8(flags).u32(9).into_bytes()
        };
        let mut pair = ready();
        pair.send(signed(&pair, "alice", name, &blob, sign));
        pair.run().unwrap();
        assert_eq!(matches!(pair.events[..], [Event::Auth(_)]), touched, "{name} {flags}");

        let name = "sk-ecdsa-sha2-nistp256@openssh.com";
        let blob = Message::fields()
            .string(name)
            .string("nistp256")
            .string(ecdsa.public_key())
            .string("ssh:")
            .into_bytes();
        let sign = |text: &[u8]| {
            let proof = ecdsa.sign(&SystemRandom::new(), &attest(text, flags)).unwrap();
            let (r, s) = proof.as_ref().split_at(32);
            let numbers = Message::fields().mpint(r).mpint(s).into_bytes();
            Message::fields().string(name).string(numbers).u8(flags).u32(9).into_bytes()
        };
        let mut pair = ready();
        pair.send(signed(&pair, "alice", name, &blob, sign));
        pair.run().unwrap();
        assert_eq!(matches!(pair.events[..], [Event::Auth(_)]), touched, "{name} {flags}");
    }
}

#[test]
fn keyboard_interactive_goes_round_by_round() {
    let mut pair = ready();
    let request = attempt(&mut pair, auth_request("alice", "keyboard-interactive").string("").string(""));
    assert!(matches!(request.method, AuthAttempt::KeyboardInteractive { .. }));
    let prompts = [Prompt { text: "Password: ".to_owned(), echo: false }];
    pair.server.auth_info_request("name", "do it", &prompts);
    pair.run().unwrap();
    let expected = Message::new(msg::USERAUTH_INFO_REQUEST).string("name").string("do it").string("").u32(1);
    assert_eq!(pair.messages[0][..], expected.string("Password: ").bool(false).into_bytes());
    pair.send(Message::new(msg::USERAUTH_INFO_RESPONSE).u32(1).string("hunter2"));
    pair.run().unwrap();
    assert!(matches!(&pair.events[..], [Event::InfoResponse(answers)] if answers[0].expose() == "hunter2"));
    pair.server.auth_info_request("", "", &[]);
    pair.send(Message::new(msg::USERAUTH_INFO_RESPONSE).u32(0));
    pair.run().unwrap();
    assert!(matches!(&pair.events[1], Event::InfoResponse(answers) if answers.is_empty()));
    pair.server.auth_success();
    assert!(pair.server.is_authenticated());
}

/// The number of answers is the peer's word: nothing may be allocated or believed by it (CVE-2002-0640).
#[test]
fn too_many_answers_are_not_believed() {
    for count in [0, 2, u32::MAX] {
        let mut pair = ready();
        attempt(&mut pair, auth_request("alice", "keyboard-interactive").string("").string(""));
        pair.server.auth_info_request("", "", &[Prompt { text: "?".to_owned(), echo: true }]);
        pair.send(Message::new(msg::USERAUTH_INFO_RESPONSE).u32(count).string("a").string("b"));
        pair.run().unwrap();
        assert!(matches!(pair.events[..], [Event::InfoResponseMismatch]));
    }
    let mut pair = ready();
    pair.send(Message::new(msg::USERAUTH_INFO_RESPONSE).u32(0));
    assert!(matches!(pair.run(), Err(Error::Unexpected { .. })), "nobody asked");
}

#[test]
fn a_new_request_abandons_the_questions() {
    let mut pair = ready();
    attempt(&mut pair, auth_request("alice", "keyboard-interactive").string("").string(""));
    pair.server.auth_info_request("", "", &[Prompt { text: "?".to_owned(), echo: true }]);
    let request = attempt(&mut pair, auth_request("alice", "password").bool(false).string("x"));
    assert!(matches!(request.method, AuthAttempt::Password(_)));
}

#[test]
fn requests_wait_for_the_verdict_on_the_one_before() {
    let mut pair = ready();
    pair.send(auth_request("alice", "none"));
    pair.send(auth_request("alice", "password").bool(false).string("x"));
    pair.run().unwrap();
    assert_eq!(pair.events.len(), 1);
    pair.server.auth_failure(METHODS, false);
    pair.run().unwrap();
    assert_eq!(pair.events.len(), 2);
    pair.server.auth_success();
    pair.send(auth_request("root", "none"));
    pair.run().unwrap();
    assert_eq!((pair.events.len(), pair.got(msg::USERAUTH_FAILURE)), (2, 1), "late requests are ignored");
}

#[test]
fn a_change_of_user_is_told() {
    let mut pair = ready();
    for (user, changed) in
        [("alice", false), ("alice", false), ("bob", true), ("bob", false), ("alice", true)]
    {
        // Some clients request the service before every attempt.
        pair.send(Message::new(msg::SERVICE_REQUEST).string("ssh-userauth"));
        let request = attempt(&mut pair, auth_request(user, "none"));
        assert_eq!(request.changed, changed, "{user}");
        pair.server.auth_failure(METHODS, true);
    }
}

#[test]
fn other_services_end_the_connection() {
    let mut pair = Pair::new(config(), Offer::default());
    pair.run().unwrap();
    pair.send(Message::new(msg::SERVICE_REQUEST).string("ssh-connection"));
    assert_eq!(pair.run(), Err(Error::Service("ssh-connection".to_owned())));
    let mut pair = ready();
    pair.send(Message::new(msg::USERAUTH_REQUEST).string("alice").string("ssh-backup").string("none"));
    assert_eq!(pair.run(), Err(Error::Service("ssh-backup".to_owned())));
}

#[test]
fn nobody_authenticates_before_asking_for_it() {
    let mut pair = Pair::new(config(), Offer::default());
    pair.run().unwrap();
    pair.send(auth_request("alice", "none"));
    assert!(matches!(pair.run(), Err(Error::Unexpected { .. })));
}

#[test]
fn the_banner_comes_once_and_before_the_first_result() {
    let config = ServerConfig { banner: Some("Welcome\n".to_owned()), ..config() };
    let mut pair = Pair::new(config, Offer::default());
    pair.run().unwrap();
    pair.send(Message::new(msg::SERVICE_REQUEST).string("ssh-userauth"));
    pair.run().unwrap();
    pair.forget();
    for _ in 0..2 {
        attempt(&mut pair, auth_request("alice", "none"));
        pair.server.auth_failure(METHODS, false);
        pair.run().unwrap();
    }
    let numbers: Vec<u8> = pair.messages.iter().map(|message| message[0]).collect();
    assert_eq!(numbers, [msg::USERAUTH_BANNER, msg::USERAUTH_FAILURE, msg::USERAUTH_FAILURE]);
    assert_eq!(
        pair.messages[0][..],
        Message::new(msg::USERAUTH_BANNER).string("Welcome\n").string("").into_bytes()
    );
}

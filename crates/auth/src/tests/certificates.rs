//! Certificates at the door: an authority's word for a key, then the same gate as for everybody.

use super::*;
use crate::{Authority, Certificate, CertificateFault, CertificateKind, Trust};
use std::{collections::HashSet, time::SystemTime};

const CA: &[u8] = b"the authority's key";

fn certificate() -> Certificate {
    Certificate {
        kind: CertificateKind::User,
        key_type: "ssh-ed25519-cert-v01@openssh.com".into(),
        blob: b"certificate".to_vec(),
        authority: CA.to_vec(),
        fingerprint: "SHA256:key".into(),
        key_id: "laptop".into(),
        principals: vec!["alice".into()],
        valid: 0..u64::MAX,
        critical_options: Vec::new(),
    }
}

fn trust() -> Arc<Trust> {
    Arc::new(Trust::new(Authority::Keys(HashSet::from([CA.to_vec()])), HashSet::new()))
}

/// A user without keys of its own: the certificate is enough.
async fn with_alice() -> World {
    let world = world(4).await;
    world.control.add_user(User { public_keys: Vec::new(), ..alice() }).await.unwrap();
    world
}

impl World {
    /// The verdict on the question and on the login, which are one.
    async fn certified(
        &self,
        attempt: &Attempt,
        certificate: Certificate,
        trust: &Arc<Trust>,
    ) -> Result<Step, Refused> {
        let key = Key::Certified(Box::new(certificate), trust.clone());
        let known = self.authenticator.key_is_known(attempt, &key).await;
        let step = self.authenticator.public_key(attempt, &key).await;
        assert_eq!(known.is_ok(), step.is_ok(), "{known:?} {step:?}");
        step
    }

    async fn fault(&self, certificate: Certificate, trust: &Arc<Trust>) -> CertificateFault {
        match self.certified(&attempt("alice"), certificate, trust).await {
            Err(Refused::Certificate(fault)) => fault,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_certificate_opens_the_account_it_names() {
    let world = with_alice().await;
    // By the naming rules it is one name.
    for name in ["alice", "ALICE"] {
        let step = world.certified(&attempt(name), certificate(), &trust()).await;
        assert!(matches!(step, Ok(Step::Granted(_))), "{step:?}");
    }
    let for_bob = Certificate { principals: vec!["bob".into()], ..certificate() };
    let step = world.certified(&attempt("bob"), for_bob.clone(), &trust()).await;
    assert!(matches!(step, Err(Refused::UnknownUser)), "{step:?}");
    assert_eq!(world.fault(for_bob, &trust()).await, CertificateFault::Principal("laptop".into()));
}

#[tokio::test]
async fn what_the_certificate_says_holds() {
    let world = with_alice().await;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let host = Certificate { kind: CertificateKind::Host, ..certificate() };
    assert_eq!(world.fault(host, &trust()).await, CertificateFault::OfAHost);
    let old = Certificate { valid: 0..now - 1, ..certificate() };
    assert_eq!(world.fault(old, &trust()).await, CertificateFault::Expired);
    let new = Certificate { valid: now + 60..u64::MAX, ..certificate() };
    assert_eq!(world.fault(new, &trust()).await, CertificateFault::TooEarly);
    let command = vec![("force-command".to_owned(), b"ls".to_vec())];
    let forced = Certificate { critical_options: command, ..certificate() };
    assert_eq!(world.fault(forced, &trust()).await, CertificateFault::Option("force-command".into()));
    let elsewhere = vec![("source-address".to_owned(), b"10.0.0.0/8".to_vec())];
    let elsewhere = Certificate { critical_options: elsewhere, ..certificate() };
    assert!(matches!(world.fault(elsewhere, &trust()).await, CertificateFault::Address(_)));
}

#[tokio::test]
async fn only_trusted_authorities_count_and_revoked_keys_do_not() {
    let world = with_alice().await;
    let stranger = Certificate { authority: b"another key".to_vec(), ..certificate() };
    assert_eq!(world.fault(stranger, &trust()).await, CertificateFault::Untrusted);
    assert_eq!(world.fault(certificate(), &Arc::default()).await, CertificateFault::Untrusted);

    let trust = trust();
    trust.revoke(HashSet::from(["SHA256:key".to_owned()]));
    assert_eq!(world.fault(certificate(), &trust).await, CertificateFault::Revoked("SHA256:key".into()));
    trust.revoke(HashSet::new());
    assert!(world.certified(&attempt("alice"), certificate(), &trust).await.is_ok());
}

#[tokio::test]
async fn a_certificate_passes_the_gate_like_a_key() {
    let world = with_alice().await;
    let denied = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    world.change(|user| user.filters.base.denied_login_methods = denied(&["publickey"])).await;
    let refused = world.certified(&attempt("alice"), certificate(), &trust()).await;
    assert!(matches!(refused, Err(Refused::Policy(Policy::Method(LoginMethod::PublicKey)))), "{refused:?}");

    let single = denied(&["publickey", "password", "keyboard-interactive"]);
    world.change(|user| user.filters.base.denied_login_methods = single).await;
    let first = world.certified(&attempt("alice"), certificate(), &trust()).await;
    assert!(matches!(first, Ok(Step::Need(_))), "{first:?}");

    world.change(|user| user.status = 0).await;
    let key = Key::Certified(Box::new(certificate()), trust());
    let disabled = world.authenticator.public_key(&attempt("alice"), &key).await;
    assert!(matches!(disabled, Err(Refused::Disabled)), "{disabled:?}");
}

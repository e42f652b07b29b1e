//! What clients meet: the certificate of the moment, and a look at their own.

use super::*;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType, IsCa,
    KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber, date_time_ymd,
};
use rustls::{
    ClientConfig,
    pki_types::{PrivateKeyDer, ServerName},
};
use std::fs;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;

/// An authority, and files that it signed.
struct World {
    dir: TempDir,
    authority: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key.
struct Pair {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl World {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let world = Self { dir: TempDir::new().unwrap(), authority };
        world.write("ca.pem", &world.authority.pem());
        world
    }

    fn sign(&self, serial: u64) -> Pair {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.serial_number = Some(serial.into());
        let key = KeyPair::generate().unwrap();
        Pair { certificate: params.signed_by(&key, &self.authority).unwrap(), key }
    }

    fn serve(&self, pair: &Pair) {
        self.write("cert.pem", &pair.certificate.pem());
        self.write("key.pem", &pair.key.serialize_pem());
    }

    fn revoke(&self, serials: &[u64]) {
        let revoked = |serial: &u64| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: date_time_ymd(2024, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let params = CertificateRevocationListParams {
            this_update: date_time_ymd(2024, 1, 1),
            next_update: date_time_ymd(2100, 1, 1),
            crl_number: 1.into(),
            issuing_distribution_point: None,
            revoked_certs: serials.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        self.write("crl.pem", &params.signed_by(&self.authority).unwrap().pem().unwrap());
    }

    fn settings(&self) -> TlsSettings {
        TlsSettings {
            certificate: self.path("cert.pem"),
            key: self.path("key.pem"),
            protocols: vec!["http/1.1".into(), "h2".into()],
            ..TlsSettings::default()
        }
    }

    fn asking_clients(&self) -> TlsSettings {
        TlsSettings {
            clients: ClientCertificates::Required,
            authorities: vec![self.path("ca.pem")],
            revocations: vec![self.path("crl.pem")],
            ..self.settings()
        }
    }

    /// A client that knows the authority and shows `pair`.
    fn client(&self, pair: Option<&Pair>) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.unwrap().with_root_certificates(roots);
        match pair {
            None => config.with_no_client_auth(),
            Some(Pair { certificate, key }) => {
                let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
                config.with_client_auth_cert(vec![certificate.der().clone()], key).unwrap()
            }
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }
}

/// Connects and moves one byte each way; the serial number of the certificate that was met, and the protocol.
async fn meet(tls: &Tls, client: ClientConfig) -> io::Result<(Vec<u8>, Option<Vec<u8>>)> {
    let (here, there) = tokio::io::duplex(64 * 1024);
    let connect = async {
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = TlsConnector::from(Arc::new(client)).connect(name, here).await?;
        stream.write_all(b"x").await?;
        // In TLS 1.3 a client learns of a refusal from the first answer.
        stream.read_u8().await?;
        let session = stream.get_ref().1;
        let met = session.peer_certificates().unwrap()[0].to_vec();
        Ok((met, session.alpn_protocol().map(<[u8]>::to_vec)))
    };
    let accept = async {
        let mut stream = tls.accept(there).await?;
        let byte = stream.read_u8().await?;
        stream.write_u8(byte).await
    };
    let (met, _) = tokio::join!(connect, accept);
    met
}

#[tokio::test]
async fn the_protocol_is_ours_to_prefer() {
    let world = World::new();
    world.serve(&world.sign(1));
    let tls = Tls::open(world.settings()).unwrap();
    for (offered, chosen) in [(&["h2", "http/1.1"][..], "http/1.1"), (&["h2"], "h2")] {
        let mut client = world.client(None);
        client.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
        assert_eq!(meet(&tls, client).await.unwrap().1, Some(chosen.as_bytes().to_vec()));
    }
}

#[tokio::test]
async fn certificates_change_while_serving() {
    let world = World::new();
    let (old, new) = (world.sign(1), world.sign(2));
    world.serve(&old);
    let tls = Arc::new(Tls::open(world.settings()).unwrap());
    let met = |tls: Arc<Tls>| {
        let client = world.client(None);
        async move { meet(&tls, client).await.unwrap().0 }
    };
    assert_eq!(met(tls.clone()).await, old.certificate.der().to_vec());
    // A certificate alone is of no use, so the pair before stays.
    world.write("cert.pem", &new.certificate.pem());
    assert!(matches!(tls.reload(), Err(TlsError::NotThePair { .. })));
    assert_eq!(met(tls.clone()).await, old.certificate.der().to_vec());
    world.serve(&new);
    tls.look("test");
    assert_eq!(met(tls.clone()).await, new.certificate.der().to_vec());
}

#[tokio::test]
async fn clients_show_certificates_that_are_not_revoked() {
    let world = World::new();
    world.serve(&world.sign(1));
    world.revoke(&[9]);
    let (good, revoked, foreign) = (world.sign(8), world.sign(9), World::new().sign(8));
    let tls = Tls::open(world.asking_clients()).unwrap();
    meet(&tls, world.client(Some(&good))).await.unwrap();
    for refused in [None, Some(&revoked), Some(&foreign)] {
        assert!(meet(&tls, world.client(refused)).await.is_err());
    }
    world.revoke(&[8, 9]);
    tls.reload().unwrap();
    assert!(meet(&tls, world.client(Some(&good))).await.is_err());
    let optional = TlsSettings { clients: ClientCertificates::VerifiedIfShown, ..world.asking_clients() };
    let tls = Tls::open(optional).unwrap();
    meet(&tls, world.client(None)).await.unwrap();
    assert!(meet(&tls, world.client(Some(&revoked))).await.is_err());
}

#[test]
fn files_of_no_use_are_named_with_their_key() {
    let world = World::new();
    let fault = |settings: TlsSettings| Tls::open(settings).unwrap_err().within("httpd").to_string();
    assert!(fault(world.settings()).starts_with("httpd.certificate_file: cannot read"));
    world.serve(&world.sign(1));
    world.write("key.pem", "garbage");
    assert!(fault(world.settings()).starts_with("httpd.certificate_key_file: "));
    world.serve(&world.sign(1));
    world.write("crl.pem", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n");
    assert!(fault(world.asking_clients()).starts_with("httpd.ca_revocation_lists: "));
    let nobody = TlsSettings { authorities: Vec::new(), revocations: Vec::new(), ..world.asking_clients() };
    assert!(fault(nobody).starts_with("httpd.ca_certificates: "));
}

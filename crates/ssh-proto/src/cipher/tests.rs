//! Packets against ones that another implementation (Python's `cryptography`) made with the same keys.

use aws_lc_rs::digest::{SHA256, digest};
use zeroize::Zeroizing;

use super::*;

/// Key bytes 0, 1, 2 …, a MAC key that counts from 100, and IVs whose counters are about to wrap.
fn derive(iv: &'static [u8]) -> impl Fn(Purpose, usize) -> Zeroizing<Vec<u8>> {
    move |purpose, len| {
        Zeroizing::new(match purpose {
            Purpose::InitialVector => iv[..len].to_vec(),
            Purpose::Encryption => (0..len as u8).collect(),
            Purpose::Integrity => (100..100 + len as u8).collect(),
        })
    }
}

const GCM_IV: &[u8] = &[16, 16, 16, 16, 255, 255, 255, 255, 255, 255, 255, 255];
const CTR_IV: &[u8] = &[255; 16];

/// Two packets with 13 bytes of payload, sealed one behind the other across the wrap of the sequence number.
fn two_packets(cipher: Cipher, mac: Option<Mac>, iv: &'static [u8]) -> Vec<u8> {
    let mut sealing = Sealing::new(cipher, mac, &derive(iv)).unwrap();
    let mut opening = Opening::new(cipher, mac, &derive(iv)).unwrap();
    let framing = sealing.framing();
    let payload = b"\x5eknown answer";
    let covered = payload.len() + if framing.length_counts { 5 } else { 1 };
    let padding = (4..).find(|padding| (covered + padding).is_multiple_of(framing.block)).unwrap();
    let length = 1 + payload.len() + padding;
    let mut clear = (length as u32).to_be_bytes().to_vec();
    clear.push(padding as u8);
    clear.extend_from_slice(payload);
    clear.resize(4 + length + framing.tag, 0);

    let mut all = Vec::new();
    for sequence in [u32::MAX, 0] {
        let mut packet = clear.clone();
        sealing.seal(sequence, &mut packet).unwrap();
        all.extend_from_slice(&packet);
        let head = opening.head();
        assert_eq!(opening.read_length(sequence, &mut packet[..head]) as usize, length);
        opening.open(sequence, &mut packet).unwrap();
        assert_eq!(packet[4..4 + length], clear[4..4 + length]);
    }
    all
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn aes_gcm() {
    assert_eq!(
        hex(&two_packets(Cipher::Aes128Gcm, None, GCM_IV)),
        "00000020497b2ce88d27e9aec1f8a142d278e156ee9568b8f1cb906ad060cda32bbfc63ba9500912670e4b09c6e597b33ccd1a0c\
         0000002038f39d402ab25f517025dc85c9134cd001d5b6149b0a730e48c500d9f0632b199ecd8bdb89d939c93cfaf8616341407e"
    );
    assert_eq!(
        hex(&two_packets(Cipher::Aes256Gcm, None, GCM_IV)),
        "00000020c5b304597c9edc57567709ae4b9bd13782d00558ca7782f82a7ff56070752d8ea47a66fd47374ee6f3bcffc546fbd9cb\
         00000020911d4f1028e50c4a3789463aae4ad16df4339e7ca0bdc7ad9be525cebecb83148b1b9ca3be8d0986d47359680d5945c6"
    );
}

#[test]
fn chacha20_poly1305() {
    assert_eq!(
        hex(&two_packets(Cipher::ChaCha20Poly1305, None, &[])),
        "b90ee4a803cc67f5c173bac2f758d8c517f402ae16ba3916cf2fdb78a1fad56dc588484fd49792f46fe8834f\
         94450e4112e6295fc291c8f1720f2f16ca314e27f8b1f3f5e1ad5b5cacdc9306614e36eaf5da6da16fd8947e"
    );
}

#[test]
fn aes_ctr_with_hmac() {
    for (cipher, mac, expected) in [
        (
            Cipher::Aes128Ctr,
            Mac::HmacSha256Etm,
            "7d22172fb09fd6de7d77a551453ae912c2e6c13bbfda3dc4b5916ece8b7d24a9",
        ),
        (
            Cipher::Aes128Ctr,
            Mac::HmacSha256,
            "7279d632492a523c0c0ac60e170818128f850c8e1fb3c25210b6ac2bec242e3e",
        ),
        (
            Cipher::Aes192Ctr,
            Mac::HmacSha256Etm,
            "015898681731351e441e4dc7354e3d66cb0b73548f6afb366bda3c3f91d7c28c",
        ),
        (
            Cipher::Aes192Ctr,
            Mac::HmacSha256,
            "e9f438ee68f9db24ef2c12e66f539e0bbb759eada56e92591dc70ba2e5a4b024",
        ),
        (
            Cipher::Aes256Ctr,
            Mac::HmacSha512Etm,
            "70170cd82fc2b22180ebbedccae3eb4d4128530a1d55c87a0c78562305de8928",
        ),
        (
            Cipher::Aes256Ctr,
            Mac::HmacSha512,
            "04337e00aad642998012ad87934df8cedb71d1341f50904e6c68bb9b79273ba4",
        ),
    ] {
        let packets = two_packets(cipher, Some(mac), CTR_IV);
        assert_eq!(hex(digest(&SHA256, &packets).as_ref()), expected, "{cipher:?} {mac:?}");
    }
}

#[test]
fn ciphers_of_another_age() {
    for (cipher, mac, expected) in [
        (
            Cipher::Aes128Cbc,
            Mac::HmacSha1,
            "afb6471b4021394bbb355dfd371b4d1bc23fb52c57a4603d029813ae733a7c3e",
        ),
        (
            Cipher::Aes192Cbc,
            Mac::HmacSha1_96,
            "5ee4df50d122baa03d239066d0dee9d7bd7355a0c2f3957c1e7f7464bb264f85",
        ),
        (
            Cipher::Aes256Cbc,
            Mac::HmacSha256Etm,
            "c11288ec09d78d1d138206ab28e28fb60bf86ee9bb2ccb676fa39d6e28d820d6",
        ),
        (
            Cipher::TripleDesCbc,
            Mac::HmacSha1,
            "98d9f83361492ffbb2881ca7b1fa262059732d84212c52a975d7f81f12ee3156",
        ),
        (
            Cipher::TripleDesCbc,
            Mac::HmacSha256Etm,
            "0b5296741c9fe3edc69f438b369e813203d12cedeab9828c252b2a0b08860bef",
        ),
        (
            Cipher::Arcfour256,
            Mac::HmacSha1_96,
            "eebaf30c6cf6c14f50bb164458e65f433bdb7d270e22dba256a3ee6c0a5936a1",
        ),
        (
            Cipher::Arcfour128,
            Mac::HmacSha1,
            "68c506056666a4ceb5c21f9fb12182f50db05ac390f7362fb50eba036bcb932f",
        ),
        (
            Cipher::Arcfour,
            Mac::HmacSha256Etm,
            "75aca97e59f031d6639b58a0c5e6b70b1da368402206abba14be17d794f1e561",
        ),
    ] {
        let packets = two_packets(cipher, Some(mac), CTR_IV);
        assert_eq!(hex(digest(&SHA256, &packets).as_ref()), expected, "{cipher:?} {mac:?}");
    }
}

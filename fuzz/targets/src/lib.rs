//! What the fuzz targets do with an input, one function each: it panics when a promise is broken.
#![expect(clippy::expect_used, reason = "a fuzz target fails by panicking")]

mod certificate;
mod keys;
mod pair;
mod path;
mod proxy;
mod scp;
mod sftp;
mod ssh_channel;
mod ssh_kex;
mod ssh_packet;
mod ssh_server;
mod ssh_userauth;

pub use crate::{
    certificate::ssh_certificate,
    keys::ssh_keys,
    path::virtual_path,
    proxy::proxy_header,
    scp::scp_control,
    sftp::sftp_request,
    ssh_channel::ssh_channel,
    ssh_kex::{ssh_kex, ssh_kexinit},
    ssh_packet::ssh_packet,
    ssh_server::ssh_server,
    ssh_userauth::ssh_userauth,
};

/// What a target does with an input.
pub type Target = fn(&[u8]);

/// Every target by the name of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("proxy_header", proxy_header),
    ("scp_control", scp_control),
    ("sftp_request", sftp_request),
    ("ssh_certificate", ssh_certificate),
    ("ssh_channel", ssh_channel),
    ("ssh_kex", ssh_kex),
    ("ssh_kexinit", ssh_kexinit),
    ("ssh_keys", ssh_keys),
    ("ssh_packet", ssh_packet),
    ("ssh_server", ssh_server),
    ("ssh_userauth", ssh_userauth),
    ("virtual_path", virtual_path),
];

/// An input as a value, if it holds enough bytes for one; as libFuzzer's own macro does it.
fn value<'a, T: arbitrary::Arbitrary<'a>>(input: &'a [u8]) -> Option<T> {
    T::arbitrary_take_rest(arbitrary::Unstructured::new(input)).ok()
}

//! (crate sftp-proto)

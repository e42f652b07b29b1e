//! The matrix: every SSH client that people have, with everything it can do.
//!
//! Each of them logs in with every credential that it supports, moves files both ways with every algorithm that it
//! shares with the server (weak ones too: this server has all of them configured), renews keys under way, lists,
//! renames and removes. What a client lacks is stated in its row of [`peers`]; that it lacks something else fails.

mod matrix;
mod peers;
mod programs;
mod world;

pub use self::peers::client;
use anyhow::Result;

#[test]
fn golang() -> Result<()> {
    matrix::walk(&peers::GOLANG)
}

#[test]
fn libssh() -> Result<()> {
    matrix::walk(&peers::LIBSSH)
}

#[test]
fn libssh2() -> Result<()> {
    matrix::walk(&peers::LIBSSH2)
}

#[test]
fn mina() -> Result<()> {
    matrix::walk(&peers::MINA)
}

#[test]
fn russh() -> Result<()> {
    matrix::walk(&peers::RUSSH)
}

#[test]
fn ssh2() -> Result<()> {
    matrix::walk(&peers::SSH2)
}

#[test]
fn paramiko() -> Result<()> {
    matrix::walk(&peers::PARAMIKO)
}

#[test]
fn asyncssh() -> Result<()> {
    matrix::walk(&peers::ASYNCSSH)
}

#[test]
fn openssh() -> Result<()> {
    matrix::walk(&peers::OPENSSH_SFTP)
}

#[test]
fn psftp() -> Result<()> {
    matrix::walk(&peers::PUTTY_PSFTP)
}

#[test]
fn lftp() -> Result<()> {
    matrix::walk(&peers::LFTP_SFTP)
}

#[test]
fn rclone() -> Result<()> {
    matrix::walk(&peers::RCLONE_SFTP)
}

#[test]
fn sshfs() -> Result<()> {
    matrix::walk(&peers::SSHFS_MOUNT)
}

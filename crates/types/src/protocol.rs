//! Which front end a session or an operation belongs to, and how its user proved who they are.

use std::fmt;

/// The protocol of one operation, under the name logs, events and hooks show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    Sftp,
    Scp,
    /// A command run over SSH (`sha256sum`, `sftpgo-copy` …).
    Ssh,
    Ftp,
    Dav,
    Http,
    HttpShare,
}

impl Protocol {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sftp => "SFTP",
            Self::Scp => "SCP",
            Self::Ssh => "SSH",
            Self::Ftp => "FTP",
            Self::Dav => "DAV",
            Self::Http => "HTTP",
            Self::HttpShare => "HTTPShare",
        }
    }

    /// The name under which `denied_protocols` closes it: SFTP, SCP and commands are all `SSH`.
    pub const fn family(self) -> &'static str {
        match self {
            Self::Sftp | Self::Scp | Self::Ssh => "SSH",
            Self::Ftp => "FTP",
            Self::Dav => "DAV",
            Self::Http | Self::HttpShare => "HTTP",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a login was proved, under the names of `denied_login_methods` and of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoginMethod {
    /// Nothing was offered yet, or what was offered has no name.
    NoAuthTried,
    PublicKey,
    Password,
    KeyboardInteractive,
    PublicKeyAndPassword,
    PublicKeyAndKeyboardInteractive,
    TlsCertificate,
    TlsCertificateAndPassword,
}

impl LoginMethod {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoAuthTried => "no_auth_tried",
            Self::PublicKey => "publickey",
            Self::Password => "password",
            Self::KeyboardInteractive => "keyboard-interactive",
            Self::PublicKeyAndPassword => "publickey+password",
            Self::PublicKeyAndKeyboardInteractive => "publickey+keyboard-interactive",
            Self::TlsCertificate => "TLSCertificate",
            Self::TlsCertificateAndPassword => "TLSCertificate+password",
        }
    }
}

impl fmt::Display for LoginMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

//! Clients that are programs of their own, run once per step.

use anyhow::{Context, Result};
use std::{process::Command, time::Duration};
use testkit::{
    Place,
    clients::{Family, Lftp, OpenSsh, Pin, Psftp, Rclone, Session, Sessions, Sshfs},
    succeed,
};

/// A program, given what it can do and how a session of it is opened.
pub struct Program {
    pub offers: fn(Family, &[String]) -> Result<Vec<String>>,
    pub open: fn(&Session) -> Result<Box<dyn Place>>,
}

impl Sessions for Program {
    fn offers(&mut self, family: Family, names: &[String]) -> Result<Vec<String>> {
        (self.offers)(family, names)
    }

    fn session(&mut self, session: &Session) -> Result<Vec<String>> {
        let place = (self.open)(session)?;
        let mut listed = Vec::new();
        for step in &session.steps {
            listed.extend(step.take(&*place).with_context(|| format!("{step:?}"))?);
        }
        Ok(listed)
    }
}

pub const OPENSSH: Program = Program {
    offers: |family, names| {
        let list = match family {
            Family::Kex => "kex",
            Family::Cipher => "cipher",
            Family::Mac => "mac",
            Family::HostKey => "HostKeyAlgorithms",
        };
        let known = succeed(Command::new("ssh").args(["-Q", list]), "", Duration::from_secs(10))?.stdout;
        Ok(names.iter().filter(|name| known.lines().any(|line| line == **name)).cloned().collect())
    },
    open: |session| {
        let pins = session.pins.iter().map(|Pin { family, name }| match family {
            Family::Kex => format!("KexAlgorithms={name}"),
            Family::Cipher => format!("Ciphers={name}"),
            Family::Mac => format!("MACs={name}"),
            Family::HostKey => format!("HostKeyAlgorithms={name}"),
        });
        let rekey = session.rekey.map(|bytes| format!("RekeyLimit={bytes}"));
        let client = OpenSsh::new(session.login.clone());
        Ok(Box::new(pins.chain(rekey).fold(client, |client, option| client.option(&option))))
    },
};

pub const PSFTP: Program = Program {
    offers: |family, names| Ok(names.iter().filter(|name| putty(family, name).is_some()).cloned().collect()),
    open: |session| {
        let mut client = Psftp::new(session.login.clone())?;
        for Pin { family, name } in &session.pins {
            let (key, group, all) = putty(*family, name).context("no group of PuTTY's")?;
            // What is not in the list it would put where it thinks best; what is behind WARN it does not take.
            client = client.setting(key, format!("{group},WARN,{all}"));
        }
        if let Some(bytes) = session.rekey {
            client = client.setting("RekeyBytes", bytes.to_string());
        }
        Ok(Box::new(client))
    },
};

/// PuTTY chooses between groups of algorithms: the setting that holds its groups, the one by which it comes to `name`
/// with a server that has everything, and all there are. The other members of a group it never comes to; to which it
/// comes in the group of NTRU, its first choice anyway, depends on its release.
fn putty(family: Family, name: &str) -> Option<(&'static str, &'static str, &'static str)> {
    let (setting, all) = match family {
        Family::Kex => (
            "KEX",
            "mlkem-curve25519,mlkem-nist,ntru-curve25519,ecdh,dh-gex-sha1,dh-group18-sha512,dh-group17-sha512,dh-group16-sha512,\
             dh-group15-sha512,dh-group14-sha1,dh-group1-sha1,rsa",
        ),
        Family::Cipher => ("Cipher", "aes,aesgcm,chacha20,3des,des,blowfish,arcfour"),
        Family::HostKey => ("HostKey", "ed448,ed25519,ecdsa,rsa,dsa"),
        Family::Mac => return None,
    };
    let group = match name {
        "curve25519-sha256" => "ecdh",
        "diffie-hellman-group-exchange-sha256" => "dh-gex-sha1",
        "diffie-hellman-group18-sha512" => "dh-group18-sha512",
        "diffie-hellman-group16-sha512" => "dh-group16-sha512",
        "diffie-hellman-group14-sha256" => "dh-group14-sha1",
        "diffie-hellman-group1-sha1" => "dh-group1-sha1",
        "aes256-ctr" => "aes",
        "aes128-gcm@openssh.com" => "aesgcm",
        "chacha20-poly1305@openssh.com" => "chacha20",
        "3des-cbc" => "3des",
        "arcfour256" => "arcfour",
        "ssh-ed25519" => "ed25519",
        "ecdsa-sha2-nistp256" => "ecdsa",
        "rsa-sha2-512" => "rsa",
        _ => return None,
    };
    Some((setting, group, all))
}

/// lftp and sshfs run `ssh`, rclone is built on Go's library; what algorithms those have is walked through there.
fn none(_family: Family, _names: &[String]) -> Result<Vec<String>> {
    Ok(Vec::new())
}

pub const LFTP: Program =
    Program { offers: none, open: |session| Ok(Box::new(Lftp::new(session.login.clone()))) };

pub const RCLONE: Program =
    Program { offers: none, open: |session| Ok(Box::new(Rclone::new(session.login.clone()))) };

pub const SSHFS: Program =
    Program { offers: none, open: |session| Ok(Box::new(Sshfs::mount(&session.login)?)) };

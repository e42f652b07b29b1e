//! What is done with each client.

use super::{
    peers::{Lacks, Peer, Rekeys},
    world::{Seen, World},
};
use anyhow::{Context, Result, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
};
use testkit::{
    Login, Proof, Scale, User,
    clients::{Family, Pin, Session, Sessions, Step},
    data::{self, MIB},
};

const PROOFS: [Proof; 5] =
    [Proof::Password, Proof::Key, Proof::Certificate, Proof::KeyboardInteractive, Proof::KeyThenPassword];

/// The cipher to try MACs with, since some ciphers bring their own.
const WITH_MAC: &str = "aes256-ctr";

/// All that one client can do.
pub fn walk(peer: &Peer) -> Result<()> {
    let world = World::new()?;
    let mut walk = Walk { client: (peer.start)()?, world, peer };
    walk.credentials()?;
    let (user, login) = walk.world.user("ada", Proof::Key, "ed25519")?;
    walk.algorithms(&user, &login)?;
    walk.new_keys(&user, &login)?;
    walk.large_file(&user, &login)
}

struct Walk<'a> {
    world: World,
    peer: &'a Peer,
    client: Box<dyn Sessions>,
}

impl Walk<'_> {
    /// A session by each way to log in and each kind of key, in which files are managed.
    fn credentials(&mut self) -> Result<()> {
        for proof in PROOFS {
            let kinds = match proof {
                Proof::Certificate => self.peer.certified,
                _ if proof.signs() => self.peer.keys,
                _ => &["ed25519"],
            };
            for kind in kinds {
                let name = format!("{}-{kind}", format!("{proof:?}").to_lowercase());
                self.manage(&name, proof, kind).with_context(|| format!("{proof:?} with {kind}"))?;
            }
        }
        Ok(())
    }

    fn manage(&mut self, name: &str, proof: Proof, kind: &str) -> Result<()> {
        let (user, login) = self.world.user(name, proof, kind)?;
        let (sent, back) = self.files();
        data::write(&sent, 100_003, 1)?;
        fs::create_dir(user.home.join("box"))?;
        let odd = "größe_&_100%.txt";
        let steps = vec![
            Step::Put { local: sent.clone(), remote: format!("/box/{odd}") },
            Step::List { dir: "/box".into() },
            Step::Rename { from: format!("/box/{odd}"), to: "/renamed".into() },
            Step::Get { remote: "/renamed".into(), local: back.clone() },
            Step::List { dir: "/box".into() },
            Step::Put { local: sent.clone(), remote: "/kept".into() },
            Step::Remove { path: "/renamed".into() },
        ];
        let seen = self.world.run(&mut *self.client, &Session { login, pins: vec![], rekey: None, steps })?;
        ensure!(seen.listed == [odd], "listed {:?}", seen.listed);
        data::assert_same(&sent, &back)?;
        data::assert_same(&sent, &user.home.join("kept"))?;
        ensure!(!user.home.join("renamed").exists(), "not removed");
        Ok(())
    }

    /// A file there and back with every algorithm that both sides have.
    fn algorithms(&mut self, user: &User, login: &Login) -> Result<()> {
        data::write(&self.files().0, Scale::from_env().pick(4 * MIB, 64 * MIB), 2)?;
        for family in Family::ALL {
            let known = self.world.algorithms[&family].clone();
            let offered = self.client.offers(family, &known)?;
            let stated = |name: &String| match self.peer.lacks {
                Lacks::These(names) => names.contains(&&**name),
                Lacks::SeeOther => true,
            };
            let missing: Vec<_> =
                known.iter().filter(|name| !offered.contains(name) && !stated(name)).collect();
            let name = self.peer.name;
            ensure!(missing.is_empty(), "{name} lacks what its row does not say: {missing:?}");
            for name in offered.into_iter().filter(|name| !self.peer.broken.contains(&&**name)) {
                let pins = match family {
                    Family::Mac => vec![pin(Family::Cipher, WITH_MAC), pin(family, &name)],
                    _ => vec![pin(family, &name)],
                };
                self.there_and_back(user, login, pins).with_context(|| name)?;
            }
        }
        Ok(())
    }

    /// Keys change under way as often as the client can have them change.
    fn new_keys(&mut self, user: &User, login: &Login) -> Result<()> {
        let size = Scale::from_env().pick(4 * MIB, 64 * MIB);
        let (sent, back) = self.files();
        data::write(&sent, size, 3)?;
        let at_least = match self.peer.rekeys {
            // After every MiB of one direction at least; what exactly a client counts is its own affair.
            Rekeys::AfterBytes => usize::try_from(size / MIB)? - 1,
            Rekeys::PerStep => 2,
            Rekeys::Never => return Ok(()),
        };
        let session =
            Session { login: login.clone(), pins: vec![], rekey: Some(MIB), steps: round(&sent, &back) };
        let seen = self.world.run(&mut *self.client, &session).context("renewing keys")?;
        ensure!(seen.renewed >= at_least, "keys were renewed {} times, not {at_least}", seen.renewed);
        data::assert_same(&sent, &user.home.join("file"))?;
        data::assert_same(&sent, &back)
    }

    fn large_file(&mut self, user: &User, login: &Login) -> Result<()> {
        let scale = Scale::from_env();
        data::write(&self.files().0, scale.pick(64 * MIB, 1100 * MIB), 4)?;
        let seen = self.there_and_back(user, login, vec![]).context("a large file")?;
        // The server renews keys by itself after a GiB in either direction.
        ensure!(seen.renewed >= scale.pick(0, 2), "the server renewed keys {} times only", seen.renewed);
        Ok(())
    }

    /// Moves the file that is to be sent.
    fn there_and_back(&mut self, user: &User, login: &Login, pins: Vec<Pin>) -> Result<Seen> {
        let (sent, back) = self.files();
        let steps = round(&sent, &back);
        let session = Session { login: login.clone(), pins, rekey: None, steps };
        let seen = self.world.run(&mut *self.client, &session)?;
        data::assert_same(&sent, &user.home.join("file"))?;
        data::assert_same(&sent, &back)?;
        // The next round must not find this one's.
        fs::remove_file(&back)?;
        fs::remove_file(user.home.join("file"))?;
        Ok(seen)
    }

    /// What is sent, and where it comes back to.
    fn files(&self) -> (PathBuf, PathBuf) {
        (self.world.dir().join("sent"), self.world.dir().join("back"))
    }
}

fn round(sent: &Path, back: &Path) -> Vec<Step> {
    vec![
        Step::Put { local: sent.to_owned(), remote: "/file".into() },
        Step::Get { remote: "/file".into(), local: back.to_owned() },
    ]
}

fn pin(family: Family, name: &str) -> Pin {
    Pin { family, name: name.to_owned() }
}

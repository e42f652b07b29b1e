//! Disks that fail in the middle of an upload: the client hears of it, the old file is whole where it was
//! promised to be, and what is said and counted is what is there.

use crate::SHORT;
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::{fs, path::Path};
use testkit::{
    Call, Client, FaultFs, Scale, TestServer, User,
    clients::{OpenSsh, RestFiles, Scp},
    data, until,
};

const OLD: usize = 70_000;
const NEW: usize = 300_000;

/// A user on a disk that can fail, and the server.
struct World {
    disk: FaultFs,
    server: TestServer,
    user: User,
}

/// What uploads, and whether it can go on where it was cut off.
struct Uploader {
    name: &'static str,
    client: Box<dyn Client>,
    resumes: bool,
}

/// The legacy protocol.
pub(crate) struct LegacyScp(pub Scp);

impl Client for LegacyScp {
    fn upload(&self, local: &Path, remote: &str) -> Result<()> {
        self.0.copy(&["-O"], &local.display().to_string(), &self.0.remote(remote)).map(drop)
    }

    fn download(&self, remote: &str, local: &Path) -> Result<()> {
        self.0.copy(&["-O"], &self.0.remote(remote), &local.display().to_string()).map(drop)
    }
}

impl World {
    fn new(mode: u32, durability: u32) -> Result<Self> {
        let disk = FaultFs::mount()?;
        let server = TestServer::builder()
            .set("common.upload_mode", mode)
            .set("common.durability", durability)
            .start()?;
        let limits = json!({
            "home_dir": disk.join("home"), "quota_files": 1000, "quota_size": 1_u64 << 40,
        });
        let user = server.user_with("ada", limits)?;
        Ok(Self { disk, server, user })
    }

    fn uploaders(&self) -> Result<[Uploader; 3]> {
        let login = self.server.login(&self.user);
        let rest = RestFiles::login(&self.server.url(), &self.user.name, &self.user.password)?;
        Ok([
            Uploader { name: "SFTP", client: Box::new(OpenSsh::new(login.clone())), resumes: true },
            Uploader { name: "SCP", client: Box::new(LegacyScp(Scp::new(login))), resumes: true },
            Uploader { name: "REST", client: Box::new(rest), resumes: false },
        ])
    }

    /// The names in the home as they are on the disk, temporary ones too.
    fn names(&self) -> Result<Vec<String>> {
        let entries = fs::read_dir(&self.user.home)?;
        let mut names: Vec<_> = entries
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<Result<_>>()?;
        names.sort();
        Ok(names)
    }

    fn are_counters_right(&self) -> Result<bool> {
        let told = self.server.admin()?.get(&format!("/api/v2/users/{}", self.user.name))?.ok()?.json;
        let mut stored = (0, 0);
        for name in self.names()? {
            stored = (stored.0 + 1, stored.1 + self.user.home.join(name).metadata()?.len());
        }
        let number = |field: &str| told[field].as_u64().unwrap_or(0);
        Ok((number("used_quota_files"), number("used_quota_size")) == stored)
    }

    /// The lines about uploads to this file.
    fn lines(&self, name: &str) -> Vec<Value> {
        let log = self.server.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line["sender"] == "Upload" && line["virtual_path"] == *name).collect()
    }
}

/// A fault: which call, how many are spared, which error.
type Fault = (Call, u64, i32);

const FAULTS: [Fault; 8] = [
    (Call::Write, 0, libc::ENOSPC),
    (Call::Write, 2, libc::EIO),
    (Call::Sync, 0, libc::EIO),
    (Call::Sync, 1, libc::ENOSPC),
    (Call::Close, 0, libc::ENOSPC),
    (Call::Close, 0, libc::EIO),
    (Call::Rename, 0, libc::EIO),
    (Call::Rename, 0, libc::ENOSPC),
];

#[test]
fn in_place() -> Result<()> {
    every_fault(0)
}

#[test]
fn atomically() -> Result<()> {
    every_fault(1)
}

#[test]
fn atomically_and_resumable() -> Result<()> {
    every_fault(2)
}

fn every_fault(mode: u32) -> Result<()> {
    let world = World::new(mode, 2)?;
    let [old, new] = ["old", "new"].map(|name| world.server.dir().join(name));
    fs::write(&old, data::bytes(OLD, 1))?;
    fs::write(&new, data::bytes(NEW, 2))?;
    let uploaders = world.uploaders()?;
    let mut case = 0;
    for fault in FAULTS {
        for uploader in &uploaders {
            for over in [true, false] {
                // Each fault meets each way to upload, over an old file or none; a soak takes all of them.
                if Scale::from_env() == Scale::Test && over == ((case / 3) % 2 == 0) {
                    continue;
                }
                let name = format!("file-{case}-{over}");
                one_fault(&world, mode, uploader, fault, over, &name, (&old, &new)).with_context(|| {
                    format!("mode {mode}, {} over an old file: {over}, {fault:?}", uploader.name)
                })?;
            }
            case += 1;
        }
    }
    Ok(())
}

fn one_fault(
    world: &World,
    mode: u32,
    uploader: &Uploader,
    (call, spared, errno): Fault,
    over: bool,
    name: &str,
    (old, new): (&Path, &Path),
) -> Result<()> {
    let World { disk, user, .. } = world;
    let (there, path) = (user.home.join(name), format!("/{name}"));
    if over {
        uploader.client.upload(old, &path)?;
        until("the first version is counted", SHORT, || world.are_counters_right().unwrap_or(false))?;
    }
    let (before, lines) = (disk.count(call), world.lines(&path).len());
    disk.fail(call, spared, errno);
    let uploaded = uploader.client.upload(new, &path);
    disk.heal();
    if disk.count(call) <= before + spared {
        // This way of uploading does without the call.
        uploaded?;
        return data::assert_same(new, &there);
    }

    ensure!(uploaded.is_err(), "what failed was called good");
    until("the end is logged", SHORT, || world.lines(&path).len() > lines)?;
    let left = fs::read(&there).ok();
    let staged = mode > 0 || !uploader.resumes;
    match (&left, over) {
        (Some(left), _) if *left == fs::read(new)? => {
            ensure!(!staged || (call, spared) == (Call::Sync, 1), "it failed and is there")
        }
        (Some(left), true) => ensure!(!staged || *left == fs::read(old)?, "the old file was not kept whole"),
        (None, true) => bail!("the old file is gone"),
        (Some(left), false) => {
            let resumable = mode == 2 && uploader.resumes && call == Call::Write;
            ensure!(!staged || resumable, "a part is seen");
            ensure!(fs::read(new)?.starts_with(left), "not what was sent");
        }
        (None, false) => {}
    }
    let line = world.lines(&path).pop().context("no line")?;
    ensure!(line["error"].as_str().is_some_and(|error| !error.is_empty()), "no error in {line}");
    let stored = match &left {
        Some(left) if !staged || *left != fs::read(old)? => left.len(),
        _ => 0,
    };
    ensure!(line["size_bytes"] == stored, "{stored} bytes are stored, said was {line}");
    ensure!(world.names()?.iter().all(|name| !name.starts_with('.')), "left over: {:?}", world.names()?);
    until("the counters are right", SHORT, || world.are_counters_right().unwrap_or(false))?;

    uploader.client.upload(new, &path).context("after the disk was healed")?;
    data::assert_same(new, &there)
}

/// What was acknowledged as stored is there after a power cut and a new start, and nothing in parts. The flags for
/// object storage change nothing on a disk.
#[test]
fn acknowledged_uploads_survive_a_power_cut() -> Result<()> {
    for (mode, durability) in [(1, 1), (2, 1), (4, 2), (9, 2), (18, 2)] {
        after_a_power_cut(mode, durability, |world, uploader, dir, _, new| {
            uploader.client.upload(new, &format!("{dir}/file"))?;
            uploader.client.upload(new, &format!("{dir}/part"))?;
            rename(world, &format!("{dir}/part"), &format!("{dir}/whole"))?;
            Ok(vec![("file", vec![new]), ("whole", vec![new])])
        })
        .with_context(|| format!("mode {mode}, durability {durability}"))?;
    }
    Ok(())
}

/// Without syncs nothing new is promised, but the name is one version or the other.
#[test]
fn what_is_not_synced_is_whole_all_the_same() -> Result<()> {
    for mode in [1, 2] {
        after_a_power_cut(mode, 0, |_, uploader, dir, old, new| {
            uploader.client.upload(new, &format!("{dir}/file"))?;
            Ok(vec![("file", vec![old, new])])
        })
        .with_context(|| format!("mode {mode}"))?;
    }
    Ok(())
}

/// What a file may hold afterwards.
type Expected<'a> = (&'static str, Vec<&'a Path>);

/// Has `work` upload over an old file, in a directory for each way to do so; cuts the power, kills the server
/// and starts both again.
fn after_a_power_cut(
    mode: u32,
    durability: u32,
    work: impl for<'a> Fn(&World, &Uploader, &str, &'a Path, &'a Path) -> Result<Vec<Expected<'a>>>,
) -> Result<()> {
    let mut world = World::new(mode, durability)?;
    if durability > 0 {
        // The server makes it, and makes it last.
        fs::remove_dir(&world.user.home)?;
    }
    let [old, new] = ["old", "new"].map(|name| world.server.dir().join(name));
    fs::write(&old, data::bytes(OLD, 1))?;
    fs::write(&new, data::bytes(NEW, 2))?;
    let mut expected = Vec::new();
    for uploader in world.uploaders()? {
        let dir = format!("/{}", uploader.name);
        let there = world.user.home.join(uploader.name);
        if durability == 0 {
            fs::create_dir(&there)?;
        } else {
            // Nobody but the server is to make it last.
            OpenSsh::new(world.server.login(&world.user)).batch(&format!("mkdir {dir}\n"))?;
        }
        fs::copy(&old, there.join("file"))?;
        fs::File::open(there.join("file"))?.sync_all()?;
        if durability == 0 {
            for dir in [&there, &*world.user.home, world.disk.path()] {
                fs::File::open(dir)?.sync_all()?;
            }
        }
        for (name, versions) in work(&world, &uploader, &dir, &old, &new)? {
            expected.push((there.join(name), versions));
        }
    }
    world.server.crash()?;
    world.disk.lose_power();
    world.server.restart()?;
    for (file, versions) in expected {
        let content = fs::read(&file).with_context(|| format!("{} is lost", file.display()))?;
        let is = |version: &&Path| fs::read(version).is_ok_and(|version| version == content);
        ensure!(versions.iter().any(is), "{}: {} bytes of neither version", file.display(), content.len());
    }
    // The server finds its way about what is left.
    for uploader in world.uploaders()? {
        uploader.client.upload(&new, &format!("/{}/again", uploader.name))?;
        let back = world.server.dir().join("back");
        uploader.client.download(&format!("/{}/again", uploader.name), &back)?;
        data::assert_same(&new, &back)?;
    }
    Ok(())
}

fn rename(world: &World, from: &str, to: &str) -> Result<()> {
    OpenSsh::new(world.server.login(&world.user)).batch(&format!("rename {from} {to}\n")).map(drop)
}

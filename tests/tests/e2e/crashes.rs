//! A server that is killed while it is written to: what it acknowledged is there, every name is one version or
//! the other, and nothing has to be counted but what was being changed.

use crate::{SHORT, faults::LegacyScp};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use testkit::{
    Client, FaultFs, Scale, TestServer, User,
    clients::{OpenSsh, RestFiles, Scp},
    data, until,
};

const SIZES: [usize; 6] = [0, 1000, 4096, 100_000, 1_000_000, 9_000_000];
const NAMES: usize = 3;

#[test]
fn in_place() -> Result<()> {
    kill_and_check(0)
}

#[test]
fn atomically() -> Result<()> {
    kill_and_check(1)
}

#[test]
fn atomically_and_resumable() -> Result<()> {
    kill_and_check(2)
}

/// What is known of one file: versions by number.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// The last that was acknowledged.
    stored: Option<usize>,
    /// One that was begun since.
    begun: Option<usize>,
    /// Written in place and cut off: anything may be there.
    torn: bool,
}

/// One who uploads to names of its own.
struct Writer {
    name: String,
    /// What a lost client sent is never seen.
    staged: bool,
    files: [Known; NAMES],
    random: Random,
}

/// Good enough to be somewhere else each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

impl Writer {
    /// Uploads one version after another until that fails.
    fn run(&mut self, client: &dyn Client, versions: &[PathBuf], stop: &AtomicBool) -> Result<()> {
        loop {
            let (file, version) = (self.random.below(NAMES), self.random.below(versions.len()));
            let known = &mut self.files[file];
            known.begun = Some(version);
            match client.upload(&versions[version], &format!("/{}-{file}", self.name)) {
                Ok(()) => *known = Known { stored: Some(version), ..Known::default() },
                Err(_) if stop.load(Relaxed) => return Ok(()),
                Err(error) => return Err(error.context("an upload failed though the server lives")),
            }
        }
    }

    /// Compares what is there with what is known, and goes on from it.
    fn check(&mut self, home: &Path, versions: &[PathBuf]) -> Result<()> {
        for (number, known) in self.files.iter_mut().enumerate() {
            let path = home.join(format!("{}-{number}", self.name));
            let there = fs::read(&path).ok();
            let torn = known.torn || (known.begun.is_some() && !self.staged);
            let is =
                |version: usize| fs::read(&versions[version]).is_ok_and(|is| Some(&is) == there.as_ref());
            let found = known.stored.into_iter().chain(known.begun).find(|version| is(*version));
            let absent = there.is_none() && known.stored.is_none();
            ensure!(
                torn || absent || found.is_some(),
                "{}: {:?} bytes there, {known:?}",
                path.display(),
                there.map(|there| there.len())
            );
            *known = Known { stored: found, begun: None, torn: torn && found.is_none() };
        }
        Ok(())
    }
}

fn kill_and_check(mode: u32) -> Result<()> {
    let mut server = TestServer::builder()
        .set("common.upload_mode", mode)
        .set("common.max_per_host_connections", 0)
        .start()?;
    let user = server.user_with("ada", json!({ "quota_files": 1000, "quota_size": 1_u64 << 40 }))?;
    let idle = server.user_with("ben", json!({ "quota_files": 1000 }))?;
    let mut versions = Vec::new();
    for (number, size) in SIZES.iter().enumerate() {
        versions.push(server.dir().join(format!("version-{number}")));
        fs::write(&versions[number], data::bytes(*size, number as u64))?;
    }
    let seed = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() as u64;
    let mut random = Random(seed);
    let writer = |(number, name): (usize, &str)| Writer {
        name: name.to_owned(),
        staged: mode > 0 || name.starts_with("rest"),
        files: [Known::default(); NAMES],
        random: Random(seed ^ (number as u64) << 32),
    };
    let mut writers: Vec<_> =
        ["sftp-1", "sftp-2", "scp", "rest-1", "rest-2"].into_iter().enumerate().map(writer).collect();
    for round in 0..Scale::from_env().pick(7, 334) {
        let wait = Duration::from_millis(100 + random.below(1500) as u64);
        one_crash(&mut server, &user, &mut writers, &versions, wait)
            .with_context(|| format!("round {round}, seed {seed}"))?;
        // Nobody was there to see it: only counting again can tell.
        fs::write(idle.home.join(format!("unseen-{round}")), "x")?;
        server.restart()?;
        for writer in &mut writers {
            writer.check(&user.home, &versions).with_context(|| format!("round {round}, seed {seed}"))?;
        }
        until("left-overs are swept", SHORT, || left_overs(&user.home).is_ok_and(|left| left == 0))?;
        let right = || matches!((counted(&server, &user), stored(&user)), (Ok(told), Ok(is)) if told == is);
        until("the counters are right", SHORT, right)
            .with_context(|| format!("{:?}, not {:?}", counted(&server, &user), stored(&user)))?;
        ensure!(counted(&server, &idle)? == (0, 0), "who was idle was counted again");
    }
    Ok(())
}

/// All of them write; after a while the server is killed.
fn one_crash(
    server: &mut TestServer,
    user: &User,
    writers: &mut [Writer],
    versions: &[PathBuf],
    wait: Duration,
) -> Result<()> {
    let login = server.login(user);
    let rest = RestFiles::login(&server.url(), &user.name, &user.password)?;
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let mut running = Vec::new();
        for writer in &mut *writers {
            let client: Box<dyn Client + Send> = match &writer.name {
                name if name.starts_with("sftp") => Box::new(OpenSsh::new(login.clone())),
                name if name.starts_with("scp") => Box::new(LegacyScp(Scp::new(login.clone()))),
                _ => Box::new(rest.clone()),
            };
            running.push(scope.spawn(|| {
                let client = client;
                writer.run(&*client, versions, &stop)
            }));
        }
        thread::sleep(wait);
        stop.store(true, Relaxed);
        let crashed = server.crash();
        for writer in running {
            writer.join().map_err(|_| anyhow::anyhow!("a writer panicked"))??;
        }
        crashed
    })
}

/// Where files have temporary names for as long as they are written, a killed server leaves them. They are
/// never listed, and go when it starts again; those of another server that lives stay.
#[test]
fn temporary_files_of_a_killed_server_are_swept() -> Result<()> {
    let disk = FaultFs::mount()?;
    let mut server = TestServer::start()?;
    let other = TestServer::start()?;
    let home = json!({ "home_dir": disk.join("home") });
    let (user, same) = (server.user_with("ada", home.clone())?, other.user_with("ada", home)?);
    let large = server.dir().join("large");
    data::write(&large, 64 << 20, 1)?;
    let mut uploads = Vec::new();
    for (server, user, name) in [(&server, &user, "/mine"), (&other, &same, "/theirs")] {
        let files = RestFiles::login(&server.url(), &user.name, &user.password)?;
        let mut command = files.command("POST", "files/upload", &[("path", name)]);
        command.args(["--limit-rate", "500k", "--upload-file", &large.display().to_string()]);
        uploads.push(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
    }
    until("both are written", SHORT, || left_overs(&user.home).is_ok_and(|left| left == 2))?;
    let listed = OpenSsh::new(server.login(&user)).batch("ls -1a /\n")?.stdout;
    ensure!(!listed.contains("upload"), "{listed}");

    server.crash()?;
    ensure!(left_overs(&user.home)? == 2, "nothing was left to be swept");
    server.restart()?;
    until("ours is swept", SHORT, || left_overs(&user.home).is_ok_and(|left| left == 1))?;
    // A listing is when age would be looked at.
    OpenSsh::new(server.login(&user)).batch("ls -1a /\n")?;
    let left: Vec<_> = fs::read_dir(&user.home)?.map(|entry| entry.map(|entry| entry.file_name())).collect();
    ensure!(matches!(&left[..], [Ok(name)] if name.to_string_lossy().ends_with(".theirs")), "{left:?}");
    for mut upload in uploads {
        upload.kill()?;
        upload.wait()?;
    }
    Ok(())
}

fn left_overs(home: &Path) -> Result<usize> {
    let mut left = 0;
    for entry in fs::read_dir(home)? {
        left += usize::from(entry?.file_name().as_encoded_bytes().starts_with(b".sftpgo-upload."));
    }
    Ok(left)
}

/// Files and bytes, as the server tells them.
fn counted(server: &TestServer, user: &User) -> Result<(u64, u64)> {
    let told = server.admin()?.get(&format!("/api/v2/users/{}", user.name))?.ok()?.json;
    let number = |field: &str| told[field].as_u64().unwrap_or(0);
    Ok((number("used_quota_files"), number("used_quota_size")))
}

/// Files and bytes, as they are on disk.
fn stored(user: &User) -> Result<(u64, u64)> {
    let mut sum = (0, 0);
    for entry in fs::read_dir(&user.home)? {
        sum = (sum.0 + 1, sum.1 + entry?.metadata()?.len());
    }
    Ok(sum)
}

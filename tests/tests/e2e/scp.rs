//! The legacy SCP protocol, by `scp -O` and pscp.

use anyhow::{Result, ensure};
use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::Path, time::SystemTime};
use testkit::{
    TestServer, User,
    clients::{Pscp, Scp},
};

/// A tree to send: names that a shell would take apart, an empty directory, an empty file.
const FILES: [&str; 6] = ["a.txt", "b.txt", "c.bin", "two words", "sub/it's $HOME", "sub/deep/empty"];

struct World {
    server: TestServer,
    user: User,
    scp: Scp,
}

impl World {
    fn start() -> Result<Self> {
        let server = TestServer::start()?;
        let user = server.user("ada")?;
        let scp = Scp::new(server.login(&user));
        make_tree(&server.dir().join("tree"))?;
        fs::create_dir(server.dir().join("out"))?;
        Ok(Self { server, user, scp })
    }

    fn local(&self, name: &str) -> String {
        self.server.dir().join(name).display().to_string()
    }

    /// The names that arrived in the directory for downloads, which is empty again.
    fn arrived(&self) -> Result<Vec<String>> {
        let out = self.server.dir().join("out");
        let mut names: Vec<_> = contents(&out)?.into_keys().collect();
        names.sort();
        fs::remove_dir_all(&out)?;
        fs::create_dir(&out)?;
        Ok(names)
    }
}

#[test]
fn trees_go_up_and_down() -> Result<()> {
    let world = World::start()?;
    let sent = contents(&world.server.dir().join("tree"))?;
    let (tree, scp) = (world.local("tree"), &world.scp);
    // Into the home, to a new name, and into a directory that is there.
    scp.copy(&["-O", "-r"], &tree, &scp.remote("/"))?;
    scp.copy(&["-O", "-r"], &tree, &scp.remote("/new"))?;
    scp.copy(&["-O", "-r"], &tree, &scp.remote("/new"))?;
    for there in ["tree", "new/tree"] {
        ensure!(contents(&world.user.home.join(there))? == sent, "{there}");
    }
    scp.copy(&["-O", "-r"], &scp.remote("/tree"), &world.local("out/back"))?;
    ensure!(contents(&world.server.dir().join("out/back"))? == sent);
    Ok(())
}

#[test]
fn several_sources_go_into_a_directory_only() -> Result<()> {
    let world = World::start()?;
    let scp = &world.scp;
    fs::create_dir(world.user.home.join("dir"))?;
    scp.copy(&["-O", &world.local("tree/a.txt")], &world.local("tree/two words"), &scp.remote("/dir"))?;
    ensure!(contents(&world.user.home.join("dir"))?.len() == 2);
    let file =
        scp.copy(&["-O", &world.local("tree/a.txt")], &world.local("tree/b.txt"), &scp.remote("/missing"));
    ensure!(file.is_err(), "two files became one");
    ensure!(scp.copy(&["-O"], &world.local("tree/a.txt"), &scp.remote("/missing/")).is_err());
    ensure!(!world.user.home.join("missing").exists());

    let dir = world.local("out");
    // -T: the client compares the names that come with the quoted one, which is not what the server sees.
    scp.copy(&["-O", "-T", &scp.remote("/dir/a.txt")], &scp.remote("'/dir/two words'"), &dir)?;
    ensure!(world.arrived()? == ["a.txt", "two words"]);
    // One that is missing does not keep the others.
    let some = scp.copy(&["-O", &scp.remote("/dir/none")], &scp.remote("/dir/a.txt"), &dir);
    ensure!(some.is_err() && world.arrived()? == ["a.txt"]);
    Ok(())
}

#[test]
fn wildcards_are_expanded_here() -> Result<()> {
    let world = World::start()?;
    let home = &world.user.home;
    make_tree(home)?;
    for name in [".hidden.txt", "[odd].txt", "sub/deep/x.txt"] {
        fs::write(home.join(name), name)?;
    }
    let (scp, out) = (&world.scp, world.local("out"));
    for (pattern, wanted) in [
        ("/*.txt", &["[odd].txt", "a.txt", "b.txt"][..]),
        ("*.txt", &["[odd].txt", "a.txt", "b.txt"]),
        ("/.h*", &[".hidden.txt"]),
        ("/?.[bt]*", &["a.txt", "b.txt", "c.bin"]),
        ("/s*/deep/*.txt", &["x.txt"]),
        ("/*/d??p/x.txt", &["x.txt"]),
        // A name that is there is meant, whatever it looks like.
        ("/[odd].txt", &["[odd].txt"]),
    ] {
        scp.copy(&["-O"], &scp.remote(pattern), &out)?;
        ensure!(world.arrived()? == wanted, "{pattern}");
    }
    for pattern in ["/*.none", "/none/*", "/a.txt/*", "/[", "/../../etc/pass*"] {
        ensure!(scp.copy(&["-O"], &scp.remote(pattern), &out).is_err(), "{pattern}");
        ensure!(world.arrived()?.is_empty(), "{pattern}");
    }
    scp.copy(&["-O", "-r"], &scp.remote("/su*"), &out)?;
    ensure!(world.server.dir().join("out/sub/it's $HOME").exists());
    Ok(())
}

#[test]
fn times_and_modes_are_kept() -> Result<()> {
    let world = World::start()?;
    let (scp, sent) = (&world.scp, world.server.dir().join("tree"));
    let then = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_400_000_000);
    for name in ["a.txt", "sub"] {
        fs::File::open(sent.join(name))?.set_modified(then)?;
    }
    fs::set_permissions(sent.join("a.txt"), fs::Permissions::from_mode(0o640))?;
    scp.copy(&["-O", "-r", "-p"], &world.local("tree"), &scp.remote("/up"))?;
    scp.copy(&["-O", "-r", "-p"], &scp.remote("/up"), &world.local("out/down"))?;
    for there in [world.user.home.join("up"), world.server.dir().join("out/down")] {
        for name in ["a.txt", "sub"] {
            ensure!(fs::metadata(there.join(name))?.modified()? == then, "{}", there.join(name).display());
        }
        let mode = fs::metadata(there.join("a.txt"))?.permissions().mode() & 0o777;
        ensure!(mode == 0o640, "{mode:o}");
    }
    Ok(())
}

#[test]
fn pscp_speaks_it_too() -> Result<()> {
    let world = World::start()?;
    let pscp = Pscp::new(world.server.login(&world.user))?;
    let sent = contents(&world.server.dir().join("tree"))?;
    pscp.copy(&["-r"], &world.local("tree"), &pscp.remote("/new"))?;
    ensure!(contents(&world.user.home.join("new"))? == sent);
    pscp.copy(&["-p", "-unsafe"], &pscp.remote("/new/*.txt"), &world.local("out"))?;
    ensure!(world.arrived()? == ["a.txt", "b.txt"]);
    pscp.copy(&["-r"], &pscp.remote("/new"), &world.local("out"))?;
    ensure!(contents(&world.server.dir().join("out/new"))? == sent);
    Ok(())
}

fn make_tree(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir.join("sub/deep"))?;
    fs::create_dir(dir.join("nothing"))?;
    for name in FILES {
        let content = if name.ends_with("empty") { String::new() } else { name.repeat(10_000) };
        fs::write(dir.join(name), content)?;
    }
    Ok(())
}

/// All below `dir` by path; directories with a slash behind and no content.
fn contents(dir: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next)? {
            let path = entry?.path();
            let name = path.strip_prefix(dir)?.display().to_string();
            if path.is_dir() {
                found.insert(format!("{name}/"), Vec::new());
                open.push(path);
            } else {
                found.insert(name, fs::read(&path)?);
            }
        }
    }
    Ok(found)
}

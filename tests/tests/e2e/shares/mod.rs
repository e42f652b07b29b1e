//! Shares, as their owner makes them and as visitors use them.

mod ends;
mod uses;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::{fs, process::Command};
use testkit::{Rest, TestServer, User, clients::Link, data};

const READ: i32 = 1;
const WRITE: i32 = 2;
const READ_WRITE: i32 = 3;

/// A server, and a user with `/d/a.txt`, `/d/s/b.bin`, `/w` and, in the way of nobody, `/secret`.
struct World {
    server: TestServer,
    owner: User,
    rest: Rest,
}

impl World {
    fn start() -> Result<Self> {
        Self::on(TestServer::start()?)
    }

    fn on(server: TestServer) -> Result<Self> {
        let owner = server.user("ada")?;
        fs::create_dir_all(owner.home.join("d/s"))?;
        fs::create_dir(owner.home.join("w"))?;
        fs::write(owner.home.join("d/a.txt"), "AAA")?;
        data::write(&owner.home.join("d/s/b.bin"), 300_000, 1)?;
        fs::write(owner.home.join("secret"), "SECRET")?;
        let rest = Rest::new(server.url()).login_user(&owner.name, &owner.password)?;
        Ok(Self { server, owner, rest })
    }

    /// Makes a share with `fields`, and says what it is called and how to get there.
    fn share(&self, scope: i32, path: &str, fields: Value) -> Result<(String, Link)> {
        let known = self.ids()?;
        let mut share = json!({"name": "n", "scope": scope, "paths": [path]});
        let password = fields["password"].as_str().map(str::to_owned);
        if let (Value::Object(share), Value::Object(fields)) = (&mut share, fields) {
            share.extend(fields);
        }
        self.rest.post("/api/v2/user/shares", &share)?.ok()?;
        let id = self.ids()?.into_iter().find(|id| !known.contains(id)).context("no new share")?;
        let url = format!("{}/api/v2/shares/{id}", self.server.url());
        Ok((id, Link { url, password }))
    }

    fn ids(&self) -> Result<Vec<String>> {
        let list = self.rest.get("/api/v2/user/shares?limit=500")?.ok()?.json;
        let ids = list.as_array().context("a list")?.iter().filter_map(|share| share["id"].as_str());
        Ok(ids.map(str::to_owned).collect())
    }

    fn used(&self, id: &str) -> Result<u64> {
        let share = self.rest.get(&format!("/api/v2/user/shares/{id}"))?.ok()?.json;
        Ok(share["used_tokens"].as_u64().unwrap_or(0))
    }

    /// Changes the owner as an administrator does.
    fn change_owner(&self, change: impl FnOnce(&mut Value)) -> Result<()> {
        let path = format!("/api/v2/users/{}", self.owner.name);
        let mut user = self.server.admin()?.get(&path)?.ok()?.json;
        change(&mut user);
        self.server.admin()?.put(&path, &user)?.ok()?;
        Ok(())
    }

    /// What the only transfer there is has moved.
    fn moved(&self) -> Result<u64> {
        let connections = self.server.admin()?.get("/api/v2/connections")?.ok()?.json;
        Ok(connections[0]["active_transfers"][0]["size"].as_u64().unwrap_or(0))
    }

    fn stored(&self, dir: &str) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.owner.home.join(dir))? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }
}

#[test]
fn each_scope_opens_what_it_names() -> Result<()> {
    let world = World::start()?;
    for (scope, read, write) in [(READ, 200, 403), (WRITE, 403, 201), (READ_WRITE, 200, 201)] {
        let (_, link) = world.share(scope, "/d", json!({}))?;
        for tail in
            ["", "?compress=false", "/dirs", "/dirs?path=s", "/files?path=a.txt", "/files?path=%2Fs%2Fb.bin"]
        {
            ensure!(link.get(tail)?.status == read, "scope {scope}: GET {tail:?}");
        }
        let name = format!("new-{scope}");
        ensure!(link.put(&name, "x")?.status == write, "scope {scope}: POST");
        ensure!(
            link.form(&[&format!("{name}-1"), &format!("{name}-2")])?.status == write,
            "scope {scope}: form"
        );
        ensure!(world.owner.home.join("d").join(&name).exists() == (write == 201), "scope {scope}");
    }
    // A drop box shows nothing, and what was dropped stays; who may read as well may replace it.
    let (_, dropbox) = world.share(WRITE, "/w", json!({}))?;
    ensure!(dropbox.put("f", "first")?.status == 201 && dropbox.put("f", "second")?.status == 409);
    ensure!(dropbox.form(&["g", "f"])?.status == 409);
    ensure!(fs::read(world.owner.home.join("w/f"))? == b"first");
    let (_, both) = world.share(READ_WRITE, "/w", json!({}))?;
    ensure!(both.put("f", "third")?.status == 201 && both.get("/files?path=f")?.body == "third");
    // Names that are words of the API elsewhere.
    ensure!(both.put("files", "1")?.status == 201 && both.put("dirs", "2")?.status == 201);
    ensure!(both.get("/files?path=files")?.body == "1" && both.get("/files?path=dirs")?.body == "2");
    Ok(())
}

#[test]
fn archives_hold_what_is_shared_and_downloads_are_inert() -> Result<()> {
    let world = World::start()?;
    let (_, link) = world.share(READ, "/d", json!({"name": "my files"}))?;
    let (archive, out) = (world.server.dir().join("d.zip"), world.server.dir().join("out"));
    let told = link.call("GET", "", &["--output", &archive.display().to_string()])?;
    ensure!(
        told.head.contains("content-disposition: attachment; filename=\"share-my files.zip\""),
        "{}",
        told.head
    );
    let extract = |to: &str| {
        let mut python = Command::new("python3");
        python.args(["-m", "zipfile", "-e"]).arg(&archive).arg(out.join(to));
        testkit::succeed(&mut python, "", crate::SHORT)
    };
    extract("dir")?;
    ensure!(fs::read(out.join("dir/a.txt"))? == b"AAA");
    data::assert_same(&world.owner.home.join("d/s/b.bin"), &out.join("dir/s/b.bin"))?;

    let (_, two) = world.share(READ, "/d/s", json!({"paths": ["/d/s", "/d/a.txt"]}))?;
    two.call("GET", "", &["--output", &archive.display().to_string()])?;
    extract("two")?;
    ensure!(fs::read(out.join("two/d/a.txt"))? == b"AAA" && out.join("two/d/s/b.bin").exists());
    for tail in ["/dirs", "/files?path=a.txt"] {
        ensure!(two.get(tail)?.status == 400, "{tail} of two paths");
    }

    let (_, file) = world.share(READ, "/d/a.txt", json!({}))?;
    let part = file.call("GET", "?compress=false", &["--range", "1-1"])?;
    ensure!(part.status == 206 && part.body == "A" && part.head.contains("content-range: bytes 1-1/3"));
    for (link, tail) in [(&link, ""), (&link, "/files?path=a.txt"), (&file, "?compress=false"), (&file, "")] {
        let head = link.call("GET", tail, &["--output", "/dev/null"])?.head;
        for line in [
            "content-disposition: attachment",
            "x-content-type-options: nosniff",
            "content-security-policy: default-src 'none'; sandbox",
        ] {
            ensure!(head.contains(line), "{tail}: {line} is missing: {head}");
        }
    }
    Ok(())
}

/// Paths put together at random, against a model that counts the levels.
#[test]
fn no_path_leads_out_of_what_is_shared() -> Result<()> {
    let world = World::start()?;
    let (_, link) = world.share(READ_WRITE, "/d", json!({}))?;
    let parts = [
        "..",
        "..",
        ".",
        "",
        "s",
        "s",
        "b.bin",
        "a.txt",
        "secret",
        "d",
        "%2e%2e",
        "%252e%252e",
        "\\..",
        "%5C..",
        "..%2f..",
    ];
    for (round, bytes) in data::bytes(4 * 150, 7).chunks(4).enumerate() {
        let path: Vec<_> = bytes.iter().map(|byte| parts[usize::from(*byte) % parts.len()]).collect();
        let path = path.join(if round % 2 == 0 { "%2F" } else { "/" });
        let told = link.call("GET", &format!("/files?path={path}"), &["--output", "-"]);
        let Ok(told) = told else { continue }; // binary content: b.bin, which is shared
        let expected = expected(&path);
        ensure!(told.status == expected, "{path}: {} and not {expected}", told.status);
        ensure!(!told.body.contains("SECRET"), "{path}");
        let listed = link.get(&format!("/dirs?path={path}"))?;
        ensure!(!listed.body.contains("secret"), "{path}: {}", listed.body);
        // Of the name of an upload slashes are escaped: it is one segment of the URL.
        let name = path.replace('/', "%2F").replace('\\', "%5C") + "%2Fup";
        link.put(&name, "up")?;
        ensure!(world.stored("")? == ["d", "secret", "w"], "{path}");
    }
    Ok(())
}

/// What `/files` answers to a path that was put together of the parts above.
fn expected(path: &str) -> u16 {
    let decoded = path.replace("%252e", "\u{1}").replace("%2e", ".").replace("%2f", "/").replace("%2F", "/");
    let decoded = decoded.replace("%5C", "/").replace('\\', "/").replace('\u{1}', "%2e");
    let mut at: Vec<&str> = Vec::new();
    for part in decoded.split('/') {
        match part {
            "" | "." => {}
            ".." => match at.pop() {
                Some(_) => {}
                None => return 400,
            },
            part => at.push(part),
        }
    }
    match &at[..] {
        [] | ["s"] => 400,
        ["a.txt"] | ["s", "b.bin"] => 200,
        // Below a file there is nothing.
        ["a.txt", ..] | ["s", "b.bin", ..] => 400,
        _ => 404,
    }
}

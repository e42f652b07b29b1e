//! Paths that no sane client sends: each is refused or kept byte by byte, and every protocol says the same.

use crate::{SHORT, script};
use anyhow::{Context, Result, ensure};
use std::{
    collections::BTreeSet, fmt::Write as _, fs, io::Write as _, os::unix::ffi::OsStringExt, path::Path,
};
use testkit::{
    TestServer, User,
    clients::{Python, RestFiles},
};

/// What becomes of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    Refused,
    /// As this name in the home.
    Stored(Vec<u8>),
}

fn paths() -> Vec<(Vec<u8>, Fate)> {
    let kept: [&[u8]; 14] = [
        b"trailing dot.",
        b"trailing dots...",
        b"trailing space ",
        b" leading space",
        b"...",
        b"\xff\xfe not UTF-8",
        b"half a letter \xc3",
        "composed \u{e9}".as_bytes(),
        "decomposed e\u{301}".as_bytes(),
        "\u{430}dmin, the first letter is Cyrillic".as_bytes(),
        "\u{ff0e}\u{ff0e}".as_bytes(), // full-width dots are no dots
        "zero\u{200b}width".as_bytes(),
        "\u{202e}drawkcab".as_bytes(),
        &[b'n'; 255],
    ];
    let mut paths: Vec<_> =
        kept.iter().map(|name| ([b"/", *name].concat(), Fate::Stored(name.to_vec()))).collect();
    let stored = |name: &str| Fate::Stored(name.as_bytes().to_vec());
    paths.extend([
        (b"/../../above".to_vec(), stored("above")),
        (b"/a/../../../b/../within".to_vec(), stored("within")),
        (b"//double//./slash".to_vec(), Fate::Refused), // its directory is missing
        (b"/nul\0inside".to_vec(), Fate::Refused),
        (b"/\0".to_vec(), Fate::Refused),
        ([&b"/"[..], &[b'n'; 256]].concat(), Fate::Refused),
        ([&b"/"[..], &[b'n'; 4096]].concat(), Fate::Refused),
        ([&b"/"[..], &b"d/".repeat(10_000), b"f"].concat(), Fate::Refused),
        ([&b"/"[..], &b"../".repeat(5_000), b"from far below"].concat(), stored("from far below")),
    ]);
    paths
}

#[test]
fn every_protocol_says_the_same() -> Result<()> {
    for mode in [0, 1] {
        let server = TestServer::builder().set("common.upload_mode", mode).start()?;
        let local = server.dir().join("sent");
        fs::write(&local, "content")?;
        for (protocol, upload) in [("sftp", over_ssh as Upload), ("scp", over_ssh), ("rest", over_rest)] {
            let user = server.user(protocol)?;
            let answers = upload(&server, &user, protocol, &local)?;
            let mut expected = BTreeSet::new();
            for ((path, fate), stored) in paths().into_iter().zip(answers) {
                let shown = String::from_utf8_lossy(&path[..path.len().min(80)]).into_owned();
                ensure!(
                    stored == (fate != Fate::Refused),
                    "mode {mode}, {protocol}: {shown:?} stored: {stored}"
                );
                if let Fate::Stored(name) = fate {
                    expected.insert(name);
                }
            }
            let mut found = BTreeSet::new();
            for entry in fs::read_dir(&user.home)? {
                let entry = entry?;
                ensure!(fs::read(entry.path())? == b"content", "{entry:?}");
                found.insert(entry.file_name().into_vec());
            }
            let odd: Vec<_> = found.symmetric_difference(&expected).collect();
            ensure!(odd.is_empty(), "mode {mode}, {protocol}: {odd:?}");
        }
    }
    Ok(())
}

/// Uploads to every path; whether each was said to be stored.
type Upload = fn(&TestServer, &User, &str, &Path) -> Result<Vec<bool>>;

fn over_ssh(server: &TestServer, user: &User, protocol: &str, local: &Path) -> Result<Vec<bool>> {
    let client = Python::new(server.login(user), script("odd_paths.py"));
    let mut running = client.start(protocol, &[&local.display().to_string()])?;
    let mut stdin = running.stdin().context("no standard input")?;
    let lines: String = paths().iter().map(|(path, _)| hex(path) + "\n").collect();
    stdin.write_all(lines.as_bytes())?;
    drop(stdin);
    let said = running.wait(SHORT)?;
    let answers: Vec<_> = said.stdout.lines().map(|line| line == "stored").collect();
    ensure!(answers.len() == paths().len(), "{}{}", said.stdout, said.stderr);
    Ok(answers)
}

fn over_rest(server: &TestServer, user: &User, _: &str, local: &Path) -> Result<Vec<bool>> {
    let files = RestFiles::login(&server.url(), &user.name, &user.password)?;
    let data = local.display().to_string();
    let mut answers = Vec::new();
    for (path, _) in paths() {
        let encoded: String = path.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "%{byte:02x}"); // into a string it cannot fail
            text
        });
        let query = format!("+path={encoded}");
        let more = ["--url-query", &query, "--upload-file", &data];
        let (status, body) = files.call("POST", "files/upload", &[], &more)?;
        ensure!(status < 500, "{status} {body}");
        answers.push(status < 300);
    }
    Ok(answers)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // into a string it cannot fail
        text
    })
}

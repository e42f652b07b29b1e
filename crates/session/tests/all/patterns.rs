//! Name patterns, by operation.

use crate::support::{World, at, get, names, put, word};
use longshore_session::{AccountSpec, Change, DenyPolicy, Patterns, Session, Start};

fn user(world: &World, policy: DenyPolicy) -> Session {
    for dir in ["sub/deep", "d.zip"] {
        std::fs::create_dir_all(world.home().join(dir)).unwrap();
    }
    for file in ["a.txt", "b.zip", "C.ZIP", "sub/deep/b.zip", "d.zip/in"] {
        std::fs::write(world.home().join(file), file).unwrap();
    }
    std::os::unix::fs::symlink("a.txt", world.home().join("l.zip")).unwrap();
    let none: [&str; 0] = [];
    let patterns = vec![Patterns::new(at("/"), &none, &["*.zip"], policy).unwrap()];
    world.session(AccountSpec { patterns, ..world.spec() })
}

async fn outcomes(session: &Session) -> Vec<(&'static str, &'static str)> {
    let mode = Change { mode: Some(0o600), ..Change::default() };
    vec![
        ("stat", word(session.stat(&at("/b.zip")).await)),
        ("lstat", word(session.stat_link(&at("/l.zip")).await)),
        ("read link", word(session.read_link(&at("/l.zip")).await)),
        ("read", word(get(session, "/C.ZIP").await)),
        ("read below", word(get(session, "/sub/deep/b.zip").await)),
        ("read in", word(get(session, "/d.zip/in").await)),
        ("list in", word(names(session, "/d.zip").await)),
        ("setstat", word(session.change(&at("/b.zip"), &mode).await)),
        ("remove", word(session.remove_file(&at("/b.zip")).await)),
        ("rmdir", word(session.remove_dir(&at("/d.zip")).await)),
        ("create", word(put(session, "/n.Zip", Start::Truncate, "x").await)),
        ("overwrite", word(put(session, "/b.zip", Start::Truncate, "x").await)),
        ("mkdir", word(session.make_dir(&at("/m.zip")).await)),
        ("rename from", word(session.rename(&at("/b.zip"), &at("/b.txt")).await)),
        ("rename to", word(session.rename(&at("/a.txt"), &at("/a.zip")).await)),
        ("link to", word(session.make_link(b"b.zip", &at("/innocent")).await)),
        ("hard link to", word(session.hard_link(&at("/b.zip"), &at("/innocent")).await)),
        ("create in", word(put(session, "/d.zip/new", Start::Truncate, "x").await)),
        ("move parent", word(session.rename(&at("/sub"), &at("/moved")).await)),
    ]
}

#[tokio::test]
async fn denied_names_are_seen_but_not_touched() {
    let world = World::new();
    let session = user(&world, DenyPolicy::Deny);
    assert_eq!(names(&session, "/").await.unwrap(), ["C.ZIP", "a.txt", "b.zip", "d.zip", "l.zip", "sub"]);
    let allowed = ["stat", "lstat", "read link", "read in", "list in", "create in", "move parent"];
    for (what, outcome) in outcomes(&session).await {
        let wanted = if allowed.contains(&what) { "ok" } else { "denied" };
        assert_eq!(outcome, wanted, "{what}");
    }
    assert_eq!(world.read("b.zip"), b"b.zip");
}

#[tokio::test]
async fn hidden_names_are_not_there() {
    let world = World::new();
    let session = user(&world, DenyPolicy::Hide);
    assert_eq!(names(&session, "/").await.unwrap(), ["a.txt", "sub"]);
    assert!(names(&session, "/sub/deep").await.unwrap().is_empty());
    let denied =
        ["create", "overwrite", "mkdir", "rename from", "rename to", "link to", "hard link to", "create in"];
    for (what, outcome) in outcomes(&session).await {
        let wanted = match what {
            "move parent" => "ok",
            what if denied.contains(&what) => "denied",
            _ => "missing",
        };
        assert_eq!(outcome, wanted, "{what}");
    }
    assert_eq!(world.read("b.zip"), b"b.zip");
}

//! Symbolic and hard links.

use super::support::{get, key, names, put, refused};
use crate::{Backend, Change, Error, Kind, Links, Rename, Time};

fn links(backend: &dyn Backend) -> &dyn Links {
    backend.links().expect("asked only of backends with links")
}

pub async fn lead_where_they_point(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    for dir in ["a", "a/b", "c"] {
        backend.make_dir(&key(dir), 0o755).await.expect("make_dir");
    }
    put(backend, "c/f", b"far").await;
    for (link, target) in [("a/b/file", "c/f"), ("a/b/dir", "c"), ("a/up", "a/b"), ("here", "a/b/file")] {
        links(backend).make_link(&key(target), &key(link)).await.expect("make_link");
        assert_eq!(links(backend).read_link(&key(link)).await.expect("read_link"), key(target));
        assert_eq!(links(backend).stat_link(&key(link)).await.expect("stat").kind, Kind::Symlink);
    }
    for name in ["a/b/file", "a/b/dir/f", "a/up/file", "a/up/dir/f", "here"] {
        assert_eq!(get(backend, name).await, b"far", "{name}");
    }
    assert_eq!(names(backend, "a/up/dir").await, ["f"]);
    put(backend, "a/up/dir/new", b"through").await;
    assert_eq!(get(backend, "c/new").await, b"through");
    let taken = links(backend).make_link(&key("c"), &key("a/up")).await;
    refused(taken, |error| matches!(error, Error::AlreadyExists), "make a link where something is");
    let none = links(backend).read_link(&key("c/f")).await;
    refused(none, |error| matches!(error, Error::Invalid), "read what is no link");
    // A link made below a link to a directory counts `..` from where that directory is.
    links(backend).make_link(&key("c/f"), &key("a/up/deep")).await.expect("make_link");
    assert_eq!(get(backend, "a/b/deep").await, b"far");
    assert_eq!(links(backend).read_link(&key("a/up/deep")).await.expect("read_link"), key("c/f"));
}

pub async fn dangling_and_looping(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    links(backend).make_link(&key("missing"), &key("dangling")).await.expect("make_link");
    links(backend).make_link(&key("loop"), &key("loop")).await.expect("make_link");
    let missing = backend.stat(&key("dangling")).await;
    refused(missing, |error| matches!(error, Error::NotFound), "stat through a dangling link");
    assert_eq!(links(backend).read_link(&key("dangling")).await.expect("read_link"), key("missing"));
    for name in ["loop", "loop/x"] {
        let result = backend.stat(&key(name)).await;
        refused(result, |error| matches!(error, Error::Loop), "stat through a loop");
    }
}

/// Removing, renaming and changing a link leaves what it points to alone.
pub async fn act_as_nodes(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    backend.make_dir(&key("d"), 0o755).await.expect("make_dir");
    put(backend, "d/f", b"x").await;
    links(backend).make_link(&key("d"), &key("l")).await.expect("make_link");
    let before = backend.stat(&key("d")).await.expect("stat");
    let modified = Time { secs: 1000, nanos: 0 };
    let times = Change { times: Some((modified, modified)), ..Change::default() };
    links(backend).change_link(&key("l"), &times).await.expect("change_link");
    assert_eq!(links(backend).stat_link(&key("l")).await.expect("stat").modified, modified);
    assert_eq!(backend.stat(&key("l")).await.expect("stat").modified, before.modified);
    let as_directory = backend.remove_dir(&key("l")).await;
    refused(as_directory, |error| matches!(error, Error::NotADirectory), "remove a link as a directory");
    backend.rename(&key("l"), &key("m"), Rename::NoReplace).await.expect("rename");
    assert_eq!(get(backend, "m/f").await, b"x");
    backend.remove_file(&key("m")).await.expect("remove");
    assert_eq!(names(backend, "").await, ["d"]);
    assert_eq!(get(backend, "d/f").await, b"x");
}

pub async fn hard_links_share_a_file(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    put(backend, "a", b"one").await;
    links(backend).hard_link(&key("a"), &key("b")).await.expect("hard_link");
    let size = Change { size: Some(2), ..Change::default() };
    backend.change(&key("a"), &size).await.expect("change");
    assert_eq!(get(backend, "b").await, b"on");
    assert_eq!(backend.stat(&key("b")).await.expect("stat").links, 2);
    let taken = links(backend).hard_link(&key("a"), &key("b")).await;
    refused(taken, |error| matches!(error, Error::AlreadyExists), "link where something is");
}

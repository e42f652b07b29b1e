//! What a line says: fields, senders, levels, secrets.

use std::time::Duration;

use types::{LoginMethod, Protocol, VirtualPath};

use super::*;
use crate::record::{
    ConnectionFailed, Direction, FtpMode, Kind, Login, Operation, Peer, Request, Target, Transfer,
};

const PEER: Peer<'static> = Peer {
    local_addr: &"127.0.0.1:2022",
    remote_addr: &"127.0.0.1:50000",
    username: "alice",
    connection_id: "SFTP_x_1",
    protocol: Protocol::Sftp,
};

fn path(text: &str) -> VirtualPath {
    VirtualPath::parse(&VirtualPath::root(), text.as_bytes()).unwrap()
}

/// The one line `work` logs, without its time, fields in order.
fn line(work: impl FnOnce()) -> String {
    let dir = tempfile::tempdir().unwrap();
    let text = text(&settings(&dir), work);
    let (head, rest) = text.trim_end().split_once("\"time\":\"").unwrap();
    format!("{head}{}", rest.split_once("\",").unwrap().1)
}

#[test]
fn transfers() {
    let done = Transfer {
        direction: Direction::Upload,
        peer: PEER,
        elapsed: Duration::from_millis(12),
        size_bytes: 34,
        file_path: Path::new("/srv/alice/f"),
        virtual_path: &path("/f"),
        ftp_mode: None,
        error: None,
    };
    assert_eq!(
        line(|| done.log()),
        r#"{"level":"info","sender":"Upload","local_addr":"127.0.0.1:2022","remote_addr":"127.0.0.1:50000","elapsed_ms":12,"size_bytes":34,"username":"alice","file_path":"/srv/alice/f","virtual_path":"/f","connection_id":"SFTP_x_1","protocol":"SFTP"}"#
    );
    let failed = Transfer {
        direction: Direction::Download,
        ftp_mode: Some(FtpMode::Passive),
        error: Some(&"gone"),
        ..done
    };
    assert!(line(|| failed.log()).ends_with(r#""protocol":"SFTP","ftp_mode":"passive","error":"gone"}"#));
}

#[test]
fn operations() {
    let logged = |kind| {
        line(|| {
            Operation {
                kind,
                peer: PEER,
                elapsed: Duration::from_millis(5),
                file_path: Path::new("/srv/a"),
                virtual_path: &path("/a"),
            }
            .log();
        })
    };
    let to = path("/b");
    let target = Target { path: Path::new("/srv/b"), virtual_path: &to };
    assert_eq!(
        logged(Kind::Rename(target)),
        r#"{"level":"info","sender":"Rename","local_addr":"127.0.0.1:2022","remote_addr":"127.0.0.1:50000","username":"alice","file_path":"/srv/a","target_path":"/srv/b","virtual_path":"/a","virtual_target_path":"/b","filemode":"","uid":-1,"gid":-1,"access_time":"","modification_time":"","size":-1,"elapsed":5,"ssh_command":"","connection_id":"SFTP_x_1","protocol":"SFTP"}"#
    );
    let times =
        Kind::Chtimes { access_time: "2026-01-02T03:04:05", modification_time: "2026-01-02T03:04:06" };
    for (kind, sender, part) in [
        (Kind::Copy(target), "Copy", r#""virtual_target_path":"/b""#),
        (Kind::Symlink(target), "Symlink", r#""target_path":"/srv/b""#),
        (Kind::Mkdir, "Mkdir", r#""target_path":"","virtual_path":"/a","virtual_target_path":"""#),
        (Kind::Rmdir, "Rmdir", r#""uid":-1"#),
        (Kind::Remove, "Remove", r#""size":-1"#),
        (Kind::Chmod("-rw-------"), "Chmod", r#""filemode":"-rw-------""#),
        (Kind::Chown { uid: 1, gid: -1 }, "Chown", r#""uid":1,"gid":-1"#),
        (
            times,
            "Chtimes",
            r#""access_time":"2026-01-02T03:04:05","modification_time":"2026-01-02T03:04:06""#,
        ),
        (Kind::Truncate { size: 7 }, "Truncate", r#""size":7"#),
        (Kind::SshCommand("md5sum"), "SSHCommand", r#""ssh_command":"md5sum""#),
    ] {
        let line = logged(kind);
        assert!(line.contains(&format!(r#""sender":"{sender}""#)) && line.contains(part), "{line}");
    }
}

#[test]
fn logins() {
    let login = Login {
        ip: [127, 0, 0, 1].into(),
        username: "alice",
        method: LoginMethod::PublicKey,
        protocol: "SSH",
        connection_id: Some("SSH_1"),
        client: "SSH-2.0-OpenSSH_9.2",
        encrypted: true,
        info: None,
    };
    assert_eq!(
        line(|| login.log()),
        r#"{"level":"info","sender":"login","ip":"127.0.0.1","username":"alice","method":"publickey","protocol":"SSH","connection_id":"SSH_1","client":"SSH-2.0-OpenSSH_9.2","encrypted":true}"#
    );
}

#[test]
fn failed_connections() {
    let failed = ConnectionFailed {
        client_ip: [127, 0, 0, 1].into(),
        username: "",
        login_type: LoginMethod::NoAuthTried,
        protocol: "SSH",
        error: &"EOF",
    };
    assert_eq!(
        line(|| failed.log()),
        r#"{"level":"debug","sender":"connection_failed","client_ip":"127.0.0.1","username":"","login_type":"no_auth_tried","protocol":"SSH","error":"EOF"}"#
    );
}

#[test]
fn requests() {
    let request = Request {
        cipher_suite: "",
        local_addr: &"127.0.0.1:8080",
        remote_addr: &"127.0.0.1:50000",
        method: "GET",
        proto: "HTTP/1.1",
        request_id: Some("r1"),
        uri: "http://127.0.0.1:8080/api/v2/version",
        user_agent: "curl/7.88.1",
        resp_status: 200,
        resp_size: 42,
        elapsed: Duration::from_millis(3),
    };
    assert_eq!(
        line(|| request.log()),
        r#"{"level":"debug","sender":"httpd","local_addr":"127.0.0.1:8080","method":"GET","proto":"HTTP/1.1","remote_addr":"127.0.0.1:50000","request_id":"r1","uri":"http://127.0.0.1:8080/api/v2/version","user_agent":"curl/7.88.1","resp_status":200,"resp_size":42,"elapsed_ms":3}"#
    );
}

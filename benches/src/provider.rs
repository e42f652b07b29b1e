//! Objects, many of them: made, listed, loaded; and logins against them.

use crate::{peer, report::Report};
use anyhow::{Result, bail, ensure};
use serde_json::{Value, json};
use std::{
    fs, thread,
    time::{Duration, Instant},
};
use testkit::{ADMINISTRATOR, Builder, Rest, TestServer, process};

pub const NAME: &str = "provider";

/// Users made one by one, and again so many by several clients at once.
const MADE: usize = 1000;
const TOGETHER: usize = 8;
/// Users of the dump that is loaded, and of the list that is paged.
const LOADED: usize = 50_000;
const LISTED: usize = 100_000;
/// Milliseconds that a page may take, seconds that a load may.
const PAGE: f64 = 20.0;
const LOAD: f64 = 60.0;
const LOGINS: usize = 10_000;
/// MiB that these logins may leave behind.
const GROWTH: f64 = 4.0;
/// Passwords come hashed: hashing is measured at the login alone.
const HASH: &str = "$2a$04$abcdefghijklmnopqrstuuSmGz9t0ugqXwBWzLS3EgrmiBLHLsIhC";
const PASSWORD: &str = "correct horse";
const LONG: Duration = Duration::from_secs(600);

/// Each server in turn, with an empty database of its own.
pub fn measure(report: &mut Report) -> Result<()> {
    for (name, builder) in peer::builders() {
        many(name, builder, report)?;
    }
    for (name, builder) in peer::builders() {
        logins(name, builder, report)?;
    }
    Ok(())
}

fn many(name: &str, builder: Builder, report: &mut Report) -> Result<()> {
    let server = builder.start()?;
    let admin = Rest::new(server.url()).waiting(LONG).login(ADMINISTRATOR.0, ADMINISTRATOR.1)?;
    let start = Instant::now();
    for n in 0..MADE {
        admin.post("/api/v2/users", &user(&server, n))?.ok()?;
    }
    report.note("provider-create", name, MADE as f64 / start.elapsed().as_secs_f64(), "users/s", None);
    let start = Instant::now();
    thread::scope(|scope| {
        let made = |task: usize| {
            let (server, admin) = (&server, admin.clone());
            move || -> Result<()> {
                for n in (MADE + task..2 * MADE).step_by(TOGETHER) {
                    admin.post("/api/v2/users", &user(server, n))?.ok()?;
                }
                Ok(())
            }
        };
        let tasks: Vec<_> = (0..TOGETHER).map(|task| scope.spawn(made(task))).collect();
        tasks.into_iter().try_for_each(|task| task.join().unwrap_or_else(|_| bail!("a task panicked")))
    })?;
    report.note("provider-create-8", name, MADE as f64 / start.elapsed().as_secs_f64(), "users/s", None);
    let mut seconds = 0.0;
    for from in (0..LISTED).step_by(LOADED) {
        seconds = load(&server, &admin, from)?;
    }
    report.note("provider-load-50000", name, seconds, "s", Some(LOAD));
    for (row, offset) in [("provider-page-first", 0), ("provider-page-last", LISTED - 100)] {
        let page = format!("/api/v2/users?limit=100&offset={offset}");
        let mut times = Vec::new();
        for _ in 0..20 {
            let start = Instant::now();
            let listed = admin.get(&page)?.ok()?.json;
            times.push(start.elapsed().as_secs_f64() * 1000.0);
            ensure!(listed.as_array().is_some_and(|users| users.len() == 100), "not a page");
        }
        times.sort_by(f64::total_cmp);
        report.note(row, name, times[times.len() / 2], "ms", Some(PAGE));
    }
    Ok(())
}

/// Loads [`LOADED`] users; the seconds it took.
fn load(server: &TestServer, admin: &Rest, from: usize) -> Result<f64> {
    let users: Vec<Value> = (from..from + LOADED).map(|n| user(server, n)).collect();
    let path = server.dir().join("dump.json");
    fs::write(&path, serde_json::to_vec(&json!({ "version": 17, "users": users }))?)?;
    let start = Instant::now();
    admin.get(&format!("/api/v2/loaddata?input-file={}&mode=0", path.display()))?.ok()?;
    Ok(start.elapsed().as_secs_f64())
}

fn logins(name: &str, builder: Builder, report: &mut Report) -> Result<()> {
    // As configured by default: a real cost.
    let cold = builder.set("data_provider.password_hashing.bcrypt_options.cost", 10).start()?;
    let mut made = user(&cold, 0);
    made["password"] = json!(PASSWORD);
    cold.admin()?.post("/api/v2/users", &made)?.ok()?;
    let rest = Rest::new(cold.url());
    let log_in = || rest.login_user("user-000000", PASSWORD);
    let start = Instant::now();
    log_in()?;
    report.note("provider-login-cold", name, start.elapsed().as_secs_f64() * 1000.0, "ms", None);
    for _ in 0..LOGINS / 5 {
        log_in()?;
    }
    let before = process::resident(cold.pid())?;
    let start = Instant::now();
    for _ in 0..LOGINS {
        log_in()?;
    }
    let each = start.elapsed().as_secs_f64() * 1000.0 / LOGINS as f64;
    report.note("provider-login-warm", name, each, "ms", None);
    let grown = process::resident(cold.pid())?.saturating_sub(before) as f64 / f64::from(1 << 20);
    report.note("provider-login-memory", name, grown, "MiB", Some(GROWTH));
    Ok(())
}

fn user(server: &TestServer, n: usize) -> Value {
    let name = format!("user-{n:06}");
    let home = server.dir().join("homes").join(&name);
    json!({
        "username": name, "password": HASH, "status": 1, "home_dir": home, "permissions": { "/": ["*"] },
        "quota_files": 1000, "filters": { "allowed_ip": ["127.0.0.0/8"] },
    })
}

//! The command line: flags, their variables, what is refused.

use std::{path::PathBuf, time::Duration};

use clap::error::ErrorKind;
use logs::{Console, Level};

use super::{
    serve::{LoadData, LogArgs},
    *,
};

fn environment(variables: &[(&str, &str)]) -> Environment {
    Environment::new(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn parsed(args: &[&str], variables: &[(&str, &str)]) -> Result<Command, Fault> {
    parse_from(["longshore"].iter().chain(args), &environment(variables))
}

fn serve(args: &[&str], variables: &[(&str, &str)]) -> ServeArgs {
    match parsed(&[&["serve"], args].concat(), variables) {
        Ok(Command::Serve(serve)) => serve,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_flags_make_sense() {
    flags::Cli::command().debug_assert();
}

#[test]
fn defaults_are_sftpgos() {
    let args = serve(&[], &[]);
    assert_eq!(args.config.config_dir, PathBuf::from("."));
    assert_eq!((args.config.config_file, args.config.strict), (None, false));
    assert_eq!((args.grace_time, args.load_data), (Duration::ZERO, None));
    let log = LogArgs {
        file_path: "longshore.log".into(),
        max_size: 10,
        max_backups: 5,
        max_age: 28,
        compress: false,
        level: Level::Debug,
        utc: false,
    };
    assert_eq!(args.log, log);
}

/// Flags, then variables, with what both should come to.
#[test]
fn every_flag_has_its_variables() {
    let flags = [
        "-c",
        "/etc/ls",
        "--config-file",
        "x.toml",
        "--strict",
        "--grace-time",
        "30",
        "-l",
        "/var/log/x.log",
        "--log-max-size",
        "1",
        "--log-max-backups=2",
        "--log-max-age",
        "3",
        "--log-compress",
        "--log-level",
        "warn",
        "--log-utc-time=true",
        "--loaddata-from",
        "/d.json",
        "--loaddata-mode",
        "0",
        "--loaddata-scan",
        "2",
        "--loaddata-clean=1",
    ];
    let variables = [
        ("CONFIG_DIR", "/etc/ls"),
        ("CONFIG_FILE", "x.toml"),
        ("STRICT", "1"),
        ("GRACE_TIME", "30"),
        ("LOG_FILE_PATH", "/var/log/x.log"),
        ("LOG_MAX_SIZE", "1"),
        ("LOG_MAX_BACKUPS", "2"),
        ("LOG_MAX_AGE", "3"),
        ("LOG_COMPRESS", "true"),
        ("LOG_LEVEL", "warn"),
        ("LOG_UTC_TIME", "1"),
        ("LOADDATA_FROM", "/d.json"),
        ("LOADDATA_MODE", "0"),
        ("LOADDATA_QUOTA_SCAN", "2"),
        ("LOADDATA_CLEAN", "1"),
    ];
    let check = |args: ServeArgs| {
        assert_eq!(args.config.config_dir, PathBuf::from("/etc/ls"));
        assert_eq!((args.config.config_file, args.config.strict), (Some("x.toml".into()), true));
        assert_eq!(args.grace_time, Duration::from_secs(30));
        let log = LogArgs {
            file_path: "/var/log/x.log".into(),
            max_size: 1,
            max_backups: 2,
            max_age: 3,
            compress: true,
            level: Level::Warn,
            utc: true,
        };
        assert_eq!(args.log, log);
        let data = LoadData {
            from: "/d.json".into(),
            mode: LoadMode::Update,
            scan: QuotaScan::UsersWithQuota,
            clean: true,
        };
        assert_eq!(args.load_data, Some(data));
    };
    check(serve(&flags, &[]));
    for prefix in ["SFTPGO_", "LONGSHORE_"] {
        let named = variables.map(|(name, value)| (format!("{prefix}{name}"), value));
        let named: Vec<_> = named.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        check(serve(&[], &named));
    }
}

#[test]
fn flags_win_over_variables_and_ours_over_theirs() {
    let both = [("SFTPGO_LOG_LEVEL", "warn"), ("LONGSHORE_LOG_LEVEL", "error")];
    assert_eq!(serve(&[], &both).log.level, Level::Error);
    assert_eq!(serve(&["--log-level=info"], &both).log.level, Level::Info);
    assert!(!serve(&["--log-compress=false"], &[("SFTPGO_LOG_COMPRESS", "1")]).log.compress);
    assert_eq!(serve(&[], &[("SFTPGO_LOG_VERBOSE", "false")]).log.level, Level::Info);
    assert_eq!(
        serve(&[], &[("SFTPGO_LOG_VERBOSE", "0"), ("SFTPGO_LOG_LEVEL", "debug")]).log.level,
        Level::Debug
    );
}

#[test]
fn an_empty_log_path_is_standard_output() {
    let given = [serve(&["--log-file-path", ""], &[]), serve(&[], &[("SFTPGO_LOG_FILE_PATH", "")])];
    for args in given {
        let settings = args.log.settings(&args.config.config_dir, Console::Colour);
        assert!(settings.file.is_none() && settings.console == Console::Off);
    }
    let args = serve(&["-c", "/c"], &[]);
    let settings = args.log.settings(&args.config.config_dir, Console::Colour);
    assert_eq!(settings.file.unwrap().path, PathBuf::from("/c/longshore.log"));
    for args in
        [serve(&[], &[("SFTPGO_GRACE_TIME", "1")]), serve(&["--config-file", "/etc/sftpgo.json"], &[])]
    {
        assert_eq!(args.log.file_path, PathBuf::from("sftpgo.log"));
    }
    assert_eq!(serve(&[], &[("LONGSHORE_GRACE_TIME", "1")]).log.file_path, PathBuf::from("longshore.log"));
    assert_eq!(settings.console, Console::Colour);
}

#[test]
fn empty_variables_of_other_flags_say_nothing() {
    let args =
        serve(&[], &[("SFTPGO_GRACE_TIME", ""), ("SFTPGO_CONFIG_DIR", ""), ("SFTPGO_LOADDATA_FROM", "")]);
    assert_eq!((args.grace_time, args.load_data), (Duration::ZERO, None));
    assert_eq!(args.config.config_dir, PathBuf::from("."));
}

#[test]
fn a_bad_variable_is_named() {
    for (name, value, line) in [
        ("SFTPGO_GRACE_TIME", "-1", "SFTPGO_GRACE_TIME: expected a whole number, not negative, found \"-1\""),
        ("LONGSHORE_LOG_COMPRESS", "yes", "LONGSHORE_LOG_COMPRESS: expected true or false, found \"yes\""),
        (
            "SFTPGO_LOG_LEVEL",
            "loud",
            "SFTPGO_LOG_LEVEL: expected one of debug, info, warn, error, found \"loud\"",
        ),
        ("SFTPGO_LOADDATA_MODE", "2", "SFTPGO_LOADDATA_MODE: expected 0 or 1, found \"2\""),
        ("SFTPGO_LOADDATA_QUOTA_SCAN", "3", "SFTPGO_LOADDATA_QUOTA_SCAN: expected 0, 1 or 2, found \"3\""),
        ("SFTPGO_LOADDATA_FROM", "x.json", "--loaddata-from: expected an absolute path, found \"x.json\""),
    ] {
        assert_eq!(parsed(&["serve"], &[(name, value)]).unwrap_err().to_string(), line);
    }
}

#[test]
fn a_bad_flag_is_a_usage_fault() {
    for args in [
        &["serve", "--grace-time", "-1"][..],
        &["serve", "--log-level", "loud"],
        &["serve", "--no-such-flag"],
        &["sevre"],
        &["config"],
        &["admin", "create", "--password", "x"],
    ] {
        let Err(Fault::Typed(error)) = parsed(args, &[]) else { panic!("{args:?}") };
        assert_eq!(error.exit_code(), Exit::Usage as i32, "{args:?}");
    }
    for args in [&["--help"][..], &["serve", "--help"], &["-v"], &["--version"]] {
        let Err(Fault::Typed(error)) = parsed(args, &[]) else { panic!("{args:?}") };
        assert!(matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion), "{args:?}");
        assert_eq!(error.exit_code(), Exit::Success as i32);
    }
}

#[test]
fn config_check_says_what_serve_would() {
    let dir = tempfile::tempdir().unwrap();
    let check = |args: &[&str]| {
        let dir = dir.path().to_str().unwrap();
        let Ok(Command::ConfigCheck(args)) = parsed(&[&["config", "check", "-c", dir], args].concat(), &[])
        else {
            panic!("{args:?}")
        };
        let mut out = Vec::new();
        let exit = config_check(&args, &mut out).unwrap();
        (exit, String::from_utf8(out).unwrap().replace(&format!("{dir}/"), ""))
    };
    let (exit, text) = check(&[]);
    assert!(exit == Exit::Success && text.contains("built-in defaults"), "{text}");

    std::fs::write(dir.path().join("sftpgo.json"), r#"{"sftpd": {"max_auth_try": 1}}"#).unwrap();
    assert_eq!(
        check(&[]),
        (
            Exit::Success,
            "read sftpgo.json\n\
             warning: unknown key sftpd.max_auth_try (sftpgo.json); the nearest is sftpd.max_auth_tries\n\
             the configuration can be used\n"
                .to_owned()
        )
    );
    let (exit, text) = check(&["--strict"]);
    assert!(exit == Exit::Config && text.starts_with("error: unknown key sftpd.max_auth_try"), "{text}");
}

#[test]
fn a_test_of_mail_takes_a_recipient() {
    let args = parsed(&["smtptest", "--recipient", "a@example.com"], &[]);
    assert!(matches!(args, Ok(Command::SmtpTest(args)) if args.recipient == "a@example.com"));
    assert!(parsed(&["smtptest"], &[]).is_err());
}

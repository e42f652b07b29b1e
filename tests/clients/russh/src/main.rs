//! A client of russh and russh-sftp; `../README.md` is its contract.

use anyhow::{Context, Result, bail, ensure};
use russh::{
    Limits, Preferred, cipher,
    client::{self, Handle, KeyboardInteractiveAuthResponse},
    kex,
    keys::{self, Algorithm, PrivateKeyWithHashAlg, PublicKeyOrCertificate},
    mac,
};
use russh_sftp::client::SftpSession;
use std::{collections::HashMap, io::BufRead, sync::Arc, time::Duration};
use tokio::{
    fs::File,
    io::{self, AsyncWriteExt},
};

/// Takes any host key.
struct Trusting;

impl client::Handler for Trusting {
    type Error = anyhow::Error;

    async fn check_server_key(&mut self, _key: &PublicKeyOrCertificate) -> Result<bool> {
        Ok(true)
    }
}

fn main() -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        match runtime.block_on(serve(&words)) {
            Ok(answer) => {
                println!("{}", ["ok".to_owned()].into_iter().chain(answer).collect::<Vec<_>>().join(" "))
            }
            Err(error) => println!("failed {}", format!("{error:#}").replace('\n', " ")),
        }
    }
    Ok(())
}

async fn serve(words: &[&str]) -> Result<Vec<String>> {
    match words {
        ["offers", family, names @ ..] => {
            let offered = names.iter().filter(|name| offers(family, name));
            Ok(offered.map(|name| (*name).to_owned()).collect())
        }
        ["session", pairs @ ..] => {
            let pairs: Option<Vec<_>> = pairs.iter().map(|word| word.split_once('=')).collect();
            session(&pairs.context("a word without =")?).await
        }
        _ => bail!("no such request"),
    }
}

fn offers(family: &str, name: &str) -> bool {
    match family {
        "kex" => kex::Name::try_from(name).is_ok(),
        "cipher" => cipher::Name::try_from(name).is_ok(),
        "mac" => mac::Name::try_from(name).is_ok(),
        "hostkey" => keys::key::ALL_KEY_TYPES.iter().any(|algorithm| algorithm.as_str() == name),
        _ => false,
    }
}

async fn session(pairs: &[(&str, &str)]) -> Result<Vec<String>> {
    let options: HashMap<&str, &str> = pairs.iter().copied().collect();
    let address = ("127.0.0.1", options["port"].parse()?);
    let mut ssh = client::connect(Arc::new(configure(&options)?), address, Trusting).await?;
    let methods: Vec<&str> = options["auth"].split('+').collect();
    for (number, method) in methods.iter().enumerate() {
        let done = authenticate(&mut ssh, method, &options).await.with_context(|| (*method).to_owned())?;
        // The last one has to do; those before are a part of it.
        ensure!(done || number + 1 < methods.len(), "{method} was refused");
    }
    let channel = ssh.channel_open_session().await?;
    channel.request_subsystem(true, "sftp").await?;
    let sftp = SftpSession::new(channel.into_stream()).await?;
    let mut listed = Vec::new();
    for (key, value) in pairs {
        listed.extend(step(&sftp, key, value).await.with_context(|| format!("{key} {value}"))?);
    }
    sftp.close().await?;
    ssh.disconnect(russh::Disconnect::ByApplication, "done", "").await?;
    Ok(listed)
}

fn configure(options: &HashMap<&str, &str>) -> Result<client::Config> {
    let mut preferred = Preferred::default();
    if let Some(name) = options.get("kex") {
        // The names that are not methods, strict key exchange among them, stay.
        let extensions = preferred
            .kex
            .iter()
            .filter(|name| name.as_ref().contains("ext-info") || name.as_ref().contains("strict"));
        let method = kex::Name::try_from(*name).ok().context("an unknown method")?;
        preferred.kex = [method].into_iter().chain(extensions.copied()).collect();
    }
    if let Some(name) = options.get("cipher") {
        preferred.cipher = vec![cipher::Name::try_from(*name).ok().context("an unknown cipher")?].into();
    }
    if let Some(name) = options.get("mac") {
        preferred.mac = vec![mac::Name::try_from(*name).ok().context("an unknown MAC")?].into();
    }
    if let Some(name) = options.get("hostkey") {
        preferred.key = vec![Algorithm::new(name)?].into();
    }
    let mut config = client::Config { preferred, ..Default::default() };
    if let Some(bytes) = options.get("rekey") {
        let bytes = bytes.parse()?;
        config.limits = Limits::new(bytes, bytes, Duration::from_secs(3600));
    }
    Ok(config)
}

/// Whether the login is complete with this.
async fn authenticate(
    ssh: &mut Handle<Trusting>,
    method: &str,
    options: &HashMap<&str, &str>,
) -> Result<bool> {
    let user = options["user"];
    match method {
        "password" => Ok(ssh.authenticate_password(user, options["password"]).await?.success()),
        "keyboard-interactive" => answer_all(ssh, user, options["password"]).await,
        "publickey" => {
            let key = Arc::new(keys::load_secret_key(options["key"], None)?);
            let result = match options.get("certificate") {
                Some(file) => {
                    let certificate = keys::load_openssh_certificate(file)?;
                    ssh.authenticate_openssh_cert(user, key, certificate).await?
                }
                None => {
                    let hash = ssh.best_supported_rsa_hash().await?.flatten();
                    ssh.authenticate_publickey(user, PrivateKeyWithHashAlg::new(key, hash)).await?
                }
            };
            Ok(result.success())
        }
        _ => bail!("no such method"),
    }
}

/// Every question gets the same answer.
async fn answer_all(ssh: &mut Handle<Trusting>, user: &str, answer: &str) -> Result<bool> {
    let mut said = ssh.authenticate_keyboard_interactive_start(user, None).await?;
    loop {
        match said {
            KeyboardInteractiveAuthResponse::Success => return Ok(true),
            KeyboardInteractiveAuthResponse::Failure { .. } => return Ok(false),
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => {
                let answers = vec![answer.to_owned(); prompts.len()];
                said = ssh.authenticate_keyboard_interactive_respond(answers).await?;
            }
        }
    }
}

async fn step(sftp: &SftpSession, key: &str, value: &str) -> Result<Vec<String>> {
    let (first, second) = value.split_once(':').unwrap_or((value, ""));
    match key {
        "put" => {
            let (mut source, mut target) = (File::open(first).await?, sftp.create(second).await?);
            io::copy(&mut source, &mut target).await?;
            target.shutdown().await?;
        }
        "get" => {
            let (mut source, mut target) = (sftp.open(first).await?, File::create(second).await?);
            io::copy(&mut source, &mut target).await?;
            target.flush().await?;
        }
        "list" => return Ok(sftp.read_dir(value).await?.map(|entry| entry.file_name()).collect()),
        "rename" => sftp.rename(first, second).await?,
        "remove" => sftp.remove_file(value).await?,
        _ => {} // an option
    }
    Ok(Vec::new())
}

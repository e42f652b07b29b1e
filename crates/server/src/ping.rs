//! `longshore ping`: whether the HTTP service answers.

use crate::cli::ConfigArgs;
use anyhow::{Context, Result, bail};
use config::HttpdBinding;
use std::{
    io::{Read, Write},
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};

/// How long the server may take at each step. It answers in milliseconds, or not at all.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks `/healthz` of the first binding that has a port.
pub fn run(args: &ConfigArgs) -> Result<()> {
    let config = config::load(&args.source())?.config;
    let has_port = |binding: &&HttpdBinding| binding.port != 0 && binding.unix_socket().is_none();
    let Some(binding) = config.httpd.bindings.iter().find(has_port) else {
        bail!("httpd.bindings: none has a port, so there is nobody to ask");
    };
    let host = match binding.address.as_str() {
        "" | "0.0.0.0" => "127.0.0.1",
        "::" => "::1",
        address => address,
    };
    let name = format!("{host}:{}", binding.port);
    let address = (host, binding.port).to_socket_addrs()?.next().with_context(|| name.clone())?;
    let mut socket = TcpStream::connect_timeout(&address, PATIENCE).with_context(|| name.clone())?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    socket.write_all(
        format!("GET /healthz HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n").as_bytes(),
    )?;
    let mut answer = Vec::new();
    socket.take(4096).read_to_end(&mut answer).with_context(|| name.clone())?;
    if !answer.starts_with(b"HTTP/1.1 200") {
        let line = answer.split(|byte| *byte == b'\r').next().unwrap_or_default();
        bail!("{name} answered {:?}", String::from_utf8_lossy(line));
    }
    writeln!(std::io::stdout(), "OK")?;
    Ok(())
}

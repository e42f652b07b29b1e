//! `longshore smtptest`: whether mail goes out.

use crate::{app::App, cli::SmtpTestArgs};
use anyhow::{Context, Result};
use mail::{Body, Letter, Smtp};
use std::io::Write;
use tokio::runtime::Builder;

/// Sends a letter as the server would.
pub fn run(args: &SmtpTestArgs) -> Result<()> {
    let config = config::load(&args.config.source())?.config;
    let letter = Letter {
        to: vec![args.recipient.clone()],
        subject: "Longshore: test of mail".to_owned(),
        body: Body::Text("Mail from Longshore arrives.\r\n".to_owned()),
    };
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        match Smtp::new(&config.smtp).context("smtp")? {
            Some(smtp) => smtp.send(&letter).await?,
            // The settings may be kept in the data provider.
            None => App::new(config, None).await?.control.send(letter).await?,
        }
        writeln!(std::io::stdout(), "a mail to {} was handed over", args.recipient)?;
        Ok(())
    })
}

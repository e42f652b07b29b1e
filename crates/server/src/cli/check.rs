//! `longshore config check`.

use std::io::{self, Write};

use super::{ConfigArgs, Exit};

/// Loads the configuration as `serve` would and writes to `out` what there is to say about it.
pub fn config_check(args: &ConfigArgs, out: &mut impl Write) -> io::Result<Exit> {
    let loaded = match config::load(&args.source()) {
        Ok(loaded) => loaded,
        Err(error) => {
            writeln!(out, "error: {error}")?;
            return Ok(Exit::Config);
        }
    };
    for file in &loaded.files {
        writeln!(out, "read {}", file.display())?;
    }
    if loaded.files.is_empty() {
        writeln!(out, "no configuration file in {}: built-in defaults", args.config_dir.display())?;
    }
    for warning in &loaded.warnings {
        writeln!(out, "warning: {warning}")?;
    }
    writeln!(out, "the configuration can be used")?;
    Ok(Exit::Success)
}

//! Files with known content.

use anyhow::{Context, Result, bail};
use std::{
    fs::File,
    io::{BufWriter, Read, Write},
    path::Path,
};

pub const MIB: u64 = 1 << 20;

/// Compared and written in steps of this size, so that a test of many gigabytes needs no memory for them.
const STEP: usize = 1 << 20;

/// Writes `size` bytes that do not repeat and cannot be compressed; the same `seed` gives the same bytes.
pub fn write(path: &Path, size: u64, seed: u64) -> Result<()> {
    let mut noise = Noise::new(seed);
    let mut file = BufWriter::with_capacity(STEP, File::create(path).context("creating a data file")?);
    let mut left = size;
    let mut buffer = vec![0; STEP];
    while left > 0 {
        let part = &mut buffer[..STEP.min(usize::try_from(left).unwrap_or(STEP))];
        noise.fill(part);
        file.write_all(part)?;
        left -= part.len() as u64;
    }
    file.flush()?;
    Ok(())
}

/// `size` bytes of the same kind, in memory.
pub fn bytes(size: usize, seed: u64) -> Vec<u8> {
    let mut out = vec![0; size];
    Noise::new(seed).fill(&mut out);
    out
}

/// Fails with the first offset at which two files differ.
pub fn assert_same(left: &Path, right: &Path) -> Result<()> {
    let size = |path: &Path| -> Result<u64> {
        Ok(path.metadata().with_context(|| format!("looking at {}", path.display()))?.len())
    };
    let (a, b) = (size(left)?, size(right)?);
    if a != b {
        bail!("{} has {a} bytes, {} has {b}", left.display(), right.display());
    }
    let (mut one, mut two) = (File::open(left)?, File::open(right)?);
    let (mut x, mut y) = (vec![0; STEP], vec![0; STEP]);
    let mut offset = 0;
    while offset < a {
        let n = STEP.min(usize::try_from(a - offset).unwrap_or(STEP));
        one.read_exact(&mut x[..n])?;
        two.read_exact(&mut y[..n])?;
        if let Some(at) = (0..n).find(|&i| x[i] != y[i]) {
            bail!("{} and {} differ at byte {}", left.display(), right.display(), offset + at as u64);
        }
        offset += n as u64;
    }
    Ok(())
}

/// SplitMix64: fast, seedable, and good enough that no compressor finds anything in it.
struct Noise(u64);

impl Noise {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d))
    }

    fn fill(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        write(&a, 3 * MIB + 5, 7).unwrap();
        write(&b, 3 * MIB + 5, 7).unwrap();
        assert_same(&a, &b).unwrap();

        let mut bytes = std::fs::read(&b).unwrap();
        bytes[2 << 20] ^= 1;
        std::fs::write(&b, &bytes).unwrap();
        let message = assert_same(&a, &b).unwrap_err().to_string();
        assert!(message.ends_with("differ at byte 2097152"), "{message}");
    }
}

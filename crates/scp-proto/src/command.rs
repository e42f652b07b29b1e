//! What a client asks to be run.

/// `scp` as the other end's `scp` starts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub direction: Direction,
    /// `-r`
    pub recursive: bool,
    /// `-p`: times and modes are sent and kept.
    pub preserve: bool,
    /// `-d`: the target has to be a directory.
    pub target_is_directory: bool,
    /// One for a sink, at least one for a source.
    pub paths: Vec<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `-t`: takes files.
    Sink,
    /// `-f`: sends files.
    Source,
}

/// A command line split into words.
pub type Arguments = Vec<Vec<u8>>;

/// Why a command line is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("usage: scp [-pr] [-d] -t|-f path")]
    Usage,
}

/// Splits a command line as a POSIX shell does, without running anything; `None` when a quote is left open
/// or there is no word at all.
pub fn split(line: &[u8]) -> Option<Arguments> {
    let mut words = shlex::bytes::Shlex::new(line);
    let split: Arguments = words.by_ref().collect();
    (!words.had_error && !split.is_empty()).then_some(split)
}

impl Command {
    /// From the words behind `scp`.
    pub fn parse(arguments: &[Vec<u8>]) -> Result<Self, Unusable> {
        let mut direction = None;
        let (mut recursive, mut preserve, mut target_is_directory) = (false, false, false);
        let mut rest = arguments.iter();
        let mut paths: Vec<Vec<u8>> = Vec::new();
        while let Some(argument) = rest.next() {
            match argument.as_slice() {
                b"--" => {
                    paths.extend(rest.by_ref().cloned());
                }
                [b'-', flags @ ..] if !flags.is_empty() && paths.is_empty() => {
                    for flag in flags {
                        match flag {
                            b't' => direction = Some(Direction::Sink),
                            b'f' => direction = Some(Direction::Source),
                            b'r' => recursive = true,
                            b'p' => preserve = true,
                            b'd' => target_is_directory = true,
                            // Verbosity and the client's own business.
                            b'v' | b'q' | b'C' | b'1' | b'2' | b'4' | b'6' | b'B' => {}
                            _ => return Err(Unusable::Usage),
                        }
                    }
                }
                path => paths.push(path.to_vec()),
            }
        }
        let direction = direction.ok_or(Unusable::Usage)?;
        let enough = match direction {
            Direction::Sink => paths.len() == 1,
            Direction::Source => !paths.is_empty(),
        };
        if !enough {
            return Err(Unusable::Usage);
        }
        Ok(Self { direction, recursive, preserve, target_is_directory, paths })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, Unusable> {
        Command::parse(&split(line.as_bytes()).unwrap()[1..])
    }

    #[test]
    fn reads_what_clients_send() {
        let command = parse("scp -v -r -p -d -t -- '/a dir/é'").unwrap();
        assert_eq!(command.direction, Direction::Sink);
        assert!(command.recursive && command.preserve && command.target_is_directory);
        assert_eq!(command.paths, ["/a dir/é".as_bytes()]);
        assert_eq!(parse("scp -pf a b").unwrap().paths.len(), 2);
        assert_eq!(parse("scp -t -- -x").unwrap().paths, [b"-x"]);
    }

    #[test]
    fn refuses_the_rest() {
        for line in ["scp", "scp -t", "scp -f", "scp a b", "scp -t a b", "scp -t -S prog a"] {
            assert_eq!(parse(line), Err(Unusable::Usage), "{line}");
        }
        assert_eq!(split(b"scp -t 'open"), None);
        assert_eq!(split(b"   "), None);
    }
}

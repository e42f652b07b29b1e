//! The legacy SCP protocol (`scp -O`) as bytes: the command line and the control lines, nothing awaited.
//!
//! No document defines it; the source is what OpenSSH's client sends and takes. One side runs `scp -t`
//! (sink, takes files) or `scp -f` (source, sends them) on the other:
//!
//! ```text
//! T<mtime> 0 <atime> 0        times of the file or directory that follows (-p)
//! C<mode> <size> <name>       a file; its content and a status byte follow
//! D<mode> 0 <name>            a directory; its entries follow
//! E                           the end of a directory
//! ```
//!
//! Each line, and each content, is answered by a status: a zero byte, or 1 (go on) or 2 (stop) with a text.

mod command;
mod control;

pub use self::{
    command::{Arguments, Command, Direction, Unusable, split},
    control::{Control, Lines, Malformed, Times, encode},
};

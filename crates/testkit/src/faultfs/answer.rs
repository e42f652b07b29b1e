//! Every kind of reply, given in one way.

use super::tree::Line;
use fuser::{
    Errno, FileAttr, FileHandle, FopenFlags, Generation, INodeNo, ReplyAttr, ReplyCreate, ReplyData,
    ReplyDirectory, ReplyEmpty, ReplyEntry, ReplyOpen, ReplyStatfs, ReplyWrite,
};
use std::time::Duration;

/// Nothing is cached in the kernel: every call is to come here and meet its fault.
const TTL: Duration = Duration::ZERO;
const GENERATION: Generation = Generation(0);
const UNCACHED: FopenFlags = FopenFlags::FOPEN_DIRECT_IO;

/// A reply that is given once, with a value or an error, from any thread.
pub(super) trait Answer: Send + 'static {
    type Value;
    fn give(self, value: Self::Value);
    fn refuse(self, errno: Errno);
}

impl Answer for ReplyEmpty {
    type Value = ();
    fn give(self, (): ()) {
        self.ok();
    }
    fn refuse(self, errno: Errno) {
        self.error(errno);
    }
}

impl Answer for ReplyAttr {
    type Value = FileAttr;
    fn give(self, value: FileAttr) {
        self.attr(&TTL, &value);
    }
    fn refuse(self, errno: Errno) {
        self.error(errno);
    }
}

impl Answer for ReplyEntry {
    type Value = FileAttr;
    fn give(self, value: FileAttr) {
        self.entry(&TTL, &value, GENERATION);
    }
    fn refuse(self, errno: Errno) {
        self.error(errno);
    }
}

impl Answer for ReplyOpen {
    type Value = FileHandle;
    fn give(self, value: FileHandle) {
        self.opened(value, UNCACHED);
    }
    fn refuse(self, errno: Errno) {
        self.error(errno);
    }
}

impl Answer for ReplyCreate {
    type Value = FileAttr;
    fn give(self, value: FileAttr) {
        self.created(&TTL, &value, GENERATION, FileHandle(0), UNCACHED);
    }
    fn refuse(self, errno: Errno) {
        self.error(errno);
    }
}

impl Answer for ReplyData {
    type Value = Vec<u8>;
    fn give(self, value: Vec<u8>) {
        self.data(&value);
    }
    fn refuse(self, errno: Errno) {
        self.error(errno);
    }
}

impl Answer for ReplyWrite {
    type Value = u32;
    fn give(self, value: u32) {
        self.written(value);
    }
    fn refuse(self, errno: Errno) {
        self.error(errno);
    }
}

impl Answer for ReplyDirectory {
    /// The lines from the one asked for, each with the offset of the next.
    type Value = Vec<(u64, Line)>;
    fn give(mut self, value: Self::Value) {
        for (next, line) in value {
            if self.add(INodeNo(line.ino), next, line.kind, &line.name) {
                break;
            }
        }
        self.ok();
    }
    fn refuse(self, errno: Errno) {
        self.error(errno);
    }
}

impl Answer for ReplyStatfs {
    /// Total and free bytes.
    type Value = (u64, u64);
    fn give(self, (total, free): (u64, u64)) {
        self.statfs(total / 512, free / 512, free / 512, 1 << 20, 1 << 20, 512, 255, 512);
    }
    fn refuse(self, errno: Errno) {
        self.error(errno);
    }
}

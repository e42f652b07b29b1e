"""Single SFTP requests over Paramiko: sftp_requests.py PORT USER PASSWORD KEY OPERATION ARGUMENTS...

What clients seldom send or libraries have no call for. Each operation checks the answers itself and fails loudly.
"""

import hashlib
import os
import stat
import time
import zlib

import paramiko
from paramiko.sftp import (
    CMD_EXTENDED,
    CMD_EXTENDED_REPLY,
    CMD_FSETSTAT,
    CMD_OPEN,
    CMD_OPENDIR,
    CMD_READ,
    CMD_READDIR,
    CMD_READLINK,
    CMD_REALPATH,
    CMD_SYMLINK,
    CMD_WRITE,
    int64,
)
from session import with_session

READ, WRITE, APPEND, CREATE, TRUNCATE = 1, 2, 4, 8, 16


def opened(sftp, path, flags):
    _, message = sftp._request(CMD_OPEN, path, flags, paramiko.SFTPAttributes())
    return message.get_binary()


def refused(wanted, call, *args):
    """The call is answered by a status with this text at its start."""
    try:
        call(*args)
    except EOFError:
        said = "eof"
    except OSError as error:
        said = str(error).lower()
    else:
        raise AssertionError(f"{args} was not refused")
    assert wanted in said, (args, said)


def copy(sftp, source, from_, length, target, to):
    sftp._request(CMD_EXTENDED, "copy-data", source, int64(from_), int64(length), target, int64(to))


def read(sftp, handle, offset, length):
    return sftp._request(CMD_READ, handle, int64(offset), length)[1].get_binary()


def write(sftp, handle, offset, data):
    sftp._request(CMD_WRITE, handle, int64(offset), data)


def copies(sftp):
    """`/from` holds 0..300000 as bytes; leaves what the test looks at."""
    data = bytes(number % 251 for number in range(300_000))
    source = opened(sftp, "/from", READ)
    for name, from_, length, to, wanted in [
        ("/whole", 0, 0, 0, data),
        ("/range", 100, 50, 0, data[100:150]),
        ("/tail", 299_990, 0, 5, bytes(5) + data[299_990:]),
        ("/past", 299_990, 1000, 0, data[299_990:]),
        ("/beyond", 400_000, 10, 0, b""),
    ]:
        target = opened(sftp, name, WRITE | CREATE | TRUNCATE)
        copy(sftp, source, from_, length, target, to)
        sftp.open(name).close()
        with sftp.open(name, "rb") as file:
            assert file.read() == wanted, name

    both = opened(sftp, "/both", READ | WRITE | CREATE | TRUNCATE)
    write(sftp, both, 0, b"abcdef")
    copy(sftp, both, 0, 3, both, 6)
    # To its own end: what it had when it was asked.
    copy(sftp, both, 0, 0, both, 9)
    assert read(sftp, both, 0, 100) == b"abcdefabcabcdefabc"
    refused("failure", copy, sftp, both, 0, 5, both, 4)
    other = opened(sftp, "/both", READ | WRITE)
    refused("failure", copy, sftp, other, 0, 5, both, 4)
    copy(sftp, other, 0, 2, both, 2)
    assert read(sftp, both, 0, 6) == b"ababef"

    # From a handle that only writes, to one that only reads, and with none.
    writer = opened(sftp, "/both", WRITE)
    refused("permission denied", copy, sftp, writer, 0, 1, both, 10)
    refused("permission denied", copy, sftp, both, 0, 1, source, 0)
    refused("failure", copy, sftp, b"none", 0, 1, both, 0)
    refused("failure", copy, sftp, source, 0, 1, b"none", 0)

    appending = opened(sftp, "/whole", WRITE | APPEND)
    copy(sftp, source, 0, 4, appending, 0)
    assert sftp.stat("/whole").st_size == 300_004


def at_once(sftp, size):
    """While a large copy runs, other requests on the channel are answered."""
    source, target = opened(sftp, "/large", READ), opened(sftp, "/copy", WRITE | CREATE | TRUNCATE)
    pending = sftp._async_request(
        type(None), CMD_EXTENDED, "copy-data", source, int64(0), int64(0), target, int64(0)
    )
    answered = 0
    while sftp.stat("/copy").st_size < int(size):
        answered += 1
    print(f"{answered} answers meanwhile")
    del pending


def check(sftp, name, algorithm, offset, length, block):
    kind, message = sftp._request(
        CMD_EXTENDED, "check-file-name", name, algorithm, int64(offset), int64(length), block
    )
    assert kind == CMD_EXTENDED_REPLY
    return message.get_text(), message.get_remainder()


def checks(sftp):
    """`/from` as for copies."""
    data = bytes(number % 251 for number in range(300_000))
    for name in ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]:
        assert check(sftp, "/from", name, 0, 0, 0) == (name, hashlib.new(name, data).digest()), name
    assert check(sftp, "/from", "crc32", 0, 0, 0) == ("crc32", zlib.crc32(data).to_bytes(4, "big"))
    # The first one known; a part; blocks, the last one short.
    said = check(sftp, "/from", "whirlpool,md5,sha1", 10, 20, 0)
    assert said == ("md5", hashlib.md5(data[10:30]).digest()), said
    blocks = [data[at : min(at + 1000, 10_500)] for at in range(500, 10_500, 1000)]
    said = check(sftp, "/from", "sha1", 500, 10_000, 1000)
    assert said[1] == b"".join(hashlib.sha1(block).digest() for block in blocks)
    said = check(sftp, "/from", "sha1", 299_700, 0, 256)
    assert said[1] == hashlib.sha1(data[299_700:299_956]).digest() + hashlib.sha1(data[299_956:]).digest()
    assert check(sftp, "/empty", "md5", 0, 0, 0)[1] == hashlib.md5(b"").digest()

    refused("unsupported", check, sftp, "/from", "whirlpool", 0, 0, 0)
    refused("failure", check, sftp, "/from", "md5", 0, 0, 255)
    refused("failure", check, sftp, "/from", "md5", 300_001, 0, 0)
    refused("failure", check, sftp, "/", "md5", 0, 0, 0)
    refused("no such file", check, sftp, "/missing", "md5", 0, 0, 0)
    # A terabyte in blocks of 256 would be answered by more than a packet holds.
    refused("failure", check, sftp, "/sparse", "md5", 0, 0, 256)

    with sftp.open("/from", "rb") as file:
        # Paramiko's own dialect of the request.
        assert file.check("sha256", 5, 500, 0) == hashlib.sha256(data[5:505]).digest()
    writer = opened(sftp, "/from", WRITE)
    refused(
        "permission denied", sftp._request, CMD_EXTENDED, "check-file-handle", writer, "md5", int64(0), int64(0), 0
    )


def modes(sftp):
    """A handle does what it was opened for."""
    reader, writer = opened(sftp, "/from", READ), opened(sftp, "/new", WRITE | CREATE)
    refused("permission denied", write, sftp, reader, 0, b"x")
    refused("permission denied", read, sftp, writer, 0, 1)
    refused("failure", write, sftp, b"none", 0, b"x")
    refused("failure", read, sftp, b"none", 0, 1)
    # Refused, and no more: the handle goes on.
    write(sftp, writer, 0, b"abc")
    assert len(read(sftp, reader, 0, 3)) == 3
    refused("eof", read, sftp, reader, 300_000, 1)

    appending = opened(sftp, "/new", WRITE | APPEND)
    pieces = [b"one", b"two", b"three", b"four"]
    for piece in pieces:
        sftp._async_request(type(None), CMD_WRITE, appending, int64(0), piece)
    deadline = time.monotonic() + 30
    while sftp.stat("/new").st_size < 18 and time.monotonic() < deadline:
        time.sleep(0.01)
    with sftp.open("/new", "rb") as file:
        assert file.read() == b"abc" + b"".join(pieces)


def overlapping(sftp):
    """Writes in flight at once that overlap and come out of order end as if each waited for the one before."""
    handle = opened(sftp, "/overlap", READ | WRITE | CREATE | TRUNCATE)
    wanted = bytearray(70_000)
    for number in range(400):
        offset, data = number * 7919 % 60_000, bytes([number % 256]) * (number % 97 * 100 + 1)
        wanted[offset : offset + len(data)] = data
        sftp._async_request(type(None), CMD_WRITE, handle, int64(offset), data)
    wanted = bytes(wanted)
    stored = b""
    while len(stored) < len(wanted):
        try:
            stored += read(sftp, handle, len(stored), 32_768)
        except EOFError:
            break
    assert stored == wanted[: len(stored)] and not any(wanted[len(stored) :])


def extended(sftp, name, *args):
    return sftp._request(CMD_EXTENDED, name, *args)[1]


def named(message):
    assert message.get_int() == 1
    return message.get_binary()


def extensions(sftp):
    """The user starts in /start and may store 1 MiB in 10 files, of which one of 5000 bytes is there."""
    for path, wanted in [("~", b"/start"), ("~/a/../b", b"/start/b"), ("x", b"/start/x"), ("/y/..", b"/")]:
        assert named(extended(sftp, "expand-path@openssh.com", path)) == wanted, path
    refused("unsupported", extended, sftp, "expand-path@openssh.com", "~root")
    assert named(extended(sftp, "home-directory", "ada")) == b"/start"

    limits = extended(sftp, "limits@openssh.com")
    packet, most_read, most_written, handles = (limits.get_int64() for _ in range(4))
    assert packet == 256 * 1024 and most_read == most_written and handles == 1024, packet
    handle = opened(sftp, "/start/longest", READ | WRITE | CREATE)
    data = os.urandom(most_written)
    write(sftp, handle, 0, data)
    assert read(sftp, handle, 0, most_read) == data
    sftp.remove("/start/longest")

    for name, what in [("statvfs@openssh.com", "/"), ("fstatvfs@openssh.com", opened(sftp, "/start/five", READ))]:
        reply = extended(sftp, name, what)
        size, fragment, blocks, free, available, files, files_free = (reply.get_int64() for _ in range(7))
        assert fragment * blocks == 1 << 20 and fragment * free == fragment * available == (1 << 20) - 5000, name
        assert size == fragment and (files, files_free) == (10, 9), name

    names = extended(sftp, "users-groups-by-id@openssh.com", b"\0\0\0\1\0\0\0\2", b"\0\0\0\3")
    assert names.get_binary() == bytes(8) and names.get_binary() == bytes(4)

    sftp._request(CMD_SYMLINK, "five", "link")
    changed = paramiko.SFTPAttributes()
    changed.st_atime = changed.st_mtime = 1_000_000_000
    before = sftp.stat("five").st_mtime
    extended(sftp, "lsetstat@openssh.com", "link", changed)
    assert sftp.lstat("link").st_mtime == 1_000_000_000 and sftp.stat("five").st_mtime == before

    extended(sftp, "posix-rename@openssh.com", "link", "renamed")
    assert named(sftp._request(CMD_READLINK, "renamed")[1]) == b"/start/five"
    extended(sftp, "fsync@openssh.com", opened(sftp, "five", WRITE))
    refused("failure", extended, sftp, "fsync@openssh.com", b"none")
    # A limit of bytes and second names for them do not go together.
    refused("unsupported", extended, sftp, "hardlink@openssh.com", "five", "second")
    refused("unsupported", extended, sftp, "nothing@example.com", "x")


def semantics(sftp):
    """What version 3 leaves open, as the field has settled it."""
    for name, content in [("/one", b"1"), ("/two", b"22"), ("/dir/in", b"")]:
        with sftp.open(name, "wb") as file:
            file.write(content)
    sftp.rename("/one", "/two")
    assert sftp.stat("/two").st_size == 1
    refused("no such file", sftp.rename, "/one", "/three")
    refused("unsupported", sftp.rename, "/two", "/dir")

    for path, wanted in [("/no/such/../thing", b"/no/thing"), ("", b"/"), ("/../..", b"/"), ("./a//b/", b"/a/b")]:
        assert named(sftp._request(CMD_REALPATH, path)[1]) == wanted, path

    # Target, then link: OpenSSH's order.
    sftp._request(CMD_SYMLINK, "two", "/dir/up")
    assert sftp.lstat("/dir/up").st_mode & stat.S_IFLNK and sftp.readlink("/dir/up") == "/dir/two"
    refused("failure", sftp.readlink, "/two")

    handle = opened(sftp, "/two", READ | WRITE)
    longer = paramiko.SFTPAttributes()
    longer.st_size, longer._flags = 100_000, 0
    sftp._request(CMD_FSETSTAT, handle, longer)
    assert sftp.stat("/two").st_size == 100_000 and read(sftp, handle, 99_990, 100) == bytes(10)
    refused("eof", read, sftp, handle, 100_000, 1)
    refused("eof", read, sftp, handle, 2**63, 10)
    write(sftp, handle, 5, b"")
    assert sftp.stat("/two").st_size == 100_000
    shown = sftp.stat("/two")
    assert shown.st_mode == stat.S_IFREG | 0o644 and shown.st_mtime > 1_700_000_000

    listed = [directory_page(sftp, at) for at in ("/", "/dir")]
    assert listed[0][:1] == ["."] and ".." not in listed[0] and listed[1][:2] == [".", ".."], listed
    refused("failure", sftp.mkdir, "/" + "n" * 256)
    sftp.mkdir("/" + "n" * 255)
    handles = [opened(sftp, "/dir/in", READ) for _ in range(900)]
    assert len(set(handles)) == 900
    for handle in handles:
        sftp._request(4, handle)
        refused("failure", read, sftp, handle, 0, 1)


def directory_page(sftp, path):
    handle = sftp._request(CMD_OPENDIR, path)[1].get_binary()
    message = sftp._request(CMD_READDIR, handle)[1]
    names = []
    for _ in range(message.get_int()):
        names.append(message.get_text())
        message.get_binary()
        paramiko.SFTPAttributes._from_msg(message)
    return names


def listing(sftp, path):
    """Say how long the first names of a directory take, and how many there are."""
    began = time.monotonic()
    handle = sftp._request(CMD_OPENDIR, path)[1].get_binary()
    names = sftp._request(CMD_READDIR, handle)[1].get_int()
    print(f"first {time.monotonic() - began:.3f}", flush=True)
    try:
        while True:
            names += sftp._request(CMD_READDIR, handle)[1].get_int()
    except EOFError:
        # Without . in the root.
        print(f"names {names - 1}")


OPERATIONS = {
    "extensions": extensions,
    "semantics": semantics,
    "listing": listing,
    "copies": copies,
    "at_once": at_once,
    "checks": checks,
    "modes": modes,
    "overlapping": overlapping,
}


if __name__ == "__main__":
    with_session(OPERATIONS)

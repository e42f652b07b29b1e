"""Single SFTP requests over Paramiko: sftp_requests.py PORT USER PASSWORD KEY OPERATION ARGUMENTS...

What clients seldom send or libraries have no call for. Each operation checks the answers itself and fails loudly.
"""

import hashlib
import sys
import time
import zlib

import paramiko
from paramiko.sftp import CMD_EXTENDED, CMD_EXTENDED_REPLY, CMD_OPEN, CMD_READ, CMD_WRITE, int64

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


OPERATIONS = {
    "copies": copies,
    "at_once": at_once,
    "checks": checks,
    "modes": modes,
    "overlapping": overlapping,
}


def main():
    port, user, password, _key, operation, *arguments = sys.argv[1:]
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect(
        "127.0.0.1",
        int(port),
        user,
        password,
        look_for_keys=False,
        allow_agent=False,
        timeout=30,
        banner_timeout=60,
        auth_timeout=60,
    )
    try:
        OPERATIONS[operation](client.open_sftp(), *arguments)
    finally:
        client.close()


if __name__ == "__main__":
    main()

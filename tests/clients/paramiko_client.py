"""Paramiko as a client: paramiko_client.py PORT USER PASSWORD KEY OPERATION ARGUMENTS...

Logs in with the password and does one operation with the library's own defaults.
"""

import sys

import paramiko
from session import with_session

CHUNK = 32768


def upload(sftp, local, remote):
    sftp.put(local, remote)


def download(sftp, remote, local):
    # The default: every read is requested up front, and all answers are in flight at once.
    sftp.get(remote, local)


def names(sftp, directory):
    for name in sftp.listdir(directory):
        print(name)


def rename(sftp, old, new):
    sftp.rename(old, new)


def remove(sftp, path):
    sftp.remove(path)


def acknowledged(sftp, local, remote):
    """Write one chunk after another, each waited for, and say after each how much the server has accepted."""
    accepted = 0
    try:
        with open(local, "rb") as source, sftp.open(remote, "wb") as target:
            target.set_pipelined(False)
            while chunk := source.read(CHUNK):
                target.write(chunk)
                target.flush()
                accepted += len(chunk)
                print(f"accepted {accepted}", flush=True)
    except (OSError, EOFError, paramiko.SSHException) as error:
        print(f"refused {error}", flush=True)


def held(sftp, path, action):
    """Open a file, wait for a line on standard input, then go on with it: `read` it or `write` to it."""
    with sftp.open(path, "r+b") as handle:
        print("open", flush=True)
        sys.stdin.readline()
        if action == "read":
            print(len(handle.read()))
        else:
            handle.write(b"still here")


OPERATIONS = {
    "upload": upload,
    "download": download,
    "list": names,
    "rename": rename,
    "remove": remove,
    "acknowledged": acknowledged,
    "held": held,
}


if __name__ == "__main__":
    with_session(OPERATIONS)

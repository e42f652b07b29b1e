"""Uploads to any path, over SFTP or the legacy SCP protocol: odd_paths.py PORT USER PASSWORD KEY OPERATION LOCAL.

Reads paths from standard input, in hexadecimal, one per line; says `stored` or `refused` of each.
"""

import sys

import paramiko
from session import with_session


def paths():
    return (bytes.fromhex(line.strip()) for line in sys.stdin if line.strip())


def said(done):
    print("stored" if done else "refused", flush=True)


def sftp(client, local):
    content = open(local, "rb").read()
    for path in paths():
        try:
            with client.open(path, "wb") as target:
                target.write(content)
            said(True)
        except (OSError, paramiko.SSHException):
            said(False)


def scp(client, local):
    content = open(local, "rb").read()
    for path in paths():
        channel = client.get_channel().get_transport().open_session()
        channel.settimeout(30)
        try:
            channel.exec_command(b"scp -t '" + path + b"'")
            said(
                channel.recv(1) == b"\0"
                and sent(channel, b"C0644 %d file\n" % len(content))
                and sent(channel, content + b"\0")
            )
        except (OSError, paramiko.SSHException):
            said(False)
        finally:
            channel.close()


def sent(channel, data):
    channel.sendall(data)
    return channel.recv(1) == b"\0"


if __name__ == "__main__":
    with_session({"sftp": sftp, "scp": scp})

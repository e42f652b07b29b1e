"""A paramiko session for one operation, as the command line says: PORT USER PASSWORD KEY OPERATION ARGUMENT..."""

import sys

import paramiko


def with_session(operations):
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
        operations[operation](client.open_sftp(), *arguments)
    finally:
        client.close()

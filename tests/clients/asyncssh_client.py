"""AsyncSSH as a client: asyncssh_client.py PORT USER PASSWORD KEY OPERATION ARGUMENTS...

Logs in with the key and does one operation.
"""

import asyncio
import os
import sys

import asyncssh


async def upload(sftp, local, remote):
    await sftp.put(local, remote)


async def download(sftp, remote, local):
    await sftp.get(remote, local)


async def names(sftp, directory):
    for name in await sftp.listdir(directory):
        if name not in (".", ".."):
            print(name)


async def rename(sftp, old, new):
    await sftp.rename(old, new)


async def remove(sftp, path):
    await sftp.remove(path)


async def at_once(connect, count, size):
    """Hold `count` sessions open at the same time, then have all of them write and read a file of their own."""
    count, size = int(count), int(size)
    # Dozens of key exchanges at a time, not all of them: the clients share one core.
    turns = asyncio.Semaphore(32)
    opened = 0
    everyone_is_in = asyncio.Event()

    async def one(number):
        nonlocal opened
        async with turns:
            connection = await connect()
            sftp = await connection.start_sftp_client()
        opened += 1
        if opened == count:
            everyone_is_in.set()
        await everyone_is_in.wait()
        content, name = os.urandom(size), f"session-{number}"
        async with sftp.open(name, "wb") as file:
            await file.write(content)
        async with sftp.open(name, "rb") as file:
            if await file.read() != content:
                raise SystemExit(f"{name} came back otherwise")
        await sftp.remove(name)
        sftp.exit()
        connection.close()
        await connection.wait_closed()

    await asyncio.gather(*(one(number) for number in range(count)))
    print(f"{count} sessions")


OPERATIONS = {"upload": upload, "download": download, "list": names, "rename": rename, "remove": remove}


async def main():
    port, user, _password, key, operation, *arguments = sys.argv[1:]

    def connect():
        return asyncssh.connect(
            "127.0.0.1",
            int(port),
            username=user,
            client_keys=[key],
            known_hosts=None,
            config=None,
            agent_path=None,
            login_timeout=120,
        )

    if operation == "at_once":
        await at_once(connect, *arguments)
        return
    async with await connect() as connection, connection.start_sftp_client() as sftp:
        await OPERATIONS[operation](sftp, *arguments)


if __name__ == "__main__":
    asyncio.run(main())

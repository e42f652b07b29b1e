"""A client of AsyncSSH; ../README.md is its contract."""

import asyncio

import asyncssh
from asyncssh import encryption, kex, mac, public_key
from contract import serve

FAMILIES = {
    family: [name.decode() for name in names]
    for family, names in {
        "kex": kex.get_kex_algs(),
        "cipher": encryption.get_encryption_algs(),
        "mac": mac.get_mac_algs(),
        "hostkey": public_key.get_public_key_algs(),
    }.items()
}

# A name of the contract for a family, and AsyncSSH's.
PINS = {
    "kex": "kex_algs",
    "cipher": "encryption_algs",
    "mac": "mac_algs",
    "hostkey": "server_host_key_algs",
}


class Answers(asyncssh.SSHClient):
    """Gives every question the same answer."""

    def __init__(self, answer):
        self.answer = answer

    def kbdint_auth_requested(self):
        return ""

    def kbdint_challenge_received(self, name, instructions, lang, prompts):
        return [self.answer] * len(prompts)


def session(options, steps):
    return asyncio.run(transfer(options, steps))


async def transfer(options, steps):
    listed = []
    async with asyncssh.connect(**configure(options)) as connection, connection.start_sftp_client() as sftp:
        for step, *arguments in steps:
            result = await getattr(sftp, "listdir" if step == "list" else step)(*arguments)
            listed += result or []
    return listed


def configure(options):
    settings = {
        "host": "127.0.0.1",
        "port": int(options["port"]),
        "username": options["user"],
        "preferred_auth": options["auth"].split("+"),
        "client_keys": None,
        "known_hosts": None,
        "config": None,
        "agent_path": None,
        "login_timeout": 60,
    }
    if "password" in options:
        settings["password"] = options["password"]
        settings["client_factory"] = lambda: Answers(options["password"])
    if "key" in options:
        certificate = options.get("certificate")
        settings["client_keys"] = [(options["key"], certificate) if certificate else options["key"]]
    if "rekey" in options:
        settings["rekey_bytes"] = int(options["rekey"])
    for key, theirs in PINS.items():
        if key in options:
            settings[theirs] = [options[key]]
    return settings


if __name__ == "__main__":
    serve(FAMILIES, session)

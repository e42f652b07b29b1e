"""A client of paramiko; ../README.md is its contract."""

import paramiko
from contract import serve

# What the library can do is in tables that it does not name in public.
FAMILIES = {
    "kex": paramiko.Transport._kex_info,
    "cipher": paramiko.Transport._cipher_info,
    "mac": paramiko.Transport._mac_info,
    "hostkey": paramiko.Transport._key_info,
}

# A name of the contract for a family, and paramiko's.
PINS = {"kex": "kex", "cipher": "ciphers", "mac": "digests", "hostkey": "key_types"}


def session(options, steps):
    transport = paramiko.Transport(("127.0.0.1", int(options["port"])))
    try:
        configure(transport, options)
        transport.start_client(timeout=60)
        for method in options["auth"].split("+"):
            authenticate(transport, method, options)
        if not transport.is_authenticated():
            raise RuntimeError("not logged in")
        with paramiko.SFTPClient.from_transport(transport) as sftp:
            return [name for step in steps for name in take(sftp, *step)]
    finally:
        transport.close()


def configure(transport, options):
    transport.auth_timeout = 60
    security = transport.get_security_options()
    for key, theirs in PINS.items():
        if key in options:
            setattr(security, theirs, [options[key]])
    if "rekey" in options:
        transport.packetizer.REKEY_BYTES = int(options["rekey"])


def authenticate(transport, method, options):
    user, password = options["user"], options.get("password")
    if method == "password":
        transport.auth_password(user, password, fallback=False)
    elif method == "keyboard-interactive":
        transport.auth_interactive(user, lambda title, instructions, prompts: [password] * len(prompts))
    else:
        key = paramiko.PKey.from_path(options["key"])
        if "certificate" in options:
            key.load_certificate(options["certificate"])
        transport.auth_publickey(user, key)


def take(sftp, step, *arguments):
    if step == "list":
        return sftp.listdir(*arguments)
    call = {"put": sftp.put, "get": sftp.get, "rename": sftp.rename, "remove": sftp.remove}[step]
    call(*arguments)
    return []


if __name__ == "__main__":
    serve(FAMILIES, session)

"""Logins step by step over Paramiko: logins.py PORT USER PASSWORD KEY OPERATION ARGUMENTS...

What clients with manners do not do, and keys that live on hardware. Each operation prints what came of it.
"""

import base64
import hashlib
import hmac
import struct
import sys
import time

import paramiko
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

APPLICATION = "ssh:tests"


class SecurityKey(paramiko.PKey):
    """A key that signs as an authenticator does (OpenSSH PROTOCOL.u2f), with the flags it is told."""

    public_blob = None

    def __init__(self, kind, flags):
        self.flags = flags
        blob = paramiko.Message()
        if kind == "ed25519":
            self.name = "sk-ssh-ed25519@openssh.com"
            self.key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
            blob.add_string(self.name)
            blob.add_string(self.key.public_key().public_bytes_raw())
        else:
            self.name = "sk-ecdsa-sha2-nistp256@openssh.com"
            self.key = ec.derive_private_key(12345678901234567890, ec.SECP256R1())
            point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            blob.add_string(self.name)
            blob.add_string("nistp256")
            blob.add_string(point)
        blob.add_string(APPLICATION)
        self.blob = blob.asbytes()

    def get_name(self):
        return self.name

    def asbytes(self):
        return self.blob

    @property
    def _fields(self):
        return (self.name, self.blob)

    def can_sign(self):
        return True

    def line(self):
        return f"{self.name} {base64.b64encode(self.blob).decode()} tests"

    def sign_ssh_data(self, data, algorithm=None):
        tail = bytes([self.flags]) + struct.pack(">I", 7)
        attested = hashlib.sha256(APPLICATION.encode()).digest() + tail + hashlib.sha256(data).digest()
        signature = paramiko.Message()
        signature.add_string(self.name)
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            signature.add_string(self.key.sign(attested))
        else:
            r, s = decode_dss_signature(self.key.sign(attested, ec.ECDSA(hashes.SHA256())))
            numbers = paramiko.Message()
            numbers.add_mpint(r)
            numbers.add_mpint(s)
            signature.add_string(numbers.asbytes())
        signature.add_bytes(tail)
        return signature


def code(secret, now=None):
    """RFC 6238 with SHA-1, six digits, 30 seconds."""
    counter = int((now or time.time()) // 30)
    digest = hmac.digest(base64.b32decode(secret + "=" * (-len(secret) % 8)), struct.pack(">Q", counter), "sha1")
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def outcome(attempt):
    """What came of it: `granted`, `partial` with the methods that may follow, or why not."""
    try:
        left = attempt()
    except paramiko.BadAuthenticationType as error:
        return "not " + ",".join(sorted(error.allowed_types))
    except paramiko.AuthenticationException:
        return "refused"
    return "partial " + ",".join(sorted(left)) if left else "granted"


def steps(transport, user, password, key, *names):
    """Attempts one after the other on one connection, the service requested again before each as old clients do."""
    asked = []

    def answer(answers):
        def handler(_title, _instructions, prompts):
            asked.extend(text.strip() for text, _ in prompts)
            return [answers.pop(0)] if answers else []

        return lambda: transport.auth_interactive(user, handler)

    for name in names:
        name, _, value = name.partition("=")
        attempt = {
            "none": lambda: transport.auth_none(user),
            "key": lambda: transport.auth_publickey(user, paramiko.Ed25519Key.from_private_key_file(key)),
            "wrong-key": lambda: transport.auth_publickey(user, SecurityKey("ed25519", 1)),
            "password": lambda: transport.auth_password(user, value or password, fallback=False),
            "answers": answer([code(part[5:]) if part.startswith("code:") else part for part in value.split(",")]),
            "many": lambda: transport.auth_interactive(user, lambda *_: [password] * 3),
            "other-user": lambda: transport.auth_password(value, password, fallback=False),
        }[name]
        print(name, outcome(attempt), flush=True)
    print("asked", ",".join(asked))


def security_key(transport, user, _password, _key, kind, flags):
    print(outcome(lambda: transport.auth_publickey(user, SecurityKey(kind, int(flags, 16)))))


def windows(transport, user, password, _key, count):
    """Fills the windows of many channels that ask for nothing."""
    transport.auth_password(user, password)
    sent, channels = 0, []
    for _ in range(int(count)):
        channel = transport.open_session()
        # One that is forgotten is closed.
        channels.append(channel)
        channel.settimeout(0.02)
        try:
            while True:
                sent += channel.send(bytes(32768))
        except TimeoutError:
            pass
    print(sent)


def public(kind):
    print(SecurityKey(kind, 1).line())


OPERATIONS = {"steps": steps, "security_key": security_key, "windows": windows}


def main():
    port, user, password, key, operation, *arguments = sys.argv[1:]
    if operation == "public":
        public(*arguments)
        return
    transport = paramiko.Transport(("127.0.0.1", int(port)))
    transport.banner_timeout = transport.auth_timeout = 60
    try:
        transport.start_client(timeout=60)
        OPERATIONS[operation](transport, user, password, key, *arguments)
    finally:
        transport.close()


if __name__ == "__main__":
    main()

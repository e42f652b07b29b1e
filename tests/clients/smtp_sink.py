"""A mail server that takes every letter: smtp_sink.py PORT FILE [tls|starttls CERT KEY]

Adds one JSON object per letter to FILE: recipients, body, whether it came encrypted. Ends when its standard input
does."""
import email, email.policy, json, ssl, sys

from aiosmtpd.controller import Controller


class Keep:
    def __init__(self, path, tls_from_the_start):
        self.path, self.encrypted = path, tls_from_the_start

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        letter = {
            "to": envelope.rcpt_tos,
            "body": message.get_body(("plain", "html")).get_content(),
            "encrypted": self.encrypted or session.ssl is not None,
        }
        with open(self.path, "a") as file:
            print(json.dumps(letter), file=file)
        return "250 taken"


def main():
    port, path, *tls = sys.argv[1:]
    options = {}
    if tls:
        mode, certificate, key = tls
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        options = {"ssl_context": context} if mode == "tls" else {"tls_context": context, "require_starttls": True}
    keep = Keep(path, "ssl_context" in options)
    controller = Controller(keep, hostname="127.0.0.1", port=int(port), **options)
    controller.start()
    sys.stdin.read()
    controller.stop()


main()

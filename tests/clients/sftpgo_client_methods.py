"""Every call that sftpgo-client has, as it comes from PyPI: made once from a thread that waits, once from a loop.

Usage: sftpgo_client_methods.py URL ADMIN PASSWORD SFTP_PORT DIR, where DIR is that of the server's configuration. Ends
with an error when an answer has another status than SFTPGo's, when the client cannot read it, or when a call of the
package has been left out.
"""

import asyncio
import base64
import hashlib
import hmac
import importlib
import pkgutil
import struct
import sys
import time

import httpx
import paramiko
from sftpgo_client.base import api
from sftpgo_client.base.client import AuthenticatedClient
from sftpgo_client.base.models import (
    Admin, AdminProfile, AdminResetPasswordJsonBody, APIKey, BackupData, BaseTOTPConfig, BaseVirtualFolder,
    CreateUserFilesMultipartData, DumpdataOutputData, GenerateAdminTotpSecretJsonBody,
    GenerateUserTotpSecretJsonBody, PwdChange, QuotaUsage, SetpropsUserFileJsonBody, Share, TransferQuotaUsage,
    UnbanHostJsonBody, UploadToShareMultipartData, User, UserProfile, UserResetPasswordJsonBody, UserTOTPConfig,
    ValidateAdminTotpSecretJsonBody, ValidateUserTotpSecretJsonBody,
)

OLD, NEW = "Us3r-pass-word-of-the-test", "An0ther-pass-word-of-the-test"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIVuIUD2jSdGd2IeSCsDIOQxcQNWoT9iIDxqzC3PDgXZ"
ALL = {name for _, name, is_package in pkgutil.walk_packages(api.__path__, api.__name__ + ".") if not is_package}
# SFTPGo has dropped them since the client was made.
DROPPED = {
    "admins.change_admin_password_deprecated": {"json_body": PwdChange(OLD, NEW)},
    "data_retention.start_user_retention_check": {"username": "ada", "json_body": []},
    "defender.get_ban_time": {"ip": "192.0.2.1"},
    "defender.get_score": {"ip": "192.0.2.1"},
    "defender.unban_host": {"json_body": UnbanHostJsonBody("192.0.2.1")},
    "metadata.get_users_metadata_checks": {},
    "metadata.start_user_metadata_check": {"username": "ada"},
    "quota.folder_quota_update_usage_deprecated": {"json_body": BaseVirtualFolder(name="vault")},
    "quota.get_folders_quota_scans_deprecated": {},
    "quota.get_users_quota_scans_deprecated": {},
    "quota.start_folder_quota_scan_deprecated": {"json_body": BaseVirtualFolder(name="vault")},
    "quota.start_user_quota_scan_deprecated": {"json_body": User(username="ada")},
    "quota.user_quota_update_usage_deprecated": {"json_body": User(username="ada")},
    "user_ap_is.get_user_file": {"path": "/file"},
    "user_ap_is.get_user_folder_contents": {},
    "user_ap_is.get_user_public_keys": {},
    "user_ap_is.set_user_public_keys": {"json_body": [KEY]},
}
# The client's own types for the answer, a list, are not what SFTPGo has ever said.
UNREADABLE = {
    "user_ap_is.create_user_dir", "user_ap_is.create_user_file", "user_ap_is.create_user_files",
    "user_ap_is.delete_user_dir", "user_ap_is.delete_user_file", "user_ap_is.rename_user_dir",
    "user_ap_is.rename_user_file", "user_ap_is.setprops_user_file", "public_shares.upload_to_share",
    "public_shares.upload_single_to_share",
}


class Caller:
    """Somebody who is logged in, and how their calls are made."""

    made = set()

    def __init__(self, url, loop, **headers):
        # Without `verify_ssl` the certificates of all authorities are not read for each call.
        self.client = AuthenticatedClient(url, token="nobody", headers=headers, timeout=30, verify_ssl=False)
        self.loop = loop

    def __call__(self, name, status=200, /, **arguments):
        module = importlib.import_module(f"{api.__name__}.{name}")
        Caller.made.add(module.__name__)
        if name in UNREADABLE:
            answer = httpx.request(verify=False, **module._get_kwargs(client=self.client, **arguments))
        elif self.loop:
            answer = asyncio.run(module.asyncio_detailed(client=self.client, **arguments))
        else:
            answer = module.sync_detailed(client=self.client, **arguments)
        assert answer.status_code == status, f"{name}: {answer.status_code} {answer.content}"
        parsed = getattr(answer, "parsed", None)
        return answer if parsed is None else parsed

    def read(self, name, /, **arguments):
        """A call that changes nothing: the short forms, which have no status, answer the same."""
        full = self(name, **arguments)
        module = importlib.import_module(f"{api.__name__}.{name}")
        short = (asyncio.run(module.asyncio(client=self.client, **arguments)) if self.loop
                 else module.sync(client=self.client, **arguments))
        assert short == full, f"{name}: {short} and {full}"
        return full

    def login(self, call, password, /, **arguments):
        basic = base64.b64encode(password.encode()).decode()
        entry = Caller(self.client.base_url, self.loop, Authorization=f"Basic {basic}")
        token = entry(call, **arguments).access_token
        return Caller(self.client.base_url, self.loop, Authorization=f"Bearer {token}")


def passcode(secret, later=0):
    """RFC 6238, 30 seconds, SHA-1."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30 + later), hashlib.sha1)
    return f"{(struct.unpack_from('>I', digest, digest[-1] & 15)[0] & 0x7fffffff) % 10 ** 6:06}"


def admins(root, name):
    sent = {"username": name, "password": OLD, "status": 1, "permissions": ["*"], "email": "grace@example.com"}
    root("admins.add_admin", 201, json_body=Admin.from_dict(sent))
    assert name in [admin.username for admin in root.read("admins.get_admins", limit=10)]
    assert root.read("admins.get_admin_by_username", username=name).email == "grace@example.com"
    root("admins.update_admin", username=name, json_body=Admin.from_dict({**sent, "description": "changed"}))
    grace = root.login("token.get_token", f"{name}:{OLD}")
    grace("admins.update_admin_profile", json_body=AdminProfile("g@example.com", "x", True))
    assert grace.read("admins.get_admin_profile").email == "g@example.com"
    grace = second_factor(grace, f"{name}:{OLD}", "admins", "admin", "token.get_token", [
        GenerateAdminTotpSecretJsonBody, ValidateAdminTotpSecretJsonBody,
        lambda name, secret: BaseTOTPConfig.from_dict({"enabled": True, "config_name": name, "secret": secret}),
    ])
    root("admins.disable_admin_2fa", username=name)
    grace = root.login("token.get_token", f"{name}:{OLD}")
    grace("admins.change_admin_password", json_body=PwdChange(OLD, NEW))
    root.login("token.get_token", f"{name}:{NEW}")("token.logout")
    forgotten(root, "admins", "admin", name, AdminResetPasswordJsonBody)
    root("admins.delete_admin", username=name)
    root("admins.get_admin_by_username", 404, username=name)


def second_factor(caller, password, area, who, token, types):
    """Turns it on, logs in with it, and shows the codes for emergencies."""
    generate, validate, config = types
    named = caller.read(f"{area}.get_{who}_totp_configs")[0].name
    secret = caller(f"{area}.generate_{who}_totp_secret", json_body=generate(named)).secret
    code = passcode(secret)
    caller(f"{area}.validate_{who}_totp_secret", json_body=validate(named, code, secret))
    caller(f"{area}.save_{who}_totp_config", json_body=config(named, {"status": "Plain", "payload": secret}))
    # A code lets in once; the next one is good already.
    caller = caller.login(token, password, x_sftpgo_otp=passcode(secret, later=1))
    codes = caller(f"{area}.generate_{who}_recovery_codes")
    assert len(codes) == 12, codes
    shown = caller.read(f"{area}.get_{who}_recovery_codes")
    assert [code.secret for code in shown] and not any(code.used for code in shown), shown
    return caller


def forgotten(root, area, who, name, body):
    """Nobody sends mail here; what comes of a code is tested with a mail server elsewhere."""
    nobody = Caller(root.client.base_url, root.loop)
    nobody(f"{area}.{who}_forgot_password", 400, username=name)
    nobody(f"{area}.{who}_reset_password", 400, username=name, json_body=body("123456", NEW))


def api_keys(root, name):
    made = root("api_keys.add_api_key", 201, json_body=APIKey.from_dict({"name": "key", "scope": 1}))
    key = made.additional_properties.get("key") or made.key
    identifier = key.split(".")[0]
    assert identifier in [entry.id for entry in root.read("api_keys.get_api_keys")]
    assert root.read("api_keys.get_api_key_by_id", id=identifier).name == "key"
    changed = APIKey.from_dict({"name": "key", "scope": 1, "admin": name, "description": "changed"})
    root("api_keys.update_api_key", id=identifier, json_body=changed)
    root("api_keys.delete_api_key", id=identifier)
    root("api_keys.get_api_key_by_id", 404, id=identifier)


def objects(root, name, folder, directory):
    root("folders.add_folder", 201, json_body=BaseVirtualFolder(name=folder, mapped_path=f"{directory}/{folder}"))
    assert folder in [entry.name for entry in root.read("folders.get_folders")]
    root("folders.update_folder", name=folder, json_body=BaseVirtualFolder(
        name=folder, mapped_path=f"{directory}/{folder}", description="changed"))
    assert root.read("folders.get_folder_by_name", name=folder).description == "changed"
    sent = {"username": name, "password": OLD, "status": 1, "permissions": {"/": ["*"]},
            "home_dir": f"{directory}/{name}"}
    root("users.add_user", 201, json_body=User.from_dict(sent))
    root("users.update_user", username=name, json_body=User.from_dict({**sent, "email": "ada@example.com"}))
    assert name in [user.username for user in root.read("users.get_users")]
    assert root.read("users.get_user_by_username", username=name).email == "ada@example.com"


def quotas(root, name, folder):
    root("quota.user_quota_update_usage", username=name, json_body=QuotaUsage(100, 2))
    root("quota.user_transfer_quota_update_usage", username=name, json_body=TransferQuotaUsage(100, 200))
    root("quota.folder_quota_update_usage", name=folder, json_body=QuotaUsage(100, 2))
    root("quota.start_user_quota_scan", 202, username=name)
    root("quota.start_folder_quota_scan", 202, name=folder)
    root("quota.get_users_quota_scans")
    root("quota.get_folders_quota_scans")


def system(root, directory):
    Caller(root.client.base_url.removesuffix("/api/v2"), root.loop)("healthcheck.healthz")
    root.read("maintenance.get_version")
    assert root("maintenance.get_status").data_provider.is_active
    root("maintenance.dumpdata", output_file="dump.json")
    root("maintenance.loaddata_from_file", input_file=f"{directory}/backups/dump.json")
    # It takes every answer for a message first, and keeps the rest beside it.
    said = root("maintenance.dumpdata", output_data=DumpdataOutputData.VALUE_1)
    dump = BackupData.from_dict(said.additional_properties)
    assert dump.users and dump.admins and dump.folders, dump
    root("maintenance.loaddata_from_request_body", json_body=dump)
    root.read("data_retention.get_users_retention_checks")
    root("defender.get_defender_hosts")
    root("defender.get_defender_host_by_id", 404, id="3139322e302e322e31")
    root("defender.delete_defender_host_by_id", 404, id="3139322e302e322e31")
    root("events.get_fs_events", 501)
    root("events.get_provider_events", 501)


def connections(root, name, port):
    transport = paramiko.Transport(("127.0.0.1", port))
    transport.connect(username=name, password=OLD)
    session = paramiko.SFTPClient.from_transport(transport)
    connection, = root("connections.get_connections")
    assert (connection.username, connection.protocol) == (name, "SFTP"), connection
    root("connections.close_connection", connection_id=connection.connection_id)
    try:
        while True:
            session.listdir()
    except (EOFError, OSError, paramiko.SSHException):
        transport.close()


def files(ada):
    ada("user_ap_is.create_user_dir", 201, path="/dir/sub", mkdir_parents=True)
    ada("user_ap_is.create_user_file", 201, path="/dir/file", x_sftpgo_mtime=1000)
    # It would send the names of files in JSON, which is not what a form is.
    ada("user_ap_is.create_user_files", 400, path="/dir", multipart_data=CreateUserFilesMultipartData())
    ada("user_ap_is.setprops_user_file", path="/dir/file", json_body=SetpropsUserFileJsonBody(2000))
    entries = ada.read("user_ap_is.get_user_dir_contents", path="/dir")
    assert {entry.name: entry.size for entry in entries}["file"] == 0, entries
    ada("user_ap_is.rename_user_file", path="/dir/file", target="/dir/moved")
    ada("user_ap_is.rename_user_dir", path="/dir/sub", target="/dir/under")
    assert ada("user_ap_is.download_user_file", path="/dir/moved").content == b""
    assert ada("user_ap_is.streamzip", json_body=["/dir"]).content[:2] == b"PK"
    ada("user_ap_is.delete_user_dir", path="/dir/under")


def shares(ada, url):
    visitor = Caller(url, ada.loop)
    answer = ada("user_ap_is.add_share", 201, json_body=Share.from_dict({"name": "r", "scope": 1, "paths": ["/dir"]}))
    reading = ada.read("user_ap_is.get_user_shares")[0].id
    assert ada.read("user_ap_is.get_user_share_by_id", id=reading).paths == ["/dir"], answer
    assert [entry.name for entry in visitor.read("public_shares.get_share_dir_contents", id=reading)] == ["moved"]
    assert visitor("public_shares.download_share_file", id=reading, path="/moved").content == b""
    assert visitor("public_shares.get_share", id=reading).content[:2] == b"PK"
    ada("user_ap_is.update_user_share", id=reading,
        json_body=Share.from_dict({"name": "w", "scope": 2, "paths": ["/dir"]}))
    visitor("public_shares.upload_single_to_share", 201, id=reading, file_name="sent")
    visitor("public_shares.upload_to_share", 400, id=reading, multipart_data=UploadToShareMultipartData())
    ada("user_ap_is.delete_user_file", path="/dir/sent")
    ada("user_ap_is.delete_user_share", id=reading)


def users(root, url, name):
    ada = root.login("token.get_user_token", f"{name}:{OLD}")
    files(ada)
    shares(ada, url)
    ada("user_ap_is.update_user_profile", json_body=UserProfile("a@example.com", "x", True, [KEY]))
    profile = ada.read("user_ap_is.get_user_profile")
    assert (profile.email, profile.public_keys) == ("a@example.com", [KEY]), profile
    ada = second_factor(ada, f"{name}:{OLD}", "user_ap_is", "user", "token.get_user_token", [
        GenerateUserTotpSecretJsonBody, ValidateUserTotpSecretJsonBody,
        lambda name, secret: UserTOTPConfig.from_dict(
            {"enabled": True, "config_name": name, "secret": secret, "protocols": ["HTTP"]}),
    ])
    root("users.disable_user_2fa", username=name)
    ada = root.login("token.get_user_token", f"{name}:{OLD}")
    ada("user_ap_is.change_user_password", json_body=PwdChange(OLD, NEW))
    root.login("token.get_user_token", f"{name}:{NEW}")("token.client_logout")
    forgotten(root, "users", "user", name, UserResetPasswordJsonBody)


def scenario(url, admin, password, port, directory, loop):
    name, folder = ("loop", "loop-vault") if loop else ("thread", "thread-vault")
    root = Caller(url, loop).login("token.get_token", f"{admin}:{password}")
    objects(root, name, folder, directory)
    quotas(root, name, folder)
    admins(root, name + "-admin")
    api_keys(root, admin)
    connections(root, name, port)
    users(root, url, name)
    system(root, directory)
    for call, arguments in DROPPED.items():
        root(call, 404, **arguments)
    root("users.delete_user", username=name)
    root("folders.delete_folder", name=folder)


def main(url, admin, password, port, directory):
    for loop in False, True:
        scenario(url + "/api/v2", admin, password, int(port), directory, loop)
    left = ALL - Caller.made
    assert not left, f"never called: {left}"


if __name__ == "__main__":
    main(*sys.argv[1:])

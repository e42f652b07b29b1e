"""Objects through sftpgo-client, as it comes from PyPI: made, read, listed, changed, deleted.

Usage: sftpgo_client_objects.py URL ADMIN PASSWORD. Ends with an error when an answer is not what the client's own
models say, or when what is read back is not what was sent.
"""

import base64
import sys

from sftpgo_client.base.api.admins import add_admin, delete_admin, get_admin_by_username, get_admins, update_admin
from sftpgo_client.base.api.folders import (
    add_folder, delete_folder, get_folder_by_name, get_folders, update_folder,
)
from sftpgo_client.base.api.maintenance import dumpdata, get_status, get_version
from sftpgo_client.base.api.public_shares import get_share_dir_contents
from sftpgo_client.base.api.token import get_token, get_user_token
from sftpgo_client.base.api.user_ap_is import (
    add_share, delete_user_share, get_user_dir_contents, get_user_share_by_id, get_user_shares,
    update_user_share,
)
from sftpgo_client.base.api.users import add_user, delete_user, get_user_by_username, get_users, update_user
from sftpgo_client.base.client import AuthenticatedClient
from sftpgo_client.base.models import Admin, BaseVirtualFolder, Share, User

PASSWORD = "Us3r-pass-word-of-the-test"

USER = {
    "username": "ada", "password": PASSWORD, "status": 1, "email": "ada@example.com",
    "permissions": {"/": ["*"], "/in": ["list", "upload"]}, "quota_files": 10, "quota_size": 1 << 30,
    "max_sessions": 5, "upload_bandwidth": 128, "description": "a user", "additional_info": "info",
    "virtual_folders": [
        {"name": "vault", "virtual_path": "/vault", "quota_size": 0, "quota_files": 0},
    ],
    "filters": {
        "allowed_ip": ["127.0.0.0/8", "::1/128"], "denied_protocols": ["FTP"],
        "file_patterns": [{"path": "/in", "denied_patterns": ["*.exe"], "deny_policy": 1}],
        "max_upload_file_size": 1 << 20, "web_client": ["mfa-disabled"],
    },
    "filesystem": {"provider": 0},
}
FOLDER = {"name": "vault", "mapped_path": "/tmp/vault-of-the-test", "description": "a folder"}
ADMIN = {
    "username": "grace", "password": PASSWORD, "status": 1, "permissions": ["add_users", "view_users"],
    "email": "grace@example.com", "filters": {"allow_list": ["10.0.0.0/8"]}, "description": "an admin",
}


def bearer(url, get, name, password):
    basic = "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
    client = AuthenticatedClient(base_url=url, token="", headers={"Authorization": basic})
    return AuthenticatedClient(base_url=url, token=done(get, 200, client=client).access_token)


def done(call, status, **arguments):
    answer = call.sync_detailed(**arguments)
    assert answer.status_code == status, f"{call.__name__}: {answer.status_code} {answer.content}"
    return answer.parsed


def same(sent, got, at=""):
    """All that was sent is there; what the server adds is its own."""
    if isinstance(sent, dict):
        for key, value in sent.items():
            if key != "password":
                assert key in got, f"{at}.{key} is missing: {got}"
                same(value, got[key], f"{at}.{key}")
    elif isinstance(sent, list):
        assert len(sent) == len(got), f"{at}: {got}"
        for index, value in enumerate(sent):
            same(value, got[index], f"{at}[{index}]")
    else:
        assert sent == got, f"{at}: {got!r} instead of {sent!r}"


def round_trip(client, model, sent, key, calls):
    add, get, listed, update, delete = calls
    name = sent[key]
    same(sent, done(add, 201, client=client, json_body=model.from_dict(sent)).to_dict())
    same(sent, done(get, 200, client=client, **{key: name}).to_dict())
    assert name in [getattr(entry, key) for entry in done(listed, 200, client=client)]
    changed = {**sent, "description": "changed"}
    done(update, 200, client=client, json_body=model.from_dict(changed), **{key: name})
    same(changed, done(get, 200, client=client, **{key: name}).to_dict())
    return lambda: (
        done(delete, 200, client=client, **{key: name}),
        done(get, 404, client=client, **{key: name}),
    )


def shares(url):
    user = bearer(url, get_user_token, USER["username"], PASSWORD)
    # Not made here: of `POST /user/dirs` the client expects an array, which SFTPGo's answer is not either.
    assert [entry.name for entry in done(get_user_dir_contents, 200, client=user, path="/")] == ["vault"]
    sent = {"name": "link", "scope": 1, "paths": ["/"], "max_tokens": 3}
    answer = add_share.sync_detailed(client=user, json_body=Share.from_dict(sent))
    assert answer.status_code == 201, answer
    share = answer.headers["X-Object-ID"]
    same(sent, done(get_user_share_by_id, 200, client=user, id=share).to_dict())
    done(update_user_share, 200, client=user, id=share, json_body=Share.from_dict({**sent, "description": "x"}))
    assert [entry.id for entry in done(get_user_shares, 200, client=user)] == [share]
    visitor = AuthenticatedClient(base_url=url, token="nobody")
    names = [entry.name for entry in done(get_share_dir_contents, 200, client=visitor, id=share)]
    assert names == ["vault"], names
    done(delete_user_share, 200, client=user, id=share)
    done(get_share_dir_contents, 404, client=visitor, id=share)


def main(url, admin, password):
    url += "/api/v2"
    assert done(get_version, 401, client=AuthenticatedClient(base_url=url, token="x")) is None
    client = bearer(url, get_token, admin, password)
    done(get_version, 200, client=client)
    done(get_status, 200, client=client)
    ends = [
        round_trip(client, BaseVirtualFolder, FOLDER, "name",
                   (add_folder, get_folder_by_name, get_folders, update_folder, delete_folder)),
        round_trip(client, User, USER, "username",
                   (add_user, get_user_by_username, get_users, update_user, delete_user)),
        round_trip(client, Admin, ADMIN, "username",
                   (add_admin, get_admin_by_username, get_admins, update_admin, delete_admin)),
    ]
    shares(url)
    done(dumpdata, 200, client=client, output_file="dump.json")
    for end in reversed(ends):
        end()


if __name__ == "__main__":
    main(*sys.argv[1:])

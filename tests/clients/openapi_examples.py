"""Makes every call of the API with the examples of its own document, and holds the answers to those printed there.

Arguments: the server's URL, the name and the password of an administrator, a directory for users' files. What a server
gives out by itself (ids, codes of a second factor) takes the place of what is printed.
"""

import base64
import hashlib
import hmac
import json
import struct
import sys
import time

import jsonschema_rs
import requests

URL, ADMIN, PASSWORD, DIRECTORY = sys.argv[1:5]
DOCUMENT = requests.get(f"{URL}/openapi/openapi.json", timeout=60).json()
CALLS = {
    operation["operationId"]: (method, path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}
made, refused = set(), set()


def check_schema(what, schema, value):
    """The example is one of what is described."""
    whole = {**schema, "components": DOCUMENT["components"]}
    fault = next(iter(jsonschema_rs.Draft202012Validator(whole).iter_errors(value)), None)
    assert fault is None, f"{what}: {fault.message}"


def check_examples():
    for name, (_, _, operation) in CALLS.items():
        for parameter in operation.get("parameters", []):
            check_schema(f"{name}: {parameter['name']}", parameter["schema"], parameter["example"])
        bodies = [operation.get("requestBody", {})] + list(operation["responses"].values())
        for body in bodies:
            for kind, content in body.get("content", {}).items():
                if kind.endswith("json") and "schema" in content:
                    check_schema(f"{name}: {kind}", content["schema"], content["example"])


def same_shape(what, printed, said):
    """Every field that is printed is there, as a value of the same kind."""
    assert type(printed) is type(said), f"{what}: {said!r} is printed as {printed!r}"
    if isinstance(printed, dict):
        for field, value in printed.items():
            assert field in said, f"{what}: {field} is printed and missing: {said!r}"
            same_shape(f"{what}.{field}", value, said[field])
    elif isinstance(printed, list) and printed and said:
        same_shape(f"{what}[]", printed[0], said[0])


def call(name, who=None, status=None, given=None, body=None):
    """Makes the call as it is printed; `given` are parameters to send in place of those printed, None for none."""
    method, path, operation = CALLS[name]
    expected = status or next(int(code) for code in operation["responses"] if code.startswith("2"))
    headers, query, data, files = dict(who or {}), {}, None, None
    for parameter in operation.get("parameters", []):
        value = (given or {}).get(parameter["name"], parameter["example"])
        if value is None:
            continue
        if isinstance(value, list):
            value = ",".join(str(item) for item in value)
        value = str(value).lower() if isinstance(value, bool) else str(value)
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", requests.utils.quote(value, safe=""))
        elif parameter["in"] == "query":
            query[parameter["name"]] = value
        else:
            headers[parameter["name"]] = value
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        if kind == "multipart/form-data":
            files = [("filenames", ("figures.csv", text)) for text in content["example"]["filenames"]]
        else:
            headers["Content-Type"] = kind
            data = content["example"]
            if isinstance(data, dict):
                data = {**data, **(body or {})}
            data = data if isinstance(data, str) else json.dumps(data)
    answer = requests.request(
        method, URL + path, params=query, headers=headers, data=data, files=files, timeout=60
    )
    assert answer.status_code == expected, f"{name}: {answer.status_code} {answer.text}"
    described = operation["responses"].get(str(expected))
    assert described, f"{name}: {expected} is not in the document"
    kind = answer.headers.get("Content-Type", "").split(";")[0]
    contents = described.get("content", {})
    content = contents.get(kind, contents.get("*/*"))
    assert content is not None or not answer.content, f"{name}: {kind} is not in the document"
    if content and kind.endswith("json"):
        said, printed = answer.json(), content["example"]
        check_schema(name, content["schema"], said)
        # The error says more than the status does, where there is more to say.
        same_shape(name, printed, said if expected < 400 else {"error": "", **said})
        if isinstance(printed, dict) and "message" in printed:
            assert said["message"] == printed["message"], f"{name}: {said} is printed as {printed}"
    (made if expected < 300 else refused).add(name)
    return answer


def token(name, user, password):
    basic = base64.b64encode(f"{user}:{password}".encode()).decode()
    answer = call(name, {"Authorization": f"Basic {basic}"}, given={"X-SFTPGO-OTP": None})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def passcode(secret):
    """RFC 6238."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def second_factor(whose, who):
    call(f"get_{whose}_totp_configs", who)
    secret = call(f"generate_{whose}_totp_secret", who).json()["secret"]
    call(f"validate_{whose}_totp_secret", who, body={"secret": secret, "passcode": passcode(secret)})
    call(f"save_{whose}_totp_config", who)
    call(f"get_{whose}_recovery_codes", who)
    call(f"generate_{whose}_recovery_codes", who)


def files_of(user):
    call("create_user_dir", user)
    call("create_user_file", user, given={"If-None-Match": None})
    call("create_user_file", user, status=412)
    call("create_user_files", user, given={"path": "/in"})
    call("get_user_dir_contents", user)
    call("download_user_file", user, status=206)
    call("download_user_file", user, given={"Range": None})
    call("setprops_user_file", user)
    call("copy_user_item", user)
    call("move_user_item", user)
    call("rename_user_file", user, given={"path": "/in/figures-2027.csv", "target": "/in/figures.csv"})
    call("streamzip", user)
    call("create_user_dir", user, given={"path": "/figures"})
    call("rename_user_dir", user, given={"path": "/figures", "target": "/moved"})
    call("rename_user_dir", user, given={"path": "/moved", "target": "/figures"})
    call("create_user_file", user, given={"path": "/figures/figures.csv", "If-None-Match": None})


def shares_of(user):
    share = {"id": call("add_share", user).headers["X-Object-ID"]}
    call("get_user_shares", user, given={"from": None, "search": None})
    for name in ("get_user_share_by_id", "update_user_share", "patch_user_share"):
        call(name, user, given=share)
    basic = base64.b64encode(b"anybody:tell nobody").decode()
    visitor = {"Authorization": f"Basic {basic}"}
    call("get_share", visitor, given={**share, "Range": None, "compress": None})
    call("get_share_dir_contents", visitor, given={**share, "path": "/"})
    call("download_share_file", visitor, given={**share, "path": "figures.csv"}, status=206)
    call("update_user_share", user, given=share, body={"scope": 2})
    call("upload_to_share", visitor, given=share, status=409)
    call("upload_single_to_share", visitor, given=share, status=409)
    call("delete_user_file", user, given={"path": "/figures/figures.csv"})
    call("upload_to_share", visitor, given=share)
    call("upload_single_to_share", visitor, given={**share, "fileName": "other.csv"})
    call("upload_to_share", None, given=share, status=401)
    call("delete_user_share", user, given=share)


def objects(admin):
    for kind in ("role", "folder", "group", "event_action", "event_rule"):
        changed = {"mapped_path": f"{DIRECTORY}/media"} if kind == "folder" else None
        call(f"add_{kind}", admin, body=changed)
    call("add_role", admin, status=409)
    call("add_user", admin, body={"home_dir": f"{DIRECTORY}/homes/ada"})
    call("add_admin", admin)
    call("add_ip_list_entry", admin)
    for name in (
        "get_roles get_folders get_groups get_event_actons get_event_rules get_users get_admins "
        "get_ip_list_entries get_role_by_name get_folder_by_name get_group_by_name get_event_action_by_name "
        "get_event_rile_by_name get_user_by_username get_admin_by_username get_ip_list_by_ipornet "
        "update_role update_group update_event_action update_event_rule update_admin update_ip_list_entry "
        "patch_role patch_folder patch_group patch_event_action patch_event_rule patch_user patch_admin "
        "patch_ip_list_entry"
    ).split():
        call(name, admin)
    call("update_folder", admin, body={"mapped_path": f"{DIRECTORY}/media"})
    call("update_user", admin, body={"home_dir": f"{DIRECTORY}/homes/ada"})
    call("run_event_rule", admin, status=400)
    key = {"id": call("add_api_key", admin).headers["X-Object-ID"]}
    call("get_api_keys", admin, given={"from": None, "search": None})
    for name in ("get_api_key_by_id", "update_api_key", "patch_api_key", "delete_api_key"):
        call(name, admin, given=key)


def refusals(admin):
    """What is printed for a refusal is what is said."""
    call("get_roles", None, status=401)
    call("get_roles", admin, status=400, given={"order": "up"})
    call("update_role", admin, status=412, given={"If-Match": '"another"'})
    call("get_role_by_name", admin, status=404, given={"name": "nobody"})
    call("add_role", admin, status=413, body={"description": "x" * (2 << 20)})
    _, path, _ = CALLS["patch_role"]
    headers = {**admin, "Content-Type": "application/json-patch+json"}
    path = URL + path.replace("{name}", "branch-office")
    assert requests.patch(path, headers=headers, data="[]", timeout=60).status_code == 415


def upkeep(admin):
    for name in (
        "get_version get_status get_connections get_defender_hosts get_users_retention_checks "
        "user_quota_update_usage user_transfer_quota_update_usage folder_quota_update_usage "
        "start_user_quota_scan start_folder_quota_scan get_users_quota_scans get_folders_quota_scans "
        "update_admin_profile get_admin_profile loaddata_from_request_body"
    ).split():
        call(name, admin)
    for name in ("get_fs_events", "get_provider_events", "get_log_events"):
        call(name, admin, status=501)
    for name in ("close_connection", "get_defender_host_by_id", "delete_defender_host_by_id"):
        call(name, admin, status=404)
    call("dumpdata", admin)
    requests.get(f"{URL}/api/v2/dumpdata?output-file=backups/monday.json", headers=admin, timeout=60)
    call("loaddata_from_file", admin)
    call("healthz", given={"details": None})
    call("healthz")
    # Nothing sends mail here.
    for whose in ("admin", "user"):
        call(f"{whose}_forgot_password", status=400)
        call(f"{whose}_reset_password", status=400)


def main():
    check_examples()
    admin = token("get_token", ADMIN, PASSWORD)
    objects(admin)
    refusals(admin)
    upkeep(admin)
    user = token("get_user_token", "ada", "a long enough passphrase")
    files_of(user)
    shares_of(user)
    call("update_user_profile", user)
    call("get_user_profile", user)
    second_factor("user", user)
    call("disable_user_2fa", admin)
    grace = token("get_token", "grace", "a long enough passphrase")
    call("get_roles", grace, status=403)
    second_factor("admin", grace)
    call("disable_admin_2fa", admin)
    for name in ("delete_user_file", "delete_user_dir", "change_user_password"):
        call(name, user)
    user = token("get_user_token", "ada", "another long enough passphrase")
    call("client_logout", user)
    call("change_admin_password", grace)
    for kind in ("event_rule", "event_action", "user", "admin", "group", "folder", "role", "ip_list_entry"):
        call(f"delete_{kind}", admin)
    call("logout", admin)
    # Answered only with an engine, or a mail server, that is not there.
    elsewhere = {
        "run_event_rule", "get_fs_events", "get_provider_events", "get_log_events", "close_connection",
        "get_defender_host_by_id", "delete_defender_host_by_id", "admin_forgot_password", "user_forgot_password",
        "admin_reset_password", "user_reset_password",
    }
    assert set(CALLS) - made == elsewhere and elsewhere <= refused, set(CALLS) - made ^ elsewhere


main()

/* A client of libssh; ../README.md is its contract. */
#include "contract.h"

#include <fcntl.h>
#include <libssh/libssh.h>
#include <libssh/sftp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A family, and the library's options for the two directions of it. */
static const struct {
    const char *name;
    enum ssh_options_e options[2];
} FAMILIES[] = {
    {"kex", {SSH_OPTIONS_KEY_EXCHANGE, SSH_OPTIONS_KEY_EXCHANGE}},
    {"cipher", {SSH_OPTIONS_CIPHERS_C_S, SSH_OPTIONS_CIPHERS_S_C}},
    {"mac", {SSH_OPTIONS_HMAC_C_S, SSH_OPTIONS_HMAC_S_C}},
    {"hostkey", {SSH_OPTIONS_HOSTKEYS, SSH_OPTIONS_HOSTKEYS}},
};

/* As in its own tutorial. What needs two packets would wait 40 ms in between: it leaves Nagle's algorithm on. */
#define CHUNK 16384

#define FAMILY_COUNT (sizeof FAMILIES / sizeof *FAMILIES)

int offers(const char *family, const char *name)
{
    int taken = 0;
    ssh_session ssh = ssh_new();
    /* The library lists nothing, but it takes no list of which it knows nothing. */
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        if (strcmp(FAMILIES[i].name, family) == 0)
            taken = ssh_options_set(ssh, FAMILIES[i].options[0], name) == 0;
    ssh_free(ssh);
    return taken;
}

static int configure(ssh_session ssh, const struct request *request)
{
    int off = 0;
    unsigned port = (unsigned)atoi(option(request, "port"));
    ssh_options_set(ssh, SSH_OPTIONS_HOST, "127.0.0.1");
    ssh_options_set(ssh, SSH_OPTIONS_PORT, &port);
    ssh_options_set(ssh, SSH_OPTIONS_USER, option(request, "user"));
    ssh_options_set(ssh, SSH_OPTIONS_PROCESS_CONFIG, &off);
    const char *rekey = option(request, "rekey");
    if (rekey != NULL) {
        uint64_t bytes = strtoull(rekey, NULL, 10);
        ssh_options_set(ssh, SSH_OPTIONS_REKEY_DATA, &bytes);
    }
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        const char *name = option(request, FAMILIES[i].name);
        for (int direction = 0; name != NULL && direction < 2; direction++)
            if (ssh_options_set(ssh, FAMILIES[i].options[direction], name) != 0)
                return fail("%s", ssh_get_error(ssh));
    }
    return 0;
}

static int by_key(ssh_session ssh, const struct request *request)
{
    ssh_key key = NULL, certificate = NULL;
    const char *file = option(request, "certificate");
    int result = SSH_AUTH_ERROR;
    if (ssh_pki_import_privkey_file(option(request, "key"), NULL, NULL, NULL, &key) == SSH_OK &&
        (file == NULL || (ssh_pki_import_cert_file(file, &certificate) == SSH_OK &&
                          ssh_pki_copy_cert_to_privkey(certificate, key) == SSH_OK)))
        result = ssh_userauth_publickey(ssh, NULL, key);
    ssh_key_free(key);
    ssh_key_free(certificate);
    return result;
}

static int by_answers(ssh_session ssh, const struct request *request)
{
    int result;
    while ((result = ssh_userauth_kbdint(ssh, NULL, NULL)) == SSH_AUTH_INFO)
        for (int i = 0; i < ssh_userauth_kbdint_getnprompts(ssh); i++)
            ssh_userauth_kbdint_setanswer(ssh, (unsigned)i, option(request, "password"));
    return result;
}

static int log_in(ssh_session ssh, const struct request *request)
{
    char methods[64];
    snprintf(methods, sizeof methods, "%s", option(request, "auth"));
    char *rest = methods;
    for (char *method; (method = strsep(&rest, "+")) != NULL;) {
        int result = strcmp(method, "password") == 0
                         ? ssh_userauth_password(ssh, NULL, option(request, "password"))
                     : strcmp(method, "publickey") == 0 ? by_key(ssh, request)
                                                        : by_answers(ssh, request);
        if (result != (rest == NULL ? SSH_AUTH_SUCCESS : SSH_AUTH_PARTIAL))
            return fail("%s gave %d: %s", method, result, ssh_get_error(ssh));
    }
    return 0;
}

static int fail_of(sftp_session sftp, const char *what)
{
    return fail("%s: status %d", what, sftp_get_error(sftp));
}

static int put(sftp_session sftp, const char *local, const char *remote)
{
    static char buffer[CHUNK];
    FILE *source = fopen(local, "rb");
    sftp_file target = sftp_open(sftp, remote, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (source == NULL || target == NULL)
        return fail_of(sftp, remote);
    for (size_t have; (have = fread(buffer, 1, sizeof buffer, source)) > 0;)
        if (sftp_write(target, buffer, have) != (ssize_t)have)
            return fail_of(sftp, "writing");
    fclose(source);
    return sftp_close(target) == SSH_OK ? 0 : fail_of(sftp, "closing");
}

static int get(sftp_session sftp, const char *remote, const char *local)
{
    static char buffer[CHUNK];
    sftp_file source = sftp_open(sftp, remote, O_RDONLY, 0);
    FILE *target = fopen(local, "wb");
    if (source == NULL || target == NULL)
        return fail_of(sftp, remote);
    ssize_t count;
    while ((count = sftp_read(source, buffer, sizeof buffer)) > 0)
        fwrite(buffer, 1, (size_t)count, target);
    if (count < 0)
        return fail_of(sftp, "reading");
    sftp_close(source);
    return fclose(target) == 0 ? 0 : fail("cannot write %s", local);
}

static int list(sftp_session sftp, const char *directory)
{
    sftp_dir handle = sftp_opendir(sftp, directory);
    if (handle == NULL)
        return fail_of(sftp, directory);
    for (sftp_attributes entry; (entry = sftp_readdir(sftp, handle)) != NULL; sftp_attributes_free(entry))
        listed(entry->name);
    int complete = sftp_dir_eof(handle);
    sftp_closedir(handle);
    return complete ? 0 : fail_of(sftp, "listing");
}

static int take(void *sftp, const struct step *step)
{
    if (strcmp(step->key, "put") == 0)
        return put(sftp, step->first, step->second);
    if (strcmp(step->key, "get") == 0)
        return get(sftp, step->first, step->second);
    if (strcmp(step->key, "list") == 0)
        return list(sftp, step->first);
    if (strcmp(step->key, "rename") == 0 && sftp_rename(sftp, step->first, step->second) != SSH_OK)
        return fail_of(sftp, "renaming");
    if (strcmp(step->key, "remove") == 0 && sftp_unlink(sftp, step->first) != SSH_OK)
        return fail_of(sftp, "removing");
    return 0;
}

static int transfer(ssh_session ssh, const struct request *request)
{
    sftp_session sftp = sftp_new(ssh);
    if (sftp == NULL || sftp_init(sftp) != SSH_OK)
        return fail("opening SFTP: %s", ssh_get_error(ssh));
    int result = take_steps(request, take, sftp);
    if (result != 0)
        fprintf(stderr, "%s\n", ssh_get_error(ssh));
    sftp_free(sftp);
    return result;
}

int session(const struct request *request)
{
    ssh_session ssh = ssh_new();
    int result = configure(ssh, request);
    if (result == 0 && ssh_connect(ssh) != SSH_OK)
        result = fail("connecting: %s", ssh_get_error(ssh));
    if (result == 0)
        result = log_in(ssh, request);
    if (result == 0)
        result = transfer(ssh, request);
    ssh_disconnect(ssh);
    ssh_free(ssh);
    return result;
}

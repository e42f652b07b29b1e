/* A client of libssh2; ../README.md is its contract. */
#include "contract.h"

#include <libssh2.h>
#include <libssh2_sftp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than a packet: the library sends the packets of one call without waiting for each answer. */
#define AHEAD (256 * 1024)

/* A family, and what the library calls the two directions of it. */
static const struct {
    const char *name;
    int methods[2];
} FAMILIES[] = {
    {"kex", {LIBSSH2_METHOD_KEX, LIBSSH2_METHOD_KEX}},
    {"cipher", {LIBSSH2_METHOD_CRYPT_CS, LIBSSH2_METHOD_CRYPT_SC}},
    {"mac", {LIBSSH2_METHOD_MAC_CS, LIBSSH2_METHOD_MAC_SC}},
    {"hostkey", {LIBSSH2_METHOD_HOSTKEY, LIBSSH2_METHOD_HOSTKEY}},
};
#define FAMILY_COUNT (sizeof FAMILIES / sizeof *FAMILIES)

int offers(const char *family, const char *name)
{
    int found = 0;
    LIBSSH2_SESSION *ssh = libssh2_session_init();
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        if (strcmp(FAMILIES[i].name, family) != 0)
            continue;
        const char **all;
        int count = libssh2_session_supported_algs(ssh, FAMILIES[i].methods[0], &all);
        for (int j = 0; j < count; j++)
            found |= strcmp(all[j], name) == 0;
        if (count > 0)
            libssh2_free(ssh, all);
    }
    libssh2_session_free(ssh);
    return found;
}

static int fail_of(LIBSSH2_SESSION *ssh, const char *what)
{
    char *message = NULL;
    libssh2_session_last_error(ssh, &message, NULL, 0);
    return fail("%s: %s", what, message);
}

static int fail_of_sftp(LIBSSH2_SFTP *sftp, const char *what)
{
    return fail("%s: status %lu", what, libssh2_sftp_last_error(sftp));
}

static int pin(LIBSSH2_SESSION *ssh, const struct request *request)
{
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        const char *name = option(request, FAMILIES[i].name);
        for (int direction = 0; name != NULL && direction < 2; direction++)
            if (libssh2_session_method_pref(ssh, FAMILIES[i].methods[direction], name) != 0)
                return fail_of(ssh, name);
    }
    return 0;
}

/* Every question gets the same answer. The library frees it. */
static void answer_all(const char *name, int name_len, const char *instruction, int instruction_len, int count,
                       const LIBSSH2_USERAUTH_KBDINT_PROMPT *prompts, LIBSSH2_USERAUTH_KBDINT_RESPONSE *answers,
                       void **abstract)
{
    (void)name, (void)name_len, (void)instruction, (void)instruction_len, (void)prompts;
    const char *password = option(*abstract, "password");
    for (int i = 0; i < count; i++) {
        answers[i].text = strdup(password);
        answers[i].length = (unsigned)strlen(password);
    }
}

static int authenticate(LIBSSH2_SESSION *ssh, const struct request *request, const char *method)
{
    const char *user = option(request, "user");
    if (strcmp(method, "password") == 0)
        return libssh2_userauth_password(ssh, user, option(request, "password"));
    if (strcmp(method, "keyboard-interactive") == 0)
        return libssh2_userauth_keyboard_interactive(ssh, user, answer_all);
    return libssh2_userauth_publickey_fromfile(ssh, user, option(request, "certificate"), option(request, "key"),
                                               NULL);
}

static int log_in(LIBSSH2_SESSION *ssh, const struct request *request)
{
    char methods[64];
    snprintf(methods, sizeof methods, "%s", option(request, "auth"));
    char *rest = methods;
    for (char *method; (method = strsep(&rest, "+")) != NULL;)
        /* A partial success is reported as a failure; the last method decides. */
        if (authenticate(ssh, request, method) != 0 && rest == NULL)
            return fail_of(ssh, method);
    return libssh2_userauth_authenticated(ssh) ? 0 : fail("not logged in");
}

static int put(LIBSSH2_SFTP *sftp, const char *local, const char *remote)
{
    static char buffer[AHEAD];
    FILE *source = fopen(local, "rb");
    LIBSSH2_SFTP_HANDLE *target =
        libssh2_sftp_open(sftp, remote, LIBSSH2_FXF_WRITE | LIBSSH2_FXF_CREAT | LIBSSH2_FXF_TRUNC, 0644);
    if (source == NULL || target == NULL)
        return fail_of_sftp(sftp, remote);
    for (size_t have; (have = fread(buffer, 1, sizeof buffer, source)) > 0;)
        for (size_t done = 0; done < have;) {
            ssize_t count = libssh2_sftp_write(target, buffer + done, have - done);
            if (count < 0)
                return fail_of_sftp(sftp, "writing");
            done += (size_t)count;
        }
    fclose(source);
    return libssh2_sftp_close(target) == 0 ? 0 : fail_of_sftp(sftp, "closing");
}

static int get(LIBSSH2_SFTP *sftp, const char *remote, const char *local)
{
    static char buffer[AHEAD];
    LIBSSH2_SFTP_HANDLE *source = libssh2_sftp_open(sftp, remote, LIBSSH2_FXF_READ, 0);
    FILE *target = fopen(local, "wb");
    if (source == NULL || target == NULL)
        return fail_of_sftp(sftp, remote);
    ssize_t count;
    while ((count = libssh2_sftp_read(source, buffer, sizeof buffer)) > 0)
        fwrite(buffer, 1, (size_t)count, target);
    if (count < 0)
        return fail_of_sftp(sftp, "reading");
    libssh2_sftp_close(source);
    return fclose(target) == 0 ? 0 : fail("cannot write %s", local);
}

static int list(LIBSSH2_SFTP *sftp, const char *directory)
{
    char name[1024];
    LIBSSH2_SFTP_HANDLE *handle = libssh2_sftp_opendir(sftp, directory);
    if (handle == NULL)
        return fail_of_sftp(sftp, directory);
    int length;
    while ((length = libssh2_sftp_readdir(handle, name, sizeof name - 1, NULL)) > 0) {
        name[length] = '\0';
        listed(name);
    }
    libssh2_sftp_closedir(handle);
    return length == 0 ? 0 : fail_of_sftp(sftp, "listing");
}

static int take(void *sftp, const struct step *step)
{
    if (strcmp(step->key, "put") == 0)
        return put(sftp, step->first, step->second);
    if (strcmp(step->key, "get") == 0)
        return get(sftp, step->first, step->second);
    if (strcmp(step->key, "list") == 0)
        return list(sftp, step->first);
    if (strcmp(step->key, "rename") == 0 && libssh2_sftp_rename(sftp, step->first, step->second) != 0)
        return fail_of_sftp(sftp, "renaming");
    if (strcmp(step->key, "remove") == 0 && libssh2_sftp_unlink(sftp, step->first) != 0)
        return fail_of_sftp(sftp, "removing");
    return 0;
}

static int transfer(LIBSSH2_SESSION *ssh, const struct request *request)
{
    LIBSSH2_SFTP *sftp = libssh2_sftp_init(ssh);
    if (sftp == NULL)
        return fail_of(ssh, "opening SFTP");
    int result = take_steps(request, take, sftp);
    libssh2_sftp_shutdown(sftp);
    return result;
}

int session(const struct request *request)
{
    int socket = connect_to(request);
    if (socket < 0)
        return -1;
    LIBSSH2_SESSION *ssh = libssh2_session_init_ex(NULL, NULL, NULL, (void *)request);
    int result = pin(ssh, request);
    if (result == 0 && libssh2_session_handshake(ssh, socket) != 0)
        result = fail_of(ssh, "handshake");
    if (result == 0)
        result = log_in(ssh, request);
    if (result == 0)
        result = transfer(ssh, request);
    /* Saying goodbye without keys, it crashes. */
    if (result == 0)
        libssh2_session_disconnect(ssh, "done");
    libssh2_session_free(ssh);
    close(socket);
    return result;
}

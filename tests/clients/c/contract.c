/* The loop over requests: ../README.md. */
#include "contract.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *BLANKS = " \n";

/* What follows `ok`, and what follows `failed`. */
static char names[65536];
static char reason[1024];

static void answer(int failed)
{
    if (failed)
        printf("failed %s\n", reason);
    else
        printf("ok%s\n", names);
    fflush(stdout);
}

static int serve_offers(void)
{
    const char *family = strtok(NULL, BLANKS);
    for (const char *name; (name = strtok(NULL, BLANKS)) != NULL;)
        if (offers(family, name))
            listed(name);
    return 0;
}

static int serve_session(void)
{
    struct request request = {0};
    for (char *word; (word = strtok(NULL, BLANKS)) != NULL && request.count < MAX_OPTIONS; request.count++) {
        char *equals = strchr(word, '=');
        if (equals == NULL)
            return fail("%s is no option", word);
        *equals = '\0';
        request.options[request.count].key = word;
        request.options[request.count].value = equals + 1;
    }
    return session(&request);
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        names[0] = reason[0] = '\0';
        const char *request = strtok(line, BLANKS);
        if (request != NULL && strcmp(request, "offers") == 0)
            answer(serve_offers());
        else if (request != NULL && strcmp(request, "session") == 0)
            answer(serve_session());
        else
            answer(fail("no such request"));
    }
    free(line);
    return 0;
}

const char *option(const struct request *request, const char *key)
{
    for (size_t i = 0; i < request->count; i++)
        if (strcmp(request->options[i].key, key) == 0)
            return request->options[i].value;
    return NULL;
}

void listed(const char *name)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return;
    size_t used = strlen(names);
    snprintf(names + used, sizeof names - used, " %s", name);
}

int fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    for (char *end; (end = strchr(reason, '\n')) != NULL;)
        *end = ' ';
    return -1;
}

int connect_to(const struct request *request)
{
    int socket_ = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((unsigned short)atoi(option(request, "port"))),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    if (connect(socket_, (struct sockaddr *)&address, sizeof address) != 0) {
        close(socket_);
        return fail("cannot connect");
    }
    return socket_;
}

int take_steps(const struct request *request, int (*take)(void *sftp, const struct step *step), void *sftp)
{
    for (size_t i = 0; i < request->count; i++) {
        char *colon = strchr(request->options[i].value, ':');
        if (colon != NULL)
            *colon = '\0';
        struct step step = {
            .key = request->options[i].key,
            .first = request->options[i].value,
            .second = colon == NULL ? NULL : colon + 1,
        };
        if (take(sftp, &step) != 0)
            return -1;
    }
    return 0;
}

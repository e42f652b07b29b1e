/* The contract of ../README.md for clients in C: reading requests, writing answers. */
#ifndef CONTRACT_H
#define CONTRACT_H

#include <stddef.h>

#define MAX_OPTIONS 64

/* The words of a `session` request, in their order. */
struct request {
    size_t count;
    struct {
        const char *key;
        char *value;
    } options[MAX_OPTIONS];
};

/* A step as it is given, its value cut at the first colon. */
struct step {
    const char *key;
    char *first;
    char *second;
};

/* The value of an option, NULL without one. */
const char *option(const struct request *request, const char *key);

/* Writes one of the names of the answer. */
void listed(const char *name);

/* Says why a session failed, as printf does; returns -1. */
int fail(const char *format, ...);

/* A socket connected to the port on 127.0.0.1; -1 if it cannot be. */
int connect_to(const struct request *request);

/* Takes every step of the request with `take`, until one does not return 0. */
int take_steps(const struct request *request, int (*take)(void *sftp, const struct step *step), void *sftp);

/* What each client has of its own: */

/* Whether the library can do this algorithm. */
int offers(const char *family, const char *name);

/* Does a session; 0, or what `fail` returned. */
int session(const struct request *request);

#endif

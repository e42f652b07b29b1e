#!/bin/sh
# What OpenSSH runs, as SSH_ASKPASS, when it wants a password: there is no terminal.
printf '%s\n' "$LONGSHORE_ASKPASS"

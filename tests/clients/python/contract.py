"""The contract of ../README.md for clients in Python: reading requests, writing answers."""

import io
import sys
import traceback

STEPS = ("put", "get", "list", "rename", "remove")


def serve(families, session):
    """Answer every request.

    `families` has all that the library can do, by family. `session` takes the options and the steps, each a name and
    its arguments, and returns the names that were listed.
    """
    # Whatever the locale says.
    requests = io.TextIOWrapper(sys.stdin.buffer, "utf-8")
    answers = io.TextIOWrapper(sys.stdout.buffer, "utf-8", line_buffering=True)
    for line in requests:
        request, *words = line.split()
        try:
            if request == "offers":
                family, *names = words
                answer = [name for name in names if name in families[family]]
            elif request == "session":
                pairs = [word.split("=", 1) for word in words]
                steps = [(key, *value.split(":")) for key, value in pairs if key in STEPS]
                answer = [name for name in session(dict(pairs), steps) if name not in (".", "..")]
            else:
                raise ValueError(f"no request {request}")
            print("ok", *answer, file=answers)
        except Exception as error:  # what it was is the answer
            traceback.print_exc()
            print("failed", repr(error), file=answers)

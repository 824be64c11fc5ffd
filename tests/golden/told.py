# SPDX-License-Identifier: MIT
"""What the program tells, looked at line by line."""
import os
import re
import subprocess

failures = []


def check(ok, what):
    if not ok:
        failures.append(what)
        print("wrong: " + what)


def linnet(*words):
    done = subprocess.run([os.environ["LINNET"], *words], capture_output=True, text=True,
                          timeout=60)
    check(done.returncode == 0, f"{words}: status {done.returncode}: {done.stderr[-300:]}")
    return done


def in_order(lines, wanted, what):
    """Each of `wanted` is in a line of its own, in this order."""
    at = 0
    for text in wanted:
        while at < len(lines) and not re.search(text, lines[at]):
            at += 1
        if at == len(lines):
            check(False, f"{what}: no line with /{text}/ behind those before it")
            return
        at += 1

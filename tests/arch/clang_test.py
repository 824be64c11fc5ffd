#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every file that the build compiles is accepted by clang as well, without a warning.

gcc builds the product, clang the fuzz targets and what many embedders link: what only clang
refuses shows here, not in the next `make fuzz`. Nothing is generated, so it costs seconds.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

CLANG = os.environ.get("CLANG", "clang")
# What clang takes from a line of compile_commands.json; the rest is about gcc's output.
KEPT = re.compile(r"-(D|I|U|W(?!l,|no-coverage|no-missing-profile)|std=|m|fno-strict-aliasing)")


def read_jobs(root, build):
    """(source, arguments) of each file of the tree, once."""
    jobs = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = pathlib.Path(entry["file"])
        if source.suffix != ".c" or root not in source.parents or build in source.parents:
            continue
        words = shlex.split(entry["command"])
        kept = [word for word in words if KEPT.match(word)]
        kept += [part for flag, name in zip(words, words[1:]) if flag == "-isystem"
                 for part in (flag, name)]
        jobs.setdefault(source.relative_to(root).as_posix(), kept)
    return sorted(jobs.items())


def refused(root, job):
    source, kept = job
    done = subprocess.run([CLANG, "-fsyntax-only", *kept, "-Werror", source], cwd=root,
                          capture_output=True, text=True)
    return done.stderr if done.returncode else ""


def check(root, build):
    """(files looked at, what clang said of those it refuses)."""
    jobs = read_jobs(root, build)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return len(jobs), [text for text in pool.map(lambda job: refused(root, job), jobs) if text]


def main():
    if not shutil.which(CLANG):
        print(f"{CLANG} is not there: 'scripts/bootstrap test' installs it")
        return 1
    files, errors = check(pathlib.Path(os.environ["LINNET_SOURCE_DIR"]).resolve(),
                          pathlib.Path(os.environ["LINNET_BINARY_DIR"]).resolve())
    print("".join(errors) + f"{files} files, {len(errors)} that clang refuses")
    return 1 if errors or not files else 0


if __name__ == "__main__":
    sys.exit(main())

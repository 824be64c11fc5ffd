#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random TCP talks beside the kernel of this computer, some of them, with fixed seeds. Talks are
drawn with linnet's help: what a seed names changes with what it does. More of them:
scripts/drill_duel --count 1000."""
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(os.environ["LINNET_SOURCE_DIR"])
INSTRUMENTED = os.environ.get("LINNET_INSTRUMENTED") == "ON"
SEED, COUNT = 1, 8 if INSTRUMENTED else 60


def main():
    done = subprocess.run([sys.executable, ROOT / "scripts" / "drill_duel", "--seed", str(SEED),
                           "--count", str(COUNT), "--jobs", "12", "--shrink", "--single"])
    return 77 if done.returncode == 2 else done.returncode


if __name__ == "__main__":
    sys.exit(main())

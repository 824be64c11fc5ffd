#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The libraries show what the public headers promise: every LN_API function, and nothing else.

liblinnet.so is asked for its dynamic symbols, liblinnet.a for its global ones; the shared
library needs at most libc.
"""
import os
import pathlib
import re
import subprocess
import sys

API = re.compile(r"^LN_API[^;{]*?\b(\w+)\(", re.M)


def read_api(root):
    """{function: header that declares it}"""
    return {name: header.relative_to(root).as_posix()
            for header in sorted(root.glob("include/linnet/*.h"))
            for name in API.findall(header.read_text())}


def tool(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True,
                          env=dict(os.environ, LC_ALL="C")).stdout


def read_exports(library):
    """Names that a program can link to; the version's own name (type A) aside."""
    dynamic = ["-D"] if library.suffix == ".so" else []
    words = [line.split() for line in tool("nm", "-g", "--defined-only", *dynamic,
                                           str(library)).splitlines()]
    return {w[2].split("@")[0] for w in words if len(w) == 3 and w[1] != "A"}


def check(api, library):
    exports = read_exports(library)
    for name in sorted(exports - set(api)):
        yield f"{library.name} shows {name}, which no public header declares as LN_API"
    for name in sorted(set(api) - exports):
        yield f"{api[name]}: {name}() is LN_API, but {library.name} does not have it"
    for name in sorted(n for n in api if not n.startswith("ln_")):
        yield f"{api[name]}: {name}() is public; its name must start with ln_"


def check_dynamic(library):
    dynamic = tool("readelf", "-dW", str(library))
    for need in re.findall(r"NEEDED\).*\[(.*)\]", dynamic):
        if not need.startswith("libc."):
            yield f"{library.name} needs {need}; the core needs libc at most"
    if "[liblinnet.so.0]" not in dynamic:
        yield f"{library.name}: its soname is not liblinnet.so.0"


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    build = pathlib.Path(os.environ.get("LINNET_BINARY_DIR", root / "build/release"))
    api = read_api(root)
    errors = [*check(api, build / "liblinnet.so"), *check(api, build / "liblinnet.a"),
              *check_dynamic(build / "liblinnet.so")]
    print("\n".join(errors) if errors else f"{len(api)} public functions, nothing else shown")
    return 1 if errors or not api else 0


if __name__ == "__main__":
    sys.exit(main())

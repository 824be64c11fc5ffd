#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the object files of libcore prove (DESIGN.md, "What the build proves", 1 to 3).

1. No mutable global: every section that can be written is empty. Tables of pointers that are
   written once by the loader (.data.rel.ro) are constants.
2. No way out: undefined symbols of the whole core are on allowed_symbols.txt.
3. No upward call: layers 1 to k link with -z defs, for each k; peers on one line of src/LAYERS
   each without the others.

The build writes core_objects.txt: a line "folder object object ..." for each core folder.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from layers_test import read_layers  # noqa: E402

CC = os.environ.get("CC", "cc")
SECTION = re.compile(r"\[ *\d+\] (\S+) +\S+ +\S+ \S+ (\S+) \S+ +([A-Z]*W[A-Z]*) ")


def run(*command):
    env = dict(os.environ, LC_ALL="C")
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    return done.returncode, done.stdout, done.stderr


def source_of(folder, obj):
    """The source as people write it: src/net/dst.c of .../src/net/dst.c.o"""
    return os.path.normpath(f"src/{folder}/{re.sub('[.]o$', '', os.path.basename(obj))}")


def writable_bytes(obj):
    """{section: size} of what the program could change at run time."""
    sections = {}
    for name, size, _ in SECTION.findall(run("readelf", "-SW", obj)[1]):
        if int(size, 16) and not name.startswith(".data.rel.ro"):
            sections[name] = int(size, 16)
    return sections


def names_in(obj, section):
    """The objects that stand in a section; the compiler may have given none a name."""
    pattern = re.compile(rf"O {re.escape(section)}\t\S+ (\S+)$", re.M)
    return pattern.findall(run("objdump", "-t", obj)[1]) or ["no name"]


def check_mutable(objects):
    for folder, obj in objects:
        for section, size in writable_bytes(obj).items():
            names = ", ".join(names_in(obj, section))
            yield (f"{source_of(folder, obj)}: {size} bytes in {section} ({names}); state hangs "
                   "on struct net, a table is const")


def read_symbols(obj):
    """(defined, undefined) global names."""
    out = run("nm", "-g", obj)[1].splitlines()
    return ({line.split()[-1] for line in out if " U " not in line and " w " not in line},
            {line.split()[-1] for line in out if " U " in line or " w " in line})


def check_symbols(objects, allowed):
    symbols = {(f, o): read_symbols(o) for f, o in objects}
    defined = set().union(*(d for d, _ in symbols.values()))
    for (folder, obj), (_, undefined) in symbols.items():
        for name in sorted(undefined - defined - allowed):
            yield (f"{source_of(folder, obj)}: needs {name}, which neither libcore defines nor "
                   "tests/arch/allowed_symbols.txt allows")


def prefixes(layers, objects):
    """(folder, objects of all lines below and of the folder): one link for each."""
    below = []
    for kind, folders in layers:
        if kind != "core":
            continue
        here = {f: [o for g, o in objects if g == f] for f in folders}
        for folder, objs in here.items():
            if objs:
                yield folder, below + objs
        below = below + sum(here.values(), [])


def check_prefixes(layers, objects):
    home = {name: f for f, o in objects for name in read_symbols(o)[0]}
    with tempfile.TemporaryDirectory() as tmp:
        for folder, objs in prefixes(layers, objects):
            # -fno-lto: by the machine code that stands beside the bytecode, which takes seconds
            code, _, err = run(CC, "-shared", "-fno-lto", "-Wl,-z,defs", "-o",
                               f"{tmp}/prefix.so", *objs)
            calls = set(re.findall(r"(\S+\.c):.*undefined reference to `(\w+)'", err))
            for source, name in sorted(calls):
                yield (f"{source}: layer {folder} calls {name}() of {home.get(name, 'nowhere')}; "
                       "calls go down, packets climb by table")
            if code and not calls:
                yield f"layer {folder} does not link with what is below it:\n{err}"


def check(root, objects, allowed):
    return [*check_mutable(objects), *check_symbols(objects, allowed),
            *check_prefixes(read_layers(root), objects)]


def read_objects(build):
    lines = (build / "core_objects.txt").read_text().splitlines()
    return [(line.split()[0], o) for line in lines for o in line.split()[1:]]


def read_allowed():
    lines = (HERE / "allowed_symbols.txt").read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def main():
    build = pathlib.Path(os.environ.get("LINNET_BINARY_DIR", "build/release"))
    objects = read_objects(build)
    errors = check(HERE.parents[1], objects, read_allowed())
    if not objects:
        errors = [f"{build}/core_objects.txt names no object"]
    print("\n".join(errors) if errors else
          f"{len(objects)} objects: no mutable byte, no symbol from outside, no upward call")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())

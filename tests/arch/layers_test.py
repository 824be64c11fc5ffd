#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No upward and no cyclic include (DESIGN.md, "What the build proves", 4).

A file of src/<folder>/ includes only from its own folder and from folders that stand on an
earlier line of src/LAYERS. Public headers (include/linnet/) may be included by anyone; they
themselves include only each other and the system's headers. A core file includes no system
header beyond those of CORE_SYSTEM, which declare types and mem*/str*.
"""
import os
import pathlib
import re
import sys

CORE_SYSTEM = {"errno.h", "limits.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h",
               "stdint.h", "string.h", "immintrin.h", "arm_neon.h"}
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


def read_layers(root):
    """[(kind, [folder, ...]), ...], lowest first; a folder is "." for src/ itself."""
    lines = (root / "src/LAYERS").read_text().splitlines()
    words = [line.split() for line in lines if line and not line.startswith("#")]
    return [(w[0], w[1:]) for w in words]


def read_includes(path):
    """[(line number, is quoted, name), ...]"""
    found = []
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            found.append((number, match[1] == '"', match[2]))
    return found


def folder_of(name):
    return os.path.dirname(name) or "."


def check_source(path, rel, layers, rank, kind):
    """What one file of src/ includes."""
    folder = folder_of(rel.relative_to("src").as_posix())
    if folder not in rank:
        yield f"{rel}:1: folder {folder} is not in src/LAYERS; give it a line there"
        return
    test = rel.name.endswith("_test.c")
    for number, quoted, name in read_includes(path):
        where = f"{rel}:{number}"
        target = folder_of(name)
        if name.startswith("linnet/"):
            continue
        if not quoted:
            if kind[folder] == "core" and not test and name not in CORE_SYSTEM:
                yield (f"{where}: a core file includes <{name}>; allowed are "
                       + " ".join(sorted(CORE_SYSTEM)))
        elif target not in rank or not (path.parents[len(rel.parts) - 2] / name).exists():
            yield f'{where}: "{name}" is no file of src/; write "folder/file.h" from src/ on'
        elif target != folder and rank[target] >= rank[folder]:
            place = "beside" if rank[target] == rank[folder] else "above"
            below = [f for _, fs in layers[:rank[folder]] for f in fs]
            yield (f'{where}: includes "{name}", but {target} stands {place} {folder} in '
                   f"src/LAYERS; allowed are {' '.join(below + [folder])}")


def check_public(path, rel):
    for number, quoted, name in read_includes(path):
        if quoted and not name.startswith("linnet/"):
            yield (f'{rel}:{number}: a public header includes "{name}"; '
                   "only <linnet/...> is installed")


def find_cycles(graph):
    """Messages for each #include that closes a circle."""
    done, path = set(), []

    def visit(name):
        if name in path:
            circle = " -> ".join(path[path.index(name):] + [name])
            yield f"{name}:1: headers include each other: {circle}"
        elif name not in done:
            path.append(name)
            for target in graph.get(name, []):
                yield from visit(target)
            path.pop()
            done.add(name)

    for name in sorted(graph):
        yield from visit(name)


def check(root):
    layers = read_layers(root)
    rank = {f: i for i, (_, folders) in enumerate(layers) for f in folders}
    kind = {f: k for k, folders in layers for f in folders}
    graph, errors = {}, []
    for path in sorted(root.glob("src/**/*.[ch]")):
        rel = path.relative_to(root)
        errors += check_source(path, rel, layers, rank, kind)
        graph[rel.as_posix()] = ["src/" + n for _, quoted, n in read_includes(path) if quoted]
    for path in sorted(root.glob("include/linnet/*.h")):
        rel = path.relative_to(root)
        errors += check_public(path, rel)
        graph[rel.as_posix()] = ["include/" + n for _, _, n in read_includes(path)
                                 if n.startswith("linnet/")]
    return errors + list(find_cycles(graph))


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
    root = root if root.is_dir() else root.parents[2]
    errors = check(root)
    print("\n".join(errors) if errors else "includes follow src/LAYERS")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())

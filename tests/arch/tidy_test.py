#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The measurable part of STYLE.md: sizes, columns, licence line, guards, left-over markers.

Where one place must break a rule, tests/arch/tidy_exceptions.txt holds a line
"path rule reason"; a line that nothing needs any more is an error as well.
"""
import pathlib
import re
import subprocess
import sys

COLUMNS = 100
FILE_LINES = {".c": 800, ".h": 300}
FUNCTION_LINES = 70
LICENCE = "SPDX-License-Identifier: MIT"
MARKER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
EXCEPTIONS = "tests/arch/tidy_exceptions.txt"

CODE = re.compile(r"(\.[ch]|\.py|\.sh|\.cmake|(^|/)CMakeLists\.txt|(^|/)Makefile)$"
                  r"|^scripts/[^.]+$|^\.ci/")
# What is there byte for byte: expected output, inputs of fuzz targets and of tests.
VERBATIM = re.compile(r"^tests/(golden|fuzz/corpus|fuzz/dict)/|\.(pcap|pcapng|bin|png)$")


def list_files(root):
    """Every file that git knows or would take; without git, all outside build/."""
    git = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root,
                         capture_output=True, text=True)
    if git.returncode == 0:
        names = git.stdout.split("\n")
    else:
        names = [p.relative_to(root).as_posix() for p in root.rglob("*")]
        names = [n for n in names if not re.match(r"(build|\.git)/|.*__pycache__", n)]
    return sorted(n for n in names if n and (root / n).is_file() and not VERBATIM.search(n))


def guard_of(name):
    path = re.sub(r"^(src|include/linnet)/", "", name)
    return "LINNET_" + re.sub(r"[^A-Z0-9]", "_", path.upper())


def functions(lines):
    """(name, line number, lines between the braces): K&R puts both braces in column 0."""
    start = None
    for i, line in enumerate(lines):
        if line == "{":
            start = i
        elif line == "}" and start is not None:
            head = start
            while head and not re.search(r"^$|^[#}]|[;}]$|\*/$", lines[head - 1]):
                head -= 1
            name = re.search(r"(\w+)\(", " ".join(lines[head:start]))
            yield (name[1] if name else "?"), head + 1, i - start - 1
            start = None


def check_text(lines):
    """Rules for every file: (line, rule, message)."""
    for i, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield i, "space", "space at the end of the line"


def check_code(name, lines):
    if not any(LICENCE in line for line in lines[:1 if name[-2:] in (".c", ".h") else 2]):
        yield 1, "licence", f"the file must start with a line that says {LICENCE}"
    for i, line in enumerate(lines, 1):
        width = len(line.expandtabs(8))
        if width > COLUMNS:
            yield i, "columns", f"{width} columns; at most {COLUMNS}, a tab counts 8"
        marker = MARKER.search(line)
        if marker:
            yield i, "marker", f"{marker[1]}: do it, or write an issue"


def check_c(name, lines):
    limit = FILE_LINES[name[-2:]]
    if len(lines) > limit:
        yield 1, "lines", f"{len(lines)} lines; at most {limit}, split it by duty"
    for i, line in enumerate(lines, 1):
        if line.startswith(" " * 8):
            yield i, "indent", "indented with spaces; use tabs"
    for function, line, size in functions(lines):
        if size > FUNCTION_LINES:
            yield line, "function:" + function, (f"{function}() has {size} lines; at most "
                                                 f"{FUNCTION_LINES}, let helpers compute")
    guard = guard_of(name)
    if name.endswith(".h") and not (f"#ifndef {guard}" in lines and f"#define {guard}" in lines):
        found = next((n for n in lines if n.startswith("#ifndef")), "none")
        yield 1, "guard", f"header guard must be {guard}, found: {found}"


def check_file(root, name):
    try:
        text = (root / name).read_text()
    except UnicodeDecodeError:
        yield 1, "text", "neither UTF-8 text nor a known binary (VERBATIM in tidy_test.py)"
        return
    lines = text.splitlines()
    if text and not text.endswith("\n"):
        yield len(lines), "space", "no newline at the end of the file"
    yield from check_text(lines)
    if CODE.search(name):
        yield from check_code(name, lines)
    if name[-2:] in FILE_LINES:
        yield from check_c(name, lines)


def read_exceptions(root):
    """{(path, rule): line number}; errors for lines without a reason."""
    allowed, errors = {}, []
    path = root / EXCEPTIONS
    lines = path.read_text().splitlines() if path.exists() else []
    for number, line in enumerate(lines, 1):
        if not line or line.startswith("#"):
            continue
        words = line.split(None, 2)
        if len(words) < 3:
            errors.append(f'{EXCEPTIONS}:{number}: "{line}": must be "path rule reason"')
        else:
            allowed[words[0], words[1]] = number
    return allowed, errors


def check(root):
    allowed, errors = read_exceptions(root)
    used = set()
    for name in list_files(root):
        for line, rule, message in check_file(root, name):
            if (name, rule) in allowed:
                used.add((name, rule))
            else:
                errors.append(f"{name}:{line}: {message} [{rule}]")
    for key in sorted(set(allowed) - used):
        errors.append(f"{EXCEPTIONS}:{allowed[key]}: {key[0]} keeps rule {key[1]} now; "
                      "delete this line")
    return errors


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
    root = root if root.is_dir() else root.parents[2]
    errors = check(root)
    print("\n".join(errors) if errors else f"{len(list_files(root))} files are tidy")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())

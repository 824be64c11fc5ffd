#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the documents name is there: paths, functions with their files, commands, options, targets.

docs/RFC.md's table has a check of its own, rfc_test.py."""
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(os.environ.get("LINNET_SOURCE_DIR",
                                   pathlib.Path(__file__).resolve().parents[2]))
SPAN = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w.-]+(?:/[\w.-]*)*")
SUFFIX = re.compile(r"\.(?:c|h|py|sh|md|txt|yaml|zone|json|cmake)$")
BARE_PATH = re.compile(r"(?<![\w/.])(?:docs|labs|examples|scripts|src|tests)/[\w./-]*\w")
NAME = re.compile(r"[A-Za-z]\w*_\w*")
COMMAND = re.compile(r"(?:^|[;&|$] *)linnet +(?:-[nN] *\S+ +)*([a-z][\w-]*)([^;&|#]*)")
OPTION = re.compile(r"(?<!\S)--[a-z][a-z-]*")
MAKE = re.compile(r"(?:^|[;&|$] *)make +([a-z]+)")
# Places for what the reader will write, or the build.
PLACEHOLDERS = re.compile(r"\bfoo|^build/|my-lab")
BASES = ("", "src", "tests", "labs")


def files_of(root, *folders):
    return [p for f in folders for p in sorted((root / f).rglob("*"))
            if p.is_file() and p.suffix in (".c", ".h")]


class Tree:
    def __init__(self, root):
        self.root = root
        self.names = {p.name for p in root.rglob("*")
                      if not {"build", ".git"} & set(p.relative_to(root).parts)}
        sources = "\n".join(p.read_text(errors="replace")
                            for p in files_of(root, "src", "include"))
        self.words = set(re.findall(r"\w+", sources))
        cli = root / "src/cli"
        self.cli = "\n".join(p.read_text() for p in cli.glob("*.[ch]")) if cli.is_dir() else ""
        self.commands = set(re.findall(r'^\t\{ "([a-z0-9]+)", cmd_', self.cli, re.M))
        self.options = set(re.findall(r'\{ "([a-z0-9-]+)",', self.cli)) | {"help", "version"}
        makefile = root / "Makefile"
        text = makefile.read_text() if makefile.is_file() else ""
        self.targets = set(re.findall(r"^([a-z]+):", text, re.M))

    def find(self, path):
        """The file or folder that a document means, from the root or from src/, or None."""
        for base in BASES:
            for tail in ("", ".c", ".h"):
                found = self.root / base / (path.rstrip("/") + tail)
                if found.exists():
                    return found
        return None

    def has_path(self, path):
        return self.find(path) is not None or ("/" not in path.rstrip("/") and
                                               path.rstrip("/") in self.names)


def is_path(span):
    return span[0] != "." and PATH.fullmatch(span) and ("/" in span or SUFFIX.search(span)) and \
        not PLACEHOLDERS.search(span)


def check_paths(tree, line):
    spans = [s for s in SPAN.findall(line) if is_path(s)]
    bare = [p for p in BARE_PATH.findall(SPAN.sub("", line)) if not PLACEHOLDERS.search(p)]
    for path in spans + bare:
        if not tree.has_path(path):
            yield f"{path} does not exist"


def check_names(tree, line):
    for span in SPAN.findall(line):
        if is_path(span) or " " in span:
            continue
        for name in NAME.findall(span):
            if name not in tree.words and name not in tree.names and not PLACEHOLDERS.search(name):
                yield f"nothing in src/ or include/ is called {name}"


def check_row(tree, cells):
    """A row of the packet's way: each function stands in one of the row's files."""
    texts, folder = [], None
    for span in SPAN.findall(cells[2]):
        found = tree.find(span) or (tree.find(f"{folder}/{span}") if folder else None)
        if not found:
            yield f"{span} does not exist"
            continue
        folder = found.relative_to(tree.root).parent if found.is_file() else folder
        texts += [p.read_text() for p in ([found] if found.is_file() else files_of(found, "."))]
    for name in SPAN.findall(cells[1]):
        if not any(re.search(rf"\b{re.escape(name)}\b", t) for t in texts):
            yield f"{name} is not in {cells[2]}"


def check_commands(tree, code):
    for name, rest in COMMAND.findall(code):
        if name not in tree.commands:
            yield f'there is no command "linnet {name}"'
        elif name in ("get", "lab", "up", "calc"):
            for option in OPTION.findall(rest):
                if option[2:] not in tree.options:
                    yield f"linnet {name} has no option {option}"


    for target in MAKE.findall(code):
        if target not in tree.targets:
            yield f"the Makefile has no target {target}"


def problems_of(tree, doc, line, fenced):
    cells = [cell.strip() for cell in line.split("|")[1:-1]]
    if doc.name != "RFC.md":
        yield from check_paths(tree, line)
        for code in [line] if fenced else SPAN.findall(line):
            yield from check_commands(tree, code)
    if doc.name == "ARCHITECTURE.md":
        yield from check_names(tree, line)
        if len(cells) == 3 and "`" in cells[1] and "/" in cells[2]:
            yield from check_row(tree, cells)


def check(root):
    tree, found = Tree(root), []
    docs = [d for d in [root / "README.md", *sorted((root / "docs").glob("*.md"))] if d.is_file()]
    for doc in docs:
        fenced = False
        for number, line in enumerate(doc.read_text().splitlines(), 1):
            fenced ^= line.startswith("```")
            found += [f"{doc.relative_to(root)}:{number}: {problem}"
                      for problem in problems_of(tree, doc, line, fenced)]
    return found


def main():
    found = check(ROOT)
    print("\n".join(found) if found else "the documents name what is there")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

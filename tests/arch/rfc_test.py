#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Everything that docs/RFC.md names is there: files, functions, tests; and the tests of
docs/NETWORK.md."""
import os
import re
import sys
from pathlib import Path

ROOT = Path(os.environ.get("LINNET_SOURCE_DIR", Path(__file__).resolve().parents[2]))
SPAN = re.compile(r"`([^`]*)`")


def test_files():
    files = {}
    for folder in ("src", "tests"):
        for path in (ROOT / folder).rglob("*_test.*"):
            files.setdefault(path.stem, []).append(path.read_text(errors="replace"))
    return files


def has_word(texts, word):
    return any(re.search(rf"\b{re.escape(word)}\b", text) for text in texts)


def check_where(span, problems):
    path, _, names = span.partition(": ")
    if "/" not in path:
        return
    file = ROOT / "src" / path
    if not file.is_file():
        problems.append(f"src/{path} does not exist")
        return
    text = file.read_text()
    for name in filter(None, names.split(", ")):
        if not re.search(rf"^\w[^;=\n]*\b{re.escape(name)}\(", text, re.M):
            problems.append(f"src/{path} has no function {name}")


def check_test(span, files, problems):
    stem, _, names = span.partition(": ")
    if stem.endswith(".pkt"):
        if not (ROOT / "tests/pkt" / stem).is_file():
            problems.append(f"tests/pkt/{stem} does not exist")
        return
    if stem not in files:
        problems.append(f"no test file is called {stem}")
        return
    for name in filter(None, names.split(", ")):
        if not has_word(files[stem], name):
            problems.append(f"{stem} has no test {name}")


def check(doc):
    files, found = test_files(), []
    for number, line in enumerate(doc.splitlines(), 1):
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) != 5 or cells[0] in ("feature", "---"):
            continue
        problems = []
        for span in SPAN.findall(cells[2]):
            check_where(span, problems)
        spans = SPAN.findall(cells[3])
        for span in spans:
            check_test(span, files, problems)
        if not spans and cells[3] not in ("no test yet", "not applicable"):
            problems.append(f'the test column says "{cells[3]}": a test, or "no test yet"')
        found += [f"docs/RFC.md:{number}: {problem}" for problem in problems]
    return found


def check_promises(doc):
    """Rows "promise | shown by", where a span that names a test says so by its name."""
    files, found = test_files(), []
    for number, line in enumerate(doc.splitlines(), 1):
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) != 2:
            continue
        problems = []
        for span in SPAN.findall(cells[1]):
            if re.match(r"\w+_test\b", span):
                check_test(span, files, problems)
        found += [f"docs/NETWORK.md:{number}: {problem}" for problem in problems]
    return found


def main():
    found = check((ROOT / "docs/RFC.md").read_text())
    found += check_promises((ROOT / "docs/NETWORK.md").read_text())
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

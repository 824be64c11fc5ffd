#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run_tests.py preset ... - build each preset, run its tests, count them all.

Ends with a line "N passed, N failed, N skipped" over all presets. A build that fails counts
as one failed test; a run without tests fails.
"""
import os
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(*command):
    print("+ " + " ".join(command), flush=True)
    return subprocess.run(command, cwd=ROOT).returncode


def last_line(text):
    lines = [line.strip() for line in (text or "").splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


def read_results(preset, junit):
    """The tests of one run: (preset, name, status, last line of output)."""
    for case in xml.parse(junit).getroot().iter("testcase"):
        status = {"run": "passed", "fail": "failed"}.get(case.get("status"), "skipped")
        skip = case.find("skipped")
        # A test that ctest could not start is no skipped test.
        if skip is not None and "SKIP_RETURN_CODE" not in skip.get("message", ""):
            status = "failed"
        yield preset, case.get("name"), status, last_line(case.findtext("system-out"))


def test_preset(preset):
    junit = ROOT / "build" / preset / "junit.xml"
    junit.unlink(missing_ok=True)
    for step in (["cmake", "--preset", preset, "--log-level=NOTICE", "-DLINNET_TESTS=ON"],
                 ["cmake", "--build", "--preset", preset, "--", "--quiet"]):
        if run(*step):
            return [(preset, "build", "failed", "does not build")]
    code = run("ctest", "--preset", preset, "--output-on-failure", "--output-junit", str(junit))
    results = list(read_results(preset, junit)) if junit.exists() else []
    if not results:
        return [(preset, "ctest", "failed", "no test ran")]
    if code and not any(r[2] == "failed" for r in results):
        results.append((preset, "ctest", "failed", f"exit code {code}"))
    return results


def main():
    os.environ.setdefault("CTEST_PARALLEL_LEVEL", "2")
    results = [r for preset in sys.argv[1:] for r in test_preset(preset)]
    print()
    for preset, name, status, line in results:
        if status == "skipped":
            print(f"skipped: {preset}: {name}: {line}")
    for preset, name, status, line in results:
        if status == "failed":
            print(f"FAILED: {preset}: {name}: {line}")
    count = {s: sum(r[2] == s for r in results) for s in ("passed", "failed", "skipped")}
    for preset in sys.argv[1:]:
        print(f"{preset}: {sum(r[0] == preset for r in results)} tests ran")
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**count))
    return 1 if count["failed"] or not count["passed"] else 0


sys.exit(main())

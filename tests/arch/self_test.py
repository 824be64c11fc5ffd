#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Breaks each rule of tests/arch once in a small tree and sees that the check says so."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import clang_test  # noqa: E402
import docs_test  # noqa: E402
import exports_test  # noqa: E402
import layers_test  # noqa: E402
import objects_test  # noqa: E402
import tidy_test  # noqa: E402

CC = os.environ.get("CC", "cc")
SPDX = "/* SPDX-License-Identifier: MIT */\n"
LAYERS = "# order\ncore base\ncore link link/bridge\ncore .\napp app\n"


class Tree(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.root = pathlib.Path(tmp.name)
        self.write("src/LAYERS", LAYERS)
        self.write("src/base/mem.h", "int mem;\n")
        self.write("src/link/eth.h", '#include "base/mem.h"\n#include <linnet/net.h>\n')
        self.write("src/link/bridge/br.h", '#include "base/mem.h"\n')
        self.write("src/stack.c", '#include "link/eth.h"\n#include "link/bridge/br.h"\n')
        self.write("include/linnet/net.h", "#include <stdint.h>\n")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def expect(self, errors, *words):
        """Exactly one error, which says all of these words."""
        errors = list(errors)
        self.assertEqual(len(errors), 1, errors)
        for word in words:
            self.assertIn(word, errors[0])


class Docs(Tree):
    """A small README for the small tree, right but for one thing."""

    def check(self, text, *words, name="README.md"):
        self.write("Makefile", "all:\n")
        self.write("src/cli/main.c", '\t{ "get", cmd_get, "", "" },\n\t{ "json", no_argument },\n')
        self.write("src/link/eth.c", "int eth_rcv(void);\n")
        self.write(name, text)
        found = docs_test.check(self.root)
        self.expect(found, *words) if words else self.assertEqual(found, [])

    def test_good(self):
        self.check("`src/link/eth.c` `eth.c` `link/` see src/LAYERS; linnet is good\n"
                   "`make all` and `linnet get --json`\n```\n$ linnet -n a get http://x/ --help\n")

    def test_path(self):
        self.check("\nsee `src/link/ether.c`\n", "README.md:2: src/link/ether.c does not exist")

    def test_bare_path(self):
        self.check("more in docs/MORE.md\n", "docs/MORE.md does not exist")

    def test_command(self):
        self.check("`linnet got x`\n", 'there is no command "linnet got"')

    def test_command_in_a_block(self):
        self.check("```\na; linnet -n b gte x\n```\n", 'there is no command "linnet gte"')

    def test_option(self):
        self.check("`linnet get --jso x`\n", "linnet get has no option --jso")

    def test_target(self):
        self.check("`make everything`\n", "no target everything")

    def test_name(self):
        self.check("`eth_recv`\n", "eth_recv", name="docs/ARCHITECTURE.md")

    def test_function_in_another_file(self):
        self.check("| it comes | `eth_rcv` | `base/mem.h` |\n", "eth_rcv is not in `base/mem.h`",
                   name="docs/ARCHITECTURE.md")


class Layers(Tree):
    def check(self, *words):
        self.expect(layers_test.check(self.root), *words)

    def test_good_tree(self):
        self.assertEqual(layers_test.check(self.root), [])

    def test_upward_include(self):
        self.write("src/base/a.c", '\n#include "link/eth.h"\n')
        self.check("src/base/a.c:2", "link stands above base", "allowed are base")

    def test_include_of_peer(self):
        self.write("src/link/a.c", '#include "link/bridge/br.h"\n')
        self.check("src/link/a.c:1", "beside link", "allowed are base link")

    def test_include_without_folder(self):
        self.write("src/link/a.c", '#include "eth.h"\n')
        self.check("src/link/a.c:1", '"eth.h" is no file of src/')

    def test_cycle_in_one_folder(self):
        self.write("src/base/x.h", '#include "base/y.h"\n')
        self.write("src/base/y.h", '#include "base/x.h"\n')
        self.check("src/base/x.h -> src/base/y.h -> src/base/x.h")

    def test_core_includes_system_header(self):
        self.write("src/base/a.c", "#include <stdio.h>\n")
        self.check("src/base/a.c:1", "<stdio.h>")
        self.write("src/base/a.c", "")
        self.write("src/app/a.c", "#include <stdio.h>\n")
        self.write("src/base/a_test.c", "#include <stdio.h>\n")
        self.assertEqual(layers_test.check(self.root), [])

    def test_folder_not_listed(self):
        self.write("src/new/a.c", "")
        self.check("src/new/a.c:1", "new is not in src/LAYERS")

    def test_public_header_includes_inside(self):
        self.write("include/linnet/net.h", '#include "base/mem.h"\n')
        self.check("include/linnet/net.h:1", '"base/mem.h"')


class Tidy(Tree):
    def check(self, name, text, *words):
        self.write(name, text)
        self.expect((f"{name}:{line}: {message} [{rule}]" for line, rule, message
                     in tidy_test.check_file(self.root, name)), *words)

    def test_good_file(self):
        self.write("src/a.c", SPDX + "int f(void)\n{\n\treturn 1;\n}\n")
        self.assertEqual(list(tidy_test.check_file(self.root, "src/a.c")), [])

    def test_licence(self):
        self.check("src/a.c", "int a;\n", "src/a.c:1", "SPDX-License-Identifier: MIT", "[licence]")

    def test_columns_count_tabs_as_8(self):
        self.check("src/a.c", SPDX + "\t" + "x" * 93 + "\n", "src/a.c:2", "101 columns")

    def test_space_at_end(self):
        self.check("src/a.c", SPDX + "int a; \n", "src/a.c:2", "[space]")
        self.check("src/a.c", SPDX + "int a;", "src/a.c:2", "no newline")

    def test_marker(self):
        self.check("src/a.c", SPDX + "/* TO" "DO */\n", "src/a.c:2", "[marker]")

    def test_indent(self):
        self.check("src/a.c", SPDX + " " * 8 + "int a;\n", "src/a.c:2", "use tabs")

    def test_file_length(self):
        self.check("src/a.c", SPDX + "\n" * 800, "801 lines; at most 800")

    def test_function_length(self):
        body = "\tx();\n" * 71
        self.check("src/a.c", f"{SPDX}\nstatic int f(int a,\n\t int b)\n{{\n{body}}}\n",
                   "src/a.c:3", "f() has 71 lines; at most 70", "[function:f]")

    def test_header_guard(self):
        self.check("src/net/a.h", SPDX + "#ifndef A_H\n#define A_H\n#endif\n",
                   "must be LINNET_NET_A_H", "#ifndef A_H")
        self.assertEqual(tidy_test.guard_of("include/linnet/net.h"), "LINNET_NET_H")

    def test_exceptions(self):
        for path in self.root.glob("src/**/*.[ch]"):
            path.unlink()
        self.write("include/linnet/net.h", "")
        (self.root / "include/linnet/net.h").unlink()
        self.write("src/a.c", "int a;\n")
        self.write(tidy_test.EXCEPTIONS, "src/a.c licence taken from elsewhere\n")
        self.assertEqual(tidy_test.check(self.root), [])
        self.write(tidy_test.EXCEPTIONS, "src/a.c licence\n")
        self.assertIn('must be "path rule reason"', tidy_test.check(self.root)[0])
        self.write(tidy_test.EXCEPTIONS, "src/a.c licence why\nsrc/a.c columns why\n")
        self.expect(tidy_test.check(self.root), ":2:", "delete this line")


class Objects(Tree):
    def compile(self, **sources):
        """Objects of files named by folder; all are PIC, as in the build."""
        objects = []
        for folder, text in sources.items():
            source = self.write(f"src/{folder}/{folder}.c", text)
            subprocess.run([CC, "-O2", "-fPIC", "-c", source, "-o", f"{source}.o"], check=True)
            objects.append((folder, f"{source}.o"))
        return objects

    def check(self, objects, *words):
        self.expect(objects_test.check(self.root, objects, {"memcpy", "_GLOBAL_OFFSET_TABLE_"}),
                    *words)

    def test_good_objects(self):
        objects = self.compile(
            base='const char *const names[] = { "a", "b" };\nint base_f(void) { return 1; }\n',
            link="int base_f(void);\nint link_f(void) { return base_f(); }\n")
        self.assertEqual(objects_test.check(self.root, objects, {"_GLOBAL_OFFSET_TABLE_"}), [])

    def test_static_variable(self):
        self.check(self.compile(base="int f(void) { static int n; return ++n; }\n"),
                   "src/base/base.c", "4 bytes in .bss", "state hangs on struct net")

    def test_table_that_is_not_const(self):
        self.check(self.compile(base='const char *names[] = { "a", "b" };\n'),
                   "src/base/base.c", "(names)", "a table is const")

    def test_thread_local(self):
        self.check(self.compile(base="__thread int n;\n"), ".tbss (no name)")

    def test_constructor(self):
        text = '__attribute__((constructor)) void f(void) { __asm__(""); }\n'
        self.check(self.compile(base=text),
                   "src/base/base.c", ".init_array")

    def test_symbol_from_outside(self):
        self.check(self.compile(base="long time(long *); long f(void) { return time(0); }\n"),
                   "src/base/base.c: needs time")

    def test_upward_call(self):
        objects = self.compile(base="int link_f(void); int base_f(void) { return link_f(); }\n",
                               link="int link_f(void) { return 1; }\n")
        self.check(objects, "base.c: layer base calls link_f() of link")


class Clang(Tree):
    def check(self, text, flags=""):
        source = self.write("src/base/base.c", text)
        (self.root / "build").mkdir()
        command = f"gcc -DNAME='\"x\"' {flags} -fno-fat-lto-objects -O2 -c {source} -o base.o"
        entry = {"directory": str(self.root), "file": str(source), "command": command}
        (self.root / "build/compile_commands.json").write_text(json.dumps([entry]))
        files, errors = clang_test.check(self.root, self.root / "build")
        self.assertEqual(files, 1)
        return errors

    def test_good_file(self):
        self.assertEqual(self.check('const char *const name = NAME;\n'), [])

    def test_warning(self):
        self.expect(self.check("static int f(void) { return 1; }\n", "-Wall"),
                    "src/base/base.c", "-Wunused-function")


class Exports(Tree):
    def check(self, header, source, *words):
        self.write("include/linnet/net.h", "#define LN_API\n" + header)
        path, library = self.write("a.c", source), self.root / "liblinnet.so"
        subprocess.run([CC, "-shared", "-fPIC", "-o", library, path], check=True)
        self.expect(exports_test.check(exports_test.read_api(self.root), library), *words)

    def test_not_declared(self):
        self.check("LN_API int ln_a(void);\n",
                   "int ln_a(void) { return 1; }\nint mem_b(void) { return 1; }\n",
                   "liblinnet.so shows mem_b")

    def test_not_there(self):
        self.check("LN_API int ln_a(int x,\n\tint y);\n", "", "include/linnet/net.h", "ln_a()")

    def test_name(self):
        self.check("LN_API int a(void);\n", "int a(void) { return 1; }\n", "start with ln_")


if __name__ == "__main__":
    unittest.main()

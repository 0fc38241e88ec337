# SPDX-License-Identifier: Apache-2.0
"""Shows each rule a sample that breaks it and one that does not."""
import os
import tempfile

import code_rules
import text_rules
import tree_rules

C = "/* SPDX-License-Identifier: Apache-2.0 */\n"
H = C + "#ifndef GATEWAY_X_X_H\n#define GATEWAY_X_X_H\n\n{}\n\n#endif\n"
LONG = "int x(void) {\n" + "    y();\n" * 70 + "}\n"
DEEP = ("int x(int a) {\n    if (a) {\n        for (;;) {\n            while (a) {\n"
        "                if (a) {\n                    y();\n                }\n            }\n"
        "        }\n    }\n}\n")
ROWS = ("int x(void) {\n    y((struct a){\n        .b = {1},\n        .c = {{2}, {{3}}},\n"
        "    });\n}\n")

# rule, path, a text that breaks it, a text that does not. {} in a header sample is its body.
SAMPLES = [
    ("spdx", "gateway/x/a.c", "int x(void);\n", C),
    ("spdx", "tools/a", "#!/bin/sh\necho\n",
     "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\necho\n"),
    ("spdx", "gateway/x/CMakeLists.txt", "project(x)\n",
     "# SPDX-License-Identifier: Apache-2.0\nproject(x)\n"),
    ("columns", "a.proto", "//" + "x" * 99 + "\n", "//" + "x" * 98 + "\n"),
    ("file-length", "a.c", "\n" * 601, "\n" * 600),
    ("ends", "a.cmake", "set(a) \n", "set(a)\n"),
    ("ends", "a.cmake", "set(a)", "set(a)\n"),
    ("ends", "a.cmake", "set(a)\n\n", "set(a)\n"),
    ("words", "a.c", "/* TO" "DO: later */\n", "/* Done. */\n"),
    ("words", "a.md", "Not imple" "mented: not imple" "mented.\n", "Left out.\n"),
    ("words", "a.sh", "cd /wo" "rk/main\n", "cd /worker\n"),
    ("words", "package-lock.json", "\"resol" "ved\": \"x\"\n", "\"version\": \"1\"\n"),
    ("function", "gateway/x/a.c", LONG, LONG.replace("    y();\n", "", 3)),
    ("function", "gateway/x/a.c", "int x(int a, int b, int c, int d, int e, int f) {\n}\n",
     "int x(int a, int (*b)(int, int), int c, int d, int e) {\n}\n"),
    ("function", "gateway/x/a.c", DEEP, ROWS),
    ("function", "gateway/x/a.c", "/* tidy: function: no */\n" + DEEP,
     "/* tidy: function: the library's own shape. */\n" + DEEP),
    ("forbidden", "gateway/x/a.c", "int x(void) {\n    strcpy(a, b);\n}\n",
     "int x(void) {\n    /* strcpy(a, b) */\n    a->system(\"strcpy(\");\n}\n"),
    ("forbidden", "tests/unit/a.c", "int x(void) {\n    sprintf(a, b);\n}\n",
     "int x(void) {\n    longjmp(a, 1);\n}\n"),
    ("floating-point", "policy/a.c", "static double x;\n", "/* double */\n"),
    ("braces", "gateway/x/a.c", "int x(void) {\n    if (y(1))\n        z();\n}\n",
     "int x(void) {\n    if (y(1)) {\n    } else if (a) {\n    }\n    do {\n    } while (a);\n}\n"),
    ("braces", "gateway/x/a.c", "int x(void) {\n    if (y) {\n    } else\n        z();\n}\n",
     "int x(void) {\n    for (;;) {\n    }\n}\n"),
    ("guard", "gateway/x/x.h", C + "#ifndef X_H\n#define X_H\n#endif\n", H),
    ("must-use", "gateway/x/x.h", H.replace("{}", "struct lg_err x_do(void);"),
     H.replace("{}", "LG_MUST_USE struct lg_err x_do(void);")),
    ("macro", "tools/x/a.c", "#define FIRST(x) (x)[0]\n", "#define ROW(x) {.a = x, .b = #x}\n"),
    ("typedef", "gateway/x/a.c", "typedef struct a b;\n", "typedef void (*b)(int);\n"),
    ("macro", "gateway/x/a.c", "#define TWICE(x) ((x) + (x))\n", "#define SIZE 4\n"),
    ("writable", "gateway/x/a.c", "static int counter;\n", "static const int counter = 1;\n"),
    ("writable", "gateway/x/a.c", "static const char *names[] = {0};\n",
     "static const char *const names[] = {0};\nstruct a;\nenum { A = 1 };\nint x(int b);\n"),
    ("names", "gateway/x/x.h", H.replace("{}", "int other_do(int a);"),
     H.replace("{}", "int x_do(int a);\nstruct x *lg_do(void);")),
]

BASE = "/* SPDX-License-Identifier: Apache-2.0 */\n#include \"gateway/{}\"\n"
# rule, files that break it, files that do not.
TREES = [
    ("includes", {"gateway/base/a.c": BASE.format("vault/vault.h")},
     {"gateway/vault/a.c": BASE.format("base/err.h")}),
    ("includes", {"gateway/audit/a.c": BASE.format("source/source.h")},
     {"gateway/query/a.c": BASE.format("source/source.h")}),
    ("includes", {"gateway/query/a.c": BASE.format("audit/audit_int.h")},
     {"gateway/audit/a.c": BASE.format("audit/audit_int.h")}),
    ("includes", {"gateway/query/a.c": "#include <sodium.h>\n"},
     {"gateway/vault/a.c": "#include <sodium.h>\n"}),
    ("includes", {"gateway/vault/a.c": "#include <openssl/evp.h>\n"},
     {"gateway/vault/a.c": "#include <openssl/sha.h>\n"}),
    ("includes", {"policy/a.c": BASE.format("loop/loop.h")},
     {"policy/a.c": BASE.format("model/model.h")}),
    ("includes", {"gateway/vault/a.c": "#include \"vault.h\"\n"},
     {"gateway/main.c": BASE.format("query/query.h")}),
    ("own-header", {"gateway/x/a.c": "#include <stdio.h>\n#include \"gateway/x/a.h\"\n",
                    "gateway/x/a.h": ""},
     {"gateway/x/a.c": "#include \"gateway/x/a.h\"\n#include <stdio.h>\n", "gateway/x/a.h": ""}),
    ("recursion", {"gateway/x/a.c": "static int a(void) {\n    return b();\n}\n\nint b(void) {\n"
                                    "    return a();\n}\n"},
     {"gateway/x/a.c": "static int a(void) {\n    return b->a() + b.a();\n}\n\n"
                       "static int c(fn *c) {\n    return c();\n}\n\n"
                       "static int d(void) {\n    fn *d = e;\n    return d();\n}\n",
      "gateway/x/b.c": "static int a(void) {\n    return 1;\n}\n\nint b(void) {\n"
                       "    return a();\n}\n"}),
    ("committed", {"node_modules/a/a.js": "1\n"}, {"a.js": "1\n"}),
    ("committed", {"gen/a.pb-c.c": "1\n"}, {"gen/a.c": "1\n"}),
    ("committed", {"a.bin": "1" * (600 * 1024)}, {"a.bin": "1"}),
    ("format", {"a.c": "int x( void );\n"}, {"a.c": "int x(void);\n"}),
    ("header-alone", {"a.h": "int x(size_t a);\n"},
     {"a.h": "#include <stddef.h>\nint x(size_t a);\n"}),
]


def hits(tree_class, findings, files, rule):
    """How often a rule finds something in these files."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)) or root, exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as stream:
                stream.write(text)
        return list(findings(tree_class(root, list(files)), {rule}))


def run(tree_class, findings):
    """Every rule has a sample, every sample has its answer."""
    failures = 0
    cases = [(rule, {path: bad}, {path: good}) for rule, path, bad, good in SAMPLES] + TREES
    for rule, bad, good in cases:
        if not hits(tree_class, findings, bad, rule):
            failures += 1
            print(f"{rule} misses {bad}")
        for found in hits(tree_class, findings, good, rule):
            failures += 1
            print(f"{rule} has no business with {good}: {found}")
    rules = {**text_rules.RULES, **code_rules.RULES, **tree_rules.RULES}
    for rule in rules.keys() - {case[0] for case in cases}:
        failures += 1
        print(f"{rule} has no sample")
    print(f"{len(rules)} rules, {len(cases)} pairs of samples, {failures} failures")
    return 1 if failures else 0

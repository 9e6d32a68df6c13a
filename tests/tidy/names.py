"""One concept, one file, named after it in snake_case; tests mirror the tree."""

import re

from tree import CPP_SUFFIXES, PRODUCT_FOLDERS, Violation, expect, violating_paths

# Names that say that a file has no subject.
BANNED_WORDS = {"util", "utils", "utility", "utilities", "helper", "helpers", "manager", "misc", "stuff", "various"}
# Empty at the end of a name, but "common_subsequence" is a concept.
BANNED_LAST_WORDS = {"common", "shared", "base"}
CODE_FOLDERS = PRODUCT_FOLDERS + ("tests", "tools", "examples")

_SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
# CMake takes it for the end of a list's item: neither half names a test, and nothing runs.
_SPLIT_TEST = re.compile(r'\bTEST_CASE(?:_METHOD)?\([^"]*"[^"\n]*;')
_CODE_SUFFIXES = CPP_SUFFIXES + (".py", ".js", ".mjs", ".sh")


def check(tree):
    folders = {path.rsplit("/", 1)[0] for path in tree.paths(PRODUCT_FOLDERS + ("tools",))}
    for path in tree.paths(CODE_FOLDERS, _CODE_SUFFIXES):
        stem = path.rsplit("/", 1)[-1].split(".")[0]
        words = re.split(r"[_\-]", stem)
        for word in BANNED_WORDS & set(words) | BANNED_LAST_WORDS & set(words[-1:]):
            yield Violation(path, 1, f"'{word}' says nothing: name the file after its concept")
        if path.endswith(CPP_SUFFIXES) and not _SNAKE_CASE.fullmatch(stem):
            yield Violation(path, 1, "a source file is named in snake_case")
        for line, _ in tree.lines_matching(path, _SPLIT_TEST, code=False) if path.endswith(".cc") else ():
            yield Violation(path, line, "CTest can't run a test with ';' in its name")
        if path.startswith("tests/unit/") and path.endswith(".cc"):
            folder = path.rsplit("/", 1)[0].removeprefix("tests/unit/")
            if stem.endswith("_test") and folder not in folders:
                yield Violation(path, 1, f"tests/unit mirrors the tree, which has no {folder}/")


def self_test():
    expect(
        violating_paths(check, {
            "core/base/string_util.h": "",
            "tools/helpers.py": "",
            "server/EventLoop.cc": "",
            "tests/unit/core/nowhere/x_test.cc": "",
            "tests/unit/core/base/glob_test.cc": "",
            "core/base/glob.cc": "",
            "tests/clients/connect-redis.mjs": "",
            "tests/unit/core/base/split_test.cc": 'TEST_CASE("one; two", "[x]") {}\n',
            "server/loop_common.h": "",
            "core/value/common_subsequence.h": "",
            "docs/common.md": "",
        }),
        ["core/base/string_util.h", "server/EventLoop.cc", "server/loop_common.h",
         "tests/unit/core/base/split_test.cc", "tests/unit/core/nowhere/x_test.cc",
         "tools/helpers.py"],
        "names")

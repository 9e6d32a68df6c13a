"""A header opens with a paragraph that says what it is, and is guarded by #pragma once."""

import re

from tree import PRODUCT_FOLDERS, Violation, expect, violating_paths

_OPENING = re.compile(r"(//|/\*)")
# The paragraph is at least a sentence, not a banner or a licence line.
_SENTENCE = re.compile(r"(//|\*)\s*\S.{20,}")


def check(tree):
    for path in tree.paths(PRODUCT_FOLDERS + ("tests", "tools"), [".h", ".hpp"]):
        text = tree.text(path)
        opening = text.split("#", 1)[0]
        if not _OPENING.match(text) or not _SENTENCE.search(opening):
            yield Violation(path, 1, "a header opens with a paragraph: what it is, owner, invariants")
        # The public header is C, where an include guard is the custom.
        if "#pragma once" not in text and not (path.startswith("include/") and "#ifndef" in text):
            yield Violation(path, 1, "#pragma once is missing")


def self_test():
    expect(
        violating_paths(check, {
            "core/bare.h": "#pragma once\nint f();\n",
            "core/banner.h": "// ------\n#pragma once\n",
            "core/twice.h": "// The table of commands, and nothing but the table.\nint f();\n",
            "core/good.h": "// The table of commands, and nothing but the table.\n#pragma once\n",
            "include/sorrel/sorrel.h": "/* The public interface of the whole library.\n */\n#ifndef SORREL_H\n",
            "core/bare.cc": "int f() { return 1; }\n",
        }),
        ["core/banner.h", "core/bare.h", "core/twice.h"],
        "headers")

"""A file near a thousand lines, and a function near seventy, wants splitting.

The function check is rough: it takes any block at namespace or class scope whose head ends like a
function's. It reads formatted code and needs no compiler.
"""

import re

from tree import CPP_SUFFIXES, PRODUCT_FOLDERS, Violation, expect, violating_paths

FILE_LINES_MAX = 900
FUNCTION_LINES_MAX = 70

# The head of a function's body: a parameter list, then qualifiers, a return type or member initialisers.
_FUNCTION_HEAD = re.compile(
    r"\)\s*(const|noexcept|override|final|mutable|&&?|\s)*(->\s*[\w:<>,&*\s]+)?(\s*:\s.*)?$", re.DOTALL)
_TYPE_HEAD = re.compile(r"^\s*(template\s*<.*>\s*)?(namespace|class|struct|union|enum|extern)\b", re.DOTALL)


def _functions(code):
    """(line of the head, lines from head to closing brace) of every function of a file."""
    head_start, nested, opened_at = 0, 0, None
    for match in re.finditer(r"[{};]", code):
        position, character = match.start(), match.group()
        if nested:
            nested += {"{": 1, "}": -1, ";": 0}[character]
            if nested == 0 and opened_at is not None:
                first, last = code.count("\n", 0, opened_at), code.count("\n", 0, position)
                yield first + 1, last - first + 1
                opened_at, head_start = None, position + 1
            continue
        head = code[head_start:position]
        # In formatted code only an initialiser's brace touches what stands before it: name_{value}.
        if character == "{" and not head[-1:].isspace():
            nested = 1
            continue
        if character == "{" and not _TYPE_HEAD.match(head) and _FUNCTION_HEAD.search(head):
            opened_at, nested = head_start + len(head) - len(head.lstrip()), 1
        head_start = position + 1


def check(tree):
    for path in tree.paths(PRODUCT_FOLDERS + ("tests", "tools", "examples"), CPP_SUFFIXES + (".py",)):
        lines = tree.text(path).count("\n")
        if lines > FILE_LINES_MAX:
            yield Violation(path, lines, f"{lines} lines; near 1,000 a file wants splitting")
    for path in tree.paths(PRODUCT_FOLDERS + ("tools",), CPP_SUFFIXES):
        for line, length in _functions(tree.code(path)):
            if length > FUNCTION_LINES_MAX:
                yield Violation(path, line, f"a function of {length} lines; near {FUNCTION_LINES_MAX} it wants splitting")


def self_test():
    body = "  x += 1;\n" * 70
    expect(
        violating_paths(check, {
            "core/long.cc": "int x;\n" * 901,
            "core/function.cc": "namespace a {\nint f(int x) {\n" + body + "}\n}\n",
            "core/method.cc": "struct A {\n  A(int b)\n      : b_{b} {\n" + body + "}\n};\n",
            "core/template.cc": "template <class T>\nauto f(T x) const -> std::pair<int, T> {\n" + body + "}\n",
            "core/blocks.cc": "int f() {\n  if (a) {\n" + body + "  }\n}\nint g() { return 1; }\n",
            "core/table.cc": "namespace a {\nconstexpr Row kRows[] = {\n" + "  {1, 2},\n" * 90 + "};\n}\n",
            "core/type.h": "class A {\n" + "  int f() { return 1; }\n" * 90 + "};\n",
            "core/fine.cc": "int f() {\n" + "  x += 1;\n" * 60 + "}\n",
        }),
        ["core/blocks.cc", "core/function.cc", "core/long.cc", "core/method.cc", "core/template.cc"],
        "sizes")

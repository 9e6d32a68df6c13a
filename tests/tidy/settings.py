"""A setting that nobody reads must say in its row that it has no effect."""

import re

from tree import Violation, expect, violating_paths

ROWS = re.compile(r"^core/settings/rows_\w+\.cc$")
READERS = ("core", "persistence", "cluster", "server")

_ROW = re.compile(r'\{\s*\.name = "(?P<name>[^"]+)"(?P<rest>(?:(?!\{\s*\.name = ).)*)', re.DOTALL)
_MEMBER = re.compile(r"\bV::(\w+)")
_EXCUSED = re.compile(r"\bk(NotServed|NoEffect)\b")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_WORD = re.compile(r"\w+")


def check(tree):
    read = set()
    for path in tree.paths(READERS, [".cc", ".h"]):
        if not ROWS.match(path) and not path.endswith("/setting_values.h"):
            read.update(_WORD.findall(tree.code(path)))
    for path in tree.paths(["core"], [".cc"]):
        if not ROWS.match(path):
            continue
        text = tree.text(path)
        for row in _ROW.finditer(text):
            code = _STRING.sub('""', row["rest"])
            members = _MEMBER.findall(code)
            if members and read.isdisjoint(members) and not _EXCUSED.search(code):
                line = text.count("\n", 0, row.start()) + 1
                yield Violation(path, line, f"nobody reads '{row['name']}': serve it, or say kNotServed or kNoEffect")


def self_test():
    row = '{.name = "a-b",\n .kind = YesNoSetting{&V::a_b},\n .doc = "V::x kNotServed"%s},\n'
    rows = "core/settings/rows_x.cc"
    values = {"core/settings/setting_values.h": "bool a_b;"}
    expect(violating_paths(check, {rows: row % "", **values}), [rows], "a setting that nobody reads")
    expect(violating_paths(check, {rows: row % ",\n .flags = kNotServed", **values}), [], "one that says so")
    expect(violating_paths(check, {rows: row % "", "core/x.cc": "if (v.a_b) f();", **values}), [], "one that is read")
    expect(violating_paths(check, {rows: row % "", "core/x.cc": '"a_b"', **values}), [rows], "one only named")

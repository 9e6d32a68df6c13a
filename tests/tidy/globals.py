"""No writable globals, no thread-locals, no static initialisers: read off the release build's libraries.

An object file is what the compiler made of every trick, so nothing hides: function statics, guard
variables and <iostream>'s initialiser are all symbols in a writable section.
"""

import pathlib
import re
import subprocess
import tempfile

from tree import Violation, expect

# .data.rel.ro is constant after relocation: virtual tables, and constexpr tables that hold pointers.
_WRITABLE = re.compile(r"\.(data(?!\.rel\.ro)|bss|tdata|tbss)(\.|$)|\*COM\*$")
# The words of data that the compiler itself adds, wherever something is thrown or caught.
_COMPILERS_OWN = re.compile(r"DW\.ref\.")
_INITIALISERS = re.compile(r"\.(init_array|ctors)(\.|$)")

# objdump -t: value, seven columns of flags, section, size, name.
_SYMBOL = re.compile(r"^[0-9a-f]+ (?P<flags>.{7}) (?P<section>\S+)\s+(?P<size>[0-9a-f]+)\s+(?:\.hidden )?(?P<name>.+)$")
_MEMBER = re.compile(r"^(?P<name>\S+):\s+file format")
_SECTION = re.compile(r"^\s+\d+ (?P<name>\S+)\s+(?P<size>[0-9a-f]{8})")


def _objdump(*arguments):
    return subprocess.run(["objdump", *arguments], check=True, capture_output=True, text=True).stdout


def _faults(archive):
    """(object, what is wrong with it) of every object in an archive, or of one object file."""
    member = archive.name
    for line in _objdump("-t", "-C", str(archive)).splitlines():
        named = _MEMBER.match(line)
        member = named["name"] if named else member
        symbol = _SYMBOL.match(line)
        # A section's own symbol and debug symbols carry a 'd'.
        if not symbol or "d" in symbol["flags"] or _COMPILERS_OWN.match(symbol["name"]):
            continue
        if _WRITABLE.match(symbol["section"]):
            yield member, f"{symbol['name']} is a writable global (in {symbol['section']})"
    for line in _objdump("-h", str(archive)).splitlines():
        named = _MEMBER.match(line)
        member = named["name"] if named else member
        section = _SECTION.match(line)
        if section and _INITIALISERS.match(section["name"]) and int(section["size"], 16):
            yield member, f"has a static initialiser (section {section['name']})"


def check(tree):
    archives = [archive for layer in ("core", "persistence", "cluster", "server")
                for archive in sorted((tree.build / layer).glob("libsorrel*.a"))]
    if not archives:
        yield Violation(str(tree.build), 0, "no static library here: build the release preset first")
    for archive in archives:
        for member, fault in _faults(archive):
            yield Violation(f"{archive.name}({member})", 0, fault)


def self_test():
    planted = {
        "int counter;": 1,
        "int counter = 7;": 1,
        "thread_local int counter;": 1,
        "int next() { static int counter = 7; return ++counter; }": 1,
        "int f(); extern const int counter; const int counter = f();": 2,
        "#include <string>\nconst std::string& f() { static const std::string s(40, 'x'); return s; }": 2,
        "extern const char* const names[]; const char* const names[] = {\"a\", \"b\"};": 0,
        "struct A { virtual ~A(); virtual int f(); }; A::~A() {} int A::f() { return 1; }": 0,
        "struct A { ~A(); }; void f(); void g() { A a; f(); }": 0,
        "constexpr int k = 7; const int* f() { return &k; }": 0,
    }
    with tempfile.TemporaryDirectory() as folder:
        for number, (source, faults) in enumerate(planted.items()):
            unit, made = pathlib.Path(folder, f"{number}.cc"), pathlib.Path(folder, f"{number}.o")
            unit.write_text(source)
            subprocess.run(["g++", "-std=c++20", "-O2", "-fPIC", "-c", unit, "-o", made], check=True)
            expect(len(list(_faults(made))), faults, f"writable symbols of: {source}")

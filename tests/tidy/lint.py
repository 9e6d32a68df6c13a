"""clang-tidy, with the checks of .clang-tidy, on every source file of the product.

A verdict is kept beside the build, under a digest of all that it depends on, so that only what
changed is read again.
"""

import concurrent.futures
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from tree import Violation, expect

LINTER = "clang-tidy-14"
LAYERS = ("core", "persistence", "cluster", "server")

# The build's own flags are GCC's; a compiler's warnings are the build's business.
_FLAGS = ["--quiet", "--extra-arg=-Wno-everything", "--extra-arg=-Wno-error",
          "--header-filter=/(core|persistence|cluster|server)/"]
_FINDING = re.compile(r"^(?P<path>/[^:\n]+):(?P<line>\d+):\d+: (?:warning|error): (?P<message>.*)$", re.MULTILINE)
_INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def _lint(arguments, folder):
    """[(path, line, message)] of one run of clang-tidy."""
    done = subprocess.run([LINTER, *_FLAGS, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    found = [(match["path"], int(match["line"]), match["message"]) for match in _FINDING.finditer(done.stdout)]
    if done.returncode and not found:
        found = [(str(folder), 0, (done.stdout + done.stderr).strip())]
    return found


def _digest(tree, path):
    """Of a source, all that it includes from the tree, and the checks."""
    pending, seen = [path], set()
    while pending:
        file = pending.pop()
        if file not in seen:
            seen.add(file)
            known = set(tree.paths())
            pending += [name for found in _INCLUDE.findall(tree.text(file))
                        for name in (found, "include/" + found) if name in known]
    parts = [f"{file}\0{tree.text(file)}" for file in sorted(seen)] + [tree.text(".clang-tidy"), str(_FLAGS)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def check(tree):
    if not shutil.which(LINTER):
        yield Violation(LINTER, 0, "is not installed: tools/dependencies tidy")
        return
    if not (tree.build / "compile_commands.json").exists():
        yield Violation(str(tree.build), 0, "no compile_commands.json here: configure the preset first")
        return
    clean = tree.build / "tidy-lint"
    clean.mkdir(exist_ok=True)

    def findings(path):
        stamp = clean / _digest(tree, path)
        if stamp.exists():
            return []
        found = _lint(["-p", str(tree.build), path], tree.root)
        if not found:
            stamp.touch()
        return found

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(findings, list(tree.paths(LAYERS, [".cc"]))):
            for path, line, message in found:
                yield Violation(os.path.relpath(path, tree.root), line, message)


def self_test():
    if not shutil.which(LINTER):
        return
    sources = {
        "good.cc": ("struct Thing {\n int f() { return a_; }\n private:\n  int a_ = 0;\n};\nconstexpr int kOne = 1;\n", 0),
        "names.cc": ("struct thing {};\nvoid Function();\nconstexpr int one = 1;\n", 3),
        "moved.cc": ("int f(int* p) {\n  if (p) return 1; else return 1;\n}\n", 1),
    }
    checks = pathlib.Path(__file__).resolve().parents[2] / ".clang-tidy"
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(checks, folder)
        for name, (source, count) in sources.items():
            pathlib.Path(folder, name).write_text(source)
            expect(len(_lint([name, "--", "-std=c++20"], folder)), count, f"findings in {name}")

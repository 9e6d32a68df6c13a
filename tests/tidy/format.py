"""The whole tree stands as clang-format leaves it. One version, or two machines would disagree."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from tree import CPP_SUFFIXES, Violation, expect

FORMATTER = "clang-format-14"
_FILES_A_CALL = 40
_WARNING = re.compile(r"^(?P<path>[^:]+):(?P<line>\d+):\d+: error: code should be clang-formatted")


def _unformatted(root, paths):
    """(path, first line that differs); the files are split over a few processes at a time."""
    calls = [paths[i:i + _FILES_A_CALL] for i in range(0, len(paths), _FILES_A_CALL)]
    while calls:
        batch, calls = calls[:os.cpu_count()], calls[os.cpu_count():]
        running = [
            subprocess.Popen([FORMATTER, "--dry-run", "--Werror", "--ferror-limit=1", *call],
                             cwd=root, stderr=subprocess.PIPE, text=True) for call in batch
        ]
        for process in running:
            output = process.communicate()[1]
            found = [match for match in map(_WARNING.match, output.splitlines()) if match]
            yield from ((match["path"], int(match["line"])) for match in found)
            if process.returncode and not found:
                yield "clang-format", output.strip()


def check(tree):
    if not shutil.which(FORMATTER):
        yield Violation(FORMATTER, 0, "is not installed: tools/dependencies tidy")
        return
    for path, line in _unformatted(tree.root, list(tree.paths(None, CPP_SUFFIXES))):
        yield Violation(path, line, f"{FORMATTER} -i would change it")


def self_test():
    if not shutil.which(FORMATTER):
        return
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, ".clang-format").write_text("BasedOnStyle: Google\n")
        pathlib.Path(folder, "good.cc").write_text("int f() { return 1; }\n")
        pathlib.Path(folder, "bad.cc").write_text("int  f( ) {return 1;}\n")
        expect(list(_unformatted(folder, ["good.cc", "bad.cc"])), [("bad.cc", 1)], "format")

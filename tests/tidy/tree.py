"""What the checks look at: the files of a checkout, or a handful planted by a self-test."""

import dataclasses
import functools
import pathlib
import re
import subprocess

PRODUCT_FOLDERS = ("core", "persistence", "cluster", "server", "include")
CPP_SUFFIXES = (".cc", ".h", ".hpp", ".c")

_BUILD_FOLDERS = re.compile(r"^(build[^/]*|\.git|\.cache)(/|$)|(^|/)(node_modules|__pycache__)/")

# Comments, raw strings, strings and characters, in the order in which a lexer would meet them. A quote
# between digits separates thousands and opens nothing.
_NOT_CODE = re.compile(
    r"""//(?:[^\\\n]|\\.|\\\n)*
      | /\*.*?\*/
      | (?P<raw>R"(?P<delimiter>[^(\s]{0,16})\(.*?\)(?P=delimiter)")
      | "(?:[^"\\\n]|\\.)*"
      | (?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+'""",
    re.DOTALL | re.VERBOSE,
)


def code_only(text):
    """C++ with comments and the insides of literals blanked; every line keeps its number."""

    def blank(match):
        found = match.group()
        inside = "\n" * found.count("\n")
        return inside if found.startswith("/") else f'"{inside}"'

    return _NOT_CODE.sub(blank, text)


@dataclasses.dataclass(frozen=True)
class Violation:
    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


class Tree:
    """Paths are relative to the root, with forward slashes; texts are read once."""

    def __init__(self, texts=None, root=None, build=None):
        self._texts = dict(texts or {})
        self.root = root
        self.build = build

    @classmethod
    def of_checkout(cls, root, build):
        """The files that git tracks or would track; all of them where there is no git."""
        tree = cls(root=root, build=build)
        try:
            listed = subprocess.run(
                ["git", "-C", str(root), "ls-files", "-co", "--exclude-standard", "-z"],
                check=True, capture_output=True, text=True).stdout.split("\0")
        except (OSError, subprocess.CalledProcessError):
            listed = [str(p.relative_to(root)) for p in pathlib.Path(root).rglob("*")]
        tree._texts = {
            path: None for path in sorted(listed)
            if path and not _BUILD_FOLDERS.search(path) and (root / path).is_file()
        }
        return tree

    def paths(self, folders=None, suffixes=None):
        for path in self._texts:
            if folders and path.split("/")[0] not in folders:
                continue
            if suffixes and not path.endswith(tuple(suffixes)):
                continue
            yield path

    def text(self, path):
        if self._texts[path] is None:
            self._texts[path] = (self.root / path).read_text(encoding="utf-8", errors="replace")
        return self._texts[path]

    @functools.lru_cache(maxsize=None)
    def code(self, path):
        return code_only(self.text(path))

    def lines_matching(self, path, pattern, code=True):
        """(line number, match) of every match; in the code alone unless told otherwise."""
        text = self.code(path) if code else self.text(path)
        for match in pattern.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, match


def violating_paths(check, texts, **members):
    """For self-tests: the paths in which a check finds something, in a planted tree."""
    tree = Tree(texts)
    for name, value in members.items():
        setattr(tree, name, value)
    return sorted({violation.path for violation in check(tree)})


def expect(actual, expected, what):
    """An assertion that `python3 -O` can't take away."""
    if actual != expected:
        raise AssertionError(f"{what}: expected {expected}, found {actual}")

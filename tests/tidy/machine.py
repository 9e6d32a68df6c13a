"""The tree carries nothing of the machine it was written on: no private paths, no package hosts."""

import re

from tree import Violation, expect, violating_paths

# Written so that this file doesn't match itself.
_PATHS = re.compile(r"(?<![\w.*}\]-])/(?:roo[t]|hom[e]|wor[k]|User[s])/[\w.-]+")
_HOSTS = re.compile(
    r"\b(?:registry\.npmj[s]|npmj[s]\.org|registry\.yarnpk[g]|pyp[i]\.org|pythonhoste[d]|rubygem[s]\.org|"
    r"(?:deb|security|ftp)\.debia[n]\.|proxy\.golan[g]|crate[s]\.io)")
_RESOLVED = re.compile(r'^\s*"resolved":', re.MULTILINE)


def check(tree):
    for path in tree.paths():
        if path.endswith((".png", ".svg", ".rdb", ".so")):
            continue
        for pattern, what in ((_PATHS, "a path of one machine"), (_HOSTS, "a package host")):
            for line, match in tree.lines_matching(path, pattern, code=False):
                yield Violation(path, line, f"{match.group()}: {what}")
        if path.endswith("package-lock.json"):
            for line, _ in tree.lines_matching(path, _RESOLVED, code=False):
                yield Violation(path, line, "the lock file names versions and digests, not addresses")


def self_test():
    home, host = "/ho" + "me/somebody", "registry.npm" + "js.org"
    expect(
        violating_paths(check, {
            "tools/run": f"cd {home}/sorrel\n",
            "tests/clients/package-lock.json": '{\n  "resolved": "x"\n}\n',
            "tests/clients/README.md": f"from https://{host}/redis\n",
            "docs/a.md": "see core/base and ${root}/work/it\n",
        }),
        ["tests/clients/README.md", "tests/clients/package-lock.json", "tools/run"],
        "machine")

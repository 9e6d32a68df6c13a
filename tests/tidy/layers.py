"""Includes go down only: server -> cluster -> persistence -> core -> the standard library.

Inside core, the folders below have an order of their own; what is not in the table may use all of
core. The layers are also kept from the system headers that they are not to know of.
"""

import re

from tree import CPP_SUFFIXES, Violation, expect, violating_paths

LAYERS = ["core", "persistence", "cluster", "server"]

# A folder of core -> the folders of core that it may include. A file directly under core is "core".
CORE_FOLDERS = {
    "core/base": {"core/base"},
    "core/structure": {"core/base", "core/structure"},
    "core/value": {"core/base", "core/structure", "core/value"},
    "core/resp": {"core/base", "core/resp"},
}

_SOCKETS = r"sys/socket\.h|sys/un\.h|netinet/.*|arpa/.*|netdb\.h|poll\.h|sys/e?poll\.h"
_FILES = r"fstream|filesystem|fcntl\.h|sys/stat\.h|sys/mman\.h|unistd\.h|dirent\.h"
_CLOCKS = r"chrono|ctime|time\.h|sys/time\.h"
_THREADS = r"thread|mutex|shared_mutex|condition_variable|future|semaphore|pthread\.h"
_PROCESS = r"csignal|signal\.h|sys/wait\.h|iostream|random"

FORBIDDEN_HEADERS = {
    "core": f"uv\\.h|jemalloc/.*|{_SOCKETS}|{_FILES}|{_CLOCKS}|{_THREADS}|{_PROCESS}",
    "persistence": f"uv\\.h|jemalloc/.*|{_SOCKETS}|{_CLOCKS}|{_PROCESS}",
    "cluster": f"uv\\.h|jemalloc/.*|{_SOCKETS}|{_FILES}|{_CLOCKS}|{_THREADS}|{_PROCESS}",
}

# The comments and strings are blanked before checks run, and a quoted include is a string: so this
# one reads the text.
_INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.MULTILINE)


def _folder(path):
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "core" and len(parts) > 2 else parts[0]


def _fault(path, quoted, header):
    """Why the file may not include the header, or None."""
    layer, target = path.split("/")[0], header.split("/")[0]
    if quoted:
        if "/" not in header:
            return "an include names its folder, from the root"
        if target == "sorrel":
            return None if layer == "server" else "only the server stands on the public API"
        if target not in LAYERS:
            return f"{target}/ is not for the product"
        if LAYERS.index(target) > LAYERS.index(layer):
            return f"{layer} may not include {target}: includes go down only"
        allowed = CORE_FOLDERS.get(_folder(path))
        if allowed is not None and _folder(header) not in allowed:
            return f"{_folder(path)} may not include {_folder(header)}"
        return None
    if re.fullmatch(FORBIDDEN_HEADERS.get(layer, "(?!)"), header):
        return f"{layer} knows nothing of <{header}>"
    return None


def check(tree):
    for path in tree.paths(LAYERS, CPP_SUFFIXES):
        for line, match in tree.lines_matching(path, _INCLUDE, code=False):
            fault = _fault(path, match.group(1) == '"', match.group(2))
            if fault:
                yield Violation(path, line, f'{match.group(2)}: {fault}')
    for path in tree.paths(["include"], CPP_SUFFIXES):
        for line, match in tree.lines_matching(path, _INCLUDE, code=False):
            if match.group(1) == '"' and not match.group(2).startswith("sorrel/"):
                yield Violation(path, line, f"{match.group(2)}: a public header includes public headers only")


def self_test():
    expect(
        violating_paths(check, {
            "core/base/up.h": '#include "core/structure/table.h"\n',
            "core/engine.cc": '#include "server/loop.h"\n',
            "core/value/socket.cc": "#include <sys/socket.h>\n",
            "core/command/uv.cc": "  #  include <uv.h>\n",
            "persistence/p.cc": '#include "cluster/slots.h"\n',
            "server/near.cc": '#include "near.h"\n',
            "server/tested.cc": '#include "tests/support/peer.h"\n',
            "core/api.cc": '#include "sorrel/sorrel.h"\n',
            "include/sorrel/sorrel.h": '#include "core/engine.h"\n',
            "core/engine.h": '#include "core/base/bytes.h"\n#include <vector>\n',
            "core/value/list.cc": '#include "core/structure/pack.h"\n',
            "server/main.cc": '#include "sorrel/sorrel.h"\n#include <uv.h>\n#include "core/engine.h"\n',
            "include/sorrel/sorrel.hpp": '#include "sorrel/sorrel.h"\n#include <string>\n',
        }),
        ["core/api.cc", "core/base/up.h", "core/command/uv.cc", "core/engine.cc", "core/value/socket.cc",
         "include/sorrel/sorrel.h", "persistence/p.cc", "server/near.cc", "server/tested.cc"],
        "upward includes")

"""What the code may not reach for.

The library lives in its host's process: it doesn't fork, exit, print, read the environment or change
the directory; the engine also takes time, chance and threads from outside. The few files whose very
subject is the process are named in EXEMPT, each for the words it needs.
"""

import fnmatch
import re

from tree import CPP_SUFFIXES, PRODUCT_FOLDERS, Violation, expect, violating_paths


def _calls(*names):
    """A call of a free function: not a member, not a declaration's tail, qualified by std:: or :: at most."""
    return rf"(?<![\w.>])(?<!\w::)(?:(?:std)?::)?(?:{'|'.join(names)})\s*\("


def _qualified_calls(*names):
    """For names that a member of ours may bear as well: only std:: and :: tell the library's apart."""
    return rf"(?<![\w>])(?:std)?::(?:{'|'.join(names)})\s*\("


# A type before a name declares it; a statement's word doesn't.
_WORD_BEFORE = re.compile(r"([\w>]+)[&*]*\s+[&*]*$")
_STATEMENTS = {"return", "else", "do", "throw", "co_return", "co_await", "co_yield", "and", "or", "not"}

# (folders, pattern, why)
RULES = [
    (PRODUCT_FOLDERS, _calls("fork", "vfork", "system", "popen", "execv?[lpe]*", "posix_spawnp?"),
     "the library starts no process"),
    (PRODUCT_FOLDERS, _calls("exit", "_exit", "_Exit", "quick_exit", "atexit", "abort", "terminate", "raise"),
     "the library never ends its host"),
    (PRODUCT_FOLDERS, _calls("signal", "sigaction", "sigprocmask"), "signals belong to the host"),
    (PRODUCT_FOLDERS, _calls("getenv", "secure_getenv", "setenv", "putenv", "unsetenv", "setlocale", "umask"),
     "the environment belongs to the host"),
    (PRODUCT_FOLDERS, _calls("chdir", "fchdir", "chroot"), "the directory belongs to the host"),
    (PRODUCT_FOLDERS, _calls("v?printf", "puts", "putchar", "v?fprintf", "fputs", "perror", "scanf"),
     "standard output belongs to the host"),
    (PRODUCT_FOLDERS, r"\bstd::(cout|cerr|clog|cin)\b", "standard output belongs to the host"),
    (PRODUCT_FOLDERS, _calls("strcpy", "strcat", "sprintf", "vsprintf", "gets", "strtok", "alloca", "atoi",
                             "atol", "atof"), "unbounded, or silent about errors"),
    (PRODUCT_FOLDERS, _calls("gmtime", "localtime", "asctime", "ctime", "strerror"),
     "answers in memory that all threads share"),
    (PRODUCT_FOLDERS, _calls("rand", "srand", "srandom", "drand48"), "chance is given in"),
    (PRODUCT_FOLDERS, _qualified_calls("random"), "chance is given in"),
    (PRODUCT_FOLDERS, r"\bthread_local\b|\b__thread\b", "no thread_locals: an instance owns everything"),
    (PRODUCT_FOLDERS, r"\busing\s+namespace\b", "names its own namespace"),
    (PRODUCT_FOLDERS + ("tests", "tools", "examples"), r"\bconst_cast\b", "const is kept"),
    (("core", "persistence", "cluster"), _calls("time", "clock_gettime", "gettimeofday", "nanosleep", "usleep",
                                                "sleep"), "time is given in"),
    (("core", "persistence", "cluster"), _qualified_calls("clock"), "time is given in"),
    (("core", "cluster"), r"\bstd::(chrono|thread|jthread|mutex|random_device|mt19937(_64)?)\b",
     "time, chance and threads are given in"),
    (("core",), _calls("malloc", "calloc", "realloc", "aligned_alloc") + "|" + _qualified_calls("free"),
     "memory comes from the entry heap or the allocator table"),
    (("core/structure", "core/value", "core/keyspace", "core/command", "core/commands"),
     r"(?<!operator )\bnew\s+(?!\()[A-Za-z_:]|\bnew\s*\(\s*std::nothrow|(?<!operator )(?<!= )\bdelete\b(?!\s*;)",
     "Owned<T> and the entry heap hold memory here"),
]

# Switching a checker off, in a comment or an attribute: read in the whole text.
SILENCERS = re.compile(r"\bNOLINT|no_sanitize|clang-format off|GCC diagnostic ignored|__SANITIZE_\w+__")

# Files whose subject is what the rule keeps everybody else from. Glob -> the words they may use.
EXEMPT = {
    "core/base/check.cc": {"abort", "fprintf"},
    "core/base/allocator.*": {"malloc", "calloc", "realloc", "free", "aligned_alloc"},
    "server/main.cc": {"fprintf", "printf", "fputs", "puts"},
    # The server program, which is its process's own.
    "server/process/*": {"fork", "_exit", "raise", "signal", "sigaction", "getenv", "unsetenv", "chdir", "fputs"},
}


def _exempt(path, found):
    word = re.search(r"\w+(?=\s*\(?$)", found.strip())
    return any(fnmatch.fnmatch(path, glob) and word and word.group() in words
               for glob, words in EXEMPT.items())


def _declared(code, match):
    line_start = code.rfind("\n", 0, match.start()) + 1
    before = _WORD_BEFORE.search(code[line_start:match.start()])
    return match.group().endswith("(") and before and before.group(1) not in _STATEMENTS


def check(tree):
    rules = [(folders, re.compile(pattern), why) for folders, pattern, why in RULES]
    for path in tree.paths(None, CPP_SUFFIXES):
        for folders, pattern, why in rules:
            if not path.startswith(tuple(folder + "/" for folder in folders)):
                continue
            for line, match in tree.lines_matching(path, pattern):
                if not _exempt(path, match.group()) and not _declared(tree.code(path), match):
                    yield Violation(path, line, f"{match.group().strip(' (')}: {why}")
        for line, match in tree.lines_matching(path, SILENCERS, code=False):
            yield Violation(path, line, f"{match.group()}: mend it, don't silence it")


def self_test():
    expect(
        violating_paths(check, {
            "core/a.cc": "void f() { ::fork(); }\n",
            "core/b.cc": "auto t = std::time(nullptr);\n",
            "core/value/c.cc": "auto* x = new Node;\n",
            "core/value/d.cc": "void f(Node* n) { delete n; }\n",
            "server/e.cc": 'void f() { printf("x"); }\n',
            "tests/f.cc": "int* p = const_cast<int*>(q);\n",
            "core/g.cc": "int x;  // NOLINT\n",
            "server/h.cc": "thread_local int x;\n",
            "core/i.cc": "std::mutex m;\n",
            "core/j.cc": "void f() { std::exit(1); }\n",
            "core/k.cc": "int f() { return time(nullptr); }\n",
            "core/l.cc": "void f(void* p) { std::free(p); }\n",
            "core/ok0.h": "struct A {\n  Random& random();\n  void free(void* p);\n  int64_t time(int a);\n};\n",
            "core/ok1.cc": "// fork() and new Node; in a comment\nstd::string s = \"printf(\";\n",
            "core/value/ok2.cc": "Node(const Node&) = delete;\nauto* n = new (place) Node;\n",
            "core/ok3.cc": "Table<K>::random(1); clock.time(); options->exit(2); my_fork(); Server::signal(3); time_(1);\n",
            "core/base/check.cc": "void f() { std::abort(); }\n",
            "server/ok4.cc": "auto* connection = new Connection(loop);\nint n = 1'000; free_list('x');\n",
        }),
        ["core/a.cc", "core/b.cc", "core/g.cc", "core/i.cc", "core/j.cc", "core/k.cc", "core/l.cc", "core/value/c.cc",
         "core/value/d.cc", "server/e.cc", "server/h.cc", "tests/f.cc"],
        "banned functions")

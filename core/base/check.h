// VERIFY: the programmer's failures.
//
// A VERIFY states what must be true if the program is right. It is always on, release builds too,
// and it ends the process with the place and the expression. It is never reachable from a client's
// bytes or from a file's: those are user or environment failures (core/base/result.h). It is not
// called CHECK because Catch2 owns that word in the tests.
#pragma once

namespace sorrel {

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace sorrel

#define VERIFY(expression)                            \
  (__builtin_expect(static_cast<bool>(expression), 1) \
       ? static_cast<void>(0)                         \
       : ::sorrel::check_failed(#expression, __FILE__, __LINE__))

// CrashReport: what the log learns when the program is ended by a fault of its own: which signal,
// at which address, in which version, and who called whom (crash-log-enabled).
//
// The process is broken by then, so the report is made of nothing but system calls and of what was
// prepared before: no memory is asked for, nothing of the server is looked at. Afterwards the
// signal does what it would have done without the report.
//
// The handler finds what was prepared at the foot of the stack that it runs on, its own, which the
// thread that made this has. A crash of another thread is told of on standard output.
//
// Owned by the program, on the main thread; an embedded server leaves its host's signals alone.
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <string>

namespace sorrel {

class CrashReport {
 public:
  CrashReport() = default;
  ~CrashReport();
  CrashReport(const CrashReport&) = delete;
  CrashReport& operator=(const CrashReport&) = delete;

  /// Where reports go (empty: standard output), and the program's name and version in them.
  void prepare(const std::string& log_path, const std::string& version);
  /// Whether they are made.
  void enable(bool on);

 private:
  struct Prepared;

  Prepared* prepared_ = nullptr;  // the foot of the signals' stack
};

}  // namespace sorrel

#include "server/process/crash_report.h"

#include "server/process/fixed_line.h"

#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

namespace sorrel {

struct CrashReport::Prepared {
  char log_path[PATH_MAX];
  char version[64];
};

namespace {

constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr size_t kStackBytes = 128 << 10;
constexpr int kFramesMax = 100;

using Line = FixedLine<1024>;

void write_line(int fd, const Line& line) {
  static_cast<void>(!write(fd, line.text().data(), line.text().size()));
}

void write_report(int fd, Bytes version, int number, const siginfo_t& info) {
  const auto process = int64_t{getpid()};
  Line about;
  about.add("\n\n=== SORREL BUG REPORT START: Cut & paste starting from here ===\n");
  about.add(process).add(":M # ").add(version).add(" crashed by signal: ").add(int64_t{number});
  about.add(", si_code: ").add(int64_t{info.si_code}).add('\n');
  if (info.si_code > 0) {
    const auto address = reinterpret_cast<uintptr_t>(info.si_addr);
    about.add(process).add(":M # Accessing address: 0x").add_hexadecimal(address).add('\n');
  } else {
    about.add(process).add(":M # Killed by PID: ").add(int64_t{info.si_pid}).add('\n');
  }
  about.add("\n------ STACK TRACE ------\n");
  write_line(fd, about);
  void* frames[kFramesMax];
  backtrace_symbols_fd(frames, backtrace(frames, kFramesMax), fd);
  write_line(fd, Line().add("\n=== SORREL BUG REPORT END. ===\n\n"));
}

}  // namespace

CrashReport::~CrashReport() {
  if (prepared_ == nullptr) return;
  enable(false);
  stack_t none = {};
  none.ss_flags = SS_DISABLE;
  sigaltstack(&none, nullptr);
  munmap(prepared_, sizeof(Prepared) + kStackBytes);
}

void CrashReport::prepare(const std::string& log_path, const std::string& version) {
  void* const memory = mmap(nullptr, sizeof(Prepared) + kStackBytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return;
  prepared_ = static_cast<Prepared*>(memory);
  std::strncpy(prepared_->log_path, log_path.c_str(), sizeof prepared_->log_path - 1);
  std::strncpy(prepared_->version, version.c_str(), sizeof prepared_->version - 1);
  stack_t stack = {};
  stack.ss_sp = memory;
  stack.ss_size = sizeof(Prepared) + kStackBytes;
  sigaltstack(&stack, nullptr);
  // The first call loads a library.
  void* frame;
  backtrace(&frame, 1);
}

void CrashReport::enable(bool on) {
  if (prepared_ == nullptr) return;
  struct sigaction action = {};
  sigemptyset(&action.sa_mask);
  if (on) {
    // A fault in the report itself ends the process.
    action.sa_flags = static_cast<int>(SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESETHAND);
    action.sa_sigaction = [](int number, siginfo_t* info, void*) {
      stack_t stack = {};
      const bool known = sigaltstack(nullptr, &stack) == 0 && (stack.ss_flags & SS_DISABLE) == 0;
      const Prepared* const prepared = known ? static_cast<Prepared*>(stack.ss_sp) : nullptr;
      const bool to_file = prepared != nullptr && prepared->log_path[0] != '\0';
      const int fd = to_file ? open(prepared->log_path, O_WRONLY | O_APPEND | O_CREAT, 0644) : -1;
      write_report(fd < 0 ? STDOUT_FILENO : fd, prepared == nullptr ? "Sorrel" : prepared->version,
                   number, *info);
      raise(number);
    };
  } else {
    action.sa_handler = SIG_DFL;
  }
  for (const int number : kSignals) sigaction(number, &action, nullptr);
}

}  // namespace sorrel

#include "server/process/crash_report.h"

#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
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

/// Text of fixed size, made without asking for memory.
class Line {
 public:
  Line& add(const char* text) {
    const size_t length = std::min(std::strlen(text), sizeof text_ - size_);
    std::memcpy(text_ + size_, text, length);
    size_ += length;
    return *this;
  }
  Line& add(uint64_t number, uint64_t base) {
    constexpr char kDigits[] = "0123456789abcdef";
    char digits[24];
    size_t at = sizeof digits;
    digits[--at] = '\0';
    do {
      digits[--at] = kDigits[number % base];
      number /= base;
    } while (number != 0);
    return add(digits + at);
  }
  void write(int fd) const { static_cast<void>(!::write(fd, text_, size_)); }

 private:
  char text_[1024];
  size_t size_ = 0;
};

void write_report(int fd, const char* version, int number, const siginfo_t& info) {
  Line().add("\n\n=== SORREL BUG REPORT START: Cut & paste starting from here ===\n").write(fd);
  const auto process = static_cast<uint64_t>(getpid());
  Line about;
  about.add(process, 10).add(":M # ").add(version).add(" crashed by signal: ");
  about.add(static_cast<uint64_t>(number), 10).add(", si_code: ");
  about.add(info.si_code < 0 ? "-" : "");
  about.add(static_cast<uint64_t>(std::abs(info.si_code)), 10).add("\n");
  if (info.si_code > 0) {
    const auto address = reinterpret_cast<uintptr_t>(info.si_addr);
    about.add(process, 10).add(":M # Accessing address: 0x").add(address, 16).add("\n");
  } else {
    about.add(process, 10).add(":M # Killed by PID: ");
    about.add(static_cast<uint64_t>(info.si_pid), 10).add("\n");
  }
  about.add("\n------ STACK TRACE ------\n").write(fd);
  void* frames[kFramesMax];
  backtrace_symbols_fd(frames, backtrace(frames, kFramesMax), fd);
  Line().add("\n=== SORREL BUG REPORT END. ===\n\n").write(fd);
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

#include "server/process_facts.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <charconv>
#include <string_view>

namespace sorrel {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

void read_cpu_times(int who, double& system, double& user) {
  rusage usage;
  if (getrusage(static_cast<__rusage_who>(who), &usage) != 0) return;
  system = seconds(usage.ru_stime);
  user = seconds(usage.ru_utime);
}

}  // namespace

// /proc/self/statm: "size resident shared …" in pages.
size_t process_resident_bytes() {
  const int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  char text[256];
  const ssize_t length = read(fd, text, sizeof text);
  close(fd);
  if (length <= 0) return 0;
  const std::string_view line(text, static_cast<size_t>(length));
  const size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return 0;
  size_t pages = 0;
  std::from_chars(text + blank + 1, text + length, pages);
  return pages * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

ProcessFacts read_process_facts() {
  ProcessFacts facts;
  facts.process_id = getpid();
  utsname system;
  if (uname(&system) == 0) {
    facts.os = std::string(system.sysname) + " " + system.release + " " + system.machine;
  }
  facts.machine_memory_bytes =
      static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  read_cpu_times(RUSAGE_SELF, facts.cpu_system, facts.cpu_user);
  read_cpu_times(RUSAGE_CHILDREN, facts.cpu_children_system, facts.cpu_children_user);
  read_cpu_times(RUSAGE_THREAD, facts.cpu_thread_system, facts.cpu_thread_user);
  return facts;
}

}  // namespace sorrel

#include "tools/bench/machine.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace sorrel::bench {
namespace {

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

Machine Machine::look() {
  Machine machine;
  machine.processor = processor_name();
  utsname names{};
  if (uname(&names) == 0) machine.kernel = std::string(names.sysname) + " " + names.release;
  machine.memory_bytes =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  for (int core = 0; core < CPU_SETSIZE; core++) {
    if (CPU_ISSET(core, &set)) machine.cores.push_back(core);
  }
  return machine;
}

Status pin_this_thread(int core) {
  if (core < 0) return Status::ok();
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  if (sched_setaffinity(0, sizeof set, &set) == 0) return Status::ok();
  return Status::failure("core " + std::to_string(core) + ": " + strerror(errno));
}

Status set_niceness(int niceness) {
  if (niceness == 0) return Status::ok();
  if (setpriority(PRIO_PROCESS, 0, niceness) != 0) {
    return Status::failure("niceness " + std::to_string(niceness) + ": " + strerror(errno));
  }
  std::ofstream("/proc/self/autogroup") << niceness;  // a kernel without sessions has no such file
  return Status::ok();
}

void reset_session_niceness() {
  std::ofstream("/proc/self/autogroup") << 0;
}

double busy_seconds() {
  std::ifstream file("/proc/stat");
  std::string word;
  double ticks[8] = {};  // user nice system idle iowait irq softirq steal
  file >> word;
  for (double& tick : ticks) file >> tick;
  const double busy = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6];
  return busy / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double own_seconds() {
  double total = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    total += seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  }
  return total;
}

}  // namespace sorrel::bench

#include "server/process/process_limits.h"

#include "core/base/number.h"
#include "server/os_error.h"
#include "server/posix_config_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace sorrel {
namespace {

constexpr char kOomScorePath[] = "/proc/self/oom_score_adj";
constexpr int64_t kOomScoreMin = -1000;
constexpr int64_t kOomScoreMax = 1000;
// No process may have more, whatever its limit; the superuser's limit is no higher.
constexpr char kMostDescriptorsPath[] = "/proc/sys/fs/nr_open";

std::optional<int64_t> read_oom_score() {
  const int fd = open(kOomScorePath, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  char text[32];
  ssize_t length = read(fd, text, sizeof text);
  close(fd);
  while (length > 0 && text[length - 1] == '\n') --length;
  return length <= 0 ? std::nullopt : parse_integer(Bytes(text, static_cast<size_t>(length)));
}

bool write_oom_score(int64_t score) {
  const int fd = open(kOomScorePath, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const std::string text = std::to_string(score);
  const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int error = errno;
  close(fd);
  errno = error;
  return written;
}

rlim_t most_descriptors() {
  const Result<std::string> text = PosixConfigFiles().read(kMostDescriptorsPath);
  if (!text) return RLIM_INFINITY;
  return static_cast<rlim_t>(std::strtoull(text.value().c_str(), nullptr, 10));
}

// Up to what was asked for; where that can't be had, as much of it as can.
rlim_t raise_up_to(rlim_t wanted, const rlimit& now, std::string& error) {
  for (const rlim_t limit : {wanted, std::min(wanted, most_descriptors()), now.rlim_max}) {
    if (limit <= now.rlim_cur || limit > wanted) continue;
    const rlimit both = {limit, std::max(limit, now.rlim_max)};
    if (setrlimit(RLIMIT_NOFILE, &both) == 0) return limit;
    error = os_error(errno);
  }
  return now.rlim_cur;
}

}  // namespace

DescriptorLimit raise_descriptor_limit(int64_t clients) {
  DescriptorLimit result;
  result.clients = clients;
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    result.error = os_error(errno);
    return result;
  }
  const auto wanted = static_cast<rlim_t>(clients + kReservedDescriptors);
  result.before = result.now = limit.rlim_cur;
  if (limit.rlim_cur >= wanted) return result;
  result.now = raise_up_to(wanted, limit, result.error);
  const int64_t fit = static_cast<int64_t>(result.now) - kReservedDescriptors;
  result.clients = std::min(clients, std::max<int64_t>(fit, 0));
  return result;
}

// A kernel that doesn't know the call has no such pages to switch off.
void disable_huge_pages() {
  static_cast<void>(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
}

OomScore::OomScore() : original_(read_oom_score()) {}

SettingRefusal OomScore::apply(const SettingValues& values) {
  if (values.oom_score_adj == OomScoreAdj::kNo && !changed_) return std::nullopt;
  if (!original_) return "Failed to apply new oom_score_adj configuration, check server logs.";
  int64_t score = *original_;
  if (values.oom_score_adj != OomScoreAdj::kNo) {
    const int64_t primary = values.oom_score_adj_values[0];
    score = values.oom_score_adj == OomScoreAdj::kRelative ? score + primary : primary;
  }
  if (!write_oom_score(std::clamp(score, kOomScoreMin, kOomScoreMax))) {
    return "Failed to apply new oom_score_adj configuration, check server logs.";
  }
  changed_ = values.oom_score_adj != OomScoreAdj::kNo;
  return std::nullopt;
}

}  // namespace sorrel

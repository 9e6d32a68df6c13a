// What the kernel allows the process: descriptors, huge pages, and how likely it is to be killed
// when memory runs out.
#pragma once

#include "core/settings/settings.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace sorrel {

/// Descriptors beside those of clients: log, listeners, data files.
inline constexpr int64_t kReservedDescriptors = 32;

struct DescriptorLimit {
  /// Clients that fit; not more than were asked for.
  int64_t clients = 0;
  uint64_t before = 0;
  uint64_t now = 0;
  std::string error;  // why it couldn't be raised as far as was wanted
};
/// Raises RLIMIT_NOFILE so that `clients` fit, or as far as it goes; never lowers it.
DescriptorLimit raise_descriptor_limit(int64_t clients);

/// `disable-thp`: the kernel backs memory with small pages alone. The first touch of a huge one
/// clears two megabytes, and may move others' pages about to find it.
void disable_huge_pages();

/// `oom-score-adj`: remembers what the process came with, because `relative` counts from there and
/// `no` returns to it.
class OomScore {
 public:
  OomScore();
  /// Nothing, or why not.
  SettingRefusal apply(const SettingValues& values);

 private:
  std::optional<int64_t> original_;
  bool changed_ = false;
};

}  // namespace sorrel

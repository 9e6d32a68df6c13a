// collection_loads: the lines of a section that measures one type's commands.
//
// A type is measured on many small collections, which servers keep packed, at both pipelines, and
// on a big one. A line is a name and what it asks; all lines of a group run on one pair of servers,
// so they must leave the collections as long as they found them.
#pragma once

#include "core/base/random.h"
#include "tools/bench/cpu_per_command.h"
#include "tools/bench/sections/section.h"

#include <functional>
#include <string>
#include <vector>

namespace sorrel::bench {

/// In no line slower than the other.
inline constexpr Target kNoSlower{Target::Of::kRatio, 1.0, 0.7};

/// Where a command is slow, so that replies come within a window.
inline constexpr uint32_t kFewClients = 4;

struct CollectionLine {
  std::string name;
  /// Appends one request, or several that belong together, a power of two of them.
  std::function<void(RequestSet&, Random&)> make;
  Target target = kNoSlower;
  uint32_t clients = 50;
};

struct CollectionGroup {
  std::string name;  // behind a line's: "10 fields"
  RequestSet fill;
  std::vector<uint32_t> pipelines;
  uint64_t requests;  // of each line; drawn again from the first one when they end
  std::vector<CollectionLine> lines;
};

Status run_collections(const Plan& plan, const CollectionGroup& group, const Reporter& report);

inline constexpr uint64_t kSmallRequests = 16'384;
inline constexpr uint64_t kBigRequests = 131'072;
/// In how many small collections the requests are spread.
inline constexpr uint64_t kSmallCollections = 1000;

/// 14 bytes that no server takes for a number.
std::string member_name(uint64_t number);
/// "name:" and the number of a small collection.
std::string collection_key(std::string_view name, uint64_t number);

/// `command` and `key`, then what `add` gives for 0 .. count - 1, some hundred of them a request.
RequestSet fill_one(std::string_view command, std::string_view key, uint64_t count,
                    const std::function<void(std::vector<std::string>&, uint64_t)>& add);
/// The same for kSmallCollections keys of `count` each, one request a key.
RequestSet fill_many(std::string_view command, std::string_view name, uint64_t count,
                     const std::function<void(std::vector<std::string>&, uint64_t)>& add);
void append(RequestSet& to, const std::vector<std::string>& words);

}  // namespace sorrel::bench

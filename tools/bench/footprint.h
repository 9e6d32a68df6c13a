// footprint: what data cost in memory, by the server's own account (INFO used_memory) and by the
// kernel's.
//
// Each figure comes from a fresh server: its memory before, the data, its memory after. The data
// come over a few connections with small pipelines, which are closed before the second reading, so
// that no client buffer is counted.
#pragma once

#include "tools/bench/contest.h"
#include "tools/bench/sections/section.h"

#include <string>
#include <vector>

namespace sorrel::bench {

struct Weighing {
  std::string name;
  RequestSet requests;
  uint64_t count;  // of keys or elements: what the bytes are divided by
  /// What the server must answer to when all is there, and the answer.
  std::vector<std::string_view> check = {"DBSIZE"};
  uint64_t answer;
  Target target;
};

/// Reports two measures: used_memory, which has the target, and resident.
Status weigh(const Plan& plan, const Weighing& weighing, const Reporter& report);

}  // namespace sorrel::bench

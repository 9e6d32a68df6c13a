// Report: what a run found out, and its three forms: a table, JSON with every round, a picture.
//
// The writers know nothing of servers or of how a figure came about; a new section needs no change
// here.
#pragma once

#include "core/base/result.h"
#include "tools/bench/machine.h"
#include "tools/bench/measure.h"

#include <string>
#include <string_view>
#include <vector>

namespace sorrel::bench {

struct Report {
  std::string started_at;  // UTC, ISO 8601
  std::string sorrel_version;
  std::string redis_version;
  std::string revision;
  bool quick = false;
  int server_cpu = -1;
  int client_cpu = -1;
  Machine machine;
  double seconds = 0;
  /// What other processes took of the machine's cores during the run, 0 to 1.
  double others_share = 0;
  std::vector<SectionResult> sections;
  /// Of sections that broke off; what they had measured until then is in `sections`.
  std::vector<std::string> failures;
};

std::string to_table(const Report& report);
std::string to_json(const Report& report);
/// Of the sections that are drawn in this picture; empty when it would have none.
std::string to_svg(const Report& report, std::string_view picture);

size_t count_measures(const Report& report);
size_t count_misses(const Report& report);
Status write_file(const std::string& path, const std::string& text);

}  // namespace sorrel::bench

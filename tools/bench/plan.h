// Plan: everything a run was asked to do, fixed before the first server starts.
//
// Made from the command line (plan.cc) and handed to every section by const reference. A section
// takes its sizes from here, so that --quick shrinks all of them and nothing is unbounded.
#pragma once

#include "core/base/result.h"
#include "tools/bench/measure.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sorrel::bench {

struct Plan {
  std::string sorrel_program = "build/release/server/sorrel-server";
  std::string redis_program = "redis-server";
  std::vector<std::string> sorrel_arguments;  // further words for one side's command line
  std::vector<std::string> redis_arguments;
  std::string output_directory = "build/bench";
  std::vector<std::string> sections;  // empty: all that run by default
  std::string lines;                  // of CPU sections only the lines with this text
  std::string revision;               // what was built, for the report
  uint16_t first_port = 7400;
  int server_cpu = -1;  // -1: chosen by the machine's layout
  int client_cpu = -1;
  int niceness = 0;  // of both servers and the client
  bool quick = false;
  bool callgrind = false;
  bool strict = false;  // a missed "must" is exit status 2

  int rounds = 5;
  int warm_up_ms = 150;
  int window_ms = 700;
  uint64_t hot_keys = 1000;
  uint64_t cold_keys = 2'000'000;
  uint64_t memory_keys = 1'000'000;
  uint64_t pause_keys = 2'000'000;
  uint64_t expiring_keys = 1'000'000;
  uint64_t big_elements = 100'000;       // of one collection that isn't packed
  uint64_t giant_elements = 2'000'000;   // of a sorted set that is out of the caches
  uint64_t heavy_elements = 10'000'000;  // of what is deleted at once
  uint64_t stored_elements = 1'000'000;  // of a result that is stored
  uint64_t memory_elements = 1'000'000;
  int memory_rounds = 2;
  int pause_rounds = 3;

  const std::string& program(Side side) const {
    return side == Side::kSorrel ? sorrel_program : redis_program;
  }
  const std::vector<std::string>& arguments(Side side) const {
    return side == Side::kSorrel ? sorrel_arguments : redis_arguments;
  }
  bool wants(std::string_view section) const;
  bool wants_line(std::string_view line) const { return line.find(lines) != line.npos; }
};

/// The words after the program's name; a failure says which word and why.
Result<Plan> parse_plan(const std::vector<std::string>& words);
/// What --help prints.
std::string usage();

}  // namespace sorrel::bench

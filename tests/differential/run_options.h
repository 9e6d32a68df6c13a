// What both runners, differential_tests and conversation_tests, are told on their command lines,
// and the peers that this says.
#pragma once

#include "tests/differential/generator.h"
#include "tests/support/peer.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sorrel::test {

struct RunOptions {
  std::string peer;
  bool in_process = false;
  std::string reference = "redis-server";
  std::vector<std::string> groups;
  std::string groups_text;
  uint64_t seed = 1;
  size_t commands = 0;
  Protocol protocol = Protocol::kResp2;
  bool print = false;
};

/// Takes the option at `argv[at]`, and the word behind it where it needs one: `at` is at the last
/// that was taken then. False: it is none of these, or lacks its word.
bool take_option(int argc, char** argv, int& at, RunOptions& options);

/// An engine's clock begins now, because relative expiries are compared with those of the
/// reference.
int64_t unix_us_now();

Result<std::unique_ptr<Peer>> start_reference(const RunOptions& options, const Words& settings);
/// What isn't in process.
Result<std::unique_ptr<Peer>> start_server(const RunOptions& options, const Words& settings);

void print_commands(const Stream& stream, size_t commands_max = SIZE_MAX);

}  // namespace sorrel::test

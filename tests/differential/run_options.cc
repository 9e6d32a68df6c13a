#include "tests/differential/run_options.h"

#include "tests/support/server_peer.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace sorrel::test {
namespace {

bool take_value(const std::string& name, const std::string& value, RunOptions& options) {
  if (name == "--peer") {
    options.peer = value;
  } else if (name == "--reference") {
    options.reference = value;
  } else if (name == "--groups") {
    options.groups_text = value;
    std::istringstream stream(value);
    for (std::string group; std::getline(stream, group, ',');) options.groups.push_back(group);
  } else if (name == "--seed") {
    options.seed = std::strtoull(value.c_str(), nullptr, 10);
  } else if (name == "--commands") {
    options.commands = std::strtoull(value.c_str(), nullptr, 10);
  } else {
    return false;
  }
  return true;
}

Result<std::unique_ptr<Peer>> start(const std::string& program, bool is_reference,
                                    const Words& settings) {
  auto server = ServerPeer::start(program, Transport::kUnixSocket, is_reference, settings);
  if (!server) return server.status();
  return std::unique_ptr<Peer>(std::move(server.value()));
}

}  // namespace

bool take_option(int argc, char** argv, int& at, RunOptions& options) {
  const std::string word = argv[at];
  if (word == "--resp2" || word == "--resp3") {
    options.protocol = word == "--resp3" ? Protocol::kResp3 : Protocol::kResp2;
  } else if (word == "--in-process") {
    options.in_process = true;
    options.peer = "in-process";
  } else if (word == "--print") {
    options.print = true;
  } else if (at + 1 < argc && take_value(word, argv[at + 1], options)) {
    ++at;
  } else {
    return false;
  }
  return true;
}

int64_t unix_us_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

Result<std::unique_ptr<Peer>> start_reference(const RunOptions& options, const Words& settings) {
  return start(options.reference, true, settings);
}

Result<std::unique_ptr<Peer>> start_server(const RunOptions& options, const Words& settings) {
  return start(options.peer, false, settings);
}

void print_commands(const Stream& stream, size_t commands_max) {
  for (size_t i = 0; i < std::min(stream.size(), commands_max); ++i) {
    std::printf("  > %s\n", join_words(stream[i]).c_str());
  }
  if (stream.size() > commands_max) std::printf("  ...\n");
}

}  // namespace sorrel::test

// conversation_tests: what several clients say by turns, to redis-server and to another server; a
// difference is shrunk and printed.
#include "tests/differential/conversation.h"
#include "tests/differential/run_options.h"
#include "tests/differential/talk.h"
#include "tests/support/engine_peer.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace sorrel::test {
namespace {

constexpr char kUsage[] =
    "usage: conversation_tests --peer PROGRAM | --in-process [--seed N] [--commands N] [--clients "
    "N]\n"
    "                          [--resp2 | --resp3] [--groups a,b] [--reference PROGRAM] [--print]\n"
    "  --peer       a server with redis-server's command line\n"
    "  --seed       repeats a run (1)\n"
    "  --commands   how many (10000), in streams of at most 2000\n"
    "  --clients    that talk (6)\n"
    "  --resp2, --resp3  the protocol to speak (RESP2)\n"
    "  --groups     of tests/differential/talk.cc, one after the other (all)\n"
    "  --reference  what it is compared with (redis-server)\n"
    "  --print      only print the stream\n";

constexpr size_t kStreamCommandsMax = 2000;
constexpr size_t kDifferencesMax = 5;

struct Options : RunOptions {
  size_t clients = 6;
};

bool parse_options(int argc, char** argv, Options& options) {
  options.commands = 10'000;
  for (int i = 1; i < argc; ++i) {
    if (take_option(argc, argv, i, options)) continue;
    if (argv[i] != std::string("--clients") || ++i == argc) return false;
    options.clients = std::strtoull(argv[i], nullptr, 10);
  }
  if (options.groups.empty()) {
    for (const TalkGroup& group : talk_groups()) options.groups.emplace_back(group.name);
  }
  return !options.peer.empty() && options.commands > 0;
}

void print_difference(const Stream& stream, const Conversation::Difference& difference) {
  const bool in_data = difference.index >= stream.size();
  std::printf("  at > %s\n    %s\n",
              in_data ? "the end, in the data" : join_words(stream[difference.index]).c_str(),
              difference.what.c_str());
}

void report(Conversation& conversation, Stream stream, const Conversation::Difference& found) {
  print_difference(stream, found);
  stream.resize(std::min(stream.size(), found.index + 1));
  const StillFails still_fails = conversation.still_fails_like(stream);
  const Stream minimal = shrink(std::move(stream), still_fails);
  std::printf("shrunk to %zu commands:\n", minimal.size());
  print_commands(minimal);
  const auto again = conversation.run(minimal);
  if (again && again.value()) print_difference(minimal, *again.value());
}

/// True when there was no difference.
Result<bool> play(const Options& options, const std::string& group, Peer& left, Peer& right) {
  Conversation conversation(left, right, options.protocol, options.clients);
  size_t streams = 0, differences = 0;
  for (size_t left_over = options.commands; left_over > 0 && differences < kDifferencesMax;
       ++streams) {
    const size_t commands = std::min(left_over, kStreamCommandsMax);
    left_over -= commands;
    const uint64_t seed = options.seed + streams;
    Result<Talk> talk = Talk::make(group, options.protocol, options.clients, seed);
    if (!talk) return talk.status();
    Stream stream = talk.value().stream(commands);
    if (options.print) {
      print_commands(stream);
      continue;
    }
    const auto found = conversation.run(stream);
    if (!found) return found.status();
    if (!found.value()) continue;
    ++differences;
    std::printf("DIFFERENCE (first %s, then %s), group %s, seed %llu, RESP%d\n",
                options.reference.c_str(), options.peer.c_str(), group.c_str(),
                static_cast<unsigned long long>(seed), static_cast<int>(options.protocol));
    report(conversation, std::move(stream), *found.value());
  }
  std::printf(
      "conversation (%s against %s, RESP%d, %s, %zu clients): %zu commands in %zu streams; "
      "%zu streams differ\n",
      options.reference.c_str(), options.peer.c_str(), static_cast<int>(options.protocol),
      group.c_str(), options.clients, options.commands, streams, differences);
  return differences == 0;
}

Result<std::unique_ptr<Peer>> start_peer(const Options& options, const Words& settings) {
  if (!options.in_process) return start_server(options, settings);
  auto engine = EnginePeer::start(settings, unix_us_now());
  if (!engine) return engine.status();
  return std::unique_ptr<Peer>(std::move(engine.value()));
}

Result<bool> run_all(const Options& options) {
  const Words settings = {"--enable-debug-command", "yes"};
  auto reference = start_reference(options, settings);
  if (!reference) return reference.status();
  Result<std::unique_ptr<Peer>> peer = start_peer(options, settings);
  if (!peer) return peer.status();
  bool same = true;
  for (const std::string& group : options.groups) {
    const Result<bool> result = play(options, group, *reference.value(), *peer.value());
    if (!result) return result;
    same = same && result.value();
  }
  return same;
}

}  // namespace
}  // namespace sorrel::test

int main(int argc, char** argv) {
  sorrel::test::Options options;
  if (!sorrel::test::parse_options(argc, argv, options)) {
    std::fputs(sorrel::test::kUsage, stderr);
    return 2;
  }
  const sorrel::Result<bool> same = sorrel::test::run_all(options);
  if (!same) std::fprintf(stderr, "conversation: %s\n", same.status().message().c_str());
  return same && same.value() ? 0 : 1;
}

// differential_tests: random commands, played to redis-server and to another server; every
// difference that exceptions.txt doesn't explain is shrunk and printed.
#include "tests/differential/comparison.h"
#include "tests/differential/run_options.h"
#include "tests/differential/shrink.h"
#include "tests/support/replayed_peer.h"

#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>

namespace sorrel::test {
namespace {

constexpr char kUsage[] =
    "usage: differential_tests --peer PROGRAM | --in-process [--seed N] [--commands N] [--resp2 | "
    "--resp3] [--groups a,b]\n"
    "                          [--exceptions FILE] [--reference PROGRAM] [--tiny] [--config "
    "\"NAME VALUE\"]... [--print]\n"
    "  --peer       a server with redis-server's command line\n"
    "  --seed       repeats a run (1)\n"
    "  --commands   how many (20000), in streams of at most 5000\n"
    "  --resp2, --resp3  the protocol to speak (RESP2)\n"
    "  --groups     of tests/differential/command_rows.h (all)\n"
    "  --reference  what it is compared with (redis-server)\n"
    "  --tiny       small encodings end at a few elements, on both sides\n"
    "  --config     a setting for both sides\n"
    "  --print      only print the stream\n";

/// Data are compared at the end of a stream, and a short one is quicker to shrink.
constexpr size_t kStreamCommandsMax = 5000;

/// Enough to see a pattern; the rest of the run would tell the same.
constexpr size_t kDifferencesMax = 5;

/// Of a shrunk stream; a longer one says that shrinking failed.
constexpr size_t kPrintedCommandsMax = 40;

struct Options : RunOptions {
  std::string exceptions = "tests/differential/exceptions.txt";
  bool tiny = false;
  Words config;  // as on a server's command line
};

/// So that everything meets every encoding. The last two are younger than the reference.
const Words kTiny = {"--hash-max-listpack-entries", "4", "--hash-max-listpack-value", "8",
                     "--list-max-listpack-size",    "4", "--set-max-intset-entries",  "4",
                     "--zset-max-listpack-entries", "4", "--zset-max-listpack-value", "8",
                     "--hll-sparse-max-bytes",      "60"};
const Words kTinyOfSorrel = {"--set-max-listpack-entries", "3", "--set-max-listpack-value", "8"};

void add_config(const std::string& text, Words& config) {
  const size_t blank = text.find(' ');
  config.push_back("--" + text.substr(0, blank));
  config.push_back(blank == std::string::npos ? "" : text.substr(blank + 1));
}

bool parse_options(int argc, char** argv, Options& options) {
  options.commands = 20'000;
  for (int i = 1; i < argc; ++i) {
    if (take_option(argc, argv, i, options)) continue;
    const std::string word = argv[i];
    if (word == "--tiny") {
      options.tiny = true;
    } else if (++i == argc) {
      return false;
    } else if (word == "--exceptions") {
      options.exceptions = argv[i];
    } else if (word == "--config") {
      add_config(argv[i], options.config);
    } else {
      return false;
    }
  }
  return !options.peer.empty() && options.commands > 0;
}

void print_difference(const Stream& stream, const Difference& difference) {
  if (difference.index < stream.size()) {
    std::printf("  at > %s\n    %s\n", join_words(stream[difference.index]).c_str(),
                difference.what.c_str());
  } else {
    std::printf("  in the data afterwards: %s\n", difference.what.c_str());
  }
}

class Run {
 public:
  Run(const Options& options, Peer& left, Peer& right, Exceptions& exceptions)
      : options_(options), comparison_(left, right, exceptions, options.protocol) {}

  /// True when the stream of this seed shows no difference.
  Result<bool> play(Generator& generator, uint64_t seed, size_t commands) {
    Stream stream = generator.stream(commands);
    if (options_.print) {
      print_commands(stream);
      return true;
    }
    Result<std::optional<Difference>> result = comparison_.run(stream);
    if (!result) return result.status();
    if (!result.value()) return true;
    std::printf("DIFFERENCE (first %s, then %s), seed %llu, RESP%d\n", options_.reference.c_str(),
                options_.peer.c_str(), static_cast<unsigned long long>(seed),
                static_cast<int>(options_.protocol));
    print_difference(stream, *result.value());
    report_shrunk(std::move(stream), result.value()->index);
    std::printf("repeat with: %s%s --seed %llu --commands %zu%s%s%s%s\n",
                options_.in_process ? "--" : "--peer ", options_.peer.c_str(),
                static_cast<unsigned long long>(seed), commands, options_.tiny ? " --tiny" : "",
                options_.protocol == Protocol::kResp3 ? " --resp3" : "",
                options_.groups_text.empty() ? "" : " --groups ", options_.groups_text.c_str());
    return false;
  }

 private:
  void report_shrunk(Stream stream, size_t index) {
    stream.resize(std::min(stream.size(), index + 1));
    const StillFails still_fails = comparison_.still_fails_like(stream);
    const Stream minimal = shrink(std::move(stream), still_fails);
    std::printf("shrunk to %zu commands:\n", minimal.size());
    print_commands(minimal, kPrintedCommandsMax);
    const Result<std::optional<Difference>> again = comparison_.run(minimal);
    if (again && again.value()) {
      print_difference(minimal, *again.value());
    } else {
      std::printf("  and now they agree: it depends on time or chance\n");
    }
  }

  const Options& options_;
  Comparison comparison_;
};

Words options_of(const Options& options, bool is_reference) {
  Words words = {"--enable-debug-command", "yes"};
  const auto add = [&words](const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
  };
  if (options.tiny) add(kTiny);
  if (options.tiny && !is_reference && options.peer != options.reference) add(kTinyOfSorrel);
  add(options.config);
  return words;
}

Result<std::unique_ptr<Peer>> start_peer(const Options& options) {
  const Words settings = options_of(options, false);
  if (!options.in_process) return start_server(options, settings);
  auto engine = ReplayedPeer::start(settings, unix_us_now());
  if (!engine) return engine.status();
  return std::unique_ptr<Peer>(std::move(engine.value()));
}

/// Commands of the groups that `docs` lacks; drawn, they would only prove that they are unknown.
std::set<std::string> unknown_commands(const CommandDocs& docs) {
  std::set<std::string> unknown;
  for (const CommandGroup& group : command_groups()) {
    for (const CommandRow& row : group.rows) {
      if (!docs.contains(std::string(row.name))) unknown.emplace(row.name);
    }
  }
  return unknown;
}

void print_unknown(const std::set<std::string>& unknown) {
  if (unknown.empty()) return;
  std::printf("  not known to the peer, so not drawn:");
  for (const std::string& name : unknown) std::printf(" %s", name.c_str());
  std::printf("\n");
}

Result<bool> run_all(const Options& options) {
  auto reference = start_reference(options, options_of(options, true));
  if (!reference) return reference.status();
  Result<std::unique_ptr<Peer>> peer = start_peer(options);
  if (!peer) return peer.status();
  Result<CommandDocs> docs = read_command_docs(*reference.value());
  if (!docs) return docs.status();
  Result<CommandDocs> peer_docs = read_command_docs(*peer.value());
  if (!peer_docs) return peer_docs.status().with("the peer's COMMAND DOCS");
  const std::set<std::string> unknown = unknown_commands(peer_docs.value());
  Result<Exceptions> exceptions = Exceptions::load(options.exceptions);
  if (!exceptions) return exceptions.status();

  Run run(options, *reference.value(), *peer.value(), exceptions.value());
  const std::set<std::string> groups(options.groups.begin(), options.groups.end());
  size_t streams = 0, differences = 0;
  for (size_t left = options.commands; left > 0 && differences < kDifferencesMax; ++streams) {
    const size_t commands = std::min(left, kStreamCommandsMax);
    const uint64_t seed = options.seed + streams;
    Result<Generator> generator = Generator::make(docs.value(), groups, seed, unknown);
    if (!generator) return generator.status();
    const Result<bool> same = run.play(generator.value(), seed, commands);
    if (!same) return same;
    differences += same.value() ? 0 : 1;
    left -= commands;
  }
  std::printf(
      "differential (%s against %s, RESP%d, groups %s%s): %zu commands in %zu streams, "
      "%zu exceptions listed; %zu streams differ\n",
      options.reference.c_str(), options.peer.c_str(), static_cast<int>(options.protocol),
      options.groups_text.empty() ? "all" : options.groups_text.c_str(),
      options.tiny ? ", tiny thresholds" : "", options.commands, streams, exceptions.value().size(),
      differences);
  print_unknown(unknown);
  for (const Exception& exception : exceptions.value().unused()) {
    std::printf("  not met in this run: exception for %s\n", exception.commands.c_str());
  }
  return differences == 0;
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
  if (!same) std::fprintf(stderr, "differential: %s\n", same.status().message().c_str());
  return same && same.value() ? 0 : 1;
}

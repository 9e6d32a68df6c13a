// golden_tests: plays golden files one way, or records them from redis-server.
#include "tests/golden/golden_file.h"
#include "tests/golden/golden_runner.h"
#include "tests/support/engine_peer.h"
#include "tests/support/reloaded_peer.h"
#include "tests/support/replayed_peer.h"
#include "tests/support/server_peer.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace sorrel::test {
namespace {

constexpr char kUsage[] =
    "usage: golden_tests [--peer PROGRAM | --in-process | --replay | --reload] [--reference] "
    "[--resp2 | "
    "--resp3] "
    "PATH...\n"
    "       golden_tests --record | --rewrite PATH...\n"
    "Plays the golden files (or directories of them) against PROGRAM, a server with "
    "redis-server's\n"
    "command line (redis-server itself unless told).\n"
    "  --in-process  instead of a server, an engine in this process, with a clock of its own\n"
    "  --replay     the same, and its journal, replayed, must give the same data\n"
    "  --reload     the same, and its data are saved and loaded again and again meanwhile\n"
    "  --reference  PROGRAM is the judge: what only Sorrel has is skipped\n"
    "  --resp2, --resp3  the protocol to speak (RESP2)\n"
    "  --record     fill in the replies that are missing, as redis-server gives them\n"
    "  --rewrite    also replace those that don't hold\n";

struct Options {
  std::string peer = "redis-server";
  bool in_process = false;
  bool replay = false;
  bool reload = false;
  bool reference = false;
  bool record = false;
  bool rewrite = false;
  Protocol protocol = Protocol::kResp2;
  std::vector<std::string> paths;
};

bool parse_options(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--reference") {
      options.reference = true;
    } else if (word == "--in-process" || word == "--replay" || word == "--reload") {
      options.in_process = true;
      options.replay = word == "--replay";
      options.reload = word == "--reload";
      options.peer = options.replay   ? "in process, replayed"
                     : options.reload ? "in process, reloaded"
                                      : "in process";
    } else if (word == "--resp2" || word == "--resp3") {
      options.protocol = word == "--resp3" ? Protocol::kResp3 : Protocol::kResp2;
    } else if (word == "--record" || word == "--rewrite") {
      options.record = true;
      options.rewrite = word == "--rewrite";
    } else if (word == "--peer" && i + 1 < argc) {
      options.peer = argv[++i];
    } else if (word.starts_with("--")) {
      return false;
    } else {
      options.paths.push_back(word);
    }
  }
  return !options.paths.empty();
}

std::vector<std::string> golden_paths(const std::vector<std::string>& roots) {
  std::vector<std::string> paths;
  for (const std::string& root : roots) {
    if (!std::filesystem::is_directory(root)) {
      paths.push_back(root);
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (entry.path().extension() == ".resp") paths.push_back(entry.path().string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// Long ago, so that nothing can take it for the machine's clock.
constexpr int64_t kEngineStartUnixUs = 1'700'000'000'000'000;

template <typename EngineLike>
Result<std::unique_ptr<Peer>> start_engine(const Words& words) {
  Result<std::unique_ptr<EngineLike>> peer = EngineLike::start(words, kEngineStartUnixUs);
  if (!peer) return peer.status();
  return std::unique_ptr<Peer>(std::move(peer.value()));
}

PeerFactory peer_factory(const Options& options) {
  if (options.replay) return start_engine<ReplayedPeer>;
  if (options.reload) return start_engine<ReloadedPeer>;
  if (options.in_process) return start_engine<EnginePeer>;
  return [options](const Words& words) -> Result<std::unique_ptr<Peer>> {
    Result<std::unique_ptr<ServerPeer>> peer = ServerPeer::start(
        options.peer, Transport::kTcp, options.reference || options.record, words);
    if (!peer) return peer.status();
    return std::unique_ptr<Peer>(std::move(peer.value()));
  };
}

int play_all(const Options& options) {
  GoldenRunner runner(peer_factory(options), options.protocol);
  size_t files = 0, steps = 0, skipped = 0, failures = 0, failed_files = 0;
  for (const std::string& path : golden_paths(options.paths)) {
    ++files;
    const Result<GoldenFile> file = GoldenFile::load(path);
    GoldenOutcome outcome;
    if (file) {
      outcome = runner.run(file.value());
    } else {
      outcome.failures.push_back(file.status().message());
    }
    if (outcome.played > 1) {
      std::printf("%s: the machine held the server up; played %d times\n", path.c_str(),
                  outcome.played);
    }
    for (const std::string& failure : outcome.failures) std::printf("FAILED %s\n", failure.c_str());
    steps += outcome.steps;
    skipped += outcome.skipped;
    failures += outcome.failures.size();
    failed_files += outcome.failures.empty() ? 0 : 1;
  }
  std::printf(
      "golden (%s, RESP%d): %zu files, %zu replies compared, %zu skipped; %zu failures in %zu "
      "files\n",
      options.peer.c_str(), static_cast<int>(options.protocol), files, steps, skipped, failures,
      failed_files);
  return files > 0 && steps > 0 && failures == 0 ? 0 : 1;
}

int record_file(const Options& options, const std::string& path, GoldenRunner& resp2,
                GoldenRunner& resp3) {
  const Result<GoldenFile> file = GoldenFile::load(path);
  if (!file) {
    std::printf("FAILED %s\n", file.status().message().c_str());
    return 1;
  }
  const GoldenOutcome outcome2 = resp2.run(file.value());
  const GoldenOutcome outcome3 = resp3.run(file.value());
  const auto recordings = make_recordings(file.value(), outcome2, outcome3, options.rewrite);
  if (!recordings.empty()) {
    std::ofstream(path) << file.value().with_recordings(recordings);
  }
  std::printf("%s: %zu replies recorded\n", path.c_str(), recordings.size());
  return 0;
}

int record_all(const Options& options) {
  GoldenRunner resp2(peer_factory(options), Protocol::kResp2);
  GoldenRunner resp3(peer_factory(options), Protocol::kResp3);
  int failures = 0;
  for (const std::string& path : golden_paths(options.paths)) {
    failures += record_file(options, path, resp2, resp3);
  }
  // What was recorded must hold when it is played.
  Options check = options;
  check.reference = true;
  check.record = false;
  failures += play_all(check);
  check.protocol = Protocol::kResp3;
  failures += play_all(check);
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace sorrel::test

int main(int argc, char** argv) {
  sorrel::test::Options options;
  if (!sorrel::test::parse_options(argc, argv, options)) {
    std::fputs(sorrel::test::kUsage, stderr);
    return 2;
  }
  return options.record ? sorrel::test::record_all(options) : sorrel::test::play_all(options);
}

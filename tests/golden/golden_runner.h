// GoldenRunner: plays golden files against a peer and says where the replies differ.
//
// One runner is one way of running: a kind of peer and a protocol. Files share a server, emptied
// before each, unless a file asks for its own; settings that a file changes are put back. Skipped
// steps are counted, so that a summary can't hide them. What a file expects of times holds for a
// peer that answers at once: when the machine has held a server up and something differs, it is
// played again, and the outcome says how often.
#pragma once

#include "tests/golden/golden_file.h"
#include "tests/support/peer.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace sorrel::test {

struct GoldenOutcome {
  size_t steps = 0;    // replies compared
  size_t skipped = 0;  // commands in blocks that aren't for this way
  std::vector<std::string> failures;
  std::map<size_t, Reply> replies;              // what came, by line
  bool broken = false;                          // the file couldn't be played to its end
  std::chrono::steady_clock::duration taken{};  // by all steps that don't let time pass
  bool real_time = false;                       // the peer goes by the machine's clock
  int played = 1;                               // how often
};

/// Starts a peer with options as on a server's command line.
using PeerFactory = std::function<Result<std::unique_ptr<Peer>>(const Words& options)>;

/// Half a second changes a TTL that is told in seconds.
constexpr std::chrono::milliseconds kHeldUp{250};

class GoldenRunner {
 public:
  GoldenRunner(PeerFactory factory, Protocol protocol, std::chrono::milliseconds held_up = kHeldUp);
  GoldenOutcome run(const GoldenFile& file);

 private:
  GoldenOutcome run_once(const GoldenFile& file);
  /// The shared peer, started when it is first needed and again when it has died.
  Result<Peer*> shared_peer();
  GoldenOutcome run_on(Peer& peer, const GoldenFile& file);
  const std::set<std::string>& commands_of(Peer& peer);

  PeerFactory factory_;
  Protocol protocol_;
  std::chrono::milliseconds held_up_;
  std::unique_ptr<Peer> shared_;
  std::set<std::string> known_commands_;  // of the peer, in lower case; empty until asked
};

/// What a file's expectations become after it was played in both protocols. With `rewrite` those
/// that don't hold are replaced, otherwise only those that are missing are filled in.
std::map<size_t, Recording> make_recordings(const GoldenFile& file, const GoldenOutcome& resp2,
                                            const GoldenOutcome& resp3, bool rewrite);

}  // namespace sorrel::test

// Talk: random conversations: which client says what, drawn from lines with blanks.
//
// A line stands for a form of a command, with blanks in braces that are filled at random:
//   {k} {l} {z} {s} {h}   a key that mostly holds a string, list, sorted set, set, hash
//   {v} {n}               a value, a small integer
//   {ch} {pat}            a channel, a pattern
//   {peer} {ear}          the id of a client, of one that listens
// Clients have parts: the last two listen, the others work, and the first of them never waits, so
// that somebody always goes on.
#pragma once

#include "core/base/random.h"
#include "core/base/result.h"
#include "tests/differential/generator.h"
#include "tests/support/peer.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sorrel::test {

/// Who may say a line.
enum class Part : uint8_t { kAnyWorker, kWaiter, kListener };

struct TalkLine {
  int weight;
  Part part;
  Bytes text;
  bool resp3_only = false;
};

struct TalkGroup {
  Bytes name;
  std::vector<TalkLine> lines;
  /// Whether keys hold other types now and then. Not where clients wait: 7.2 runs their calls again
  /// and finds other keys of the call to be wrong, 7.0 serves them from the one that came.
  bool strange_families;
};

/// What may be talked about; each group has commands on data of its own besides.
std::vector<TalkGroup> talk_groups();

class Talk {
 public:
  static constexpr size_t kListeners = 2;

  /// Of the group with that name. At least two workers are needed.
  static Result<Talk> make(const std::string& name, Protocol protocol, size_t clients,
                           uint64_t seed);
  Stream stream(size_t lines);

 private:
  Talk(TalkGroup group, size_t clients, uint64_t seed);

  Words line();
  size_t speaker(Part part);
  std::string fill(Bytes word);
  std::string key(char family);

  std::vector<TalkLine> lines_;
  bool strange_families_;
  uint64_t weights_ = 0;
  size_t clients_;
  Random random_;
};

}  // namespace sorrel::test

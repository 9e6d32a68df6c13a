// Comparison: one stream of commands, played to two peers at once, and the first difference.
//
// Both are emptied first and spoken to over new connections. Commands are pipelined in batches; a
// batch ends at a command whose answer must be looked up on the other side (RANDOMKEY, SPOP). At
// the end of the stream all data are compared too.
#pragma once

#include "tests/differential/exceptions.h"
#include "tests/differential/generator.h"
#include "tests/differential/pace.h"
#include "tests/differential/shrink.h"
#include "tests/support/peer.h"

#include <memory>
#include <optional>
#include <string>

namespace sorrel::test {

struct Difference {
  size_t index;      // of the command; the stream's length when it was found in the data afterwards
  std::string what;  // both sides, in words
};

/// The command whose replies differ, or that it is the data: what must not change while a stream is
/// shrunk, lest it end with another difference than it began with.
std::string signature(const Stream& stream, const Difference& difference);

class Comparison {
 public:
  Comparison(Peer& left, Peer& right, Exceptions& exceptions, Protocol protocol)
      : left_(left), right_(right), exceptions_(exceptions), protocol_(protocol) {}

  /// A peer that closes, stalls or babbles is a difference, too. A failure means that the
  /// comparison itself couldn't be made.
  Result<std::optional<Difference>> run(const Stream& stream, bool with_data = true);

  /// For shrink(): has a candidate the difference that `stream` has now?
  StillFails still_fails_like(const Stream& stream);

 private:
  struct Sides {
    std::unique_ptr<Channel> left;
    std::unique_ptr<Channel> right;
  };

  Result<Sides> prepare();
  Result<std::optional<Difference>> compare_data(const Stream& stream);
  std::optional<Difference> run_batch(const Stream& stream, size_t begin, size_t end, Sides& sides);
  std::optional<Difference> read_one(const Stream& stream, size_t index, Sides& sides);
  size_t batch_end(const Stream& stream, size_t begin);

  Peer& left_;
  Peer& right_;
  Exceptions& exceptions_;
  Protocol protocol_;
  Pace pace_;
};

}  // namespace sorrel::test

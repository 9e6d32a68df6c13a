// Conversation: a stream of commands that several clients say by turns, played to two peers, and
// the first difference in what any client hears.
//
// A stream's lines are Words whose first names the client: "c2", or "c2+" when the line goes out
// together with that client's next one. After each sending both sides come to rest: a connection
// that nobody else uses is answered until no client hears anything more. So who waits (BLPOP) is
// seen to wait, what others are sent (messages, invalidations) belongs to the command that caused
// it, and the order is the same in each run.
//
// Replies and pushes of one client are compared in their order, to the byte; only messages that
// several patterns of one client match come in an order that means nothing, and of a client that
// listens (the last two) replies are compared apart from pushes: redis-server 7.0 writes what a
// client's own command brings it before the reply, 7.2 behind it. "{id2}" in an argument
// stands for that client's id on each side. The line "c2 RECONNECT" closes and opens a connection.
#pragma once

#include "tests/differential/generator.h"
#include "tests/differential/pace.h"
#include "tests/differential/shrink.h"
#include "tests/support/peer.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sorrel::test {

class Conversation {
 public:
  struct Difference {
    size_t index;      // of the line; the stream's length when it was found in the data afterwards
    std::string what;  // both sides, in words
  };

  Conversation(Peer& left, Peer& right, Protocol protocol, size_t clients)
      : left_(left), right_(right), protocol_(protocol), clients_(clients) {}

  /// A failure means that the comparison itself couldn't be made.
  Result<std::optional<Difference>> run(const Stream& stream);
  /// For shrink(): has a candidate the difference that `stream` has now?
  StillFails still_fails_like(const Stream& stream);

 private:
  struct Client {
    std::unique_ptr<Channel> channel;
    std::string id;
    std::vector<std::string> heard;  // since it was compared last
  };
  struct Side {
    Peer* peer;
    std::unique_ptr<Channel> control;
    std::vector<Client> clients;
  };

  Status open();
  Status align() const;
  Status open_clients(Side& side) const;
  Result<Client> open_client(Peer& peer) const;
  std::optional<Difference> say(const Stream& stream, size_t begin, size_t end);
  Status send(const Stream& stream, size_t begin, size_t end, Side& side);
  bool settle(Side& side) const;
  bool hear_out(Side& side, size_t speaker) const;
  static bool waits(const Side& side, const Client& client);
  std::optional<std::string> compare_heard();
  Result<std::optional<Difference>> compare_data(const Stream& stream);
  size_t client_of(const Words& line) const;
  size_t sending_end(const Stream& stream, size_t begin) const;

  Peer& left_;
  Peer& right_;
  const Protocol protocol_;
  const size_t clients_;
  Pace pace_;
  std::optional<Side> left_side_;
  std::optional<Side> right_side_;
};

}  // namespace sorrel::test

#include "core/reply_hold.h"

#include "tests/support/local_engine.h"

#include <catch2/catch.hpp>

namespace sorrel {
namespace {

/// An engine whose journal somebody writes to a disk, and two clients of it.
class HeldEngine {
 public:
  HeldEngine() {
    local.engine.journal().attach(reader);
    local.engine.open_session(other);
    hold().set_durable(local.engine.journal().offset());
    hold().set_mode(ReplyHold::Mode::kAll);
  }
  ~HeldEngine() {
    local.engine.journal().detach(reader);
    local.engine.close_session(other);
  }

  ReplyHold& hold() { return local.engine.reply_hold(); }
  Session& one() { return local.session; }
  uint64_t journal_end() { return local.engine.journal().offset(); }

  template <typename... Words>
  void run(Session& session, const Words&... words) {
    const Bytes args[] = {Bytes(words)...};
    local.engine.begin_turn();
    local.engine.execute(session, args);
  }
  /// What a connection would send at the end of a turn.
  std::string shown(Session& session) {
    const uint64_t until = hold().visible_until(session);
    std::string text = session.output.to_string();
    if (until < session.output.end_offset()) text.resize(until - session.output.begin_offset());
    session.output.consume(text.size());
    return text;
  }

  LocalEngine local;
  Session other{nullptr};
  Journal::Reader reader;
};

}  // namespace

TEST_CASE("a reply waits for what it tells of", "[reply_hold]") {
  HeldEngine held;
  held.run(held.one(), "PING");
  CHECK(held.shown(held.one()) == "+PONG\r\n");
  held.run(held.one(), "SET", "k", "v");
  held.run(held.other, "GET", "k");
  CHECK(held.shown(held.one()).empty());
  CHECK(held.shown(held.other).empty());
  CHECK(held.hold().count() == 2);
  const uint64_t first = held.journal_end();
  held.run(held.one(), "SET", "k", "w");
  CHECK(held.shown(held.one()).empty());
  held.hold().set_durable(first - 1);
  CHECK(held.shown(held.one()).empty());
  held.hold().set_durable(first);
  CHECK(held.shown(held.one()) == "+OK\r\n");
  CHECK(held.shown(held.other) == "$1\r\nv\r\n");
  CHECK(held.hold().count() == 1);
  held.hold().set_durable(held.journal_end());
  CHECK(held.shown(held.one()) == "+OK\r\n");
  CHECK(held.hold().count() == 0);
}

TEST_CASE("what was shown before isn't held", "[reply_hold]") {
  HeldEngine held;
  held.run(held.one(), "PING");
  // A turn ends, and the socket takes nothing.
  CHECK(held.hold().visible_until(held.one()) == ReplyHold::kAllOfIt);
  held.run(held.one(), "SET", "k", "v");
  CHECK(held.shown(held.one()) == "+PONG\r\n");
  CHECK(held.shown(held.one()).empty());
}

TEST_CASE("while the disk fails, those who read are answered", "[reply_hold]") {
  HeldEngine held;
  held.run(held.one(), "SET", "k", "v");
  held.run(held.other, "GET", "k");
  CHECK(held.shown(held.one()).empty());
  CHECK(held.shown(held.other).empty());
  held.hold().set_mode(ReplyHold::Mode::kOwnWrites);
  CHECK(held.shown(held.one()).empty());
  CHECK(held.shown(held.other) == "$1\r\nv\r\n");
  held.run(held.one(), "PING");
  held.run(held.other, "GET", "k");
  CHECK(held.shown(held.one()).empty());
  CHECK(held.shown(held.other) == "$1\r\nv\r\n");
  held.hold().set_durable(held.journal_end());
  held.hold().set_mode(ReplyHold::Mode::kAll);
  CHECK(held.shown(held.one()) == "+OK\r\n+PONG\r\n");
}

TEST_CASE("nothing waits any more when holding ends", "[reply_hold]") {
  HeldEngine held;
  held.run(held.one(), "SET", "k", "v");
  CHECK(held.shown(held.one()).empty());
  held.hold().set_mode(ReplyHold::Mode::kOff);
  CHECK(held.shown(held.one()) == "+OK\r\n");
  held.run(held.one(), "SET", "k", "v");
  CHECK(held.shown(held.one()) == "+OK\r\n");
}

}  // namespace sorrel

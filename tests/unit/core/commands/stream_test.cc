// Streams: what a replay decides, which is nothing, and what bounds a call.

#include "tests/support/local_engine.h"

#include <catch2/catch.hpp>
#include <string>

namespace sorrel {
namespace {

/// A journal's session beside a client's.
struct Replay {
  Replay() {
    local.engine.open_session(session);
    session.set(Session::kInternal);
  }
  ~Replay() { local.engine.close_session(session); }
  template <typename... Words>
  std::string operator()(const Words&... words) {
    const Bytes args[] = {Bytes(words)...};
    return local.run_in(session, args);
  }

  LocalEngine local;
  Session session{nullptr};
};

TEST_CASE("A replay lets no consumer go", "[stream]") {
  Replay replay;
  LocalEngine& local = replay.local;
  replay("XADD", "s", "1-0", "f", "v");
  replay("XADD", "s", "2-0", "f", "v");
  replay("XGROUP", "CREATE", "s", "g", "0");
  replay("XGROUP", "SETCFG", "s", "g", "CONSUMERIDLE", "1500");
  const std::string then = std::to_string(local.engine.now_ms());
  replay("XCLAIM", "s", "g", "c1", "0", "1-0", "TIME", then, "RETRYCOUNT", "1", "FORCE", "JUSTID");
  local.clock.advance_ms(2000);
  replay("XCLAIM", "s", "g", "c2", "0", "2-0", "TIME", then, "RETRYCOUNT", "1", "FORCE", "JUSTID");
  CHECK(local.run("XGROUP", "DELCONSUMER", "s", "g", "c1") == ":1\r\n");
  replay("XCLAIM", "s", "g", "c3", "0", "1-0", "TIME", then, "RETRYCOUNT", "1", "FORCE", "JUSTID");
  local.clock.advance_ms(2000);
  local.run("XCLAIM", "s", "g", "c4", "0", "9-0", "FORCE", "JUSTID");
  CHECK(local.run("XGROUP", "DELCONSUMER", "s", "g", "c3") == ":0\r\n");
}

TEST_CASE("A replay takes a time that this clock hasn't reached", "[stream]") {
  Replay replay;
  replay("XADD", "s", "1-0", "f", "v");
  replay("XGROUP", "CREATE", "s", "g", "0");
  const std::string then = std::to_string(replay.local.engine.now_ms() + 1000);
  replay("XCLAIM", "s", "g", "c", "0", "1-0", "TIME", then, "RETRYCOUNT", "1", "FORCE", "JUSTID");
  const std::string nothing = "*0\r\n";
  CHECK(replay.local.run("XPENDING", "s", "g", "IDLE", "1", "-", "+", "1") == nothing);
  replay.local.clock.advance_ms(1001);
  CHECK(replay.local.run("XPENDING", "s", "g", "IDLE", "1", "-", "+", "1") != nothing);
}

TEST_CASE("A replay remembers a message whose entry was trimmed at once", "[stream]") {
  Replay replay;
  const std::string id = std::to_string(replay.local.engine.now_ms()) + "-0";
  replay("XADD", "s", "MAXLEN", "=", "0", id, "f", "v");
  CHECK(replay("XIDMPRECORD", "s", "p", "m", id) == "+OK\r\n");
  const std::string again = replay.local.run("XADD", "s", "IDMP", "p", "m", "*", "f", "v");
  CHECK(again == "$" + std::to_string(id.size()) + "\r\n" + id + "\r\n");
}

}  // namespace
}  // namespace sorrel

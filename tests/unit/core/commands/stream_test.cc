// Streams: what a replay decides, which is nothing, and what bounds a call.

#include "tests/support/failing_memory.h"
#include "tests/support/local_engine.h"
#include "tests/support/scenario.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

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

// Whatever allocation fails: the journal gives the same data, or nobody may build on it any more.
TEST_CASE("A command that ends for want of memory doesn't leave the journal behind", "[stream]") {
  const std::vector<std::string> calls[] = {
      {"XADD", "s", "*", "a field that isn't short", "v"},
      {"XADD", "t", "MAXLEN", "~", "1", "*", "f", "v"},
      {"XDEL", "s", "1-0", "2-0"},
      {"XGROUP", "CREATE", "new", "g", "0", "MKSTREAM"},
  };
  for (const std::vector<std::string>& call : calls) {
    for (size_t before = 0; before < 60; ++before) {
      INFO(call[0] << " " << before);
      Scenario run;
      run("XADD s 1-0 f v");
      run("XADD s 2-0 f v");
      run.local.clock.advance_ms(1);
      const std::vector<Bytes> words(call.begin(), call.end());
      run.local.engine.begin_turn();
      {
        const FailingMemory memory(before);
        run.local.engine.execute(run.local.session, words);
      }
      run("PING");  // what the journal has got is read
      if (run.local.engine.write_refusal().empty()) CHECK(run.rebuilt() == run.data());
    }
  }
}

TEST_CASE("Claiming lets deleted entries go some at a time", "[stream]") {
  LocalEngine local;
  local.run("XGROUP", "CREATE", "s", "g", "0", "MKSTREAM");
  for (int i = 1; i <= 100; ++i) local.run("XADD", "s", std::to_string(i) + "-0", "f", "v");
  local.run("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">");
  local.run("XTRIM", "s", "MAXLEN", "0");
  const auto read = [&](const std::string& count) {
    local.run("XREADGROUP", "GROUP", "g", "d", "COUNT", count, "CLAIM", "0", "STREAMS", "s", ">");
    const std::string summary = local.run("XPENDING", "s", "g");
    return summary.substr(0, summary.find('\r', 4));
  };
  CHECK(read("1") == "*4\r\n:90");
  CHECK(read("2") == "*4\r\n:70");
  CHECK(read("0") == "*4\r\n:0");
}

TEST_CASE("Trimming passes over a bounded number of entries that stay", "[stream]") {
  LocalEngine local;
  local.run("XGROUP", "CREATE", "s", "g", "0", "MKSTREAM");
  const auto add = [&](int first, int last) {
    for (int i = first; i <= last; ++i) local.run("XADD", "s", std::to_string(i) + "-0", "f", "v");
    local.run("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">");
  };
  add(1, 9'999);
  add(10'000, 10'002);
  local.run("XACK", "s", "g", "10000-0", "10002-0");
  CHECK(local.run("XTRIM", "s", "MAXLEN", "0", "ACKED") == ":1\r\n");
  local.run("XACK", "s", "g", "1-0");
  CHECK(local.run("XTRIM", "s", "MAXLEN", "0", "ACKED") == ":2\r\n");
}

}  // namespace
}  // namespace sorrel

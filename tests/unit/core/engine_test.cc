#include "core/engine.h"

#include "tests/support/failing_memory.h"
#include "tests/support/local_engine.h"

#include <catch2/catch.hpp>

using namespace sorrel;

TEST_CASE("an engine answers commands without a socket", "[engine]") {
  LocalEngine local;
  REQUIRE(local.run("SET", "key", "value") == "+OK\r\n");
  REQUIRE(local.run("GET", "key") == "$5\r\nvalue\r\n");
  REQUIRE(local.run("get", "nothing") == "$-1\r\n");
  REQUIRE(local.run("DEL", "key", "nothing") == ":1\r\n");
  REQUIRE(local.run("GET", "key") == "$-1\r\n");
}

TEST_CASE("calls that can't be dispatched get Redis's errors", "[engine]") {
  LocalEngine local;
  REQUIRE(local.run("NOSUCH", "a", "b") ==
          "-ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' \r\n");
  REQUIRE(local.run("GET") == "-ERR wrong number of arguments for 'get' command\r\n");
}

TEST_CASE("two engines share nothing", "[engine]") {
  LocalEngine one;
  LocalEngine two;
  one.run("SET", "key", "1");
  REQUIRE(two.run("GET", "key") == "$-1\r\n");
}

TEST_CASE("strings keep their value through every form", "[engine][string]") {
  LocalEngine local;
  for (const size_t size : {0, 1, 43, 44, 45, 255, 256, 1023, 1024, 1025, 70000}) {
    const std::string value(size, 'x');
    local.run("SET", "key", value);
    REQUIRE(local.run("GET", "key") == "$" + std::to_string(size) + "\r\n" + value + "\r\n");
  }
  local.run("SET", "key", "-9223372036854775808");
  REQUIRE(local.run("GET", "key") == "$20\r\n-9223372036854775808\r\n");
  const std::string long_key(300, 'k');
  local.run("SET", long_key, "v");
  REQUIRE(local.run("GET", long_key) == "$1\r\nv\r\n");
}

TEST_CASE("a command that finds no memory is an error, and leaves nothing behind", "[engine]") {
  const std::vector<std::vector<Bytes>> commands = {{"WATCH", "a", "b"},
                                                    {"SUBSCRIBE", "a", "b"},
                                                    {"PSUBSCRIBE", "a*", "b*"},
                                                    {"NOSUCH", "a"},
                                                    {"GET"}};
  for (const std::vector<Bytes>& words : commands) {
    bool failed = true;
    for (size_t before = 0; failed; ++before) {
      LocalEngine local;
      local.run("MULTI");
      local.run("DISCARD");
      {
        const FailingMemory memory(before);
        local.engine.execute(local.session, words);
      }
      failed = local.session.output.to_string().starts_with("-OOM");
      INFO(words[0] << " after " << before << ": " << local.session.output.to_string());
      local.session.output.consume(local.session.output.size());
      CHECK(local.run("RESET") == "+RESET\r\n");
      CHECK(local.engine.key_observers().watches().empty());
      CHECK(local.engine.pubsub().channels() == 0);
      CHECK(local.engine.pubsub().patterns() == 0);
      CHECK(local.engine.pubsub().clients() == 0);
      REQUIRE(before < 100);
    }
  }
}

TEST_CASE("a transaction that finds no memory for a command doesn't run", "[engine]") {
  LocalEngine local;
  local.run("MULTI");
  local.run("INCR", "n");
  {
    const FailingMemory memory(0);
    const Bytes incr[] = {"INCR", "n"};
    local.engine.execute(local.session, incr);
  }
  CHECK(local.session.output.to_string().starts_with("-OOM"));
  local.session.output.consume(local.session.output.size());
  CHECK(local.run("EXEC").starts_with("-EXECABORT"));
  CHECK(local.run("GET", "n") == "$-1\r\n");
}

TEST_CASE("an entry that the journal has no memory for isn't half in it", "[engine]") {
  LocalEngine local;
  Journal::Reader reader;
  local.engine.journal().attach(reader);
  const std::string value(100'000, 'v');
  for (size_t before = 0;; ++before) {
    const uint64_t offset = local.engine.journal().offset();
    const Bytes set[] = {"SET", "key", value};
    bool failed = false;
    try {
      const FailingMemory memory(before);
      local.engine.journal().append(0, set);
    } catch (const std::bad_alloc&) {
      failed = true;
    }
    if (!failed) break;
    CHECK(local.engine.journal().offset() == offset);
    REQUIRE(before < 100);
  }
  CHECK(local.engine.journal().peek(reader).starts_with("*2\r\n$6\r\nSELECT\r\n"));
  local.engine.journal().detach(reader);
}

TEST_CASE("every setting that the engine keeps a copy of is followed", "[engine]") {
  LocalEngine local;
  local.run("CONFIG", "SET", "stream-node-max-entries", "7");
  CHECK(local.engine.value_context().limits.stream_block_entries == 7);
}

TEST_CASE("what a session watches and waits for is among what it holds", "[engine]") {
  LocalEngine local;
  const std::string key(1000, 'k');
  const size_t before = local.session.held_bytes();
  local.run("WATCH", key, key + "2");
  CHECK(local.session.held_bytes() - before > 4 * key.size());
  local.run("WATCH", key);
  CHECK(local.session.held_bytes() - before < 5 * key.size());
  local.run("UNWATCH");
  CHECK(local.session.held_bytes() == before);
  local.run("BLPOP", key, "0");
  REQUIRE(local.session.blocked);
  CHECK(local.session.held_bytes() - before > 3 * key.size());
}

TEST_CASE("a session watches very many keys in no time, and one change is as good as many",
          "[engine]") {
  LocalEngine local;
  Session other(nullptr);
  local.engine.open_session(other);
  // When each key was compared with all others, this took minutes.
  constexpr int kKeys = 100'000;
  std::vector<std::string> watch = {"WATCH"}, mset = {"MSET"};
  for (int i = 0; i < kKeys; ++i) {
    watch.push_back("key:" + std::to_string(i));
    mset.insert(mset.end(), {watch.back(), "v"});
  }
  const std::vector<Bytes> watch_words(watch.begin(), watch.end());
  const std::vector<Bytes> mset_words(mset.begin(), mset.end());
  CHECK(local.run_in(local.session, watch_words) == "+OK\r\n");
  CHECK(local.run_in(local.session, watch_words) == "+OK\r\n");
  CHECK(local.session.transaction->watched.size() == kKeys);
  CHECK(local.run_in(other, mset_words) == "+OK\r\n");
  local.run("MULTI");
  CHECK(local.run("EXEC") == "*-1\r\n");
  local.engine.close_session(other);
}

TEST_CASE("who leaves too much unread is cut off in the middle of EXEC, which goes on",
          "[engine]") {
  LocalEngine local;
  const Settings::NamedValue limits[] = {
      {"client-output-buffer-limit", "normal 1mb 0 0 pubsub 1mb 0 0"}};
  REQUIRE(!local.settings.set_many(limits));
  Session greedy(nullptr), listening(nullptr);
  const auto run = [&](Session& session, const std::vector<Bytes>& words) {
    local.engine.execute(session, words);
  };
  for (Session* const session : {&greedy, &listening}) local.engine.open_session(*session);
  run(listening, {"SUBSCRIBE", "news"});
  const std::string value(300'000, 'v');
  local.run("SET", "key", value);
  run(greedy, {"MULTI"});
  for (int i = 0; i < 50; ++i) {
    run(greedy, {"GET", "key"});
    run(greedy, {"PUBLISH", "news", value});
  }
  run(greedy, {"INCR", "n"});
  run(greedy, {"EXEC"});
  for (Session* const session : {&greedy, &listening}) {
    CHECK(session->has(Session::kCloseNow));
    CHECK(session->output.memory_bytes() < 2'000'000);
    local.engine.close_session(*session);
  }
  CHECK(local.engine.stats().output_buffer_limit_disconnections == 2);
  CHECK(local.run("GET", "n") == "$1\r\n1\r\n");
}

TEST_CASE("a transaction that the journal has no memory for isn't left open in it", "[aof]") {
  constexpr size_t kBlockBytes = 16 * 1024;
  // MULTI, SET and EXEC lie around the end of a block, at each place in turn.
  for (size_t room = 1; room < 60; ++room) {
    for (size_t before = 0; before < 16; ++before) {
      INFO(room << " bytes, after " << before);
      LocalEngine local;
      Journal::Reader reader;
      Journal& journal = local.engine.journal();
      journal.attach(reader);
      const uint64_t begin = journal.offset();
      local.run("SET", "filling", std::string(kBlockBytes - 200, 'f'));
      const size_t used = journal.offset() - begin;
      local.run("SET", "filling", std::string(kBlockBytes - used - room - 42, 'f'));
      REQUIRE(journal.offset() - begin + room < kBlockBytes + 60);
      local.run("MULTI");
      local.run("SET", "k", "v");
      const uint64_t transaction = journal.offset();
      {
        const FailingMemory memory(before);
        const Bytes exec[] = {"EXEC"};
        local.engine.execute(local.session, exec);
      }
      local.session.output.consume(local.session.output.size());
      std::string journaled;
      for (uint64_t at = transaction; at < journal.offset(); at = transaction + journaled.size()) {
        journaled += journal.peek(at);
      }
      const bool whole = journaled.empty() || (journaled.find("MULTI") != std::string::npos &&
                                               journaled.find("EXEC") != std::string::npos);
      Session other(nullptr);
      local.engine.open_session(other);
      const Bytes set[] = {"SET", "k", "w"};
      const std::string reply = local.run_in(other, set);
      CHECK((whole || reply.starts_with("-MISCONF")));
      const bool has_change = journaled.find("SET") != std::string::npos;
      CHECK(
          (has_change || reply.starts_with("-MISCONF") || local.run("GET", "k") != "$1\r\nv\r\n"));
      local.engine.close_session(other);
      journal.detach(reader);
    }
  }
}

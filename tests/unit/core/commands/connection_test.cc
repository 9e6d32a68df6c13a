#include "tests/support/local_engine.h"

#include <catch2/catch.hpp>

using namespace sorrel;

TEST_CASE("HELLO chooses the protocol", "[connection]") {
  LocalEngine local;
  CHECK(local.run("HELLO", "4") == "-NOPROTO unsupported protocol version\r\n");
  CHECK(local.run("HELLO", "3", "SETNAME", "a b") ==
        "-ERR Client names cannot contain spaces, newlines or special characters.\r\n");
  CHECK(local.run("HELLO", "3", "SETNAME", "me").substr(0, 4) == "%7\r\n");
  CHECK(local.run("GET", "nothing") == "_\r\n");
  CHECK(local.run("CLIENT", "GETNAME") == "$2\r\nme\r\n");
  CHECK(local.run("RESET") == "+RESET\r\n");
  CHECK(local.run("CLIENT", "GETNAME") == "$-1\r\n");
}

TEST_CASE("nothing is done for who hasn't said the password", "[connection]") {
  LocalEngine local;
  const Settings::NamedValue password[] = {{"requirepass", "secret"}};
  REQUIRE(!local.settings.set_many(password));
  Session stranger(nullptr);
  local.engine.open_session(stranger);
  const auto run = [&](std::initializer_list<Bytes> words) {
    return local.run_in(stranger, std::span<const Bytes>(words.begin(), words.size()));
  };
  CHECK(run({"GET", "a"}) == "-NOAUTH Authentication required.\r\n");
  CHECK(run({"HELLO", "3"}).substr(0, 7) == "-NOAUTH");
  CHECK(run({"AUTH", "wrong"}).substr(0, 10) == "-WRONGPASS");
  CHECK(run({"AUTH", "default", "secret"}) == "+OK\r\n");
  CHECK(run({"GET", "a"}) == "$-1\r\n");
  CHECK(run({"RESET"}) == "+RESET\r\n");
  CHECK(run({"GET", "a"}) == "-NOAUTH Authentication required.\r\n");
  CHECK(run({"HELLO", "2", "AUTH", "default", "secret"}).substr(0, 5) == "*14\r\n");
  local.engine.close_session(stranger);
}

TEST_CASE("CLIENT REPLY silences and speaks again", "[connection]") {
  LocalEngine local;
  CHECK(local.run("CLIENT", "REPLY", "OFF").empty());
  CHECK(local.run("PING").empty());
  CHECK(local.run("CLIENT", "REPLY", "ON") == "+OK\r\n");
  CHECK(local.run("CLIENT", "REPLY", "SKIP").empty());
  CHECK(local.run("PING").empty());
  CHECK(local.run("PING") == "+PONG\r\n");
  // What is put off isn't the next command yet.
  CHECK(local.run("CLIENT", "REPLY", "SKIP").empty());
  local.engine.pause(Pause::Kind::kWrite, local.engine.now_ms() + 100);
  CHECK(local.run("SET", "a", "1").empty());
  local.engine.unpause();
  CHECK(local.run("SET", "a", "1").empty());
  CHECK(local.run("PING") == "+PONG\r\n");
}

TEST_CASE("who wants no replies hears of subscriptions, and nothing of MONITOR", "[connection]") {
  LocalEngine local;
  local.run("CLIENT", "REPLY", "OFF");
  CHECK(local.run("SUBSCRIBE", "a") == "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n");
  CHECK(local.run("UNSUBSCRIBE", "a") == "*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n");
  local.engine.monitors().add(local.session);
  CHECK(local.run("PING").empty());
}

TEST_CASE("CLIENT PAUSE postpones, and the pause ends by itself", "[connection]") {
  LocalEngine local;
  CHECK(local.run("CLIENT", "PAUSE", "100", "WRITE") == "+OK\r\n");
  CHECK(local.run("GET", "a") == "$-1\r\n");
  CHECK(local.run("SET", "a", "1").empty());
  CHECK(local.session.has(Session::kPaused));
  local.clock.advance_ms(100);
  local.engine.begin_turn();
  CHECK(!local.session.has(Session::kPaused));
  CHECK(local.run("SET", "a", "1") == "+OK\r\n");
}

TEST_CASE("CLIENT KILL finds sessions by what CLIENT LIST shows", "[connection]") {
  LocalEngine local;
  Session other(nullptr);
  local.engine.open_session(other);
  CHECK(local.run("CLIENT", "KILL", "ID", std::to_string(local.session.id)) == ":0\r\n");
  CHECK(local.run("CLIENT", "KILL", "USER", "nobody") == "-ERR No such user 'nobody'\r\n");
  local.clock.advance_ms(5000);
  CHECK(local.run("CLIENT", "KILL", "MAXAGE", "6") == ":0\r\n");
  CHECK(local.run("CLIENT", "KILL", "TYPE", "normal", "MAXAGE", "5") == ":1\r\n");
  CHECK(other.has(Session::kCloseNow));
  CHECK(!local.session.closing());
  CHECK(local.run("CLIENT", "KILL", "ID", std::to_string(local.session.id), "SKIPME", "no") ==
        ":1\r\n");
  CHECK(local.session.has(Session::kCloseAfterReply));
  local.engine.close_session(other);
}

TEST_CASE("MONITOR's line quotes what it shows and hides secrets", "[connection]") {
  LocalEngine local;
  Session watcher(nullptr);
  local.engine.open_session(watcher);
  local.engine.monitors().add(watcher);
  local.run("SET", "a", Bytes("x\n\"\x01", 4));
  local.run("AUTH", "default", "secret");
  local.run("HELLO", "2", "AUTH", "secret", "secret");
  const std::string seen = watcher.output.to_string();
  CHECK(seen.find(" [0 lua] \"SET\" \"a\" \"x\\n\\\"\\x01\"\r\n") != std::string::npos);
  CHECK(seen.find("secret") == std::string::npos);
  local.engine.close_session(watcher);
}

TEST_CASE("CLIENT NO-TOUCH leaves access times alone, those of this session only", "[connection]") {
  LocalEngine local;
  local.run("SET", "a", "1");
  local.clock.advance_ms(10'000);
  CHECK(local.run("CLIENT", "NO-TOUCH", "ON") == "+OK\r\n");
  local.run("GET", "a");
  CHECK(local.run("OBJECT", "IDLETIME", "a") == ":10\r\n");
  local.run("TOUCH", "a");
  CHECK(local.run("OBJECT", "IDLETIME", "a") == ":0\r\n");
  local.clock.advance_ms(10'000);
  Session other(nullptr);
  local.engine.open_session(other);
  const Bytes get[] = {"GET", "a"};
  local.run_in(other, get);
  CHECK(local.run("OBJECT", "IDLETIME", "a") == ":0\r\n");
  local.engine.close_session(other);
}

TEST_CASE("in import mode nothing goes by itself", "[connection]") {
  LocalEngine local;
  const auto configure = [&](const char* name, const std::string& value) {
    const Settings::NamedValue setting[] = {{name, value}};
    REQUIRE(!local.settings.set_many(setting));
  };
  configure("import-mode", "yes");
  configure("maxmemory-policy", "allkeys-lru");
  local.run("SET", "a", "1", "PX", "10");
  configure("maxmemory", "1");
  local.clock.advance_ms(1000);
  for (int i = 0; i < 10; ++i) {
    local.engine.begin_turn();
    local.engine.tick();
  }
  CHECK(local.run("GET", "a") == "$-1\r\n");
  CHECK(local.run("DBSIZE") == ":1\r\n");
  CHECK(local.engine.stats().evicted_keys == 0);
  configure("maxmemory", "0");
  configure("import-mode", "no");
  local.engine.tick();
  CHECK(local.run("DBSIZE") == ":0\r\n");
  CHECK(local.engine.stats().expired_keys == 1);
}

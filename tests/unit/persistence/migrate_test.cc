#include "persistence/memory_file_system.h"
#include "persistence/migrations.h"
#include "tests/unit/persistence/kept_engine.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace sorrel {
namespace {

/// A network on which one server can be reached: an engine, or a script of replies.
class FakeNetwork final : public Network {
 public:
  KeptEngine* target = nullptr;
  std::deque<std::string> script;  // taken before the engine is asked
  size_t sends_most = 7;           // bytes at a time
  bool knows_host = true;
  bool connects = true;
  bool refuses = false;
  size_t replies_most = 1000;              // then it closes
  bool falls_silent = false;               // instead of closing
  std::function<void()> on_reply = [] {};  // before each
  std::vector<std::vector<std::string>> asked;
  size_t connections = 0;  // ever made
  size_t closed = 0;       // of these, the first ones

  Result<std::unique_ptr<PeerLink>> connect(const std::string& host, int port) override {
    if (!knows_host) return Status::failure("no such host");
    to = host + ":" + std::to_string(port);
    return std::unique_ptr<PeerLink>(std::make_unique<Link>(*this));
  }
  std::string to;

 private:
  class Link final : public PeerLink {
   public:
    explicit Link(FakeNetwork& home) : home_(home), number_(++home.connections) {}
    Result<size_t> send(Bytes bytes, int) override {
      if (home_.refuses) return Status::failure("refused");
      if (!home_.connects) return size_t{0};
      const size_t taken = std::min(bytes.size(), home_.sends_most);
      requests_.append(bytes.substr(0, taken));
      return taken;
    }
    Result<size_t> receive(char* out, size_t most, int) override {
      if (number_ <= home_.closed) return Status::failure("closed");
      if (home_.replies_most == 0) {
        if (home_.falls_silent) return size_t{0};
        return Status::failure("closed");
      }
      if (replies_.empty()) {
        std::vector<std::string> words = take_command();
        if (words.empty()) return size_t{0};
        home_.on_reply();
        replies_ = home_.reply_to(words);
      }
      // A byte at a time.
      const size_t given = std::min<size_t>(most, 1);
      replies_.copy(out, given);
      replies_.erase(0, given);
      if (replies_.empty()) --home_.replies_most;
      return given;
    }

   private:
    std::string line() {
      const size_t end = requests_.find("\r\n");
      REQUIRE(end != std::string::npos);
      const std::string text = requests_.substr(1, end - 1);
      requests_.erase(0, end + 2);
      return text;
    }
    std::vector<std::string> take_command() {
      std::vector<std::string> words;
      if (requests_.empty()) return words;
      for (int count = std::stoi(line()); count > 0; --count) {
        const size_t size = std::stoul(line());
        words.push_back(requests_.substr(0, size));
        requests_.erase(0, size + 2);
      }
      return words;
    }

    FakeNetwork& home_;
    const size_t number_;
    std::string requests_;
    std::string replies_;
  };

  std::string reply_to(const std::vector<std::string>& words) {
    asked.push_back(words);
    if (!script.empty()) {
      const std::string reply = script.front();
      script.pop_front();
      return reply;
    }
    return target == nullptr ? "+OK\r\n" : target->run_words(words);
  }
};

/// A server that hands its keys to another.
struct Pair {
  MemoryFileSystem files;
  FakeNetwork network;
  SteppedExecutor executor;
  LocalEngine local;
  Persistence persistence{{.engine = &local.engine,
                           .files = &files,
                           .executor = &executor,
                           .network = &network,
                           .network_executor = &executor}};
  KeptEngine target{files};
  Journal::Reader reader;

  Pair() {
    network.target = &target;
    local.engine.journal().attach(reader);
  }
  ~Pair() { local.engine.journal().detach(reader); }

  template <typename... Words>
  std::string run(const Words&... words) {
    return local.run(words...);
  }
  /// MIGRATE's reply, when all that it waits for has been done.
  template <typename... Words>
  std::string migrate(const Words&... words) {
    CHECK(run("MIGRATE", words...) == "");
    executor.drain();
    return take();
  }
  std::string take() {
    Output& output = local.session.output;
    std::string text = output.to_string();
    output.consume(output.size());
    return text;
  }
  /// What was journaled since it was last asked.
  std::string journal() {
    std::string text;
    for (Bytes piece; !(piece = local.engine.journal().peek(reader)).empty();) {
      text.append(piece);
      local.engine.journal().advance(reader, piece.size());
    }
    return text;
  }
};

const std::string kOk = "+OK\r\n";

std::string del(const std::string& key) {
  return "*2\r\n$3\r\nDEL\r\n$" + std::to_string(key.size()) + "\r\n" + key + "\r\n";
}

}  // namespace

TEST_CASE("MIGRATE hands a key to another server", "[migrate]") {
  Pair pair;
  pair.run("RPUSH", "list", "a", "b");
  pair.run("PEXPIRE", "list", "5000");
  pair.journal();
  CHECK(pair.migrate("host", "6379", "list", "3", "100") == kOk);
  CHECK(pair.network.to == "host:6379");
  CHECK(pair.run("EXISTS", "list") == ":0\r\n");
  CHECK(pair.journal() == del("list"));
  pair.target.run("SELECT", "3");
  CHECK(pair.target.run("LRANGE", "list", "0", "-1") == "*2\r\n$1\r\na\r\n$1\r\nb\r\n");
  CHECK(pair.target.run("PTTL", "list") == ":5000\r\n");
  CHECK(pair.run("MIGRATE", "host", "6379", "list", "3", "100") == "+NOKEY\r\n");
}

TEST_CASE("MIGRATE's options", "[migrate]") {
  Pair pair;
  for (const char* key : {"a", "b", "c"}) pair.run("SET", key, key);
  pair.target.run("SET", "b", "other");
  pair.journal();
  SECTION("COPY keeps, and REPLACE replaces") {
    CHECK(pair.migrate("h", "1", "", "0", "100", "COPY", "REPLACE", "KEYS", "a", "b", "none") ==
          kOk);
    CHECK(pair.run("DBSIZE") == ":3\r\n");
    CHECK(pair.target.run("MGET", "a", "b", "c") == "*3\r\n$1\r\na\r\n$1\r\nb\r\n$-1\r\n");
    CHECK(pair.journal().empty());
  }
  SECTION("a key that is there already stays here") {
    CHECK(pair.migrate("h", "1", "", "0", "100", "KEYS", "a", "b", "c") ==
          "-ERR Target instance returned error: BUSYKEY Target key name already exists.\r\n");
    CHECK(pair.run("KEYS", "*") == "*1\r\n$1\r\nb\r\n");
    CHECK(pair.target.run("MGET", "a", "b", "c") == "*3\r\n$1\r\na\r\n$5\r\nother\r\n$1\r\nc\r\n");
    CHECK(pair.journal() == "*3\r\n$3\r\nDEL\r\n$1\r\na\r\n$1\r\nc\r\n");
  }
  SECTION("AUTH and AUTH2") {
    pair.network.target = nullptr;
    CHECK(pair.migrate("h", "1", "a", "7", "100", "AUTH", "secret") == kOk);
    CHECK(pair.migrate("h", "1", "b", "7", "100", "AUTH2", "user", "secret") == kOk);
    using Words = std::vector<std::string>;
    CHECK(pair.network.asked[0] == Words{"AUTH", "secret"});
    CHECK(pair.network.asked[1] == Words{"SELECT", "7"});
    CHECK(pair.network.asked[3] == Words{"AUTH", "user", "secret"});
  }
  SECTION("what the other server doesn't allow") {
    pair.network.script = {"-WRONGPASS no\r\n", "-NOAUTH no\r\n", "-NOAUTH no\r\n"};
    CHECK(pair.migrate("h", "1", "a", "7", "100", "AUTH", "secret") ==
          "-ERR Target instance returned error: WRONGPASS no\r\n");
    CHECK(pair.run("EXISTS", "a") == ":1\r\n");
  }
}

TEST_CASE("MIGRATE's calls that are wrong", "[migrate]") {
  Pair pair;
  pair.run("SET", "k", "v");
  const std::string syntax = "-ERR syntax error\r\n";
  const std::string number = "-ERR value is not an integer or out of range\r\n";
  CHECK(pair.run("MIGRATE", "h", "1", "k", "0", "100", "FOO") == syntax);
  CHECK(pair.run("MIGRATE", "h", "1", "k", "0", "100", "AUTH") == syntax);
  CHECK(pair.run("MIGRATE", "h", "1", "k", "0", "100", "AUTH2", "u") == syntax);
  CHECK(pair.run("MIGRATE", "h", "1", "k", "x", "100") == number);
  CHECK(pair.run("MIGRATE", "h", "1", "k", "0", "x") == number);
  CHECK(
      pair.run("MIGRATE", "h", "1", "k", "0", "1", "KEYS", "k") ==
      "-ERR When using MIGRATE KEYS option, the key argument must be set to the empty string\r\n");
  CHECK_FALSE(pair.executor.busy());
}

TEST_CASE("MIGRATE to a server that can't be reached", "[migrate]") {
  Pair pair;
  pair.run("SET", "a", "1");
  pair.run("SET", "b", "2");
  pair.journal();
  const std::string prefix = "-IOERR error or timeout ";
  const auto try_it = [&] {
    const std::string reply = pair.migrate("h", "1", "", "0", "300", "KEYS", "a", "b");
    REQUIRE(reply.starts_with(prefix));
    return reply.substr(prefix.size());
  };
  SECTION("no such host") {
    pair.network.knows_host = false;
    CHECK(try_it() == "connecting to the client\r\n");
  }
  SECTION("nobody answers") {
    pair.network.connects = false;
    CHECK(try_it() == "connecting to the client\r\n");
  }
  SECTION("it refuses, as Redis says it") {
    pair.network.refuses = true;
    CHECK(try_it() == "writing to target instance\r\n");
  }
  SECTION("it closes, or falls silent, when it has taken the first key") {
    pair.network.replies_most = 2;
    pair.network.falls_silent = GENERATE(true, false);
    CHECK(try_it() == "reading to target instance\r\n");
    CHECK(pair.run("KEYS", "*") == "*1\r\n$1\r\nb\r\n");
    CHECK(pair.journal() == del("a"));
    return;
  }
  SECTION("it answers something else") {
    pair.network.script = {"+OK\r\n", "*1\r\n"};
    CHECK(try_it() == "reading to target instance\r\n");
  }
  CHECK(pair.run("DBSIZE") == ":2\r\n");
  CHECK(pair.journal().empty());
}

TEST_CASE("a key that changes while it is handed over arrives as it is", "[migrate]") {
  Pair pair;
  pair.run("SET", "k", "0");
  Session other(nullptr);
  pair.local.engine.open_session(other);
  int changes = 0;
  int wanted = 3;
  std::vector<Bytes> change = {"INCR", "k"};
  pair.network.on_reply = [&] {
    const bool is_key = pair.network.asked.size() % 2 == 1;
    if (is_key && changes < wanted && ++changes > 0) pair.local.run_in(other, change);
  };
  SECTION("at last") {
    CHECK(pair.migrate("h", "1", "k", "0", "100") == kOk);
    CHECK(pair.target.run("GET", "k") == "$1\r\n3\r\n");
    CHECK(pair.run("EXISTS", "k") == ":0\r\n");
  }
  SECTION("or stays, when it never stops") {
    wanted = 1000;
    CHECK(pair.migrate("h", "1", "k", "0", "100") ==
          "-ERR A key was changed each time that it was sent: 'k'\r\n");
    CHECK(pair.run("GET", "k") == "$" + std::to_string(std::to_string(changes).size()) + "\r\n" +
                                      std::to_string(changes) + "\r\n");
  }
  SECTION("and its new time with it") {
    change = {"PEXPIRE", "k", "7000"};
    wanted = 1;
    CHECK(pair.migrate("h", "1", "k", "0", "100") == kOk);
    CHECK(pair.target.run("PTTL", "k") == ":7000\r\n");
  }
  SECTION("and one that is deleted meanwhile is nowhere") {
    change = {"DEL", "k"};
    wanted = 1;
    CHECK(pair.migrate("h", "1", "k", "0", "100") == kOk);
    CHECK(pair.target.run("EXISTS", "k") == ":0\r\n");
    CHECK(pair.run("EXISTS", "k") == ":0\r\n");
  }
  pair.local.engine.close_session(other);
}

TEST_CASE("whoever doesn't wait for MIGRATE any more keeps the key", "[migrate]") {
  Pair pair;
  pair.run("SET", "k", "v");
  Session other(nullptr);
  pair.local.engine.open_session(other);
  const Bytes call[] = {"MIGRATE", "h", "1", "k", "0", "100"};
  CHECK(pair.local.run_in(other, call).empty());
  SECTION("because it was told to go on") {
    const std::string id = std::to_string(other.id);
    CHECK(pair.run("CLIENT", "UNBLOCK", id, "ERROR") == ":1\r\n");
    pair.executor.drain();
    CHECK(other.output.to_string() == "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n");
    other.output.consume(other.output.size());
    // It may begin again.
    CHECK(pair.local.run_in(other, call).empty());
    CHECK(pair.run("CLIENT", "UNBLOCK", id) == ":1\r\n");
    CHECK(other.output.to_string() == "-IOERR error or timeout reading to target instance\r\n");
    pair.local.engine.close_session(other);
  }
  SECTION("because it has gone") {
    pair.local.engine.close_session(other);
  }
  pair.executor.drain();
  CHECK(pair.run("GET", "k") == "$1\r\nv\r\n");
}

TEST_CASE("MIGRATE keeps its connection for the next call", "[migrate]") {
  Pair pair;
  for (const char* key : {"a", "b", "c", "d"}) pair.run("SET", key, key);
  CHECK(pair.migrate("h", "1", "a", "0", "100") == kOk);
  CHECK(pair.network.connections == 1);
  SECTION("to the same server alone") {
    CHECK(pair.migrate("h", "1", "b", "0", "100") == kOk);
    CHECK(pair.network.connections == 1);
    CHECK(pair.migrate("h", "2", "c", "0", "100") == kOk);
    CHECK(pair.network.connections == 2);
    pair.network.script = {"+OK\r\n"};
    CHECK(pair.migrate("h", "1", "d", "0", "100", "AUTH", "secret") == kOk);
    CHECK(pair.network.connections == 3);
  }
  SECTION("for ten seconds") {
    pair.local.clock.advance_ms(9'000);
    pair.persistence.tick();
    CHECK(pair.migrate("h", "1", "b", "0", "100") == kOk);
    CHECK(pair.network.connections == 1);
    pair.local.clock.advance_ms(10'000);
    pair.persistence.tick();
    CHECK(pair.migrate("h", "1", "c", "0", "100") == kOk);
    CHECK(pair.network.connections == 2);
  }
  SECTION("and makes another when it was closed") {
    pair.network.closed = 1;
    CHECK(pair.migrate("h", "1", "b", "0", "100") == kOk);
    CHECK(pair.network.connections == 2);
    CHECK(pair.target.run("GET", "b") == "$1\r\nb\r\n");
    pair.network.closed = 10;
    CHECK(pair.migrate("h", "1", "c", "0", "100") ==
          "-IOERR error or timeout reading to target instance\r\n");
    CHECK(pair.network.connections == 3);
  }
  SECTION("unless it has failed") {
    pair.network.script = {"+OK\r\n", "*1\r\n"};
    CHECK(pair.migrate("h", "1", "b", "0", "100").starts_with("-IOERR"));
    CHECK(pair.migrate("h", "1", "c", "0", "100") == kOk);
    CHECK(pair.network.connections == 2);
  }
}

TEST_CASE("in a transaction MIGRATE doesn't wait", "[migrate]") {
  Pair pair;
  pair.run("SET", "k", "v");
  pair.run("MULTI");
  pair.run("MIGRATE", "h", "1", "k", "0", "100");
  CHECK(pair.run("EXEC") == "*1\r\n+OK\r\n");
  CHECK(pair.run("EXISTS", "k") == ":0\r\n");
  CHECK(pair.target.run("GET", "k") == "$1\r\nv\r\n");
}

}  // namespace sorrel

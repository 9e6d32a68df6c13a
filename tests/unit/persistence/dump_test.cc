#include "core/base/crc64.h"
#include "persistence/commands_dump.h"
#include "persistence/dump_payload.h"
#include "tests/unit/persistence/rdb_fixture.h"

#include <catch2/catch.hpp>

using namespace sorrel;
using namespace sorrel::test;
using namespace std::string_literals;

namespace {

struct Dumps {
  Scenario scenario;
  LocalEngine& local = scenario.local;

  Dumps() { local.engine.commands().add(dump_commands()); }

  std::string operator()(const std::string& line) { return scenario(line); }
  std::string events() { return scenario.events(); }
  std::string journal() { return scenario.journal(); }

  std::string dump(const std::string& key) {
    const std::string reply = local.run("DUMP", key);
    const size_t begin = reply.find("\r\n") + 2;
    return reply.substr(begin, reply.size() - begin - 2);
  }
  template <class... Options>
  std::string restore(const std::string& key, const std::string& ttl, const std::string& payload,
                      const Options&... options) {
    std::vector<std::string> words = {"RESTORE", key, ttl, payload, options...};
    return scenario(words);
  }
};

std::string payload_of(const std::string& value, const std::string& version = {"\x0a\0", 2}) {
  const std::string text = value + version;
  const uint64_t sum = crc64(0, text);
  return text + std::string(reinterpret_cast<const char*>(&sum), sizeof sum);
}

const std::string kHi("\0\2hi", 4);

}  // namespace

TEST_CASE("a stream takes along what RDB files have no place for", "[dump]") {
  Dumps run;
  run("XADD s IDMP p m * a b");
  run("XGROUP CREATE s g 0 MAXDELIVERIES 3 DEADLETTER dead");
  const std::string payload = run.dump("s");
  CHECK(run.restore("t", "0", payload) == "+OK");
  CHECK(run("XINFO GROUPS t") == run("XINFO GROUPS s"));
  CHECK(run("XINFO STREAM t") == run("XINFO STREAM s"));
  CHECK(run.dump("t") == payload);
  CHECK(run("XADD t IDMP p m * a b") == run("XADD s IDMP p m * a b"));
  // What another server has to say there is passed over; what is damaged isn't.
  run("XADD plain 1-1 a b");
  const std::string plain = run.dump("plain");
  const std::string value = plain.substr(0, plain.size() - 10);
  CHECK(run.restore("u", "0", payload_of(value + "\xfa\5other\1x")) == "+OK");
  for (const std::string& more :
       {std::string("\1"), std::string("\xfa\5oth"), "\xfa\x12sorrel-group-rules\5g 3 0"s}) {
    CHECK(run.restore("v", "0", payload_of(value + more)) == "-ERR Bad data format");
  }
}

TEST_CASE("a stream takes along its bounds and delayed entries", "[dump]") {
  Dumps run;
  run("XADD s 1-1 a b");
  const std::string plain = run.dump("s");
  run("XCFGSET s MAXLEN 7 MAXBYTES 100000 MAXAGE 50000000000000 RETAIN ACKED");
  run("XADD s AT 1700000005000 * later 'a b'");
  run("XADD s AT 1700000005000 * latest c");
  const std::string payload = run.dump("s");
  // Redis's part of it, and then more.
  CHECK(payload.starts_with(plain.substr(0, plain.size() - 10)));
  CHECK(run.restore("t", "0", payload) == "+OK");
  CHECK(run("XINFO STREAM t") == run("XINFO STREAM s"));
  CHECK(run("XDELAYED RANGE t - +") == run("XDELAYED RANGE s - +"));
  CHECK(run.dump("t") == payload);
  run("COPY s copy");
  run("RENAME s renamed");
  CHECK(run.dump("copy") == payload);
  CHECK(run.dump("renamed") == payload);
  run.local.clock.advance_ms(6000);
  for (const std::string key : {"t", "copy", "renamed"}) CHECK(run("XLEN " + key) == ":3");
  const std::string value = plain.substr(0, plain.size() - 10);
  CHECK(run.restore("v", "0", payload_of(value + "\xfa\x15sorrel-stream-delayed\x3x y"s)) ==
        "-ERR Bad data format");
  CHECK(run.restore("v", "0", payload_of(kHi + "\xfa\x15sorrel-stream-delayed\x3x y"s)) ==
        "-ERR Bad data format");
}

TEST_CASE("a set takes along when its members expire", "[dump]") {
  Dumps run;
  run("SADD s a b c");
  const std::string plain = run.dump("s");
  run("SPEXPIREAT s 1700000005000 MEMBERS 2 a b");
  const std::string payload = run.dump("s");
  CHECK(run.restore("t", "0", payload) == "+OK");
  run("COPY s copy");
  run("RENAME s renamed");
  for (const std::string key : {"t", "copy", "renamed"}) {
    CAPTURE(key);
    CHECK(run("SPEXPIRETIME " + key + " MEMBERS 3 a b c") ==
          "*3 :1700000005000 :1700000005000 :-1");
  }
  run.local.clock.advance_ms(6000);
  for (const std::string key : {"t", "copy", "renamed"}) CHECK(run("SCARD " + key) == ":1");
  // All of them are over when they come.
  run("SADD all x");
  run("SPEXPIREAT all 1700000009000 MEMBERS 1 x");
  const std::string over = run.dump("all");
  run.local.clock.advance_ms(6000);
  CHECK(run.restore("u", "0", over) == "+OK");
  CHECK(run("SCARD u") == ":0");
  CHECK(run.restore("v", "0", payload_of(kHi + "\xfa\x14sorrel-member-expiry\1x"s)) ==
        "-ERR Bad data format");
}

TEST_CASE("a payload is what Redis makes of it", "[dump]") {
  Dumps run;
  run("SET k 10");
  // As redis-server 7.0.15 gives it.
  CHECK(run.dump("k") == std::string("\x00\xc0\x0a\x0a\x00\x6e\x9f\x57\x45\x0e\xae\x63\xbb", 13));
  CHECK(run("DUMP none") == "$-1");
}

TEST_CASE("a value goes through DUMP and RESTORE", "[dump]") {
  Dumps run;
  run("SET s hello");
  run("SET n 12345");
  run("RPUSH l a b c 1 2 3");
  run("SADD ss a b 1");
  run("ZADD z 1 a 2.5 b -inf c");
  run("HSET h f v g w");
  run("HSET expiring f v g w");
  run("HPEXPIREAT expiring 1700000005000 FIELDS 1 f");
  for (const char* key : {"s", "n", "l", "ss", "z", "h", "expiring"}) {
    CAPTURE(key);
    const std::string payload = run.dump(key);
    const std::string copy = std::string(key) + "-copy";
    CHECK(run.restore(copy, "0", payload) == "+OK");
    CHECK(run("OBJECT ENCODING " + copy) == run("OBJECT ENCODING " + std::string(key)));
    CHECK(run.dump(copy) == payload);
    CHECK(run.restore(copy, "0", payload) == "-BUSYKEY Target key name already exists.");
    CHECK(run.restore(copy, "0", payload, "REPLACE") == "+OK");
  }
  CHECK(run("HPEXPIRETIME expiring-copy FIELDS 2 f g") == "*2 :1700000005000 :-1");
}

TEST_CASE("RESTORE says what is wrong", "[dump]") {
  Dumps run;
  const std::string payload = payload_of(kHi);
  CHECK(run.restore("k", "x", payload) == "-ERR value is not an integer or out of range");
  CHECK(run.restore("k", "-1", payload) == "-ERR Invalid TTL value, must be >= 0");
  CHECK(run.restore("k", "0", payload, "FOO") == "-ERR syntax error");
  CHECK(run.restore("k", "0", payload, "IDLETIME") == "-ERR syntax error");
  CHECK(run.restore("k", "0", payload, "IDLETIME", "-1") ==
        "-ERR Invalid IDLETIME value, must be >= 0");
  CHECK(run.restore("k", "0", payload, "FREQ", "256") ==
        "-ERR Invalid FREQ value, must be >= 0 and <= 255");
  CHECK(run.restore("k", "0", payload, "IDLETIME", "1", "FREQ", "1") == "-ERR syntax error");
  const std::string wrong = "-ERR DUMP payload version or checksum are wrong";
  CHECK(run.restore("k", "0", "x") == wrong);
  CHECK(run.restore("k", "0", "") == wrong);
  CHECK(run.restore("k", "0", payload_of(kHi, {"\x0d\0", 2})) == wrong);
  std::string damaged = payload;
  damaged[2] ^= 1;
  CHECK(run.restore("k", "0", damaged) == wrong);
  const std::string bad = "-ERR Bad data format";
  CHECK(run.restore("k", "0", payload_of({"\0\3hi", 4})) == bad);
  CHECK(run.restore("k", "0", payload_of(kHi + "x")) == bad);
  CHECK(run.restore("k", "0", payload_of({"\4\0", 2})) == bad);
  CHECK(run.restore("k", "0", payload_of({"\7\2\0", 3})) == bad);
  CHECK(run.restore("k", "0", payload_of({"\xff\0", 2})) == bad);
  CHECK(run("DBSIZE") == ":0");
  CHECK(run.restore("k", "0", payload) == "+OK");
}

TEST_CASE("what RESTORE announces, counts and journals", "[dump]") {
  Dumps run;
  const std::string payload = payload_of(kHi);
  const auto dirty = [&] { return run.local.engine.books().dirty; };
  CHECK(run.restore("k", "0", payload) == "+OK");
  CHECK(dirty() == 1);
  CHECK(run.events() == "new:k restore:k");
  CHECK(run.restore("k", "5000", payload, "REPLACE") == "+OK");
  CHECK(dirty() == 2);
  CHECK(run("PEXPIRETIME k") == ":1700000005000");
  CHECK(run.events() == "new:k restore:k");
  CHECK(run.restore("k", "1700000006000", payload, "REPLACE", "ABSTTL") == "+OK");
  CHECK(run("PEXPIRETIME k") == ":1700000006000");
  CHECK(run.journal().find("1700000005000") != std::string::npos);
  // A time that has come.
  run.events();
  CHECK(run.restore("none", "5", payload, "ABSTTL") == "+OK");
  CHECK(run.events() == "");
  CHECK(run.journal() == "");
  CHECK(run.restore("k", "5", payload, "ABSTTL", "REPLACE") == "+OK");
  CHECK(run.events() == "del:k");
  CHECK(run.journal() == "DEL k");
  CHECK(run("EXISTS k") == ":0");
  // Its use.
  CHECK(run.restore("k", "0", payload, "IDLETIME", "1000") == "+OK");
  CHECK(run("OBJECT IDLETIME k") == ":1000");
}

TEST_CASE("every cut and every flipped bit of a payload is refused", "[dump]") {
  Dumps run;
  run("ZADD z 1 a 2 b 3 c");
  const std::string payload = run.dump("z");
  for (size_t size = 0; size < payload.size(); ++size) {
    if (run.restore("k", "0", payload.substr(0, size)) == "+OK") FAIL("size " << size);
  }
  for (size_t bit = 0; bit < payload.size() * 8; ++bit) {
    std::string damaged = payload;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << (bit % 8));
    if (run.restore("k", "0", damaged) == "+OK") FAIL("bit " << bit);
  }
  CHECK(run("EXISTS k") == ":0");
}

TEST_CASE("without a good checksum a payload is a value or isn't", "[dump]") {
  Dumps run;
  run("ZADD z 1 a 2 b 3 c");
  run("HSET h f v g w");
  run("RPUSH l a b 3");
  for (const char* key : {"z", "h", "l"}) {
    const std::string payload = run.dump(key);
    const std::string value = payload.substr(0, payload.size() - 10);
    for (size_t bit = 0; bit < value.size() * 8; ++bit) {
      std::string damaged = value;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << (bit % 8));
      if (run.restore("k", "0", payload_of(damaged), "REPLACE") != "+OK") continue;
      const std::string again = run.dump("k");
      if (run.restore("k2", "0", again, "REPLACE") != "+OK" || run.dump("k2") != again) {
        FAIL(key << " bit " << bit);
      }
    }
  }
}

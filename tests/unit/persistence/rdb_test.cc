#include "tests/unit/persistence/rdb_fixture.h"

#include <catch2/catch.hpp>

using namespace sorrel;
using namespace sorrel::test;

namespace {

std::string words(size_t count, size_t size) {
  std::string line;
  for (size_t i = 0; i < count; ++i) {
    std::string word = "w" + std::to_string(i);
    if (word.size() < size) word.resize(size, static_cast<char>('a' + i % 26));
    line += " " + word;
  }
  return line;
}

std::string pairs(size_t count, size_t size) {
  std::string line;
  for (size_t i = 0; i < count; ++i) {
    line += " " + std::to_string(i * 0.5) + " " + "m" + std::to_string(i) + std::string(size, 'x');
  }
  return line;
}

/// Every type in every form, small and big.
void fill(Scenario& run) {
  run("SET empty \"\"");
  for (const char* integer : {"0", "-1", "127", "128", "-32768", "32768", "-2147483648",
                              "2147483648", "-9223372036854775808", "9223372036854775807", "007"}) {
    run("SET int:" + std::string(integer) + " " + integer);
  }
  run("SET embstr hello");
  run("SET raw " + std::string(500, 'r'));
  run("SET body " + words(300, 20).substr(1, 5000));
  run("SETRANGE chunks 300000 tail");
  run("SET expiring 1 PX 5000");
  run("SET " + std::string(300, 'k') + " long-key");
  run("RPUSH list:small a 1 -5 300 70000 \"\" 12345678901 " + std::string(100, 'l'));
  run("RPUSH list:big" + words(3000, 12));
  run("RPUSH list:giant a " + std::string(70000, 'g') + " b");
  run("SADD set:int 1 2 3 -70000 5000000000");
  run("SADD set:small a b 3");
  run("SADD set:big" + words(300, 10));
  run("ZADD zset:small 1 a 1 b 2.5 c -inf d inf e 0.1 f");
  run("ZADD zset:big" + pairs(300, 3));
  run("HSET hash:small a 1 b two c " + std::string(60, 'c'));
  run("HSET hash:big" + words(1200, 8));
  run("HSET hash:value f " + std::string(300, 'v'));
  run("SELECT 3");
  run("SET other db");
  run("SELECT 0");
}

}  // namespace

TEST_CASE("a file holds what was written to it", "[rdb]") {
  Scenario run;
  fill(run);
  RdbWriter::Options options;
  options.version = GENERATE(10, 11, 12);
  options.compress = GENERATE(false, true);
  const std::string file = rdb_of(run.local, options);
  Scenario other;
  CHECK(load(other.local, file) == "");
  CHECK(digest_all(other.local.engine) == digest_all(run.local.engine));
  CHECK(other.data() == run.data());
  for (const char* key :
       {"empty", "int:127", "int:007", "embstr", "raw", "chunks", "list:small", "list:big",
        "set:int", "set:big", "zset:small", "zset:big", "hash:small", "hash:big", "hash:value"}) {
    CAPTURE(key);
    const std::string command = "OBJECT ENCODING " + std::string(key);
    CHECK(other(command) == run(command));
  }
  CHECK(run.local.engine.database(3).size() == 1);
  CHECK(other.local.engine.database(3).size() == 1);
}

TEST_CASE("fields that expire take version 12", "[rdb]") {
  Scenario run;
  run("HSET h a 1 b 2 c 3");
  run("HPEXPIREAT h 1700000005000 FIELDS 1 b");
  run("HPEXPIREAT h 1700000003000 FIELDS 1 c");
  run("HSET big" + words(1200, 8));
  run("HPEXPIREAT big 1700000005000 FIELDS 2 w1aaaaaa w2cccccc");
  run("HPEXPIREAT big 1700000007000 FIELDS 1 w0aaaaaa");
  RdbWriter::Options options;
  options.version = rdb_version_for(10, true);
  CHECK(options.version == 12);
  Scenario other;
  CHECK(load(other.local, rdb_of(run.local, options)) == "");
  CHECK(other.data() == run.data());
  const std::string times = "HPEXPIRETIME h FIELDS 3 a b c";
  CHECK(other(times) == "*3 :-1 :1700000005000 :1700000003000");
  CHECK(other("HPEXPIRETIME big FIELDS 2 w0aaaaaa w4eeeeee") == "*2 :1700000007000 :-1");
  other.local.clock.advance_ms(4000);
  CHECK(other("HLEN h") == ":2");
}

TEST_CASE("members that expire stand in fields that other servers pass over", "[rdb]") {
  Scenario run;
  run("SADD s a b c");
  run("SPEXPIREAT s 1700000005000 MEMBERS 2 a b");
  run("SADD big" + words(9000, 8));
  run("SPEXPIREAT big 1700000007000 MEMBERS 1 w0aaaaaa");
  std::vector<std::string> expire = {"SPEXPIREAT", "many", "1700000008000", "MEMBERS", "6000"};
  for (int i = 0; i < 6000; ++i) expire.push_back("member:" + std::to_string(i));
  std::vector<std::string> add = {"SADD", "many", "stays"};
  add.insert(add.end(), expire.begin() + 5, expire.end());
  run(add);
  run(expire);
  const std::string file = rdb_of(run.local);
  Scenario other;
  CHECK(load(other.local, file) == "");
  CHECK(other.data() == run.data());
  CHECK(other("SPEXPIRETIME s MEMBERS 3 a b c") == "*3 :1700000005000 :1700000005000 :-1");
  CHECK(other("SPEXPIRETIME many MEMBERS 2 member:5999 stays") == "*2 :1700000008000 :-1");
  other.local.clock.advance_ms(6000);
  CHECK(other("SMEMBERS s") == "*1 $1 c");
  // What is damaged is refused; what names a key that isn't there is not.
  const std::string name = text("sorrel-member-expiry");
  const auto with = [&](const std::string& value) {
    Scenario third;
    return load(third.local, file_of(0, "\1v").substr(0, 9) + '\xfa' + name + text(value) + '\xff' +
                                 std::string(8, '\0'));
  };
  const std::string one("\1\0\0\0\0\0\0\0x", 9);
  const std::string time("\0\1\0\0\0\0\0\0", 8);
  CHECK(with(one + time + one) == "");
  CHECK(with(one) == "");
  CHECK(with("") != "");
  CHECK(with(one + time) != "");
  CHECK(with(one + std::string(8, '\xff') + one) != "");
  CHECK(with(one + time + std::string(8, '\xff')) != "");
}

TEST_CASE("fields that expired no more are written as before", "[rdb]") {
  Scenario run;
  run("HSET h a 1 b 2");
  run("HPEXPIREAT h 1700000005000 FIELDS 1 b");
  run("HPERSIST h FIELDS 1 b");
  Scenario other;
  CHECK(load(other.local, rdb_of(run.local)) == "");
  CHECK(other.data() == run.data());
}

TEST_CASE("a value that the version can't tell is refused", "[rdb]") {
  Scenario run;
  run("HSET h a 1");
  run("HPEXPIREAT h 1700000005000 FIELDS 1 a");
  StringSink sink;
  RdbWriter writer(sink, {});
  CHECK(writer.begin({}).is_ok());
  run.local.engine.database(0).table().for_each(
      [&](const Entry& entry) { CHECK(!writer.entry(entry).is_ok()); });
}

TEST_CASE("a key that has expired is left out, unless what follows is to say so", "[rdb]") {
  Scenario run;
  run("SET a 1 PX 1000");
  run("SET b 1 PX 9000");
  const std::string file = rdb_of(run.local);
  Scenario later;
  later.local.clock.advance_ms(2000);
  CHECK(load(later.local, file) == "");
  CHECK(later.local.engine.database(0).size() == 1);
  Scenario kept;
  kept.local.clock.advance_ms(2000);
  CHECK(load(kept.local, file, {.keep_expired = true}) == "");
  CHECK(kept.local.engine.database(0).size() == 2);
  CHECK(kept("PTTL b") == ":7000");
}

TEST_CASE("loading tells nobody", "[rdb]") {
  Scenario run;
  run("SET a 1");
  const std::string file = rdb_of(run.local);
  Scenario other;
  other("SET x 1");
  other.events();
  const std::string journal = other.journal();
  const uint64_t dirty = other.local.engine.books().dirty;
  CHECK(load(other.local, file) == "");
  CHECK(other.events() == "");
  CHECK(other.journal() == "");
  CHECK(other.local.engine.books().dirty == dirty);
  other("SET b 1");
  CHECK(other.events() != "");
}

TEST_CASE("a key that is there already ends the loading, or gives way", "[rdb]") {
  Scenario run;
  run("SET a new");
  const std::string file = rdb_of(run.local);
  Scenario other;
  other("SET a old PX 1000");
  CHECK(load(other.local, file).find("the key is there twice") != std::string::npos);
  CHECK(load(other.local, file, {.replace = true}) == "");
  CHECK(other("GET a") == "$3 new");
  CHECK(other("PTTL a") == ":-1");
}

TEST_CASE("what a key was used for last is kept", "[rdb]") {
  Scenario run;
  run("SET a 1");
  run.local.clock.advance_ms(100'000);
  RdbWriter::Options options;
  options.access = RdbWriter::Access::kIdleTime;
  const std::string file = rdb_of(run.local, options);
  Scenario other;
  other.local.clock.advance_ms(100'000);
  CHECK(load(other.local, file) == "");
  CHECK(other("OBJECT IDLETIME a") == ":100");
  options.access = RdbWriter::Access::kFrequency;
  Scenario counting;
  counting("CONFIG SET maxmemory-policy allkeys-lfu");
  counting("SET a 1");
  Scenario counted;
  counted("CONFIG SET maxmemory-policy allkeys-lfu");
  CHECK(load(counted.local, rdb_of(counting.local, options)) == "");
  CHECK(counted("OBJECT FREQ a") == ":5");
}

TEST_CASE("a window of any size gives the same", "[rdb]") {
  class Pieces final : public BufferedSource {
   public:
    Pieces(Bytes bytes, size_t size) : BufferedSource(size), bytes_(bytes) {}

   private:
    Result<size_t> read(char* out, size_t most) override {
      const size_t here = std::min(most, bytes_.size());
      bytes_.copy(out, here);
      bytes_.remove_prefix(here);
      return here;
    }
    Bytes bytes_;
  };
  Scenario run;
  fill(run);
  const std::string file = rdb_of(run.local) + "what follows";
  const size_t size = GENERATE(1, 7, 64, 4096);
  Scenario other;
  other.local.engine.begin_turn();
  KeyspaceLoader loader(other.local.engine, {});
  Pieces source(file, size);
  RdbReader reader(source, other.local.engine.value_context(), loader, {});
  CHECK(reader.read().message() == "");
  CHECK(digest_all(other.local.engine) == digest_all(run.local.engine));
  // It reads on where the file ends.
  std::string rest;
  for (;;) {
    const Result<Bytes> window = source.window();
    if (window.value().empty()) break;
    rest += window.value();
    source.consume(window.value().size());
  }
  CHECK(rest == "what follows");
}

TEST_CASE("every truncation of a file is refused", "[rdb]") {
  Scenario run;
  fill(run);
  run("DEL chunks list:big list:giant hash:big set:big zset:big body");
  const std::string file = rdb_of(run.local);
  LocalEngine other;
  for (size_t size = 0; size < file.size(); ++size) {
    other.run("FLUSHALL");
    const std::string failure = load(other, Bytes(file).substr(0, size));
    if (failure.find("offset") == std::string::npos) FAIL("at " << size << ": " << failure);
  }
}

TEST_CASE("every bit that flips is found, by the checksum at the latest", "[rdb]") {
  Scenario run;
  fill(run);
  run("DEL chunks list:big list:giant hash:big set:big zset:big body raw");
  const std::string file = rdb_of(run.local);
  LocalEngine other;
  for (size_t bit = 0; bit < file.size() * 8; ++bit) {
    std::string damaged = file;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << (bit % 8));
    other.run("FLUSHALL");
    if (load(other, damaged) == "") FAIL("bit " << bit);
  }
}

TEST_CASE("without a checksum a flipped bit is found, or makes another file", "[rdb]") {
  Scenario run;
  fill(run);
  run("DEL chunks list:big list:giant hash:big set:big zset:big body raw");
  RdbWriter::Options options;
  options.checksum = false;
  const std::string file = rdb_of(run.local, options);
  size_t loaded = 0;
  LocalEngine other;
  LocalEngine again;
  for (size_t bit = 0; bit < file.size() * 8; ++bit) {
    std::string damaged = file;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << (bit % 8));
    other.run("FLUSHALL");
    again.run("FLUSHALL");
    if (load(other, damaged, {.keep_expired = true}) != "") continue;
    ++loaded;
    // What was taken can be read, written and read again.
    if (load(again, rdb_of(other, {.version = 12}), {.keep_expired = true}) != "" ||
        digest_all(again.engine) != digest_all(other.engine)) {
      FAIL("bit " << bit);
    }
  }
  CHECK(loaded > 0);
}

#include "tests/unit/persistence/rdb_fixture.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace sorrel;
using namespace sorrel::test;

namespace {

/// Streams with all that they remember.
void fill(Scenario& run) {
  for (int i = 0; i < 700; ++i) {
    const std::string id = std::to_string(1000 + i / 3) + "-" + std::to_string(i % 3 + 1);
    run("XADD many " + id + " name n" + std::to_string(i) + " value " + std::to_string(i * 37));
  }
  run("XADD mixed 1-1 a 1");
  run("XADD mixed 1-5 a 2 b \"\" c -70000");
  run("XADD mixed 7-0 other x");
  run("XDEL many 1001-1 1100-2");
  run("XTRIM many MAXLEN 600");
  run("XADD emptied 5-5 a b");
  run("XDEL emptied 5-5");
  run("XGROUP CREATE many g1 0");
  run("XGROUP CREATE many g2 1100-1");
  run("XGROUP CREATE new g $ MKSTREAM");
  run("XGROUP CREATECONSUMER many g2 idle");
  run("XREADGROUP GROUP g1 alice COUNT 30 STREAMS many >");
  run.local.clock.advance_ms(5000);
  run("XREADGROUP GROUP g1 bob COUNT 5 STREAMS many >");
  run("XREADGROUP GROUP g1 alice COUNT 2 STREAMS many 0");
  run("XACK many g1 1040-1 1040-2");
}

std::vector<std::string> told(Scenario& run) {
  std::vector<std::string> answers;
  for (const char* line :
       {"XRANGE many - +", "XRANGE mixed - +", "XINFO STREAM emptied", "XINFO GROUPS many",
        "XINFO CONSUMERS many g1", "XINFO CONSUMERS many g2", "XINFO GROUPS new",
        "XPENDING many g1 - + 100", "XPENDING many g2", "XLEN many", "XINFO STREAM mixed FULL"}) {
    answers.push_back(run(line));
  }
  return answers;
}

/// 16 bytes, highest first.
std::string raw_id(uint8_t ms, uint8_t seq) {
  std::string id(16, '\0');
  id[7] = static_cast<char>(ms);
  id[15] = static_cast<char>(seq);
  return id;
}

std::string listpack(const std::vector<std::string>& elements) {
  std::string body;
  for (const std::string& element : elements) {
    body += element;
    body.push_back(static_cast<char>(element.size()));
  }
  const auto size = static_cast<uint32_t>(6 + body.size() + 1);
  std::string out(reinterpret_cast<const char*>(&size), sizeof size);
  out.push_back(static_cast<char>(elements.size()));
  out.push_back('\0');
  return out + body + '\xff';
}
std::string element(int small) {
  return std::string(1, static_cast<char>(small));
}
std::string element(const std::string& bytes) {
  return static_cast<char>(0x80 | bytes.size()) + bytes;
}

/// One block at 5-1: the field "f", 5-1 with "v", 5-2 deleted, 6-1 with fields of its own.
std::string block(int live = 2, int count = 4) {
  std::vector<std::string> elements;
  const auto add = [&](auto... all) { (elements.push_back(element(all)), ...); };
  add(live, 1, 1, std::string("f"), 0);
  add(2, 0, 0, std::string("v"), count);
  add(3, 0, 1, std::string("w"), 4);
  add(0, 1, 0, 1, std::string("own"), std::string("x"), 6);
  return text(raw_id(5, 1)) + text(listpack(elements));
}

std::string refusal(int type, const std::string& value) {
  Scenario run;
  const std::string failure = load(run.local, file_of(type, value));
  CHECK(run("DBSIZE") == (failure.empty() ? ":1" : ":0"));
  return failure;
}
using Catch::Matchers::Contains;
using namespace std::string_literals;

}  // namespace

TEST_CASE("streams and their groups go through a file", "[rdb][stream]") {
  Scenario run;
  fill(run);
  RdbWriter::Options options;
  options.version = GENERATE(10, 11, 12);
  const std::string file = rdb_of(run.local, options);
  Scenario other;
  other.local.clock.advance_ms(5000);
  REQUIRE(load(other.local, file) == "");
  CHECK(digest_all(other.local.engine) == digest_all(run.local.engine));
  const std::vector<std::string> before = told(run);
  const std::vector<std::string> after = told(other);
  for (size_t i = 0; i < before.size(); ++i) {
    CAPTURE(i);
    // Version 10 can't tell when a consumer was given something.
    if (options.version == 10 && (i == 4 || i == 5 || i == 10)) continue;
    CHECK(after[i] == before[i]);
  }
}

TEST_CASE("what was handed back is nobody's, in a file too", "[rdb][stream]") {
  Scenario run;
  run("XADD s 1-1 a b");
  run("XADD s 1-2 a b");
  run("XGROUP CREATE s g 0");
  run("XREADGROUP GROUP g alice STREAMS s >");
  const std::string nacked = run("XNACK s g FAIL IDS 1 1-1");
  CAPTURE(nacked);
  Scenario other;
  REQUIRE(load(other.local, rdb_of(run.local)) == "");
  CHECK(other("XPENDING s g - + 10") == run("XPENDING s g - + 10"));
  CHECK(other("XPENDING s g") == run("XPENDING s g"));
}

TEST_CASE("what a group does by itself goes along", "[rdb][stream]") {
  Scenario run;
  run("XADD s 1-1 a b");
  CHECK(run("XGROUP CREATE s \"g 1\" 0 MAXDELIVERIES 3 DEADLETTER \"dead letters\"") == "+OK");
  CHECK(run("XGROUP CREATE s g2 0 CONSUMERIDLE 5000") == "+OK");
  Scenario other;
  REQUIRE(load(other.local, rdb_of(run.local)) == "");
  CHECK(other("XINFO GROUPS s") == run("XINFO GROUPS s"));
  CHECK(rdb_of(other.local) == rdb_of(run.local));
}

TEST_CASE("what a stream does by itself goes along", "[rdb][stream]") {
  Scenario run;
  run("XADD s 1-1 a b");
  CHECK(run("XCFGSET s MAXLEN 7 MAXBYTES 8000 MAXAGE 0 RETAIN ACKED") == "+OK");
  const std::string quoted = "\"a \\\"stream\\\"\"";
  run("XADD " + quoted + " AT 99999999999999 * field \"two words\\n\" n -5");
  run("XADD " + quoted + " AT 99999999999999 * \"\" \"\"");
  const std::string file = rdb_of(run.local);
  Scenario other;
  REQUIRE(load(other.local, file) == "");
  CHECK(other("XINFO STREAM s") == run("XINFO STREAM s"));
  CHECK(other("XDELAYED RANGE " + quoted + " - +") == run("XDELAYED RANGE " + quoted + " - +"));
  CHECK(other("XINFO STREAM " + quoted) == run("XINFO STREAM " + quoted));
  CHECK(rdb_of(other.local) == file);
}

TEST_CASE("what is remembered of producers goes along", "[rdb][stream]") {
  Scenario run;
  run("XADD s IDMP \"p 1\" m1 * a b");
  run("XCFGSET s IDMP-DURATION 500 IDMP-MAXSIZE 3");
  const std::string first = run("XADD s IDMP \"p 1\" m1 * a b");
  const std::string second = run("XADD s IDMP \"p 1\" \"m 2\" * a b");
  const std::string third = run("XADD s IDMP 17 -5 * a b");
  run("XADD s IDMP 17 -5 * a b");
  run("XADD t IDMP p m * a b");
  run("XCFGSET t IDMP-MAXSIZE 7");
  Scenario other;
  REQUIRE(load(other.local, rdb_of(run.local)) == "");
  CHECK(other("XINFO STREAM s") == run("XINFO STREAM s"));
  CHECK(other("XINFO STREAM t") == run("XINFO STREAM t"));
  CHECK(rdb_of(other.local) == rdb_of(run.local));
  CHECK(other("XADD s IDMP \"p 1\" \"m 2\" * a b") == second);
  CHECK(other("XADD s IDMP \"p 1\" m1 * a b") == first);
  CHECK(other("XADD s IDMP 17 -5 * a b") == third);
  CHECK(other("XADD s IDMP 17 -6 * a b") != third);
}

TEST_CASE("damaged fields of a stream's producers are refused", "[rdb][stream]") {
  const std::string good = "\1" + block() + "\2\7\0\0"s;
  const auto refused = [&](const std::vector<std::pair<std::string, std::string>>& fields) {
    std::string file = file_of(15, good);
    std::string extras;
    for (const auto& [name, value] : fields) extras += "\xfa" + text(name) + text(value);
    Scenario run;
    return load(run.local, file.insert(file.find("\xfe") + 2, extras));
  };
  const std::pair<std::string, std::string> config = {"sorrel-producers", "100 2 5 6"};
  // Commands allow any order and the same message or entry twice, and a bound that is lowered
  // later.
  for (const char* value : {"p m 1-1 n 2-1", "p m 1-1 m 2-1", "p m 2-1 n 1-1", "p m 2-1 n 2-1",
                            "p m 1-1 n 2-1 o 3-1"}) {
    INFO(value);
    CHECK(refused({config, {"sorrel-producer", value}}) == "");
  }
  for (const char* value : {"", "100", "0 2 5 6", "100 0 5 6", "86401 2 5 6", "100 10001 5 6",
                            "100 2 -5 6", "100 2 5 x", "\"100 2 5 6"}) {
    INFO(value);
    CHECK_THAT(refused({{"sorrel-producers", value}}), Contains("a damaged field"));
  }
  for (const char* value : {"p", "p m", "p m x"}) {
    INFO(value);
    CHECK_THAT(refused({config, {"sorrel-producer", value}}), Contains("a damaged field"));
  }
  CHECK_THAT(refused({{"sorrel-producer", "p m 1-1"}, {"sorrel-producer", "p n 2-1"}}),
             Contains("a damaged field"));
}

TEST_CASE("the first form of a stream, and the second", "[rdb][stream]") {
  // Entries, last ID, a group that has read 5-1 and has it pending, with a consumer.
  const std::string tail = "\1" + text("g") + "\5\1" + "\1" + raw_id(5, 1) + std::string(8, '\0') +
                           "\3" + "\1" + text("c") + std::string(8, '\0') + "\1" + raw_id(5, 1);
  Scenario run;
  REQUIRE(load(run.local, file_of(15, "\1" + block() + "\2\7\0"s + tail)) == "");
  CHECK(run("XRANGE k - +") == "*2 *2 $3 5-1 *2 $1 f $1 v *2 $3 6-1 *2 $3 own $1 x");
  CHECK(run("XPENDING k g") == "*4 :1 $3 5-1 $3 5-1 *1 *2 $1 c $1 1");
  CHECK(run("XADD k 7-0 a b").front() == '-');
  CHECK(run("XADD k 7-1 a b") == "$3 7-1");
  // First ID, greatest deleted ID and count besides; and how much the group has read.
  const std::string group = "\1" + text("g") + "\5\1\1" + "\0\0"s;
  Scenario second;
  REQUIRE(load(second.local, file_of(19, "\1" + block() + "\2\7\0\5\1\5\2\11"s + group)) == "");
  CHECK(second("XINFO GROUPS k").find("entries-read :1") != std::string::npos);
}

TEST_CASE("a stream that isn't one is refused", "[rdb][stream]") {
  const std::string facts = "\2\7\0\0"s;
  CHECK(refusal(15, "\1" + block() + facts) == "");
  CHECK_THAT(refusal(15, "\1" + block(3) + facts), Contains("a block of the stream is damaged"));
  CHECK_THAT(refusal(15, "\1" + block(2, 5) + facts), Contains("a block of the stream is damaged"));
  CHECK_THAT(refusal(15, "\2" + block() + block() + facts), Contains("damaged"));
  CHECK_THAT(refusal(15, "\1" + text("short") + text("x") + facts), Contains("damaged"));
  CHECK_THAT(refusal(15, "\1" + block() + "\3\7\0\0"s), Contains("has 2 entries, and says 3"));
  CHECK_THAT(refusal(15, "\1" + block() + "\2\5\1\0"s), Contains("behind the last ID"));
  const std::string good = "\1" + block() + "\2\7\0"s;
  const std::string pending = raw_id(5, 1) + std::string(8, '\0') + "\1";
  const std::string consumer = text("c") + std::string(8, '\0');
  const std::string head = text("g") + "\5\1";
  CHECK_THAT(refusal(15, good + "\2" + head + "\0\0"s + head + "\0\0"s),
             Contains("a group is there twice"));
  CHECK_THAT(refusal(15, good + "\1" + head + "\2" + pending + pending + "\0"s),
             Contains("pending twice"));
  CHECK_THAT(refusal(15, good + "\1" + head + "\1" + pending + "\0"s),
             Contains("is no consumer's"));
  CHECK_THAT(refusal(15, good + "\1" + head + "\0\2"s + consumer + "\0"s + consumer + "\0"s),
             Contains("a consumer is there twice"));
  CHECK_THAT(refusal(15, good + "\1" + head + "\0\1"s + consumer + "\1" + raw_id(5, 1)),
             Contains("isn't pending"));
}

TEST_CASE("a stream with flipped bits is refused, or another", "[rdb][stream]") {
  Scenario run;
  run("XADD s 1-1 a b c d");
  run("XADD s 1-2 a b x y");
  run("XGROUP CREATE s g 0");
  run("XREADGROUP GROUP g alice STREAMS s >");
  const std::string file = rdb_of(run.local, {.checksum = false});
  LocalEngine other;
  LocalEngine again;
  for (size_t bit = 0; bit < file.size() * 8; ++bit) {
    std::string damaged = file;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << (bit % 8));
    other.run("FLUSHALL");
    again.run("FLUSHALL");
    if (load(other, damaged, {.keep_expired = true}) != "") continue;
    if (load(again, rdb_of(other, {.version = 12}), {.keep_expired = true}) != "" ||
        digest_all(again.engine) != digest_all(other.engine)) {
      FAIL("bit " << bit);
    }
  }
}

// Every encoding, with bytes made by hand: what old servers wrote, and what nobody should.

#include "core/base/lzf.h"
#include "core/base/random.h"
#include "tests/unit/persistence/rdb_fixture.h"

#include <bit>
#include <catch2/catch.hpp>
#include <vector>

using namespace sorrel;
using namespace sorrel::test;

namespace {

enum : int {
  kString = 0,
  kList = 1,
  kSet = 2,
  kZsetText = 3,
  kHash = 4,
  kZset = 5,
  kModuleOld = 6,
  kModule = 7,
  kHashZipmap = 9,
  kListZiplist = 10,
  kSetIntset = 11,
  kZsetZiplist = 12,
  kHashZiplist = 13,
  kListQuicklist = 14,
  kHashListpack = 16,
  kZsetListpack = 17,
  kListQuicklist2 = 18,
  kSetListpack = 20,
  kHashExpiringEarly = 22,
  kHashListpackExpiringEarly = 23,
  kHashExpiring = 24,
  kHashListpackExpiring = 25,
};

template <class Integer>
std::string little(Integer value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}
std::string operator""_b(const char* bytes, size_t size) {
  return std::string(bytes, size);
}

/// A ziplist of entries without the size before each.
std::string ziplist(const std::vector<std::string>& entries, bool long_sizes = false) {
  std::string body;
  size_t before = 0;
  uint32_t last = 10;
  for (const std::string& entry : entries) {
    last = static_cast<uint32_t>(10 + body.size());
    const size_t from = body.size();
    if (long_sizes || before >= 254) {
      body += '\xfe' + little(static_cast<uint32_t>(before));
    } else {
      body.push_back(static_cast<char>(before));
    }
    body += entry;
    before = body.size() - from;
  }
  const auto size = static_cast<uint32_t>(10 + body.size() + 1);
  return little(size) + little(last) + little(static_cast<uint16_t>(entries.size())) + body +
         '\xff';
}

std::string listpack(const std::vector<std::string>& elements) {
  std::string body;
  for (const std::string& element : elements) {
    body += element;
    body.push_back(static_cast<char>(element.size()));
  }
  const auto size = static_cast<uint32_t>(6 + body.size() + 1);
  return little(size) + little(static_cast<uint16_t>(elements.size())) + body + '\xff';
}
/// A listpack's element: a text of up to 63 bytes, or an integer of up to 127.
std::string packed(const std::string& bytes) {
  return static_cast<char>(0x80 | bytes.size()) + bytes;
}
std::string packed(int small) {
  return std::string(1, static_cast<char>(small));
}

std::string intset(uint32_t width, const std::vector<int64_t>& members) {
  std::string out = little(width) + little(static_cast<uint32_t>(members.size()));
  for (const int64_t member : members) out += little(member).substr(0, width);
  return out;
}

struct Loaded {
  Scenario run;
  std::string failure;

  Loaded(int type, const std::string& value, int version = 12)
      : failure(load(run.local, file_of(type, value, version))) {}
  std::string operator()(const std::string& line) { return run(line); }
  bool refused(const std::string& reason) const {
    INFO(failure);
    return failure.find(reason) != std::string::npos && failure.find("offset") != std::string::npos;
  }
};

std::string refusal(int type, const std::string& value) {
  Loaded made(type, value);
  // Not half of it.
  CHECK(made("DBSIZE") == ":0");
  return made.failure;
}
using Catch::Matchers::Contains;

}  // namespace

TEST_CASE("lengths and strings in every form", "[rdb]") {
  CHECK(Loaded(kString, text("hello"))("GET k") == "$5 hello");
  CHECK(Loaded(kString, "\xc0\xfb"_b)("GET k") == "$2 -5");
  CHECK(Loaded(kString, "\xc1\x00\x80"_b)("GET k") == "$6 -32768");
  CHECK(Loaded(kString, "\xc2\xff\xff\xff\x7f"_b)("GET k") == "$10 2147483647");
  CHECK(Loaded(kString, text(std::string(300, 'x')))("STRLEN k") == ":300");
  CHECK(Loaded(kString, "\x80\x00\x00\x00\x02hi"_b)("GET k") == "$2 hi");
  CHECK(Loaded(kString, "\x81\x00\x00\x00\x00\x00\x00\x00\x02hi"_b)("GET k") == "$2 hi");
  std::string packed_bytes(100, '\0');
  packed_bytes.resize(lzf_compress(std::string(1000, 'z'), packed_bytes.data(), 100));
  const std::string size_1000 = "\x43\xe8"_b;
  CHECK(Loaded(kString, '\xc3' + text("").substr(0, 0) +
                            std::string(1, static_cast<char>(packed_bytes.size())) + size_1000 +
                            packed_bytes)("STRLEN k") == ":1000");

  CHECK_THAT(refusal(kString, "\xc4"_b), Contains("no string is written in form 4"));
  CHECK_THAT(refusal(kString, "\x82"_b), Contains("no length begins with byte 130"));
  CHECK_THAT(refusal(kString, "\x81\x10\x00\x00\x00\x00\x00\x00\x00hi"_b), Contains("offset"));
  CHECK_THAT(refusal(kString, "\xc3\x02\x81\x10\x00\x00\x00\x00\x00\x00\x00\x01x"_b),
             Contains("claims to be longer than it can be"));
  CHECK_THAT(refusal(kString, "\xc3\x02\x0a\x05x"_b), Contains("is damaged"));
}

namespace {

std::string length64(uint64_t length) {
  return '\x81' + little(__builtin_bswap64(length));
}

/// Repeats itself, near and far, and in one place not at all.
std::string long_text(size_t size) {
  Random random(size);
  std::string out;
  while (out.size() < size) {
    out += "row " + std::to_string(random.below(300)) + std::string(random.below(400), '=');
    if (out.size() / 100'000 % 3 == 1) out += std::to_string(random.next());
  }
  out.resize(size);
  return out;
}

std::string compressed(const std::string& bytes, int64_t claimed_more = 0) {
  std::string packed(bytes.size(), '\0');
  packed.resize(lzf_compress(bytes, packed.data(), packed.size()));
  return '\xc3' + length64(packed.size()) +
         length64(bytes.size() + static_cast<uint64_t>(claimed_more)) + packed;
}

}  // namespace

TEST_CASE("a long string comes in pieces, in whatever form", "[rdb]") {
  for (const size_t size : {65'536, 65'537, 16'376 * 5, 16'376 * 6 + 1, 3'000'000}) {
    INFO(size);
    const std::string bytes = long_text(size);
    const std::string answer = "$" + std::to_string(size) + " " + bytes;
    CHECK(Loaded(kString, length64(size) + bytes)("GET k") == answer);
    CHECK(Loaded(kString, compressed(bytes))("GET k") == answer);
    const std::string zeros(size, '0');
    CHECK(Loaded(kString, compressed(zeros))("GET k") == "$" + std::to_string(size) + " " + zeros);
  }
}

TEST_CASE("a long string that isn't one is refused, wherever that shows", "[rdb]") {
  const std::string bytes = long_text(200'000);
  for (const std::string& whole : {length64(bytes.size()) + bytes, compressed(bytes)}) {
    const std::string file = file_of(kString, whole);
    for (size_t cut = file.size() - whole.size(); cut + 9 < file.size(); cut += 1009) {
      Scenario run;
      CHECK_THAT(load(run.local, file.substr(0, cut)),
                 Contains("offset") && Contains("the input ends here"));
      CHECK(run("DBSIZE") == ":0");
    }
  }
  // A claim costs nothing.
  CHECK_THAT(refusal(kString, length64(uint64_t{1} << 60) + "hi"), Contains("the input ends here"));
  CHECK_THAT(refusal(kString, '\xc3' + length64(uint64_t{1} << 60) + length64(uint64_t{1} << 62) +
                                  std::string("\0a", 2)),
             Contains("offset"));
  // As long as it claims to be, and no item less or more.
  CHECK_THAT(refusal(kString, compressed(bytes, 1)), Contains("a compressed string is damaged"));
  CHECK_THAT(refusal(kString, compressed(bytes, -1)), Contains("a compressed string is damaged"));
  CHECK_THAT(refusal(kString, compressed(bytes, -100'000)),
             Contains("a compressed string is damaged"));
  std::string wrong = compressed(std::string(100'000, 'z'));
  wrong[wrong.size() - 1] = '\x7f';  // copies from elsewhere
  wrong[25] = '\x3f';                // and from before the beginning
  CHECK_THAT(refusal(kString, wrong), Contains("a compressed string is damaged"));
}

TEST_CASE("a list element by element", "[rdb]") {
  Loaded list(kList, "\3" + text("a") + text("") + "\xc0\x05"_b);
  CHECK(list.failure == "");
  CHECK(list("LRANGE k 0 -1") == "*3 $1 a $0  $1 5");
  CHECK(list("OBJECT ENCODING k") == "$8 listpack");
  CHECK_THAT(refusal(kList, "\x81\x10\x00\x00\x00\x00\x00\x00\x00"_b + text("a")),
             Contains("offset"));
}

TEST_CASE("a ziplist", "[rdb]") {
  const bool long_sizes = GENERATE(false, true);
  const std::string list =
      ziplist({"\x02hi"_b, "\x40\x46"_b + std::string(70, 'm'),
               "\x80\x00\x00\x01\x2c"_b + std::string(300, 'l'), "\xf1"_b, "\xfd"_b, "\xfe\xfb"_b,
               "\xc0\x00\x80"_b, "\xf0\x00\x00\x80"_b, "\xd0\x00\x00\x00\x80"_b,
               "\xe0\x00\x00\x00\x00\x00\x00\x00\x80"_b, "\x00"_b},
              long_sizes);
  Loaded made(kListZiplist, text(list));
  CHECK(made.failure == "");
  CHECK(made("LRANGE k 0 0") == "*1 $2 hi");
  CHECK(made("LRANGE k 1 1") == "*1 $70 " + std::string(70, 'm'));
  CHECK(made("LRANGE k 2 2") == "*1 $300 " + std::string(300, 'l'));
  CHECK(made("LRANGE k 3 -1") ==
        "*8 $1 0 $2 12 $2 -5 $6 -32768 $8 -8388608 $11 -2147483648 $20 -9223372036854775808 $0 ");
  CHECK(made("LPOS k -5") == ":5");
}

TEST_CASE("a damaged ziplist is refused", "[rdb]") {
  const std::string good = ziplist({"\x01z"_b, "\x02yy"_b, "\xf2"_b});
  CHECK(Loaded(kListZiplist, text(good))("LLEN k") == ":3");
  // Any byte but the texts' own and the count's "unknown" makes it another, or none.
  for (size_t i = 0; i < good.size(); ++i) {
    if (good[i] == 'z' || good[i] == 'y') continue;
    for (int change = 1; change < 256; ++change) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ change);
      Loaded made(kListZiplist, text(bad));
      if (made.failure.empty() && made("LLEN k") != ":3") FAIL("byte " << i << " ^ " << change);
    }
  }
  CHECK_THAT(refusal(kListZiplist, text(good.substr(0, good.size() - 1))),
             Contains("the ziplist is damaged"));
  CHECK_THAT(refusal(kListZiplist, text(good + "x")), Contains("the ziplist is damaged"));
  CHECK_THAT(refusal(kListZiplist, text("")), Contains("the ziplist is damaged"));
}

TEST_CASE("a zipmap", "[rdb]") {
  const std::string map = "\x02\x01"_b + "a" + "\x02\x01"_b + "vw" + "_" + "\x01"_b + "b" +
                          "\xfe\x2c\x01\x00\x00\x00"_b + std::string(300, 'v') + '\xff';
  Loaded made(kHashZipmap, text(map));
  CHECK(made.failure == "");
  CHECK(made("HGET k a") == "$2 vw");
  CHECK(made("HSTRLEN k b") == ":300");
  CHECK_THAT(refusal(kHashZipmap, text(map.substr(0, map.size() - 2))),
             Contains("the zipmap is damaged"));
  CHECK_THAT(refusal(kHashZipmap, text("\x01\x01"_b + "a" + "\x01\x09"_b + "v" + '\xff')),
             Contains("the zipmap is damaged"));
  CHECK_THAT(
      refusal(kHashZipmap, text("\x02\x01"_b + "a" + "\x00\x00\x01"_b + "a" + "\x00\x00\xff"_b)),
      Contains("an element is there twice"));
}

TEST_CASE("quicklists of ziplists and of listpacks", "[rdb]") {
  Loaded first(kListQuicklist, "\2" +
                                   text(ziplist({"\x01"
                                                 "a",
                                                 "\x01"
                                                 "b"})) +
                                   text(ziplist({"\x01"
                                                 "c"})));
  CHECK(first.failure == "");
  CHECK(first("LRANGE k 0 -1") == "*3 $1 a $1 b $1 c");
  const std::string plain = "\1" + text(std::string(9000, 'p'));
  Loaded second(kListQuicklist2, "\3\2" + text(listpack({packed("a"), packed(7)})) + plain + "\2" +
                                     text(listpack({packed("z")})));
  CHECK(second.failure == "");
  CHECK(second("LLEN k") == ":4");
  CHECK(second("LINDEX k 1") == "$1 7");
  CHECK(second("LINDEX k 3") == "$1 z");
  CHECK(second("OBJECT ENCODING k") == "$9 quicklist");
  CHECK(Loaded(kListQuicklist2, "\1\2" + text(listpack({packed("a")})))("OBJECT ENCODING k") ==
        "$8 listpack");
  // Nodes without elements are passed over.
  CHECK(Loaded(kListQuicklist2, "\2\2" + text(listpack({})) + "\2" +
                                    text(listpack({packed("a")})))("LLEN k") == ":1");
  CHECK_THAT(refusal(kListQuicklist2, "\1\3" + text("x")), Contains("a list's node is of kind 3"));
  CHECK_THAT(refusal(kListQuicklist2, "\1\2" + text("x")), Contains("the listpack is damaged"));
}

TEST_CASE("a listpack that isn't canonical is made so", "[rdb]") {
  // The text "7", and 5 in 16 bits.
  const std::string odd = listpack({packed("7"), packed("v"), "\xf1\x05\x00"_b, packed("w")});
  Loaded made(kHashListpack, text(odd));
  CHECK(made.failure == "");
  CHECK(made("HGET k 7") == "$1 v");
  CHECK(made("HGET k 5") == "$1 w");
  CHECK(made("HSET k 5 x") == ":0");
  CHECK_THAT(
      refusal(kHashListpack, text(listpack({packed("7"), packed("v"), packed(7), packed("w")}))),
      Contains("an element is there twice"));
}

TEST_CASE("sets", "[rdb]") {
  Loaded plain(kSet, "\3" + text("a") + text("b") + "\xc0\x05"_b);
  CHECK(plain("SCARD k") == ":3");
  CHECK(plain("SISMEMBER k 5") == ":1");
  Loaded ints(kSet, "\2\xc0\x05\xc0\x06"_b);
  CHECK(ints("OBJECT ENCODING k") == "$6 intset");
  CHECK_THAT(refusal(kSet, "\2" + text("a") + text("a")), Contains("a member is there twice"));
  CHECK_THAT(refusal(kSet, "\x81\x10\x00\x00\x00\x00\x00\x00\x00"_b + text("a")),
             Contains("offset"));
  CHECK(Loaded(kSetIntset, text(intset(2, {-5, 1, 300})))("SMEMBERS k") == "*3 $2 -5 $1 1 $3 300");
  CHECK(Loaded(kSetIntset, text(intset(4, {-5, 1})))("SCARD k") == ":2");
  CHECK(Loaded(kSetIntset, text(intset(8, {INT64_MIN, INT64_MAX})))("SCARD k") == ":2");
  CHECK_THAT(refusal(kSetIntset, text(intset(2, {1, 1}))), Contains("the intset is damaged"));
  CHECK_THAT(refusal(kSetIntset, text(intset(2, {2, 1}))), Contains("the intset is damaged"));
  CHECK_THAT(refusal(kSetIntset, text(intset(3, {1, 2}))), Contains("the intset is damaged"));
  CHECK_THAT(refusal(kSetIntset, text(intset(2, {1, 2}) + "x")), Contains("the intset is damaged"));
  Loaded small(kSetListpack, text(listpack({packed("a"), packed(3)})));
  CHECK(small("SISMEMBER k 3") == ":1");
  CHECK(small("OBJECT ENCODING k") == "$8 listpack");
  CHECK_THAT(refusal(kSetListpack, text(listpack({packed("a"), packed("a")}))),
             Contains("an element is there twice"));
}

TEST_CASE("sorted sets", "[rdb]") {
  Loaded old(kZsetText, "\4" + text("a") + "\xff" + text("b") + "\3" + "1.5" + text("c") + "\xfe" +
                            text("d") + "\1" + "2");
  CHECK(old.failure == "");
  CHECK(old("ZRANGE k 0 -1 WITHSCORES") == "*8 $1 a $4 -inf $1 b $3 1.5 $1 d $1 2 $1 c $3 inf");
  CHECK_THAT(refusal(kZsetText, "\1" + text("a") + "\xfd"), Contains("that isn't a number"));
  CHECK_THAT(refusal(kZsetText, "\1" + text("a") + "\3" + "1x5"), Contains("that isn't a number"));
  Loaded two(kZset, "\2" + text("b") + little(2.0) + text("a") + little(-0.5));
  CHECK(two("ZRANGE k 0 -1 WITHSCORES") == "*4 $1 a $4 -0.5 $1 b $1 2");
  CHECK_THAT(refusal(kZset, "\1" + text("a") + little(std::bit_cast<double>(~uint64_t{0}))),
             Contains("that isn't a number"));
  CHECK_THAT(refusal(kZset, "\2" + text("a") + little(1.0) + text("a") + little(2.0)),
             Contains("a member is there twice"));

  const auto zset = [](const std::vector<std::string>& elements) {
    return text(listpack(elements));
  };
  Loaded small(kZsetListpack, zset({packed("b"), packed("-1.25"), packed("a"), packed(3),
                                    packed("c"), packed(3)}));
  CHECK(small.failure == "");
  CHECK(small("ZSCORE k b") == "$5 -1.25");
  CHECK(small("ZRANK k c") == ":2");
  CHECK_THAT(refusal(kZsetListpack, zset({packed("a"), packed(3), packed("b"), packed(1)})),
             Contains("isn't sorted"));
  CHECK_THAT(refusal(kZsetListpack, zset({packed("b"), packed(3), packed("a"), packed(3)})),
             Contains("isn't sorted"));
  CHECK_THAT(refusal(kZsetListpack, zset({packed("a"), packed(1), packed("a"), packed(3)})),
             Contains("an element is there twice"));
  CHECK_THAT(refusal(kZsetListpack, zset({packed("a"), packed("nan")})),
             Contains("that isn't a number"));
  CHECK_THAT(refusal(kZsetListpack, zset({packed("a")})), Contains("an element is missing"));
  CHECK(Loaded(kZsetZiplist, text(ziplist({"\x01"
                                           "a",
                                           "\x03"
                                           "0.5",
                                           "\x01"
                                           "b",
                                           "\xf2"})))("ZRANGE k 0 -1 WITHSCORES") ==
        "*4 $1 a $3 0.5 $1 b $1 1");
}

TEST_CASE("hashes", "[rdb]") {
  CHECK(Loaded(kHash, "\1" + text("f") + text("v"))("HGET k f") == "$1 v");
  CHECK_THAT(refusal(kHash, "\2" + text("f") + text("v") + text("f") + text("w")),
             Contains("a field is there twice"));
  CHECK_THAT(refusal(kHash, "\x81\x10\x00\x00\x00\x00\x00\x00\x00"_b + text("f") + text("v")),
             Contains("offset"));
  CHECK(Loaded(kHashZiplist, text(ziplist({"\x01"
                                           "f",
                                           "\x01"
                                           "v"})))("HGET k f") == "$1 v");
  CHECK_THAT(refusal(kHashZiplist, text(ziplist({"\x01"
                                                 "f"}))),
             Contains("an element is missing"));
  Loaded small(kHashListpack, text(listpack({packed("f"), packed("v"), packed(1), packed(2)})));
  CHECK(small("HGET k 1") == "$1 2");
  CHECK(small("OBJECT ENCODING k") == "$8 listpack");
}

TEST_CASE("hashes whose fields expire", "[rdb]") {
  const int64_t first = 1700000005000;
  const std::string bytes = little(first) + "\3"_b + "\0"_b + text("a") + text("1") + "\1" +
                            text("b") + text("2") + "\x43\xe9" + text("c") + text("3");
  Loaded hash(kHashExpiring, bytes);
  CHECK(hash.failure == "");
  CHECK(hash("HPEXPIRETIME k FIELDS 3 a b c") == "*3 :-1 :1700000005000 :1700000006000");

  const std::string time = "\xf4" + little(first);
  const std::string pack =
      text(listpack({packed("b"), packed(2), time, packed("a"), packed(1), packed(0)}));
  Loaded small(kHashListpackExpiring, little(first) + pack);
  CHECK(small.failure == "");
  CHECK(small("HPEXPIRETIME k FIELDS 2 a b") == "*2 :-1 :1700000005000");
  CHECK(small("OBJECT ENCODING k") == "$10 listpackex");
  CHECK(Loaded(kHashListpackExpiringEarly, pack)("HGET k b") == "$1 2");
  Loaded early(kHashExpiringEarly,
               "\1\x81"_b + "\x00\x00\x01\x8b\xcf\xe5\x7b\x88"_b + text("b") + text("2"));
  CHECK(early.failure == "");
  CHECK(early("HPEXPIRETIME k FIELDS 1 b") == "*1 :1700000005000");

  CHECK_THAT(refusal(kHashListpackExpiring,
                     little(first) + text(listpack({packed("a"), packed(1), packed(0), packed("b"),
                                                    packed(2), time}))),
             Contains("aren't in the order of their times"));
  CHECK_THAT(refusal(kHashListpackExpiring,
                     little(first) + text(listpack({packed("a"), packed(1), packed("x")}))),
             Contains("time is out of range"));
  CHECK_THAT(refusal(kHashExpiring, little(int64_t{-1}) + "\1\1"_b + text("b") + text("2")),
             Contains("time is out of range"));
}

TEST_CASE("modules' values are refused by name", "[rdb]") {
  // "ReJSON-RL" in six bits a character, version 3.
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  uint64_t id = 0;
  for (const char c : std::string("ReJSON-RL")) id = id << 6 | alphabet.find(c);
  id = id << 10 | 3;
  const std::string length = '\x81' + little(__builtin_bswap64(id));
  CHECK_THAT(refusal(kModule, length + "\2\1\0"_b), Contains("module type \"ReJSON-RL\""));
  CHECK_THAT(refusal(kModuleOld, length + "\2\1\0"_b), Contains("module type \"ReJSON-RL\""));
  // Their own data are passed over.
  Scenario run;
  const std::string aux = "REDIS0010\xf7"_b + length + "\2\2\2\5\5" + text("x") + "\4" +
                          little(1.5) + "\3" + little(1.5f) + "\1\7\0\xff"_b + std::string(8, '\0');
  CHECK(load(run.local, aux) == "");
}

TEST_CASE("what stands between keys", "[rdb]") {
  const std::string end = "\xff"_b + std::string(8, '\0');
  const std::string key = "\0\1k\1v"_b;
  Scenario run;
  const auto loaded = [&](const std::string& parts) {
    run("FLUSHALL");
    return load(run.local, "REDIS0012" + parts + end);
  };
  CHECK(loaded("\xfa" + text("unknown") + text("fact") + "\xfe\0\xfb\1\1\xf4\5\1\0"_b + "\xfc"_b +
               little(int64_t{1700000005000}) + "\xf8\5"_b + key) == "");
  CHECK(run("PEXPIRETIME k") == ":1700000005000");
  CHECK(loaded("\xfd" + little(uint32_t{1700000005}) + key) == "");
  CHECK(run("PEXPIRETIME k") == ":1700000005000");
  CHECK(loaded("\xf5" + text("#!lua name=x") + key) == "");
  CHECK_THAT(loaded("\xf6" + key), Contains("can't be read"));
  CHECK_THAT(loaded("\xfe\x4f\xff"_b + key), Contains("the server only has 16"));
  CHECK_THAT(loaded("\xf0"), Contains("nothing begins with byte 240"));
  CHECK_THAT(loaded("\x08"), Contains("nothing begins with byte 8"));
  CHECK_THAT(loaded(key + key), Contains("the key is there twice"));
  CHECK_THAT(loaded("\xfc"_b + little(int64_t{-5}) + key), Contains("out of range"));
  // A key without elements isn't one.
  CHECK(loaded("\4\1k\0"_b) == "");
  CHECK(run("DBSIZE") == ":0");
  // The key is named where it is at fault.
  CHECK_THAT(loaded("\2\1k\2\1a\1a"_b), Contains("key \"k\": offset"));
}

TEST_CASE("headers and ends", "[rdb]") {
  Scenario run;
  const std::string zeros(8, '\0');
  CHECK(load(run.local, "REDIS0001\xff") == "");
  CHECK(load(run.local, "REDIS0012\xff" + zeros) == "");
  CHECK_THAT(load(run.local, "REDIS0005\xff"), Contains("the input ends here"));
  CHECK_THAT(load(run.local, "REDIS0013\xff" + zeros), Contains("version 13"));
  CHECK(load(run.local, "REDIS0013\xff" + zeros, {}, {.any_version = true}) == "");
  CHECK_THAT(load(run.local, "REDIS00a2\xff" + zeros), Contains("no RDB file"));
  CHECK_THAT(load(run.local, "SORRY0012\xff" + zeros), Contains("no RDB file"));
  CHECK_THAT(load(run.local, "REDIS0000\xff" + zeros), Contains("version 0"));
  CHECK_THAT(load(run.local, "REDIS0012\xff" + std::string(8, '\1')), Contains("checksum"));
  CHECK(load(run.local, "REDIS0012\xff" + std::string(8, '\1'), {}, {.checksum = false}) == "");
}

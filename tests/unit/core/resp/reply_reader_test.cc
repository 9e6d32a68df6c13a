#include "core/resp/reply_reader.h"

#include "core/base/random.h"
#include "core/resp/output.h"
#include "core/resp/writer.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

using namespace sorrel;

namespace {

using Outcome = ReplyReader::Outcome;

// A reply in one line, for comparing.
std::string show(ReplyView view) {
  const std::string text(view.text());
  switch (view.type()) {
    case ReplyType::kSimple:
      return "+" + text;
    case ReplyType::kError:
      return "-" + text;
    case ReplyType::kBulkError:
      return "!" + text;
    case ReplyType::kInteger:
      return ":" + std::to_string(view.integer());
    case ReplyType::kBulk:
      return "'" + text + "'";
    case ReplyType::kVerbatim:
      return std::string(view.format()) + ":'" + text + "'";
    case ReplyType::kBigNumber:
      return "(" + text;
    case ReplyType::kNull:
      return "null";
    case ReplyType::kReal:
      return "," + std::string(RealText(view.real()).view());
    case ReplyType::kBoolean:
      return view.integer() != 0 ? "true" : "false";
    default:
      break;
  }
  std::string list = {"*%~>|"[static_cast<int>(view.type()) - static_cast<int>(ReplyType::kArray)]};
  list += "[";
  for (size_t i = 0; i < view.size(); ++i) list += (i == 0 ? "" : " ") + show(view[i]);
  return list + "]";
}

std::string read(std::string bytes, ReplyLimits limits = {}) {
  const Result<Reply> reply = ReplyReader::read_whole(std::move(bytes), limits);
  return reply ? show(reply.value().root()) : reply.status().message();
}

// Writes a random reply and says what reading it must show.
std::string write_random(Random& random, ReplyWriter& writer, int depth) {
  const std::string text(random.below(40), static_cast<char>('a' + random.below(26)));
  const auto value = static_cast<int64_t>(random.next() >> random.below(64));
  switch (random.below(depth > 0 ? 14 : 9)) {
    case 0:
      writer.simple(text);
      return "+" + text;
    case 1:
      writer.error(text);
      return "-" + text;
    case 2:
      writer.integer(value);
      return ":" + std::to_string(value);
    case 3:
      writer.bulk(text);
      return "'" + text + "'";
    case 4:
      writer.null();
      return "null";
    case 5:
      writer.real(static_cast<double>(value) / 8);
      return "," + std::string(RealText(static_cast<double>(value) / 8).view());
    case 6:
      writer.boolean(value % 2 == 0);
      return value % 2 == 0 ? "true" : "false";
    case 7:
      writer.big_number("-12345678901234567890");
      return "(-12345678901234567890";
    case 8:
      writer.verbatim(text, "mkd");
      return "mkd:'" + text + "'";
    default:
      break;
  }
  const size_t count = random.below(6);
  std::string children;
  const auto write_children = [&](size_t children_count) {
    for (size_t i = 0; i < children_count; ++i) {
      children += (i == 0 ? "" : " ") + write_random(random, writer, depth - 1);
    }
  };
  switch (random.below(5)) {
    case 0:
      writer.array(count);
      write_children(count);
      return "*[" + children + "]";
    case 1:
      writer.set(count);
      write_children(count);
      return "~[" + children + "]";
    case 2:
      if (!writer.attribute(count)) return "";
      write_children(2 * count + 1);
      return "|[" + children + "]";
    case 3: {
      const auto mark = writer.begin_array();
      write_children(count);
      writer.end_array(mark, count);
      return "*[" + children + "]";
    }
    default: {
      const auto mark = writer.begin_map();
      write_children(2 * count);
      writer.end_map(mark, count);
      return "%[" + children + "]";
    }
  }
}

}  // namespace

TEST_CASE("every type is read", "[reply]") {
  CHECK(read("+OK\r\n") == "+OK");
  CHECK(read("+\r\n") == "+");
  CHECK(read("-ERR no\r\n") == "-ERR no");
  CHECK(read(":-9223372036854775808\r\n") == ":-9223372036854775808");
  CHECK(read("$0\r\n\r\n") == "''");
  CHECK(read("$4\r\na\r\nb\r\n") == "'a\r\nb'");
  CHECK(read("$-1\r\n") == "null");
  CHECK(read("*-1\r\n") == "null");
  CHECK(read("_\r\n") == "null");
  CHECK(read("#t\r\n") == "true");
  CHECK(read("#f\r\n") == "false");
  CHECK(read(",1.5e3\r\n") == ",1500");
  CHECK(read(",inf\r\n") == ",inf");
  CHECK(read(",-inf\r\n") == ",-inf");
  CHECK(read(",nan\r\n") == ",nan");
  CHECK(read("(-3492890328409238509324850943850943825024385\r\n") ==
        "(-3492890328409238509324850943850943825024385");
  CHECK(read("!5\r\nERR x\r\n") == "!ERR x");
  CHECK(read("=8\r\ntxt:text\r\n") == "txt:'text'");
  CHECK(read("=4\r\ntxt:\r\n") == "txt:''");
  CHECK(read("*0\r\n") == "*[]");
  CHECK(read("*2\r\n:1\r\n*1\r\n+a\r\n") == "*[:1 *[+a]]");
  CHECK(read("%2\r\n+a\r\n:1\r\n+b\r\n~0\r\n") == "%[+a :1 +b ~[]]");
  CHECK(read(">2\r\n+message\r\n_\r\n") == ">[+message null]");
  CHECK(read("|1\r\n+ttl\r\n:5\r\n+OK\r\n") == "|[+ttl :5 +OK]");
  CHECK(read("|0\r\n+OK\r\n") == "|[+OK]");
  CHECK(read("*1\r\n|1\r\n+a\r\n+b\r\n:3\r\n") == "*[|[+a +b :3]]");
}

TEST_CASE("what is malformed is refused", "[reply]") {
  const std::string kBefore = "malformed reply: ";
  CHECK(read("\r\n") == kBefore + "a line without a type");
  CHECK(read("?x\r\n") == kBefore + "an unknown type");
  CHECK(read(";4\r\n") == kBefore + "an unknown type");
  CHECK(read("+a\rb\r\n") == kBefore + "CR without LF");
  CHECK(read(":\r\n") == kBefore + "a malformed integer");
  CHECK(read(":1x\r\n") == kBefore + "a malformed integer");
  CHECK(read(",1.5x\r\n") == kBefore + "a malformed double");
  CHECK(read("#x\r\n") == kBefore + "a malformed boolean");
  CHECK(read("_x\r\n") == kBefore + "a malformed null");
  CHECK(read("(12a\r\n") == kBefore + "a malformed big number");
  CHECK(read("(\r\n") == kBefore + "a malformed big number");
  CHECK(read("$-2\r\n") == kBefore + "a malformed size");
  CHECK(read("$?\r\n") == kBefore + "a malformed size");
  CHECK(read("%-1\r\n") == kBefore + "a malformed size");
  CHECK(read("=-1\r\n") == kBefore + "a malformed size");
  CHECK(read("=3\r\nabc\r\n") == kBefore + "a malformed verbatim string");
  CHECK(read("=4\r\nabcd\r\n") == kBefore + "a malformed verbatim string");
  CHECK(read("$3\r\nabcd\r\n") == kBefore + "a string without its end");
  CHECK(read(":" + std::string(70, '1')) == kBefore + "a line is too long");
  CHECK(read("+OK\r\n+OK\r\n") == "bytes behind the reply");
  CHECK(read("*2\r\n+OK\r\n") == "incomplete reply");
}

TEST_CASE("depth, nodes and texts have limits", "[reply]") {
  ReplyLimits limits;
  limits.depth_max = 3;
  CHECK(read("*1\r\n*1\r\n*1\r\n:1\r\n", limits) == "*[*[*[:1]]]");
  CHECK(read("*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", limits) == "malformed reply: nested too deeply");
  limits.nodes_max = 3;
  CHECK(read("*2\r\n:1\r\n:2\r\n", limits) == "*[:1 :2]");
  CHECK(read("*3\r\n:1\r\n:2\r\n:3\r\n", limits) == "malformed reply: too many elements");
  CHECK(read("*4\r\n", limits) == "malformed reply: too many elements");
  CHECK(read("%9223372036854775807\r\n", limits) == "malformed reply: too many elements");
  limits.text_bytes_max = 5;
  CHECK(read("$5\r\nabcde\r\n", limits) == "'abcde'");
  CHECK(read("$6\r\nabcdef\r\n", limits) == "malformed reply: a string is too long");
  CHECK(read("+abcd\r\n", limits) == "+abcd");
  CHECK(read("+abcdefg\r\n", limits) == "malformed reply: a line is too long");
  // A promise costs nothing until it is kept.
  ReplyReader reader;
  CHECK(reader.next("*268435456\r\n") == Outcome::kNeedMore);
}

TEST_CASE("views lead through the tree", "[reply]") {
  const Result<Reply> reply = ReplyReader::read_whole(
      "|1\r\n+note\r\n:1\r\n%2\r\n$4\r\nname\r\n$6\r\nsorrel\r\n$4\r\nlist\r\n*2\r\n:7\r\n,2."
      "5\r\n");
  REQUIRE(reply);
  const ReplyView map = reply.value().root().without_attribute();
  CHECK(map.type() == ReplyType::kMap);
  CHECK(map.size() == 4);
  CHECK(map.find("name")->text() == "sorrel");
  CHECK((*map.find("list"))[0].integer() == 7);
  CHECK((*map.find("list"))[1].real() == 2.5);
  CHECK_FALSE(map.find("sorrel"));
  CHECK(map.find("name")->size() == 0);
  CHECK(Reply().root().is_null());
}

TEST_CASE("how a null and a real were written isn't lost", "[reply]") {
  const auto null_form = [](const char* bytes) {
    const Result<Reply> reply = ReplyReader::read_whole(bytes);
    REQUIRE(reply);
    REQUIRE(reply.value().root().is_null());
    return reply.value().root().null_form();
  };
  CHECK(null_form("_\r\n") == NullForm::kNull);
  CHECK(null_form("$-1\r\n") == NullForm::kNullBulk);
  CHECK(null_form("*-1\r\n") == NullForm::kNullArray);
  const Result<Reply> real = ReplyReader::read_whole(",0.10000000000000001\r\n");
  REQUIRE(real);
  CHECK(real.value().root().text() == "0.10000000000000001");
  CHECK(real.value().root().real() == 0.1);
}

TEST_CASE("random replies are read as they were written, however they arrive", "[reply]") {
  Random random(12);
  for (int i = 0; i < 500; ++i) {
    Output output;
    ReplyWriter writer(output, Protocol::kResp3);
    std::vector<std::string> expected;
    while (expected.size() < 3) expected.push_back(write_random(random, writer, 4));
    const std::string stream = output.to_string();
    ReplyReader reader;
    std::string input;
    std::vector<std::string> found;
    size_t fed = 0;
    while (fed < stream.size()) {
      const size_t count =
          std::min<size_t>(1 + random.below(i % 2 == 0 ? 1 : 50), stream.size() - fed);
      input += stream.substr(fed, count);
      fed += count;
      while (reader.next(input) == Outcome::kReply) {
        const Reply reply = reader.take(input);
        found.push_back(show(reply.root()));
        input.erase(0, reader.take_consumed());
      }
      REQUIRE(reader.error().empty());
    }
    REQUIRE(found == expected);
    REQUIRE(input.empty());
  }
}

TEST_CASE("a wide and a long reply fed byte by byte are looked at once", "[reply]") {
  std::string stream = "*100000\r\n";
  for (int i = 0; i < 99'999; ++i) stream += ":1\r\n";
  stream += "$100000\r\n" + std::string(100'000, 'x') + "\r\n";
  ReplyReader reader;
  for (size_t size = 1; size < stream.size(); ++size) {
    if (reader.next(Bytes(stream.data(), size)) != Outcome::kNeedMore) FAIL("too early");
  }
  REQUIRE(reader.next(stream) == Outcome::kReply);
  const Reply reply = reader.take(stream);
  CHECK(reply.root().size() == 100'000);
  CHECK(reply.root()[99'999].text().size() == 100'000);
}

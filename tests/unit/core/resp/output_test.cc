#include "core/resp/output.h"

#include "core/base/random.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <string>
#include <vector>

using namespace sorrel;

namespace {

std::string text(const Output& output, uint64_t until = UINT64_MAX) {
  std::string text;
  std::vector<Bytes> pieces(1000);
  const size_t count = output.pieces(pieces, until);
  for (size_t i = 0; i < count; ++i) text += pieces[i];
  return text;
}

Output::Message message(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

}  // namespace

TEST_CASE("bytes come out as they went in", "[output]") {
  Output output;
  CHECK(output.empty());
  CHECK(output.memory_bytes() == 0);
  output.append("hello ");
  std::memcpy(output.room(5), "world", 5);
  output.commit(5);
  CHECK(text(output) == "hello world");
  CHECK(output.size() == 11);
  output.consume(6);
  CHECK(text(output) == "world");
  CHECK(output.begin_offset() == 6);
  CHECK(output.end_offset() == 11);
  output.append("!");
  output.consume(6);
  CHECK(output.empty());
  CHECK(output.end_offset() == 12);
}

TEST_CASE("a reply behind an offset is held", "[output]") {
  Output output;
  output.append("durable");
  const uint64_t durable = output.end_offset();
  output.append("not yet");
  CHECK(text(output, durable) == "durable");
  CHECK(text(output, 3) == "dur");
  CHECK(text(output, 0).empty());
  output.consume(7);
  CHECK(text(output, durable).empty());
  CHECK(text(output) == "not yet");
}

TEST_CASE("pieces are as many as asked for", "[output]") {
  Output output;
  for (int i = 0; i < 10; ++i) output.append_shared(message(std::string(300, 'm')));
  std::vector<Bytes> pieces(3);
  CHECK(output.pieces(pieces) == 3);
  CHECK(output.pieces({}) == 0);
  output.consume(950);
  CHECK(output.pieces(pieces) == 3);
  CHECK(pieces[0].size() == 250);
}

TEST_CASE("a shared message is referenced when that pays", "[output]") {
  const Output::Message big = message(std::string(1000, 'b'));
  const Output::Message small = message("small");
  Output first;
  Output second;
  for (Output* output : {&first, &second}) {
    output->append("<");
    output->append_shared(big);
    output->append_shared(small);
    output->append(">");
    CHECK(text(*output) == "<" + *big + "small>");
    CHECK(output->memory_bytes() >= big->size());
  }
  CHECK(big.use_count() == 3);
  CHECK(small.use_count() == 1);
  first.consume(first.size());
  second.rollback(1);
  CHECK(big.use_count() == 1);
  CHECK(text(second) == "<");
}

TEST_CASE("a huge reply is copied once", "[output]") {
  Output output;
  output.append("head");
  const std::string huge(50'000'000, 'h');
  output.append(huge);
  output.append("tail");
  CHECK(output.size() == huge.size() + 8);
  CHECK(output.memory_bytes() < huge.size() + 4 * Output::kChunkBytesMax);
  std::vector<Bytes> pieces(10);
  const size_t count = output.pieces(pieces);
  CHECK(count <= 4);
  output.consume(output.size());
  CHECK(output.memory_bytes() <= Output::kKeptBytesMax + 4096);
}

TEST_CASE("an emptied output keeps little memory", "[output]") {
  Output output;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100'000; ++i) output.append("0123456789");
    CHECK(output.memory_bytes() >= 1'000'000);
    CHECK(output.memory_bytes() < 1'200'000);
    while (!output.empty()) output.consume(std::min<size_t>(output.size(), 777));
    CHECK(output.memory_bytes() <= Output::kKeptBytesMax + 4096);
  }
  output.append("x");
  CHECK(text(output) == "x");
}

TEST_CASE("an output that is shrunk goes on, and keeps no more than its first chunk", "[output]") {
  Output output;
  output.append(std::string(10'000, 'x'));
  output.shrink();
  CHECK(output.size() == 10'000);
  output.consume(10'000);
  CHECK(output.memory_bytes() > Output::kFirstChunkBytes);
  output.shrink();
  CHECK(output.memory_bytes() <= Output::kFirstChunkBytes + 512);
  CHECK(output.begin_offset() == 10'000);
  output.append("again");
  CHECK(output.end_offset() == 10'005);
  CHECK(output.to_string() == "again");
}

TEST_CASE("a slow reader's segments don't pile up behind it", "[output]") {
  Output output;
  for (int i = 0; i < 1000; ++i) {
    output.append(std::string(3000, 'x'));
    output.consume(output.size() - 1);
  }
  CHECK(output.size() == 1);
  CHECK(output.memory_bytes() < 2 * Output::kChunkBytesMax);
}

TEST_CASE("headers are filled in afterwards", "[output]") {
  Output output;
  output.append("before ");
  const uint64_t outer = output.reserve_header();
  output.append("a ");
  const uint64_t inner = output.reserve_header();
  output.append("b ");
  output.fill_header(inner, "[inner] ");
  output.append("c ");
  const std::string longest(Output::kHeaderBytesMax, '#');
  output.fill_header(outer, longest);
  CHECK(text(output) == "before " + longest + "a [inner] b c ");
}

TEST_CASE("headers are filled in across any number of segments", "[output]") {
  for (const size_t elements : {0u, 10u, 1000u, 30'000u}) {
    Output output;
    std::string expected = "x(" + std::to_string(elements) + ")";
    output.append("x");
    const uint64_t mark = output.reserve_header();
    for (size_t i = 0; i < elements; ++i) {
      output.append("element ");
      expected += "element ";
      if (i % 100 == 7) {
        output.append_shared(message(std::string(300, 's')));
        expected += std::string(300, 's');
      }
    }
    output.fill_header(mark, "(" + std::to_string(elements) + ")");
    REQUIRE(output.to_string() == expected);
    REQUIRE(output.end_offset() == expected.size());
    output.consume(1);
    output.append("end");
    REQUIRE(output.to_string() == expected.substr(1) + "end");
  }
}

TEST_CASE("random use agrees with a string", "[output]") {
  Random random(11);
  for (int episode = 0; episode < 200; ++episode) {
    Output output;
    std::string model;  // what is owed
    uint64_t begin = 0;
    std::vector<uint64_t> marks;
    for (int step = 0; step < 300; ++step) {
      const size_t size = random.below(20) == 0 ? random.below(100'000) : random.below(400);
      const std::string bytes(size, static_cast<char>('a' + step % 26));
      switch (random.below(7)) {
        case 0:
        case 1:
          output.append(bytes);
          model += bytes;
          break;
        case 2: {
          std::memcpy(output.room(size + 10), bytes.data(), size);
          output.commit(size);
          model += bytes;
          break;
        }
        case 3:
          output.append_shared(message(bytes));
          model += bytes;
          break;
        case 4:
          if (marks.empty()) {
            const size_t taken = random.below(model.size() + 1);
            output.consume(taken);
            model.erase(0, taken);
            begin += taken;
          }
          break;
        case 5:
          if (marks.empty() && random.below(4) == 0) {
            const size_t kept = random.below(model.size() + 1);
            output.rollback(begin + kept);
            model.resize(kept);
          } else {
            marks.push_back(output.reserve_header());
            model += std::string(Output::kHeaderBytesMax, '?');
          }
          break;
        case 6:
          if (!marks.empty()) {
            const std::string header(1 + random.below(Output::kHeaderBytesMax), '#');
            output.fill_header(marks.back(), header);
            model.replace(marks.back() - begin, Output::kHeaderBytesMax, header);
            marks.pop_back();
          }
          break;
      }
      REQUIRE(output.begin_offset() == begin);
      REQUIRE(output.end_offset() == begin + model.size());
      if (!marks.empty()) continue;
      if (step % 10 == 0) REQUIRE(output.to_string() == model);
      if (!model.empty()) REQUIRE(text(output, begin + 1) == model.substr(0, 1));
    }
  }
}

TEST_CASE("droppable messages go whole, the oldest first, and nothing else does", "[output]") {
  Output output;
  output.append("reply1 ");
  for (const char* text : {"one ", "two ", "three "}) output.append_droppable(message(text));
  output.append("reply2 ");
  output.append_droppable(message("four "));
  const uint64_t end = output.end_offset();
  output.consume(8);  // "one" has been begun
  CHECK(output.drop_oldest(1) == 1);
  CHECK(text(output) == "ne three reply2 four ");
  CHECK(output.end_offset() == end);
  CHECK(output.size() == 21);
  CHECK(output.drop_oldest(SIZE_MAX) == 2);
  CHECK(text(output) == "ne reply2 ");
  CHECK(output.drop_oldest(SIZE_MAX) == 0);
  output.append("more");
  CHECK(text(output) == "ne reply2 more");
  output.consume(output.size());
  output.append_droppable(message("last"));
  CHECK(output.drop_oldest(1) == 1);
  CHECK(output.empty());
  output.append("again");
  CHECK(text(output) == "again");
}

// What is delivered is what was appended, without the dropped messages; memory is counted as if
// every segment had been looked at.
TEST_CASE("random appends, drops and deliveries keep bytes and memory right", "[output]") {
  Random random(5);
  Output output;
  struct Piece {
    std::string bytes;
    bool droppable;
    bool begun = false;
  };
  std::deque<Piece> model;
  for (int step = 0; step < 30'000; ++step) {
    const std::string bytes(1 + random.below(600), static_cast<char>('a' + step % 26));
    switch (random.below(6)) {
      case 0:
        output.append(bytes);
        model.push_back({bytes, false});
        break;
      case 1:
      case 2:
        output.append_droppable(message(bytes));
        model.push_back({bytes, true});
        break;
      case 3: {
        size_t wanted = random.below(output.size() + 1);
        output.consume(wanted);
        while (wanted > 0) {
          Piece& front = model.front();
          const size_t taken = std::min(wanted, front.bytes.size());
          front.bytes.erase(0, taken);
          front.begun = true;
          wanted -= taken;
          if (front.bytes.empty()) model.pop_front();
        }
        break;
      }
      case 4: {
        size_t dropped = output.drop_oldest(random.below(3000));
        for (size_t i = 0; dropped > 0; ++i) {
          REQUIRE(i < model.size());
          if (!model[i].droppable || model[i].begun) continue;
          model.erase(model.begin() + static_cast<ptrdiff_t>(i--));
          --dropped;
        }
        break;
      }
      default:
        break;
    }
    std::string expected;
    for (const Piece& piece : model) expected += piece.bytes;
    REQUIRE(output.to_string() == expected);
    REQUIRE(output.size() == expected.size());
    REQUIRE(output.memory_bytes() >= expected.size());
  }
  output.consume(output.size());
  CHECK(output.memory_bytes() <= Output::kKeptBytesMax + 4096);
}

#include "server/input_buffer.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>

namespace sorrel {
namespace {

TEST_CASE("an input buffer gives back what was put in, whatever the order", "[server]") {
  std::mt19937 random(7);
  InputBuffer buffer;
  std::string model;
  for (int step = 0; step < 20'000; ++step) {
    const size_t size = random() % 3000;
    if (random() % 2 == 0) {
      const std::string bytes(size, static_cast<char>('a' + step % 26));
      REQUIRE(buffer.append(bytes, random() % 2 == 0 ? 0 : size));
      model += bytes;
    } else {
      const size_t dropped = std::min(size, model.size());
      buffer.drop_front(dropped);
      model.erase(0, dropped);
    }
    if (step % 500 == 0) buffer.shrink();
    REQUIRE(buffer.bytes() == model);
  }
}

TEST_CASE("an input buffer grows with what has arrived, not with what is announced", "[server]") {
  InputBuffer buffer;
  constexpr size_t kAnnounced = size_t{512} << 20;
  REQUIRE(buffer.append("$536870912\r\n", kAnnounced));
  CHECK(buffer.capacity() <= 2 * InputBuffer::kStepBytes);

  const std::string block(64 * 1024, 'x');
  for (int i = 0; i < 32; ++i) REQUIRE(buffer.append(block, kAnnounced));
  CHECK(buffer.size() > 2'000'000);
  CHECK(buffer.capacity() <= 2 * (buffer.size() + block.size()));
}

TEST_CASE("an input buffer doesn't grow beyond the argument it waits for", "[server]") {
  InputBuffer buffer;
  const std::string block(64 * 1024, 'x');
  size_t left = 16 * block.size();
  while (left > 0) {
    left -= block.size();
    REQUIRE(buffer.append(block, left));
  }
  CHECK(buffer.size() == 16 * block.size());
  CHECK(buffer.capacity() == buffer.size());
}

TEST_CASE("an empty input buffer keeps little, and nothing after shrink", "[server]") {
  InputBuffer buffer;
  REQUIRE(buffer.append(std::string(1 << 20, 'x'), 0));
  buffer.drop_front(buffer.size());
  CHECK(buffer.capacity() == 0);
  REQUIRE(buffer.append("abc", 0));
  buffer.drop_front(3);
  CHECK(buffer.capacity() > 0);
  CHECK(buffer.capacity() <= InputBuffer::kKeptBytesMax);
  buffer.shrink();
  CHECK(buffer.capacity() == 0);
}

}  // namespace
}  // namespace sorrel

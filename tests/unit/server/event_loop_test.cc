#include "server/event_loop.h"

#include "tests/unit/server/loopback.h"

#include <catch2/catch.hpp>

namespace sorrel {
namespace {

TEST_CASE("a timer that is hastened again and again still comes", "[server]") {
  int periods = 0;
  EventLoop loop({.turn = [] {}, .timer = [&] { ++periods; }, .no_memory = [] {}});
  REQUIRE(loop.open());
  loop.set_timer(50);
  CHECK(eventually([&] {
    loop.hasten_timer(40);
    loop.poll(0);
    return periods != 0;
  }));
  loop.close(nullptr);
  loop.run();
}

}  // namespace
}  // namespace sorrel

#include "core/structure/table.h"

#include <catch2/catch.hpp>
#include <string>

using namespace sorrel;

namespace {

struct Number {
  static constexpr uint8_t kKind = 63;
  uint64_t value;
  std::string_view table_key() const { return {reinterpret_cast<const char*>(&value), 8}; }
  static size_t bytes(const Number&) { return sizeof(Number); }
  static uint64_t hash(uint64_t value) {
    Random random(value);
    return random.next();
  }
  static uint64_t rehash(const Number& number, const void*) { return hash(number.value); }
};

}  // namespace

TEST_CASE("a table grows and shrinks, and gives all memory back", "[table]") {
  PassThroughHeap heap(system_allocator());
  Epoch epoch(heap);
  {
    Table<Number> table(epoch, Number::rehash, nullptr);
    for (uint64_t i = 0; i < 100'000; ++i) {
      auto* number = ::new (heap.allocate(sizeof(Number))) Number{i};
      table.insert(Owned<Number>::adopt(number, epoch), Number::hash(i));
    }
    CHECK(table.size() == 100'000);
    for (uint64_t i = 0; i < 100'000; ++i) {
      const Number probe{i};
      const auto place = table.locate(probe.table_key(), Number::hash(i));
      REQUIRE(place);
      REQUIRE(table.item(place).value == i);
      table.extract(place).drop(epoch);
    }
    CHECK(table.size() == 0);
    CHECK(table.bytes() < 512);
  }
  CHECK(heap.used() == 0);
}

#include "core/value/set_member.h"

#include "core/structure/pass_through_heap.h"
#include "core/value/collection.h"

#include <catch2/catch.hpp>
#include <string>

using namespace sorrel;

TEST_CASE("a set's member is its text, of any size, with an expiry or without", "[set]") {
  PassThroughHeap heap(system_allocator());
  Epoch epoch(heap);
  for (const int64_t expires_ms : {kNever, int64_t{0}, int64_t{1'700'000'000'000}}) {
    for (const size_t size : {0u, 1u, 14u, 251u, 252u, 253u, 254u, 255u, 256u, 70'000u}) {
      CAPTURE(expires_ms, size);
      std::string text(size, 'x');
      for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31);
      Owned<SetMember> member = SetMember::make(epoch, text, expires_ms);
      CHECK(member->text() == text);
      CHECK(member->expires() == (expires_ms != kNever));
      CHECK(member->expires_ms() == expires_ms);
      const size_t bytes = SetMember::bytes(*member);
      CHECK(bytes > size);
      CHECK(bytes <= size + 17);
      if (size <= 251 && expires_ms == kNever) CHECK(bytes == size + 1);
      member.drop(epoch);
    }
  }
  CHECK(heap.used() == 0);
}

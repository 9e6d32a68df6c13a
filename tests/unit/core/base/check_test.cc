#include "core/base/check.h"

#include <catch2/catch.hpp>

TEST_CASE("VERIFY evaluates its expression once", "[check]") {
  int evaluations = 0;
  VERIFY(++evaluations == 1);
  REQUIRE(evaluations == 1);
}

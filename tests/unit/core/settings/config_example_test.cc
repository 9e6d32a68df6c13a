#include "core/settings/config_example.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

TEST_CASE("redis.conf.example is what the settings table says", "[settings]") {
  std::ifstream file(SORREL_SOURCE_DIR "/redis.conf.example");
  REQUIRE(file.is_open());
  std::ostringstream text;
  text << file.rdbuf();
  // When this fails: build/dev/tools/config_example > redis.conf.example
  CHECK(text.str() == sorrel::config_example());
}

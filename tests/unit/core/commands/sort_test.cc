#include "core/base/random.h"
#include "tests/support/scenario.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace sorrel;

TEST_CASE("a stored sort replaces the target, an empty one deletes it", "[sort][commands]") {
  Scenario run;
  run("RPUSH l 3 1 2");
  run("SET d x");
  run.events();
  run.journal();
  const uint64_t before = run.local.engine.books().dirty;
  CHECK(run("SORT l STORE d") == ":3");
  CHECK(run.local.engine.books().dirty == before + 3);
  CHECK(run.events() == "overwritten:d type_changed:d sortstore:d");
  CHECK(run.journal() == "SORT l STORE d");
  CHECK(run("SORT missing STORE d") == ":0");
  CHECK(run.events() == "keymiss:missing del:d");
  CHECK(run("SORT missing STORE d") == ":0");
  CHECK(run.events() == "keymiss:missing");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("what doesn't decide the order of a set is decided by its bytes", "[sort][commands]") {
  Scenario run;
  // With a table in a set's place the order would be another in each engine.
  std::vector<std::string> words = {"SADD", "s"};
  for (int i = 0; i < 1000; ++i) words.push_back("m" + std::to_string(i * 7919 % 1000));
  run(words);
  run("SORT s BY weight_* STORE numeric");
  run("SORT s BY weight_* ALPHA STORE alpha");
  run("SORT s BY nosort STORE unsorted");
  CHECK(run("LRANGE alpha 0 2") == "*3 $2 m0 $2 m1 $3 m10");
  CHECK(run("LRANGE numeric 0 2") == "*3 $2 m0 $2 m1 $3 m10");
  CHECK(run("LRANGE unsorted 0 2") == "*3 $2 m0 $2 m1 $3 m10");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("a part of a sort is what the whole has there", "[sort][model]") {
  Scenario run;
  Random random(7);
  std::vector<std::string> words = {"RPUSH", "l"};
  std::vector<int64_t> model;
  for (int i = 0; i < 500; ++i) {
    model.push_back(static_cast<int64_t>(random.below(300)) - 100);
    words.push_back(std::to_string(model.back()));
  }
  run(words);
  std::sort(model.begin(), model.end());
  for (int round = 0; round < 200; ++round) {
    const bool descending = random.below(2) == 0;
    const size_t first = random.below(520);
    const size_t count = random.below(60);
    std::string expected;
    size_t given = 0;
    for (size_t i = first; i < std::min(first + count, model.size()); ++i, ++given) {
      const std::string text = std::to_string(model[descending ? model.size() - 1 - i : i]);
      expected += " $" + std::to_string(text.size()) + " " + text;
    }
    CAPTURE(first, count, descending);
    REQUIRE(run({"SORT", "l", "LIMIT", std::to_string(first), std::to_string(count),
                 descending ? "DESC" : "ASC"}) == "*" + std::to_string(given) + expected);
  }
}

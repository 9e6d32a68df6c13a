#include "tests/support/scenario.h"

#include <catch2/catch.hpp>

using namespace sorrel;

TEST_CASE("PFADD tells and writes down what it changed", "[hyperloglog][commands]") {
  Scenario run;
  CHECK(run("PFADD h a b") == ":1");
  CHECK(run.events() == "new:h pfadd:h");
  CHECK(run.journal() == "SELECT 0; PFADD h a b");
  CHECK(run("PFADD h a") == ":0");
  CHECK(run.events().empty());
  CHECK(run.journal().empty());
  CHECK(run("PFADD empty") == ":1");
  CHECK(run.events() == "new:empty pfadd:empty");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("each register that rises is a change", "[hyperloglog][commands]") {
  Scenario run;
  const uint64_t before = run.local.engine.books().dirty;
  run("PFADD h a b c a");
  CHECK(run.local.engine.books().dirty == before + 4);
}

TEST_CASE("PFCOUNT writes down that it cached the figure", "[hyperloglog][commands]") {
  Scenario run;
  run("PFADD h a b c");
  run.journal();
  run.events();
  CHECK(run("PFCOUNT h") == ":3");
  CHECK(run.journal() == "PFCOUNT h");
  CHECK(run.events().empty());
  CHECK(run("PFCOUNT h") == ":3");
  CHECK(run("PFCOUNT h h") == ":3");
  CHECK(run.journal().empty());
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("PFMERGE announces the target alone", "[hyperloglog][commands]") {
  Scenario run;
  run("PFADD a 1");
  run("PFADD b 2");
  run.events();
  CHECK(run("PFMERGE c a b") == "+OK");
  CHECK(run.events() == "keymiss:c new:c pfadd:c");
  run("PFDEBUG TODENSE a");
  run("PFMERGE b a");
  CHECK(run("PFCOUNT b") == ":2");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("a corrupt HyperLogLog stays as it is", "[hyperloglog][commands]") {
  Scenario run;
  // It has one register.
  run({"SET", "h", std::string("HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80\0", 17)});
  const Scenario::Data before = run.data();
  CHECK(run("PFADD h a b c d e f g") == "-INVALIDOBJ Corrupted HLL object detected");
  CHECK(run("PFMERGE h h") == "-INVALIDOBJ Corrupted HLL object detected");
  CHECK(run("PFCOUNT h") == "-INVALIDOBJ Corrupted HLL object detected");
  CHECK(run.data() == before);
}

TEST_CASE("a dense HyperLogLog is changed in place, a snapshot keeps the old one",
          "[hyperloglog][commands]") {
  Scenario run;
  run("PFADD h a");
  run("PFDEBUG TODENSE h");
  Engine& engine = run.local.engine;
  const SnapshotId snapshot = engine.epoch().begin_snapshot();
  const auto view = engine.database(0).table().freeze();
  const Entry* frozen = view.find("h", engine.database(0).hash("h"));
  REQUIRE(frozen != nullptr);
  StringValue::Scratch scratch;
  const std::string before(frozen->string().bytes(scratch));
  run("PFADD h b c d e");
  run("PFCOUNT h");
  CHECK(frozen->string().bytes(scratch) == before);
  CHECK(run("PFCOUNT h") == ":5");
  engine.epoch().end_snapshot(snapshot);
}

#include "tools/check_rdb/rdb_check.h"

#include "tests/unit/persistence/rdb_fixture.h"

#include <catch2/catch.hpp>

using namespace sorrel;
using namespace sorrel::test;

namespace {

struct Checked {
  bool ok;
  std::string lines;
};

Checked check(Bytes file) {
  Checked checked;
  check_rdb::RdbCheck rdb([&](const std::string& line) { checked.lines += line + "\n"; },
                          1'700'000'000'000, 1);
  MemorySource source(file);
  checked.ok = rdb.run(source, "dump.rdb");
  return checked;
}
using Catch::Matchers::Contains;

}  // namespace

TEST_CASE("a good file is said to be good", "[check_rdb]") {
  Scenario run;
  run("SET a 1");
  run("SET b 1 PX 5000");
  run("SET c 1 PXAT 1700000000001");
  run("RPUSH l 1 2");
  run.local.clock.advance_ms(0);
  const Checked checked = check(rdb_of(run.local));
  CHECK(checked.ok);
  CHECK_THAT(checked.lines, Contains("[offset 0] Checking RDB file dump.rdb\n"));
  CHECK_THAT(checked.lines, Contains("] AUX FIELD redis-bits = '64'\n"));
  CHECK_THAT(checked.lines, Contains("] Selecting DB ID 0\n"));
  CHECK_THAT(checked.lines, Contains("] Checksum OK\n"));
  CHECK_THAT(checked.lines, Contains("] \\o/ RDB looks OK! \\o/\n"));
  CHECK_THAT(checked.lines, Contains("[info] 4 keys read\n[info] 2 expires\n"));
  CHECK_THAT(checked.lines, Contains("[info] 3 of type string\n"));
  CHECK_THAT(checked.lines, Contains("[info] 1 of type list\n"));
}

TEST_CASE("what is wrong is told, and where, and in which key", "[check_rdb]") {
  const Checked twice = check(file_of(2, "\2\1a\1a"));
  CHECK(!twice.ok);
  CHECK_THAT(twice.lines, Contains("--- RDB ERROR DETECTED ---\n"));
  CHECK_THAT(twice.lines, Contains("\n[offset 17] key \"k\": a member is there twice\n"));
  CHECK_THAT(twice.lines, Contains("[additional info] While doing: value\n"));
  CHECK_THAT(twice.lines, Contains("[additional info] Reading key \"k\"\n"));
  Scenario run;
  run("SET a 1");
  const std::string good = rdb_of(run.local);
  const Checked cut = check(Bytes(good).substr(0, good.size() - 1));
  CHECK(!cut.ok);
  CHECK_THAT(cut.lines, Contains("the input ends here"));
  CHECK_THAT(cut.lines, Contains("[additional info] While doing: checksum\n"));
}

TEST_CASE("a value of a module's is passed over", "[check_rdb]") {
  const std::string id = "\x81" + std::string("\0\0\0\0\0\0\4\3", 8);
  const Checked checked = check(file_of(7, id + std::string("\2\1\5\1x\0", 6)));
  CHECK(checked.ok);
  CHECK_THAT(checked.lines, Contains("[info] 1 of type module AAAAAAAAB\n"));
}

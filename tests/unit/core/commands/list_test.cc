// What commands on lists leave behind besides their replies (those are in tests/golden/list):
// events, the journal, encodings.

#include "core/value/list.h"

#include "tests/support/local_engine.h"
#include "tests/support/scenario.h"

#include <catch2/catch.hpp>
#include <string>

using namespace sorrel;

TEST_CASE("pushes and pops: events and journal", "[list]") {
  Scenario run;
  run("RPUSH l a b c");
  CHECK(run.events() == "new:l rpush:l");
  CHECK(run.journal() == "SELECT 0; RPUSH l a b c");
  run("LPUSHX l d");
  CHECK(run.events() == "lpush:l");
  run("LPUSHX missing d");
  CHECK(run.events() == "");
  run("LPOP l 2");
  CHECK(run.events() == "lpop:l");
  run("LPOP l 0");
  run("LPOP missing 3");
  CHECK(run.events() == "");
  CHECK(run.journal() == "LPUSHX l d; LPOP l 2");
  run("RPOP l 5");
  CHECK(run.events() == "rpop:l del:l");
  CHECK(run.journal() == "RPOP l 5");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("LMPOP is journaled as the pop that it was", "[list]") {
  Scenario run;
  run("RPUSH l a b c");
  run.journal();
  run.events();
  CHECK(run("LMPOP 2 missing l RIGHT COUNT 2") == "*2 $1 l *2 $1 c $1 b");
  CHECK(run.events() == "rpop:l");
  CHECK(run.journal() == "RPOP l 2");
  CHECK(run("LMPOP 2 missing l LEFT COUNT 2") == "*2 $1 l *1 $1 a");
  CHECK(run.events() == "lpop:l del:l");
  CHECK(run.journal() == "LPOP l 1");
  CHECK(run("LMPOP 1 l LEFT") == "*-1");
  CHECK(run.journal() == "");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("changes in the middle: events and journal", "[list]") {
  Scenario run;
  run("RPUSH l a b c a");
  run.events();
  run.journal();
  run("LSET l 1 x");
  run("LINSERT l BEFORE c y");
  run("LREM l 0 a");
  CHECK(run.events() == "lset:l linsert:l lrem:l");
  CHECK(run.journal() == "LSET l 1 x; LINSERT l BEFORE c y; LREM l 0 a");
  run("LINSERT l BEFORE nothing y");
  run("LREM l 0 nothing");
  run("LSET l 9 x");
  CHECK(run.events() == "");
  // Nothing is trimmed, yet it is announced, as Redis does; the journal needn't know.
  run("LTRIM l 0 -1");
  CHECK(run.events() == "ltrim:l");
  CHECK(run.journal() == "");
  run("LTRIM l 5 9");
  CHECK(run.events() == "ltrim:l del:l");
  CHECK(run.journal() == "LTRIM l 5 9");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("moves: the push is announced before the pop", "[list]") {
  Scenario run;
  run("RPUSH l a b");
  run.events();
  run("LMOVE l m LEFT RIGHT");
  CHECK(run.events() == "new:m rpush:m lpop:l");
  run("RPOPLPUSH l m");
  CHECK(run.events() == "lpush:m rpop:l del:l");
  run("LMOVE m m LEFT RIGHT");
  CHECK(run.events() == "rpush:m lpop:m");
  run("LMOVEM m l LEFT LEFT COUNT 5 BULK");
  CHECK(run.events() == "new:l lpush:l lpop:m del:m");
  run("LMOVEM missing l LEFT LEFT COUNT 5 BULK");
  run("LMOVEM l m LEFT LEFT EXACTLY 5 BULK");
  CHECK(run.events() == "");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("a move keeps the expiry of a list that it empties and fills again", "[list]") {
  Scenario run;
  run("RPUSH l a");
  run("EXPIRE l 100");
  run("LMOVE l l LEFT RIGHT");
  CHECK(run("TTL l") == ":100");
  run("LMOVEM l l LEFT LEFT COUNT 9 OBO");
  CHECK(run("TTL l") == ":100");
}

TEST_CASE("each write counts once for each element it changes", "[list]") {
  Scenario run;
  const auto changes = [&](const char* line) {
    const uint64_t before = run.local.engine.books().dirty;
    run(line);
    return run.local.engine.books().dirty - before;
  };
  CHECK(changes("RPUSH l a b c d e f") == 6);
  CHECK(changes("LPOP l 2") == 2);
  CHECK(changes("LSET l 0 x") == 1);
  CHECK(changes("LMOVE l m LEFT LEFT") == 1);
  CHECK(changes("LMOVE l l LEFT RIGHT") == 1);
  CHECK(changes("LTRIM l 0 -1") == 0);
  CHECK(changes("LTRIM l 1 1") == 2);
  CHECK(changes("LREM l 0 nothing") == 0);
  CHECK(changes("LPOP l 9") == 1);
}

TEST_CASE("a list is a pack up to list-max-listpack-size", "[list]") {
  Scenario run;
  const auto encoding = [&] { return run("OBJECT ENCODING l"); };
  // 8 KiB by default, with the header of 7 bytes.
  CHECK(run({"RPUSH", "l", std::string(8185, 'x')}) == ":1");
  CHECK(encoding() == "$8 listpack");
  CHECK(run("RPUSH l y") == ":2");
  CHECK(encoding() == "$9 quicklist");
  // What is left doesn't stand in one block, then is too big, then small enough.
  CHECK(run("LPOP l 1").substr(0, 2) == "*1");
  CHECK(encoding() == "$8 listpack");
  CHECK(run({"RPUSH", "l", std::string(9000, 'x'), std::string(4084, 'y'), "z"}) == ":4");
  CHECK(run("LTRIM l 1 -1") == "+OK");
  CHECK(run("LPOP l 1").size() > 9000);
  CHECK(encoding() == "$9 quicklist");
  CHECK(run("RPOP l") == "$1 z");
  CHECK(encoding() == "$8 listpack");
  CHECK(run("LSET l 0 small") == "+OK");
  CHECK(run("LRANGE l 0 -1") == "*1 $5 small");
}

TEST_CASE("an element too large for a block is a block of its own", "[list]") {
  Scenario run;
  const std::string large(20000, 'x');
  run({"RPUSH", "l", "a", large, "b", large, "c"});
  const Entry* entry =
      run.local.engine.database(0).table().find("l", run.local.engine.database(0).hash("l"));
  REQUIRE(entry != nullptr);
  CHECK(static_cast<const ListTree&>(*entry->collection()).blocks().slots() == 5);
  CHECK(run("LINDEX l 2") == "$1 b");
  CHECK(run({"LPOS", "l", large, "RANK", "2"}) == ":3");
  CHECK(run({"LINSERT", "l", "BEFORE", "b", large}) == ":6");
  CHECK(run({"LSET", "l", "1", "d"}) == "+OK");
  CHECK(run({"LREM", "l", "0", large}) == ":2");
  CHECK(run("LRANGE l 0 -1") == "*4 $1 a $1 d $1 b $1 c");
}

TEST_CASE("within one list an element leaves before it comes", "[list]") {
  LocalEngine local;
  const auto encoding = [&] { return local.run("OBJECT", "ENCODING", "l"); };
  local.run("CONFIG", "SET", "list-max-listpack-size", "4");
  local.run("RPUSH", "l", "a", "b", "c", "d");
  for (const Bytes from : {"LEFT", "RIGHT"}) {
    for (const Bytes to : {"LEFT", "RIGHT"}) {
      local.run("LMOVE", "l", "l", from, to);
      CHECK(encoding() == "$8\r\nlistpack\r\n");
    }
  }
  CHECK(local.run("LRANGE", "l", "0", "-1") ==
        "*4\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n$1\r\nd\r\n");
  // One full block is still one block afterwards, and a pack again when half of it is left.
  local.run("RPUSH", "l", "e");
  local.run("RPOP", "l");
  local.run("RPOPLPUSH", "l", "l");
  CHECK(encoding() == "$9\r\nquicklist\r\n");
  CHECK(local.run("RPOP", "l", "2") == "*2\r\n$1\r\nc\r\n$1\r\nb\r\n");
  CHECK(encoding() == "$8\r\nlistpack\r\n");
  CHECK(local.run("LRANGE", "l", "0", "-1") == "*2\r\n$1\r\nd\r\n$1\r\na\r\n");
}

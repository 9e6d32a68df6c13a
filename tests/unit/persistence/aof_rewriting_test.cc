#include "persistence/aof_rewriting.h"

#include "persistence/faulty_file_system.h"
#include "tests/support/failing_memory.h"
#include "tests/unit/persistence/interrupted_files.h"
#include "tests/unit/persistence/kept_engine.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>

namespace sorrel {
namespace {

constexpr char kManifest[] = "appendonlydir/appendonly.aof.manifest";

void append(KeptEngine& engine) {
  Settings& settings = engine.local.settings;
  REQUIRE(settings.load("appendonly", std::vector<std::string>{"yes"}).is_ok());
  REQUIRE(settings.load("appendfsync", std::vector<std::string>{"always"}).is_ok());
}

/// The loop's turns and the background's steps until nothing is left to do.
void settle(KeptEngine& engine) {
  for (int turn = 0; turn < 50; ++turn) {
    engine.local.engine.begin_turn();
    engine.persistence.tick();
    engine.persistence.end_turn(true);
    if (!engine.executor.step()) break;
  }
}

void fill(KeptEngine& engine, int from, int to) {
  for (int i = from; i < to; ++i) {
    const std::string n = std::to_string(i);
    engine.run("SET", "k" + n, n);
    engine.run("RPUSH", "list", n);
    engine.run("ZADD", "zset", n, "m" + n);
  }
}

Digest restarted(FileSystem& files) {
  KeptEngine next(files);
  append(next);
  const std::string failure = next.recover();
  INFO(failure);
  REQUIRE(failure.empty());
  return next.digest();
}

std::string manifest(FileSystem& files) {
  const Result<std::string> text = read_file(files, kManifest, 1 << 20);
  return text ? text.value() : "";
}

}  // namespace

TEST_CASE("appendonly is turned on, and off, while the server runs", "[aof]") {
  MemoryFileSystem files;
  KeptEngine engine(files);
  REQUIRE(engine.recover().empty());
  fill(engine, 0, 50);
  engine.set("appendfsync", "always");
  engine.set("appendonly", "yes");
  CHECK(engine.info("aof_rewrite_in_progress") == "1");
  settle(engine);
  CHECK(engine.info("aof_enabled") == "1");
  CHECK(engine.info("aof_last_bgrewrite_status") == "ok");
  CHECK(manifest(files) ==
        "file appendonly.aof.1.base.rdb seq 1 type b\n"
        "file appendonly.aof.1.incr.aof seq 1 type i\n");
  fill(engine, 50, 100);
  settle(engine);
  CHECK(restarted(files) == engine.digest());
  engine.set("appendonly", "no");
  CHECK(engine.info("aof_enabled") == "0");
  const Digest before = engine.digest();
  fill(engine, 100, 110);
  settle(engine);
  CHECK(restarted(files) == before);
  engine.set("appendonly", "yes");
  settle(engine);
  CHECK(restarted(files) == engine.digest());
}

TEST_CASE("while its first base is written it is on, and nothing counts as on the disk", "[aof]") {
  MemoryFileSystem files;
  KeptEngine engine(files);
  REQUIRE(engine.recover().empty());
  engine.set("appendfsync", GENERATE("always", "everysec"));
  fill(engine, 0, 50);
  SECTION("which waits for a save") {
    engine.run("BGSAVE");
    engine.set("appendonly", "yes");
    CHECK(engine.info("aof_rewrite_in_progress") == "0");
    CHECK(engine.info("aof_rewrite_scheduled") == "1");
    CHECK(engine.run("DEBUG", "LOADAOF").starts_with("-ERR"));
  }
  SECTION("which begins at once") {
    engine.set("appendonly", "yes");
    CHECK(engine.info("aof_rewrite_in_progress") == "1");
  }
  CHECK(engine.info("aof_enabled") == "1");
  CHECK(engine.info("aof_current_size") == "0");
  engine.run("SET", "meanwhile", "written");
  CHECK(engine.run("WAITAOF", "1", "0", "0").empty());
  std::string heard;
  for (int turn = 0; turn < 200 && heard.empty(); ++turn) {
    engine.local.clock.advance_ms(100);
    engine.local.engine.begin_turn();
    engine.persistence.tick();
    engine.persistence.end_turn(true);
    heard = engine.local.session.output.to_string();
    if (heard.empty()) engine.executor.step();
    CHECK((heard.empty() || manifest(files).find("type i") != std::string::npos));
  }
  CHECK(heard == "*2\r\n:1\r\n:0\r\n");
  CHECK(restarted(files) == engine.digest());
}

TEST_CASE("the first files are a base of nothing and an increment", "[aof]") {
  MemoryFileSystem files;
  KeptEngine engine(files);
  append(engine);
  engine.load("aof-use-rdb-preamble", GENERATE("yes", "no"));
  REQUIRE(engine.recover().empty());
  const std::string format = engine.local.settings.values().aof_use_rdb_preamble ? "rdb" : "aof";
  CHECK(manifest(files) == "file appendonly.aof.1.base." + format +
                               " seq 1 type b\n"
                               "file appendonly.aof.1.incr.aof seq 1 type i\n");
  fill(engine, 0, 10);
  settle(engine);
  CHECK(restarted(files) == engine.digest());
}

TEST_CASE("a rewrite while it is off leaves a base and nothing else", "[aof]") {
  MemoryFileSystem files;
  KeptEngine engine(files);
  engine.load("enable-debug-command", "yes");
  REQUIRE(engine.recover().empty());
  CHECK(engine.run("DEBUG", "LOADAOF").starts_with("-ERR"));
  fill(engine, 0, 10);
  const auto rewrite = [&engine] {
    CHECK(engine.run("BGREWRITEAOF") == "+Background append only file rewriting started\r\n");
    settle(engine);
  };
  rewrite();
  CHECK(manifest(files) == "file appendonly.aof.1.base.rdb seq 1 type b\n");
  const Digest rewritten = engine.digest();
  fill(engine, 10, 20);
  CHECK(engine.run("DEBUG", "LOADAOF") == "+OK\r\n");
  CHECK(engine.digest() == rewritten);
  engine.set("appendonly", "yes");
  settle(engine);
  CHECK(manifest(files) ==
        "file appendonly.aof.2.base.rdb seq 2 type b\n"
        "file appendonly.aof.1.incr.aof seq 1 type i\n");
  engine.set("appendonly", "no");
  rewrite();
  CHECK(manifest(files) == "file appendonly.aof.3.base.rdb seq 3 type b\n");
  CHECK(files.list("appendonlydir").value().size() == 2);
  CHECK(restarted(files) == engine.digest());
}

TEST_CASE("files that were kept go when aof-disable-auto-gc is turned off", "[aof]") {
  MemoryFileSystem files;
  KeptEngine engine(files);
  append(engine);
  REQUIRE(engine.recover().empty());
  engine.set("aof-disable-auto-gc", "yes");
  engine.run("BGREWRITEAOF");
  settle(engine);
  CHECK(files.list("appendonlydir").value().size() == 5);
  engine.set("aof-disable-auto-gc", "no");
  engine.executor.drain();
  CHECK(files.list("appendonlydir").value().size() == 3);
  CHECK(manifest(files).find("type h") == std::string::npos);
  CHECK(restarted(files) == engine.digest());
}

TEST_CASE("a rewrite takes the place of what was gathered", "[aof]") {
  MemoryFileSystem files;
  KeptEngine engine(files);
  append(engine);
  REQUIRE(engine.recover().empty());
  fill(engine, 0, 100);
  engine.run("DEL", "list");
  settle(engine);
  CHECK(engine.run("BGREWRITEAOF") == "+Background append only file rewriting started\r\n");
  CHECK(engine.run("BGREWRITEAOF") ==
        "-ERR Background append only file rewriting already in progress\r\n");
  // Commands in between all its steps.
  for (int i = 100; i < 130; ++i) {
    fill(engine, i, i + 1);
    engine.persistence.end_turn(true);
    engine.executor.step();
  }
  settle(engine);
  CHECK(engine.info("aof_rewrite_in_progress") == "0");
  CHECK(engine.info("aof_rewrites") == "1");
  CHECK(manifest(files) ==
        "file appendonly.aof.2.base.rdb seq 2 type b\n"
        "file appendonly.aof.2.incr.aof seq 2 type i\n");
  CHECK(files.list("appendonlydir").value().size() == 3);
  CHECK(restarted(files) == engine.digest());
}

TEST_CASE("what streams do by themselves stands in the journal, and goes through a rewrite",
          "[aof][stream]") {
  MemoryFileSystem files;
  KeptEngine engine(files);
  append(engine);
  REQUIRE(engine.recover().empty());
  engine.set("aof-use-rdb-preamble", GENERATE("yes", "no"));
  engine.set("stream-node-max-entries", "3");
  engine.run("XADD", "s", "*", "f", "v");
  engine.run("XGROUP", "CREATE", "s", "g", "0", "MAXDELIVERIES", "4", "DEADLETTER", "dead");
  engine.run("XCFGSET", "s", "MAXLEN", "4", "MAXAGE", "5000000", "RETAIN", "ALL");
  engine.run("XADD", "s", "DELAY", "100", "*", "due", "soon");
  engine.run("XADD", "s", "DELAY", "60000", "*", "due", "later", "n", "12");
  const bool rewritten = GENERATE(true, false);
  const auto turn = [&](int64_t ms) {
    engine.local.clock.advance_ms(ms);
    engine.local.engine.begin_turn();
    engine.settle();
    settle(engine);
  };
  if (rewritten) {
    turn(1);
    engine.run("BGREWRITEAOF");
    settle(engine);
  }
  turn(200);
  for (int i = 0; i < 20; ++i) {
    engine.run("XADD", "s", "*", "i", std::to_string(i));
    if (i % 7 == 0) turn(1);
  }
  turn(1);
  CHECK(engine.run("XLEN", "s") == ":4\r\n");
  KeptEngine next(files);
  append(next);
  next.set("stream-node-max-entries", "3");
  REQUIRE(next.recover().empty());
  next.local.clock.advance_ms(engine.local.clock.unix_us() / 1000 -
                              next.local.clock.unix_us() / 1000);
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"XINFO", "STREAM", "s", "FULL"},
                                             {"XDELAYED", "RANGE", "s", "-", "+"},
                                             {"XINFO", "GROUPS", "s"}}) {
    CHECK(next.run_words(words) == engine.run_words(words));
  }
  CHECK(next.digest() == engine.digest());
}

TEST_CASE("BGREWRITEAOF without appendonly writes a base and nothing more", "[aof]") {
  MemoryFileSystem files;
  KeptEngine engine(files);
  REQUIRE(engine.recover().empty());
  fill(engine, 0, 10);
  const Digest before = engine.digest();
  engine.run("BGREWRITEAOF");
  settle(engine);
  CHECK(engine.info("aof_enabled") == "0");
  fill(engine, 10, 20);
  settle(engine);
  CHECK(restarted(files) == before);
}

TEST_CASE("a rewrite that fails leaves everything as it was", "[aof]") {
  FaultyFileSystem files(1);
  KeptEngine engine(files);
  append(engine);
  REQUIRE(engine.recover().empty());
  fill(engine, 0, 50);
  settle(engine);
  engine.run("BGREWRITEAOF");
  // The increment is made; the base isn't written.
  while (engine.info("aof_rewrite_in_progress") == "1" &&
         !files.exists("appendonlydir/temp-appendonly.aof.base").value()) {
    REQUIRE(engine.executor.step());
  }
  files.fail_write(1, ENOSPC);
  settle(engine);
  CHECK(engine.info("aof_last_bgrewrite_status") == "err");
  CHECK(engine.info("aof_rewrites_consecutive_failures") == "1");
  engine.local.clock.advance_ms(2000);
  settle(engine);
  fill(engine, 50, 60);
  settle(engine);
  files.crash();
  CHECK(restarted(files) == engine.digest());
}

TEST_CASE("the process may be killed at any step of a rewrite, and loses nothing", "[aof]") {
  const char* fsync = GENERATE("always", "everysec", "no");
  for (uint64_t step = 1;; ++step) {
    INFO("appendfsync " << fsync << ", change " << step);
    FaultyFileSystem files(step);
    std::vector<Digest> history;
    size_t answered = 0;
    {
      KeptEngine engine(files);
      append(engine);
      REQUIRE(engine.local.settings.load("appendfsync", std::vector<std::string>{fsync}).is_ok());
      REQUIRE(engine.recover().empty());
      fill(engine, 0, 20);
      settle(engine);
      files.cut_power_at(step);
      engine.run("BGREWRITEAOF");
      // A write and a turn in between all steps of what goes on in the background.
      for (int i = 0; i < 60 && files.has_power(); ++i) {
        engine.run("RPUSH", "list", std::to_string(i));
        history.push_back(engine.digest());
        engine.local.engine.begin_turn();
        engine.persistence.tick();
        engine.persistence.end_turn(true);
        if (!files.has_power()) break;
        const uint64_t waits = engine.persistence.aof().log().buffered();
        if (waits == 0) answered = history.size();
        // Whoever isn't answered before all is safe may wait for the file to be changed.
        if (fsync != std::string("always")) REQUIRE(waits == 0);
        engine.executor.step();
      }
      if (files.has_power()) {
        REQUIRE(engine.info("aof_rewrites") == "1");
        REQUIRE(engine.info("aof_rewrite_in_progress") == "0");
        break;
      }
    }
    files.set_contents(files.contents());
    files.cut_power_at(0);
    const Digest found = restarted(files);
    const auto at = std::find(history.begin(), history.end(), found);
    if (answered > 0) {
      REQUIRE(at != history.end());
      REQUIRE(static_cast<size_t>(at - history.begin()) + 1 >= answered);
    }
  }
}

TEST_CASE("SHUTDOWN waits for the first rewrite, without which there is no file", "[aof]") {
  MemoryFileSystem files;
  KeptEngine engine(files);
  REQUIRE(engine.recover().empty());
  fill(engine, 0, 50);
  engine.set("appendonly", "yes");
  for (int steps = 0; steps < 3; ++steps) {
    CHECK_FALSE(engine.persistence.prepare_shutdown({}));
    CHECK(engine.info("aof_rewrite_in_progress") == "1");
    REQUIRE(engine.executor.step());
  }
  SECTION("until it is there") {
    settle(engine);
    REQUIRE(engine.persistence.prepare_shutdown({}));
    CHECK(restarted(files) == engine.digest());
  }
  SECTION("unless it is forced") {
    REQUIRE(engine.persistence.prepare_shutdown({.force = true}));
    CHECK_FALSE(engine.executor.busy());
  }
}

TEST_CASE("appendonly no doesn't wait for a save", "[aof]") {
  MemoryFileSystem files;
  KeptEngine engine(files, true);
  append(engine);
  REQUIRE(engine.recover().empty());
  fill(engine, 0, 50);
  engine.run("BGSAVE");
  engine.set("appendonly", "no");
  CHECK(engine.info("aof_enabled") == "0");
  CHECK(engine.info("rdb_bgsave_in_progress") == "1");
}

TEST_CASE("when the first rewrite fails nobody waits for its file", "[aof]") {
  FaultyFileSystem files(1);
  KeptEngine engine(files);
  REQUIRE(engine.recover().empty());
  engine.set("appendfsync", "always");
  engine.set("appendonly", "yes");
  while (!engine.persistence.aof().on()) REQUIRE(engine.executor.step());
  files.fail_writes_from(1, ENOSPC);
  ReplyHold& hold = engine.local.engine.reply_hold();
  REQUIRE(engine.run("SET", "k", "v") == "+OK\r\n");
  engine.persistence.end_turn(true);
  CHECK(hold.mode() == ReplyHold::Mode::kOwnWrites);
  CHECK(engine.run("SET", "k", "w").starts_with("-MISCONF"));
  engine.executor.drain();
  engine.persistence.end_turn(true);
  CHECK_FALSE(engine.persistence.aof().on());
  CHECK(hold.mode() == ReplyHold::Mode::kOff);
  CHECK(engine.run("SET", "k", "w") == "+OK\r\n");
}

TEST_CASE("DEBUG LOADAOF doesn't give up what isn't in the file yet", "[aof]") {
  FaultyFileSystem files(1);
  KeptEngine engine(files);
  append(engine);
  engine.load("enable-debug-command", "yes");
  REQUIRE(engine.recover().empty());
  engine.run("SET", "k", "v");
  files.fail_writes_from(1, ENOSPC);
  CHECK(engine.run("DEBUG", "LOADAOF").starts_with("-ERR"));
  CHECK(engine.run("GET", "k") == "$1\r\nv\r\n");
  files.fail_writes_from(0, 0);
  engine.local.clock.advance_ms(1100);
  CHECK(engine.run("DEBUG", "LOADAOF") == "+OK\r\n");
  CHECK(engine.run("GET", "k") == "$1\r\nv\r\n");
}

TEST_CASE("a base of commands is written bit by bit, however big a value is", "[aof]") {
  InterruptedFiles files;
  KeptEngine engine(files);
  engine.load("aof-use-rdb-preamble", "no");
  REQUIRE(engine.recover().empty());
  std::vector<std::string> words = {"SADD", "big"};
  for (int i = 0; i < 20'000; ++i) words.push_back("a member of some length " + std::to_string(i));
  engine.run_words(words);
  engine.run("BGREWRITEAOF");
  int writes = 0;
  files.interruption = [&] {
    // The increment is made before, and its manifest.
    if (files.exists("appendonlydir/temp-appendonly.aof.base").value() && ++writes == 2) {
      engine.persistence.rewriting().cancel();
    }
  };
  settle(engine);
  CHECK(writes == 2);
  CHECK(engine.info("aof_rewrite_in_progress") == "0");
}

TEST_CASE("a base of commands has a stream as Redis's commands, where these can tell it",
          "[aof][stream]") {
  MemoryFileSystem files;
  KeptEngine engine(files);
  append(engine);
  engine.load("aof-use-rdb-preamble", "no");
  REQUIRE(engine.recover().empty());
  const auto base_of = [&](KeptEngine& rewritten) {
    rewritten.run("BGREWRITEAOF");
    settle(rewritten);
    for (const auto& [name, text] : files.contents()) {
      if (name.find(".base.aof") != std::string::npos) return text;
    }
    return std::string();
  };
  engine.run("XADD", "s", "1-1", "f", "v", "n", "12");
  engine.run("XADD", "s", "2-1", "f", "w");
  engine.run("XADD", "s", "3-1", "g", "");
  engine.run("XDEL", "s", "2-1");
  engine.run("XGROUP", "CREATE", "s", "g", "0");
  engine.run("XGROUP", "CREATE", "s", "other", "1-1", "ENTRIESREAD", "1");
  engine.run("XGROUP", "CREATECONSUMER", "s", "g", "idle");
  engine.run("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">");
  engine.run("XCLAIM", "s", "g", "d", "0", "3-1");
  engine.run("XGROUP", "CREATE", "made", "g", "$", "MKSTREAM");
  engine.run("XADD", "emptied", "5-5", "f", "v");
  engine.run("XDEL", "emptied", "5-5");
  const std::string base = base_of(engine);
  CHECK(base.find("RESTORE") == std::string::npos);
  for (const char* command : {"XADD", "XSETID", "XGROUP", "XCLAIM"}) {
    CHECK(base.find(command) != std::string::npos);
  }
  CHECK(restarted(files) == engine.digest());
  KeptEngine next(files);
  append(next);
  REQUIRE(next.recover().empty());
  for (const char* key : {"s", "made", "emptied"}) {
    const auto groups = [key](KeptEngine& in) {
      return in.run("XINFO", "GROUPS", key) + in.run("XPENDING", key, "g", "-", "+", "10");
    };
    CHECK(groups(next) == groups(engine));
  }
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{"XDEL", "s", "3-1"},
        {"XCFGSET", "s", "MAXLEN", "100"},
        {"XGROUP", "CREATE", "s", "rules", "0", "MAXDELIVERIES", "4"}}) {
    KeptEngine again(files);
    append(again);
    again.load("aof-use-rdb-preamble", "no");
    REQUIRE(again.recover().empty());
    again.run_words(more);
    CHECK(base_of(again).find("RESTORE\r\n$1\r\ns\r\n") != std::string::npos);
    CHECK(restarted(files) == again.digest());
  }
}

TEST_CASE("without memory a save fails, and the next one is made", "[aof]") {
  int failures = 0;
  for (size_t before = 0; before < 300; before += before < 60 ? 1 : 7) {
    INFO(before);
    MemoryFileSystem files;
    KeptEngine engine(files);
    append(engine);
    REQUIRE(engine.recover().empty());
    fill(engine, 0, 20);
    engine.run("SET", "long", std::string(5000, 'v'));
    settle(engine);
    {
      const FailingMemory memory(before);
      const Bytes words[] = {"BGSAVE"};
      engine.local.engine.begin_turn();
      engine.local.engine.execute(engine.local.session, words);
      // What a loop's turn, or its timer, does with it.
      for (int tries = 0; tries < 3; ++tries) {
        try {
          engine.executor.drain();
        } catch (const std::bad_alloc&) {
        }
      }
    }
    engine.local.session.output.consume(engine.local.session.output.size());
    failures += engine.info("rdb_last_bgsave_status") == "err";
    CHECK_FALSE(engine.persistence.busy());
    settle(engine);
    engine.run("BGSAVE");
    settle(engine);
    CHECK(engine.info("rdb_last_bgsave_status") == "ok");
    CHECK(restarted(files) == engine.digest());
  }
  CHECK(failures > 5);
}

TEST_CASE("without memory for a commit it is tried again", "[aof]") {
  for (size_t before = 0; before < 60; ++before) {
    INFO(before);
    MemoryFileSystem files;
    KeptEngine engine(files);
    append(engine);
    if (before % 2 == 0) engine.load("appendfsync", "everysec");
    REQUIRE(engine.recover().empty());
    fill(engine, 0, 2);
    settle(engine);
    fill(engine, 2, 4);
    for (int turn = 0; turn < 3; ++turn) {
      engine.local.clock.advance_ms(1100);
      engine.local.engine.begin_turn();
      try {
        const FailingMemory memory(before / 2);
        engine.persistence.end_turn(true);
        engine.executor.drain();
      } catch (const std::bad_alloc&) {
      }
    }
    settle(engine);
    fill(engine, 4, 6);
    for (int turn = 0; turn < 3; ++turn) {
      engine.local.clock.advance_ms(1100);
      settle(engine);
    }
    CHECK(engine.local.engine.reply_hold().durable() == engine.local.engine.journal().offset());
    CHECK(restarted(files) == engine.digest());
  }
}

TEST_CASE("the power may go at any step of a rewrite", "[aof]") {
  uint64_t steps = 0;
  for (uint64_t step = 1;; ++step) {
    INFO(step);
    FaultyFileSystem files(step);
    Digest before;
    {
      KeptEngine engine(files);
      append(engine);
      REQUIRE(engine.recover().empty());
      fill(engine, 0, 20);
      settle(engine);
      before = engine.digest();
      files.cut_power_at(step);
      engine.run("BGREWRITEAOF");
      settle(engine);
      steps = files.has_power() ? 0 : step;
    }
    files.crash();
    CHECK(restarted(files) == before);
    if (steps == 0) break;
  }
}

}  // namespace sorrel

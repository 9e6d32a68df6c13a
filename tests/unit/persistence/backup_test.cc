#include "persistence/backup.h"

#include "persistence/faulty_file_system.h"
#include "tests/support/failing_memory.h"
#include "tests/unit/persistence/kept_engine.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>

namespace sorrel {
namespace {

constexpr char kBase[] = "backupdir/appendonly.aof.1.base.rdb";
constexpr char kOtherBase[] = "backupdir/appendonly.aof.1.base.aof";
constexpr char kTail[] = "backupdir/appendonly.aof.1.incr.aof";
constexpr char kManifest[] = "backupdir/appendonly.aof.manifest";
constexpr char kOk[] = "+OK\r\n";

std::string state(KeptEngine& engine) {
  return std::string(engine.persistence.backup().state_name());
}

std::vector<std::string> files_of(FileSystem& files) {
  const Result<std::vector<std::string>> names = files.list("backupdir");
  return names ? names.value() : std::vector<std::string>();
}

void turn(KeptEngine& engine) {
  engine.local.engine.begin_turn();
  engine.persistence.tick();
  engine.persistence.end_turn(true);
}

void settle(KeptEngine& engine) {
  for (int turns = 0; turns < 100; ++turns) {
    turn(engine);
    if (!engine.executor.step()) break;
  }
}

/// The reply, which comes when the work in the background is done.
std::string seal(KeptEngine& engine) {
  const std::string reply = engine.run("BACKUP", "SEAL");
  if (!reply.empty()) return reply;
  engine.executor.drain();
  engine.log_executor.drain();
  engine.persistence.end_turn(true);
  Output& output = engine.local.session.output;
  std::string late = output.to_string();
  output.consume(output.size());
  return late;
}

void write(KeptEngine& engine, int i) {
  const std::string n = std::to_string(i);
  engine.run("SELECT", std::to_string(i % 3));
  engine.run("SET", "k" + n, n, "EX", "1000");
  engine.run("RPUSH", "list", n);
  engine.run("MULTI");
  engine.run("ZADD", "zset", n, "m" + n);
  engine.run("INCR", "count");
  engine.run("EXEC");
}

void write(KeptEngine& engine, int from, int to) {
  for (int i = from; i < to; ++i) write(engine, i);
}

/// Starts the server, with some data, and a backup of them, whose tail is being written then.
void begin_backup(KeptEngine& engine) {
  REQUIRE(engine.recover().empty());
  write(engine, 0, 10);
  REQUIRE(engine.run("BACKUP", "START") == kOk);
  settle(engine);
  REQUIRE(state(engine) == "incrementing");
}

/// What a server has that is started on the sealed backup.
Digest restored(FileSystem& files) {
  KeptEngine next(files);
  next.load("preload-file", std::string("aof:") + kManifest);
  const std::string failure = next.recover();
  INFO(failure);
  REQUIRE(failure.empty());
  return next.digest();
}

/// The same when its directory is the append-only file's.
Digest loaded(FileSystem& files) {
  KeptEngine next(files);
  next.load("appendonly", "yes");
  next.load("appenddirname", "backupdir");
  const std::string failure = next.recover();
  INFO(failure);
  REQUIRE(failure.empty());
  return next.digest();
}

std::string status(const std::string& state, const std::string& error, int64_t start, int64_t end) {
  std::string text = "*8\r\n";
  for (const std::string& word :
       {std::string("state"), state, std::string("error"), error, std::string("start_time"),
        std::to_string(start), std::string("end_time"), std::to_string(end)}) {
    text += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a backup has what there was when it was sealed", "[backup]") {
  const char* const appendonly = GENERATE("yes", "no");
  const char* const rdb = GENERATE("yes", "no");
  INFO("appendonly " << appendonly << ", aof-use-rdb-preamble " << rdb);
  MemoryFileSystem files;
  KeptEngine engine(files, GENERATE(true, false));
  engine.load("appendonly", appendonly);
  engine.load("aof-use-rdb-preamble", rdb);
  REQUIRE(engine.recover().empty());
  write(engine, 0, 20);
  CHECK(engine.run("BACKUP", "START") == kOk);
  CHECK(state(engine) == "snapshotting");
  CHECK(engine.info("backup_in_progress") == "1");
  int i = 20;
  // Commands in between all steps of what goes on in the background.
  for (; state(engine) == "snapshotting"; ++i) {
    REQUIRE(i < 200);
    CHECK(engine.run("BACKUP", "LIST") == "*0\r\n");
    write(engine, i);
    turn(engine);
    engine.executor.step();
    engine.log_executor.step();
  }
  CHECK(state(engine) == "incrementing");
  CHECK(engine.persistence.backup().paths().size() == 1);
  for (int end = i + 30; i < end; ++i) {
    write(engine, i);
    engine.local.clock.advance_ms(700);
    turn(engine);
    engine.executor.step();
    engine.log_executor.step();
  }
  const Digest sealed = engine.digest();
  CHECK(seal(engine) == kOk);
  CHECK(state(engine) == "sealed");
  CHECK(engine.info("backup_in_progress") == "0");
  const auto before = files.contents();
  write(engine, i, i + 20);
  settle(engine);
  for (const char* path : {rdb == std::string("yes") ? kBase : kOtherBase, kTail, kManifest}) {
    CHECK(files.contents()[path] == before.at(path));
  }
  CHECK(files_of(files).size() == 3);
  CHECK(restored(files) == sealed);
  CHECK(loaded(files) == sealed);
  CHECK_FALSE(engine.digest() == sealed);
  CHECK(engine.run("BACKUP", "CLEANUP") == kOk);
  CHECK(state(engine) == "idle");
  CHECK(files_of(files).empty());
  // And again.
  CHECK(engine.run("BACKUP", "START") == kOk);
  settle(engine);
  engine.log_executor.drain();
  CHECK(seal(engine) == kOk);
  CHECK(restored(files) == engine.digest());
}

TEST_CASE("a backup is sealed in the background, with what was done until then", "[backup]") {
  MemoryFileSystem files;
  KeptEngine engine(files, true);
  REQUIRE(engine.recover().empty());
  write(engine, 0, 20);
  engine.run("BACKUP", "START");
  settle(engine);
  engine.log_executor.drain();
  // A part of the tail is on its way.
  write(engine, 20, 40);
  engine.local.clock.advance_ms(1100);
  turn(engine);
  write(engine, 40, 60);
  const Digest at_seal = engine.digest();
  Session sealer(nullptr);
  engine.local.engine.open_session(sealer);
  const Bytes call[] = {"BACKUP", "SEAL"};
  const auto read = [&] {
    engine.persistence.end_turn(true);
    const std::string reply = sealer.output.to_string();
    sealer.output.consume(sealer.output.size());
    return reply;
  };
  CHECK(engine.local.run_in(sealer, call).empty());
  CHECK(engine.run("BACKUP", "STATUS").find("incrementing") != std::string::npos);
  CHECK(engine.run("BACKUP", "SEAL") == "-ERR The backup is being sealed already\r\n");
  SECTION("while others go on") {
    for (int i = 60; state(engine) == "incrementing"; ++i) {
      REQUIRE(i < 100);
      CHECK(read().empty());
      write(engine, i);
      engine.local.clock.advance_ms(1100);
      turn(engine);
      engine.log_executor.step();
    }
    CHECK(read() == kOk);
  }
  SECTION("though nobody waits for it any more") {
    CHECK(engine.run("CLIENT", "UNBLOCK", std::to_string(sealer.id)) == ":1\r\n");
    CHECK(read() == "-ERR The backup is still being sealed\r\n");
    engine.log_executor.drain();
    CHECK(read().empty());
  }
  SECTION("before it is aborted") {
    CHECK(engine.run("BACKUP", "ABORT") ==
          "-ERR There is no backup to be aborted: it is sealed\r\n");
    CHECK(read() == kOk);
  }
  SECTION("before data are loaded anew, or the server stops") {
    engine.persistence.backup().fail("whatever");
    CHECK(read() == kOk);
  }
  engine.local.engine.close_session(sealer);
  CHECK(state(engine) == "sealed");
  CHECK(restored(files) == at_seal);
}

TEST_CASE("a failure to seal is the answer", "[backup]") {
  FaultyFileSystem files(1);
  KeptEngine engine(files);
  REQUIRE(engine.recover().empty());
  engine.run("BACKUP", "START");
  settle(engine);
  write(engine, 0, 10);
  CHECK(engine.run("BACKUP", "SEAL").empty());
  files.fail_sync(GENERATE(1, 2, 3), EIO);
  engine.executor.drain();
  engine.persistence.end_turn(true);
  CHECK(engine.local.session.output.to_string().starts_with("-ERR "));
  CHECK(engine.local.session.output.to_string().find("EIO") != std::string::npos);
  CHECK(state(engine) == "failed");
  CHECK(files_of(files).empty());
}

TEST_CASE("BACKUP LIST and STATUS tell how it stands", "[backup]") {
  MemoryFileSystem files;
  KeptEngine engine(files);
  REQUIRE(engine.recover().empty());
  const int64_t now = engine.local.clock.unix_us() / 1'000'000;
  CHECK(engine.run("BACKUP", "STATUS") == status("idle", "", 0, 0));
  engine.run("BACKUP", "START");
  CHECK(engine.run("BACKUP", "STATUS") == status("snapshotting", "", now, 0));
  settle(engine);
  CHECK(engine.run("BACKUP", "STATUS") == status("incrementing", "", now, 0));
  const std::string dir = "./";
  CHECK(engine.persistence.backup().paths() == std::vector<std::string>{dir + kBase});
  engine.local.clock.advance_ms(5000);
  seal(engine);
  CHECK(engine.run("BACKUP", "STATUS") == status("sealed", "", now, now + 5));
  CHECK(engine.persistence.backup().paths() ==
        std::vector<std::string>{dir + kBase, dir + kTail, dir + kManifest});
  CHECK(files.contents()[kManifest] == "# backup " + std::to_string(now) + " " +
                                           std::to_string(now + 5) +
                                           "\nfile appendonly.aof.1.base.rdb seq 1 type b\n"
                                           "file appendonly.aof.1.incr.aof seq 1 type i\n");
  engine.run("BACKUP", "CLEANUP");
  CHECK(engine.run("BACKUP", "STATUS") == status("idle", "", 0, 0));
}

TEST_CASE("a step of a backup out of its turn is refused", "[backup]") {
  MemoryFileSystem files;
  KeptEngine engine(files);
  REQUIRE(engine.recover().empty());
  const auto refused = [&](const char* step) {
    return engine.run("BACKUP", step).starts_with("-ERR ");
  };
  CHECK(refused("SEAL"));
  CHECK(refused("ABORT"));
  CHECK(refused("CLEANUP"));
  engine.run("BACKUP", "START");
  CHECK(refused("START"));
  CHECK(refused("SEAL"));
  CHECK(refused("CLEANUP"));
  settle(engine);
  CHECK(refused("START"));
  CHECK(refused("CLEANUP"));
  seal(engine);
  CHECK(refused("START"));
  CHECK(refused("SEAL"));
  CHECK(refused("ABORT"));
  engine.run("MULTI");
  CHECK(refused("CLEANUP"));
}

TEST_CASE("a backup begins in an empty directory of its own", "[backup]") {
  MemoryFileSystem files;
  KeptEngine engine(files);
  REQUIRE(engine.recover().empty());
  SECTION("which is empty") {
    REQUIRE(files.make_directory("backupdir"));
    REQUIRE(replace_file(files, "backupdir/other", "backupdir/temp", "x"));
    CHECK(engine.run("BACKUP", "START") ==
          "-ERR The backup directory ./backupdir is not empty\r\n");
    CHECK(state(engine) == "idle");
    REQUIRE(files.remove("backupdir/other"));
    CHECK(engine.run("BACKUP", "START") == kOk);
  }
  SECTION("which isn't the append-only file's") {
    engine.load("backupdirname", "appendonlydir");
    CHECK(engine.run("BACKUP", "START").starts_with("-ERR backupdirname is appenddirname"));
  }
}

TEST_CASE("a backup waits for whatever else reads a snapshot", "[backup]") {
  MemoryFileSystem files;
  KeptEngine engine(files);
  REQUIRE(engine.recover().empty());
  write(engine, 0, 10);
  engine.run("BGSAVE");
  CHECK(engine.run("BACKUP", "START") == kOk);
  CHECK(state(engine) == "pending");
  turn(engine);
  CHECK(state(engine) == "pending");
  SECTION("and begins then") {
    settle(engine);
    CHECK(state(engine) == "incrementing");
    write(engine, 10, 20);
    CHECK(seal(engine) == kOk);
    CHECK(restored(files) == engine.digest());
  }
  SECTION("unless it is aborted") {
    CHECK(engine.run("BACKUP", "ABORT") == kOk);
    settle(engine);
    CHECK(state(engine) == "failed");
    CHECK(engine.run("BACKUP", "CLEANUP") == kOk);
    CHECK(state(engine) == "idle");
  }
}

TEST_CASE("nothing else reads a snapshot meanwhile, but rewrites go on afterwards", "[backup]") {
  MemoryFileSystem files;
  KeptEngine engine(files);
  engine.load("appendonly", "yes");
  REQUIRE(engine.recover().empty());
  write(engine, 0, 10);
  engine.run("BACKUP", "START");
  CHECK(engine.run("BGREWRITEAOF") == "+Background append only file rewriting scheduled\r\n");
  CHECK(engine.run("BGSAVE").starts_with("-ERR Another child process"));
  settle(engine);
  write(engine, 10, 20);
  settle(engine);
  CHECK(engine.info("aof_rewrites") == "1");
  CHECK(seal(engine) == kOk);
  CHECK(restored(files) == engine.digest());
}

TEST_CASE("BACKUP ABORT leaves nothing, wherever it comes", "[backup]") {
  for (int steps = 0;; ++steps) {
    INFO("after " << steps << " steps");
    MemoryFileSystem files;
    KeptEngine engine(files);
    REQUIRE(engine.recover().empty());
    write(engine, 0, 10);
    engine.run("BACKUP", "START");
    for (int i = 0; i < steps; ++i) {
      write(engine, i);
      engine.local.clock.advance_ms(1100);
      turn(engine);
      engine.executor.step();
    }
    const bool is_over = state(engine) == "incrementing" && steps > 20;
    CHECK(engine.run("BACKUP", "ABORT") == kOk);
    CHECK(files_of(files).empty());
    CHECK(engine.run("BACKUP", "LIST") == "*0\r\n");
    CHECK(engine.persistence.backup().error() == "aborted by BACKUP ABORT");
    CHECK(engine.run("BACKUP", "START") == kOk);
    settle(engine);
    CHECK(seal(engine) == kOk);
    CHECK(restored(files) == engine.digest());
    if (is_over) break;
  }
}

TEST_CASE("a sealed backup goes when its time is over", "[backup]") {
  MemoryFileSystem files;
  KeptEngine engine(files);
  begin_backup(engine);
  seal(engine);
  engine.local.clock.advance_ms(100'000);
  settle(engine);
  CHECK(state(engine) == "sealed");
  engine.set("backup-sealed-ttl", "101");
  settle(engine);
  CHECK(state(engine) == "sealed");
  engine.local.clock.advance_ms(1000);
  settle(engine);
  CHECK(state(engine) == "idle");
  CHECK(files_of(files).empty());
}

TEST_CASE("nothing is removed from where data are loaded", "[backup]") {
  MemoryFileSystem files;
  {
    KeptEngine engine(files);
    begin_backup(engine);
    seal(engine);
  }
  KeptEngine next(files);
  next.load("preload-file", std::string("aof:") + kManifest);
  next.load("backup-sealed-ttl", "1");
  next.local.clock.advance_ms(5000);
  REQUIRE(next.persistence.start_recovery());
  next.local.engine.begin_turn();
  next.persistence.tick();
  CHECK(state(next) == "sealed");
  while (next.persistence.recovering()) REQUIRE(next.persistence.recover());
  turn(next);
  CHECK(state(next) == "idle");
}

TEST_CASE("a server that starts finds the backup of the one before", "[backup]") {
  MemoryFileSystem files;
  KeptEngine engine(files);
  begin_backup(engine);
  engine.local.clock.advance_ms(3000);
  SECTION("sealed") {
    seal(engine);
    const std::string before = engine.run("BACKUP", "STATUS");
    const std::string list = engine.run("BACKUP", "LIST");
    KeptEngine next(files);
    REQUIRE(next.recover().empty());
    CHECK(next.run("BACKUP", "STATUS") == before);
    CHECK(next.run("BACKUP", "LIST") == list);
    SECTION("whole") {
      CHECK(next.run("BACKUP", "CLEANUP") == kOk);
      CHECK(files_of(files).empty());
    }
    SECTION("but for a file") {
      REQUIRE(files.remove(kTail));
      KeptEngine third(files);
      REQUIRE(third.recover().empty());
      CHECK(state(third) == "failed");
      CHECK(third.run("BACKUP", "START").starts_with("-ERR There is a sealed backup that can't"));
      CHECK(third.run("BACKUP", "CLEANUP") == kOk);
      CHECK(third.run("BACKUP", "START") == kOk);
    }
  }
  SECTION("killed in the middle") {
    MemoryFileSystem left;
    REQUIRE(left.make_directory("backupdir"));
    left.set_contents(files.contents());
    KeptEngine next(left);
    REQUIRE(next.recover().empty());
    CHECK(state(next) == "failed");
    CHECK(next.persistence.backup().error() == "it was not sealed when the server stopped");
    CHECK(next.run("BACKUP", "LIST") == "*0\r\n");
    CHECK(next.run("BACKUP", "START") == kOk);
    settle(next);
    CHECK(seal(next) == kOk);
    CHECK(restored(left) == next.digest());
  }
}

TEST_CASE("who closes takes an unsealed backup along", "[backup]") {
  MemoryFileSystem files;
  const int steps = GENERATE(0, 1, 2, 50);
  {
    KeptEngine engine(files);
    REQUIRE(engine.recover().empty());
    write(engine, 0, 10);
    engine.run("BACKUP", "START");
    for (int i = 0; i < steps; ++i) {
      turn(engine);
      engine.executor.step();
    }
    if (steps == 1) REQUIRE(engine.persistence.prepare_shutdown({}));
    engine.persistence.close();
  }
  CHECK(files_of(files).empty());
}

TEST_CASE("data that are loaded anew end a backup", "[backup]") {
  MemoryFileSystem files;
  KeptEngine engine(files);
  engine.load("enable-debug-command", "yes");
  begin_backup(engine);
  CHECK(engine.run("DEBUG", "RELOAD") == kOk);
  CHECK(state(engine) == "failed");
  CHECK(engine.persistence.backup().error() == "the data were loaded anew");
  CHECK(files_of(files).empty());
}

namespace {

/// A backup, from the first step to the last, on a disk that does something in between. True: it
/// was sealed; `sealed` is what was to be in it then.
bool back_up(KeptEngine& engine, Digest& sealed) {
  if (engine.run("BACKUP", "START") != kOk) return false;
  for (int i = 0; i < 30; ++i) {
    engine.run("RPUSH", "list", std::to_string(i));
    engine.local.clock.advance_ms(600);
    turn(engine);
    engine.executor.step();
  }
  // What no tick has written.
  engine.run("SET", "last", "1");
  sealed = engine.digest();
  return seal(engine) == kOk;
}

}  // namespace

TEST_CASE("a disk that fails fails the backup, and nothing else", "[backup]") {
  const bool syncs = GENERATE(false, true);
  for (uint64_t nth = 1;; ++nth) {
    INFO((syncs ? "sync " : "write ") << nth);
    FaultyFileSystem files(nth);
    KeptEngine engine(files);
    REQUIRE(engine.recover().empty());
    write(engine, 0, 10);
    syncs ? files.fail_sync(nth, EIO) : files.fail_write(nth, ENOSPC);
    Digest sealed;
    const bool done = back_up(engine, sealed);
    if (!done) {
      REQUIRE(state(engine) == "failed");
      const std::string& error = engine.persistence.backup().error();
      INFO(error);
      REQUIRE(error.find(syncs ? "EIO" : "ENOSPC") != std::string::npos);
      REQUIRE(files_of(files).empty());
      REQUIRE(engine.run("SET", "a", "b") == kOk);
      REQUIRE(back_up(engine, sealed));
    }
    REQUIRE(restored(files) == sealed);
    if (done) break;
  }
}

TEST_CASE("a disk that goes on failing leaves a backup that can be removed later", "[backup]") {
  FaultyFileSystem files(1);
  KeptEngine engine(files);
  REQUIRE(engine.recover().empty());
  write(engine, 0, 10);
  Digest sealed;
  REQUIRE(back_up(engine, sealed));
  files.fail_syncs_from(1, EIO);
  CHECK(engine.run("BACKUP", "CLEANUP").starts_with("-ERR its files couldn't be removed"));
  CHECK(state(engine) == "failed");
  CHECK(engine.run("BACKUP", "START").starts_with("-ERR its files couldn't be removed"));
  files.fail_syncs_from(0, 0);
  CHECK(engine.run("BACKUP", "CLEANUP") == kOk);
  CHECK(files_of(files).empty());
}

TEST_CASE("the power may go at any step of a backup", "[backup]") {
  for (uint64_t step = 1;; ++step) {
    INFO("change " << step);
    FaultyFileSystem files(step);
    Digest sealed;
    bool done = false;
    bool is_over = false;
    {
      KeptEngine engine(files);
      REQUIRE(engine.recover().empty());
      write(engine, 0, 10);
      files.cut_power_at(step);
      done = back_up(engine, sealed);
      is_over = files.has_power();
      if (is_over) {
        REQUIRE(done);
        break;
      }
    }
    files.crash();
    KeptEngine next(files);
    REQUIRE(next.recover().empty());
    // Sealed is sealed; what isn't isn't taken for it.
    if (done) REQUIRE(state(next) == "sealed");
    if (state(next) == "sealed") {
      REQUIRE(restored(files) == sealed);
      REQUIRE(next.run("BACKUP", "CLEANUP") == kOk);
    }
    Digest again;
    REQUIRE(back_up(next, again));
    REQUIRE(restored(files) == again);
  }
}

TEST_CASE("a backup that is sealed stays when the power goes", "[backup]") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    INFO("seed " << seed);
    FaultyFileSystem files(seed);
    Digest sealed;
    {
      KeptEngine engine(files);
      REQUIRE(engine.recover().empty());
      write(engine, 0, 10);
      REQUIRE(back_up(engine, sealed));
      files.cut_power_at(1);
    }
    files.crash();
    KeptEngine next(files);
    REQUIRE(next.recover().empty());
    REQUIRE(state(next) == "sealed");
    REQUIRE(restored(files) == sealed);
  }
}

TEST_CASE("the power may go while a backup is removed", "[backup]") {
  for (uint64_t step = 1;; ++step) {
    INFO("change " << step);
    FaultyFileSystem files(step);
    Digest sealed;
    bool done = false;
    {
      KeptEngine engine(files);
      REQUIRE(engine.recover().empty());
      write(engine, 0, 10);
      REQUIRE(back_up(engine, sealed));
      files.cut_power_at(step);
      done = engine.run("BACKUP", "CLEANUP") == kOk;
      if (files.has_power()) break;
    }
    files.crash();
    KeptEngine next(files);
    REQUIRE(next.recover().empty());
    if (done) REQUIRE(state(next) == "idle");
    if (state(next) == "sealed") REQUIRE(restored(files) == sealed);
    if (state(next) != "idle") REQUIRE(next.run("BACKUP", "CLEANUP") == kOk);
    REQUIRE(files_of(files).empty());
  }
}

TEST_CASE("without memory a backup fails, or is whole", "[backup]") {
  int failures = 0;
  for (size_t before = 0; before < 400; before += before < 150 ? 1 : 5) {
    INFO(before);
    MemoryFileSystem files;
    KeptEngine engine(files);
    REQUIRE(engine.recover().empty());
    write(engine, 0, 10);
    const auto attempt_each = [&](const auto& work) {
      const FailingMemory memory(before);
      try {
        work();
      } catch (const std::bad_alloc&) {
      }
    };
    const auto call = [&](const char* step) {
      const Bytes words[] = {"BACKUP", step};
      attempt_each([&] {
        engine.local.engine.begin_turn();
        engine.local.engine.execute(engine.local.session, words);
      });
      engine.local.session.output.consume(engine.local.session.output.size());
    };
    call("START");
    for (int i = 0; i < 20; ++i) {
      engine.run("RPUSH", "list", "x");
      engine.local.clock.advance_ms(600);
      attempt_each([&] { engine.persistence.tick(); });
      attempt_each([&] { engine.executor.step(); });
    }
    call("SEAL");
    attempt_each([&] { engine.executor.drain(); });
    engine.persistence.end_turn(true);
    engine.local.session.output.consume(engine.local.session.output.size());
    if (state(engine) == "sealed") {
      CHECK(restored(files) == engine.digest());
      call("CLEANUP");
    }
    failures += state(engine) == "failed";
    CHECK_FALSE(engine.persistence.busy());
    if (engine.persistence.backup().running()) CHECK(engine.run("BACKUP", "ABORT") == kOk);
    if (state(engine) == "sealed") CHECK(engine.run("BACKUP", "CLEANUP") == kOk);
    Digest sealed;
    CHECK(back_up(engine, sealed));
    CHECK(restored(files) == sealed);
    if (state(engine) != "sealed") break;
  }
  CHECK(failures > 5);
}

TEST_CASE("a change that the journal lost fails a backup, and is forgotten with it", "[backup]") {
  MemoryFileSystem files;
  KeptEngine engine(files);
  REQUIRE(engine.recover().empty());
  engine.run("SET", "k", std::string(20'000, 'v'));
  engine.run("BACKUP", "START");
  settle(engine);
  const uint64_t losses = engine.local.engine.journal_losses();
  {
    // It is cut off, and not answered any more.
    Session writer(nullptr);
    engine.local.engine.open_session(writer);
    for (size_t before = 0; engine.local.engine.journal_losses() == losses; ++before) {
      REQUIRE(before < 100);
      const std::string value(30'000, 'w');
      const Bytes words[] = {"SETRANGE", "k", "0", value};
      const FailingMemory memory(before);
      engine.local.engine.execute(writer, words);
    }
    engine.local.engine.close_session(writer);
  }
  CHECK(engine.run("SET", "a", "b").starts_with("-MISCONF"));
  CHECK(seal(engine).find("no memory") != std::string::npos);
  CHECK(state(engine) == "failed");
  CHECK(engine.run("SET", "a", "b") == kOk);
}

TEST_CASE("preload-file takes the place of the server's own files", "[backup]") {
  MemoryFileSystem files;
  KeptEngine engine(files);
  REQUIRE(engine.recover().empty());
  write(engine, 0, 10);
  Digest sealed;
  REQUIRE(back_up(engine, sealed));
  engine.run("SET", "later", "1");
  engine.run("SAVE");
  const Digest saved = engine.digest();
  SECTION("which are there, too") {
    KeptEngine next(files);
    REQUIRE(next.recover().empty());
    CHECK(next.digest() == saved);
    CHECK(restored(files) == sealed);
  }
  SECTION("by a snapshot") {
    KeptEngine next(files);
    next.load("preload-file", "rdb:dump.rdb");
    next.load("dbfilename", "other.rdb");
    REQUIRE(next.recover().empty());
    CHECK(next.digest() == saved);
    // The server's own file doesn't have them.
    CHECK(next.info("rdb_changes_since_last_save") != "0");
  }
  SECTION("from where a path begins") {
    MemoryFileSystem other;
    for (const char* directory : {"/other", "data"}) REQUIRE(other.make_directory(directory));
    other.set_contents({{"/other/dump.rdb", files.contents()["dump.rdb"]},
                        {"data/dump.rdb", files.contents()["dump.rdb"]}});
    for (const char* value : {"rdb:/other/dump.rdb", "rdb:dump.rdb"}) {
      KeptEngine next(other);
      next.load("dir", "data");
      next.load("dbfilename", "other.rdb");
      next.load("preload-file", value);
      REQUIRE(next.recover().empty());
      CHECK(next.digest() == saved);
    }
  }
  SECTION("by one file") {
    KeptEngine next(files);
    next.load("preload-file", std::string("aof:") + kTail);
    REQUIRE(next.recover().empty());
    CHECK(next.run("LLEN", "list") != ":0\r\n");
  }
  SECTION("and the append-only file begins anew") {
    {
      KeptEngine next(files);
      next.load("preload-file", std::string("aof:") + kManifest);
      next.load("appendonly", "yes");
      REQUIRE(next.recover().empty());
      settle(next);
      CHECK(next.info("aof_enabled") == "1");
      CHECK(next.digest() == sealed);
    }
    KeptEngine third(files);
    third.load("appendonly", "yes");
    REQUIRE(third.recover().empty());
    CHECK(third.digest() == sealed);
  }
  SECTION("which is only read, whatever is at its end") {
    auto contents = files.contents();
    const char* const end = GENERATE("", "*2\r\n$3\r\nSET", "*1\r\n$5\r\nMULTI\r\n", "\r");
    contents[kTail] += *end == '\r' ? std::string(5000, '\0') : end;
    files.set_contents(contents);
    for (const char* path : {kBase, kTail, kManifest}) files.make_read_only(path);
    CHECK(restored(files) == sealed);
    CHECK(files.contents() == contents);
  }
  SECTION("unless it isn't there") {
    for (const char* value : {"aof:nothing.manifest", "rdb:nothing.rdb", "aof:nothing.aof"}) {
      KeptEngine next(files);
      next.load("preload-file", value);
      CHECK_FALSE(next.recover().empty());
    }
  }
}

}  // namespace sorrel

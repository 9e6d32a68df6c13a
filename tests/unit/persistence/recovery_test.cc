#include "persistence/faulty_file_system.h"
#include "persistence/memory_file_system.h"
#include "tests/support/failing_memory.h"
#include "tests/unit/persistence/interrupted_files.h"
#include "tests/unit/persistence/kept_engine.h"
#include "tests/unit/persistence/random_writes.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <map>
#include <string>

namespace sorrel {
namespace {

constexpr Bytes kOk = "+OK\r\n";
constexpr Bytes kLoadingReply = "-LOADING Redis is loading the dataset in memory\r\n";

std::string saved_file(int commands) {
  MemoryFileSystem files;
  KeptEngine kept(files);
  RandomWrites writes(11);
  for (int i = 0; i < commands; ++i) kept.run_words(writes.next());
  kept.run("SELECT", "0");
  kept.run("SET", "last", "1");
  VERIFY(kept.run("SAVE") == kOk);
  return files.contents().at("dump.rdb");
}

TEST_CASE("data are loaded in slices, and clients are told so meanwhile", "[recovery]") {
  MemoryFileSystem files;
  const std::string file = saved_file(3000);
  files.set_contents({{"dump.rdb", file}});
  KeptEngine kept(files);
  kept.set("loading-process-events-interval-bytes", "1024");
  REQUIRE(kept.persistence.start_recovery());
  int slices = 0;
  uint64_t loaded_before = 0;
  for (; kept.persistence.recovering(); ++slices) {
    REQUIRE(kept.run("GET", "last") == kLoadingReply);
    REQUIRE(kept.run("PING") == kLoadingReply);
    REQUIRE(kept.info("loading") == "1");
    REQUIRE(kept.info("loading_total_bytes") == std::to_string(file.size()));
    const uint64_t loaded = std::stoull(kept.info("loading_loaded_bytes"));
    REQUIRE((slices == 0 || loaded > loaded_before));
    loaded_before = loaded;
    REQUIRE(kept.run("CONFIG", "SET", "appendonly", "yes").starts_with("-LOADING"));
    REQUIRE(kept.persistence.recover());
  }
  CHECK(slices > 10);
  CHECK(kept.info("loading") == "0");
  CHECK(kept.info("loading_start_time") == "no such field");
  CHECK(kept.info("rdb_changes_since_last_save") == "0");
  CHECK(kept.run("GET", "last") == "$1\r\n1\r\n");
  CHECK(kept.info("rdb_last_load_keys_loaded") != "0");
}

/// A value of each type that comes element by element, of a thousand elements each.
void fill_giants(KeptEngine& kept) {
  kept.set("list-max-listpack-size", "4");
  kept.set("stream-node-max-entries", "4");
  for (int i = 0; i < 1000; ++i) {
    const std::string number = std::to_string(i * 7919 % 1000);
    const std::string text = "element:" + number;
    kept.run("HSET", "hash", text, number);
    kept.run("HSET", "expiring", text, number);
    kept.run("HEXPIRE", "expiring", std::to_string(1000 + i), "FIELDS", "1", text);
    kept.run("SADD", "set", text);
    kept.run("ZADD", "zset", number, text);
    kept.run("RPUSH", "list", text + std::string(200, 'x'));
    kept.run("XADD", "stream", "*", text, std::string(100, 'x'));
  }
  kept.run("XGROUP", "CREATE", "stream", "group", "0");
  kept.run("XREADGROUP", "GROUP", "group", "one", "STREAMS", "stream", ">");
  kept.run("SETRANGE", "string", "200000", "end");
}

/// Loads what there is, clients being told so meanwhile; gives in how many slices.
int load_in_slices(KeptEngine& kept) {
  kept.set("loading-process-events-interval-bytes", "1024");
  REQUIRE(kept.persistence.start_recovery());
  int slices = 0;
  for (; kept.persistence.recovering(); ++slices) {
    REQUIRE(kept.run("GET", "last") == kLoadingReply);
    REQUIRE(kept.persistence.recover());
  }
  return slices;
}

TEST_CASE("a giant is loaded in many slices, too", "[recovery]") {
  MemoryFileSystem files;
  KeptEngine before(files);
  fill_giants(before);
  REQUIRE(before.run("SAVE") == kOk);
  KeptEngine kept(files);
  const int slices = load_in_slices(kept);
  // 64 elements are more than the interval, but for those of the set; a list's and a stream's come
  // four at a time.
  CHECK(slices >= 3 * (1000 / 64) + 1000 / 128);
  CHECK(kept.digest() == before.digest());
  CHECK(kept.run("OBJECT", "ENCODING", "zset") == "$8\r\nskiplist\r\n");
}

TEST_CASE("what is one string, or pending in one group, is loaded in many slices, too",
          "[recovery]") {
  MemoryFileSystem files;
  KeptEngine before(files);
  SECTION("a string of 5 MiB") {
    std::string noise(5 << 20, '\0');
    Random random(3);
    for (char& byte : noise) byte = static_cast<char>(random.next());
    before.run("SET", "string", noise);
  }
  SECTION("3000 entries of three consumers") {
    before.set("stream-node-max-entries", "1000");
    before.run("XGROUP", "CREATE", "s", "g", "0", "MKSTREAM");
    before.run("XGROUP", "CREATE", "s", "nobody", "$");
    for (int i = 1; i <= 3000; ++i) before.run("XADD", "s", std::to_string(i) + "-1", "f", "v");
    for (const char* consumer : {"a", "b", "c"}) {
      before.local.clock.advance_ms(10);
      before.run("XREADGROUP", "GROUP", "g", consumer, "COUNT", "1000", "STREAMS", "s", ">");
    }
    before.run("XGROUP", "CREATECONSUMER", "s", "g", "idle");
    before.run("XACK", "s", "g", "17-1", "1500-1");
  }
  REQUIRE(before.run("SAVE") == kOk);
  KeptEngine kept(files);
  const int slices = load_in_slices(kept);
  const bool is_string = kept.run("EXISTS", "string") == ":1\r\n";
  CHECK(slices >= (is_string ? 5 : 2 * 3000 / 64));
  CHECK(kept.digest() == before.digest());
  CHECK(kept.run("XPENDING", "s", "g") == before.run("XPENDING", "s", "g"));
  // Idle times are counted from the same moment.
  kept.local.clock.advance_ms(is_string ? 0 : 30);
  const auto consumers = [](KeptEngine& engine) {
    return engine.run("XPENDING", "s", "g", "1400-1", "1600-1", "500");
  };
  CHECK(consumers(kept) == consumers(before));
}

TEST_CASE("a file that ends in the middle of a giant leaves nothing of it", "[recovery]") {
  MemoryFileSystem files;
  KeptEngine before(files);
  fill_giants(before);
  REQUIRE(before.run("SAVE") == kOk);
  const std::string file = files.contents().at("dump.rdb");
  for (size_t cut = 100; cut < file.size(); cut += file.size() / 25) {
    files.set_contents({{"dump.rdb", file.substr(0, cut)}});
    KeptEngine kept(files);
    const size_t used = kept.local.engine.heap().used();
    CHECK(kept.recover().find("offset") != std::string::npos);
    kept.settle();
    CHECK(kept.local.engine.heap().used() == used);
  }
}

TEST_CASE("a damaged file is refused with its place, and nothing of it stays", "[recovery]") {
  const std::string file = saved_file(300);
  for (size_t cut = 1; cut < file.size(); cut += 1 + file.size() / 40) {
    INFO("cut at " << cut);
    MemoryFileSystem files;
    files.set_contents({{"dump.rdb", file.substr(0, cut)}});
    KeptEngine kept(files);
    const std::string failure = kept.recover();
    CHECK(failure.find("dump.rdb") != std::string::npos);
    CHECK(failure.find("offset") != std::string::npos);
    CHECK(kept.local.engine.database(0).size() == 0);
    CHECK(files.contents().at("dump.rdb").size() == cut);
  }
}

TEST_CASE("a server without a file begins empty", "[recovery]") {
  MemoryFileSystem files;
  KeptEngine kept(files);
  CHECK(kept.recover().empty());
  CHECK(kept.run("DBSIZE") == ":0\r\n");
}

TEST_CASE("what expired while the server was away isn't loaded", "[recovery]") {
  MemoryFileSystem files;
  KeptEngine kept(files);
  kept.run("SET", "short", "1", "PX", "1000");
  kept.run("SET", "long", "1", "PX", "100000");
  REQUIRE(kept.run("SAVE") == kOk);
  KeptEngine later(files);
  later.local.clock.advance_ms(2000);
  later.local.engine.begin_turn();
  REQUIRE(later.recover().empty());
  CHECK(later.run("DBSIZE") == ":1\r\n");
  CHECK(later.run("PTTL", "long") == ":98000\r\n");
  CHECK(later.info("rdb_last_load_keys_expired") == "1");
}

TEST_CASE("who begins to watch while data are loaded hears of what comes then", "[recovery]") {
  MemoryFileSystem files;
  files.set_contents({{"dump.rdb", saved_file(300)}});
  KeptEngine kept(files);
  kept.set("loading-process-events-interval-bytes", "1024");
  REQUIRE(kept.persistence.start_recovery());
  REQUIRE(kept.persistence.recover());
  REQUIRE(kept.persistence.recovering());
  REQUIRE(kept.run("WATCH", "last") == kOk);
  kept.set("notify-keyspace-events", "KEA");
  while (kept.persistence.recovering()) REQUIRE(kept.persistence.recover());
  Session other(nullptr);
  kept.local.engine.open_session(other);
  const Bytes subscribe[] = {"PSUBSCRIBE", "*"};
  kept.local.run_in(other, subscribe);
  REQUIRE(kept.run("MULTI") == kOk);
  REQUIRE(kept.run("PING") == "+QUEUED\r\n");
  Session third(nullptr);
  kept.local.engine.open_session(third);
  const Bytes set[] = {"SET", "last", "2"};
  CHECK(kept.local.run_in(third, set) == kOk);
  CHECK(kept.run("EXEC") == "*-1\r\n");
  CHECK(other.output.to_string().find("__keyevent@0__:set") != std::string::npos);
  kept.local.engine.close_session(other);
  kept.local.engine.close_session(third);
}

TEST_CASE("what is replayed is no traffic", "[recovery]") {
  MemoryFileSystem files;
  {
    KeptEngine kept(files);
    kept.load("appendonly", "yes");
    REQUIRE(kept.recover().empty());
    for (int i = 0; i < 100; ++i) kept.run("INCR", "k");
  }
  KeptEngine kept(files);
  kept.load("appendonly", "yes");
  kept.load("slowlog-log-slower-than", "0");
  REQUIRE(kept.recover().empty());
  CHECK(kept.run("GET", "k") == "$3\r\n100\r\n");
  CHECK(kept.info("total_commands_processed") == "1");
  CHECK(kept.info("cmdstat_incr") == "no such field");
}

TEST_CASE("counters of use that don't decay keep on not decaying when they are loaded",
          "[recovery]") {
  MemoryFileSystem files;
  KeptEngine kept(files);
  kept.load("enable-debug-command", "yes");
  kept.set("maxmemory-policy", "allkeys-lfu");
  kept.set("lfu-decay-time", "0");
  kept.run("SET", "k", "v");
  const std::string frequency = kept.run("OBJECT", "FREQ", "k");
  REQUIRE(frequency != ":0\r\n");
  kept.local.clock.advance_ms(60 * 60'000);
  kept.local.engine.begin_turn();
  REQUIRE(kept.run("DEBUG", "RELOAD") == kOk);
  CHECK(kept.run("OBJECT", "FREQ", "k") == frequency);
}

TEST_CASE("a replay that gets no memory fails as a whole", "[recovery]") {
  MemoryFileSystem files;
  Digest whole;
  {
    KeptEngine kept(files);
    kept.load("appendonly", "yes");
    REQUIRE(kept.recover().empty());
    kept.run("SET", "k", std::string(100'000, 'v'));
    kept.run("RPUSH", "l", "a", "b");
    kept.run("MULTI");
    kept.run("ZADD", "z", "1", "m");
    kept.run("XADD", "x", "1-1", "f", "v");
    kept.run("EXEC");
    whole = kept.digest();
  }
  int failures = 0;
  for (size_t before = 0; before < 400; ++before) {
    INFO(before);
    KeptEngine kept(files);
    kept.load("appendonly", "yes");
    REQUIRE(kept.persistence.start_recovery());
    Status status;
    try {
      const FailingMemory memory(before);
      while (status && kept.persistence.recovering()) status = kept.persistence.recover();
    } catch (const std::bad_alloc&) {
      status = Status::failure("no memory");
    }
    failures += !status;
    if (status) CHECK(kept.digest() == whole);
  }
  CHECK(failures > 10);
}

TEST_CASE("what the host has loaded is kept", "[recovery]") {
  MemoryFileSystem files;
  const std::string file = saved_file(300);
  files.set_contents({{"other.rdb", file}, {"dump.rdb", file}});
  KeptEngine kept(files);
  const bool appends = GENERATE(false, true);
  if (appends) {
    kept.load("appendonly", "yes");
  } else {
    REQUIRE(kept.persistence.start_recovery());
    CHECK_FALSE(kept.persistence.load_verified("other.rdb"));
    CHECK(kept.persistence.recovering());
    while (kept.persistence.recovering()) REQUIRE(kept.persistence.recover());
    kept.run("FLUSHALL");
  }
  REQUIRE(kept.recover().empty());
  kept.run("SET", "before", "1");
  REQUIRE(kept.run("SAVE") == kOk);
  REQUIRE(kept.info("rdb_changes_since_last_save") == "0");
  REQUIRE(kept.persistence.load_verified("other.rdb"));
  CHECK(std::stoi(kept.info("rdb_changes_since_last_save")) > 1);
  kept.run("SET", "after", "1");
  if (!appends) return;
  kept.persistence.tick();
  while (kept.executor.step()) kept.persistence.end_turn(true);
  kept.run("SET", "later", "1");
  kept.persistence.end_turn(true);
  KeptEngine next(files);
  next.load("appendonly", "yes");
  REQUIRE(next.recover().empty());
  CHECK(next.digest() == kept.digest());
  CHECK(next.run("EXISTS", "before") == ":0\r\n");
}

TEST_CASE("what the host has loaded is read once", "[recovery]") {
  InterruptedFiles files;
  std::map<std::string, int> opened;
  files.at_open = [&](const std::string& path) { ++opened[path]; };
  std::string torn = saved_file(300);
  torn[torn.size() / 2] ^= '\x10';
  files.memory.set_contents({{"other.rdb", saved_file(300)}, {"torn.rdb", torn}});
  KeptEngine kept(files);
  kept.load("appendonly", "yes");
  REQUIRE(kept.recover().empty());
  kept.run("SET", "before", "1");
  // What can't be loaded leaves the append-only file as it is.
  CHECK_FALSE(kept.persistence.load_verified("torn.rdb"));
  CHECK(kept.info("aof_rewrite_in_progress") == "0");
  CHECK(kept.run("GET", "before") == "$1\r\n1\r\n");
  kept.run("SET", "between", "1");
  kept.persistence.end_turn(true);
  kept.executor.drain();
  {
    KeptEngine next(files);
    next.load("appendonly", "yes");
    REQUIRE(next.recover().empty());
    CHECK(next.digest() == kept.digest());
  }
  REQUIRE(kept.persistence.load_verified("other.rdb"));
  CHECK(opened["other.rdb"] == 1);
  CHECK(opened["torn.rdb"] == 1);
  CHECK(kept.info("aof_rewrite_in_progress") == "1");
}

TEST_CASE("DEBUG RELOAD gives the same data", "[recovery]") {
  MemoryFileSystem files;
  KeptEngine kept(files);
  kept.local.session.set(Session::kLocal);
  VERIFY(kept.local.settings.load("enable-debug-command", SettingArguments()).is_ok() ||
         kept.local.settings.load("enable-debug-command", std::vector<std::string>{"yes"}).is_ok());
  RandomWrites writes(4);
  for (int i = 0; i < 500; ++i) kept.run_words(writes.next());
  const Digest before = kept.digest();
  CHECK(kept.run("DEBUG", "RELOAD") == kOk);
  CHECK(kept.digest() == before);
  kept.run("SELECT", "0");
  kept.run("SET", "new", "1");
  CHECK(kept.run("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH", "MERGE") == kOk);
  CHECK(kept.run("GET", "new") == "$1\r\n1\r\n");
  CHECK(kept.run("DEBUG", "RELOAD", "NOSAVE") == kOk);
  CHECK(kept.digest() == before);
  CHECK(kept.run("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH").starts_with("-ERR"));
  CHECK(kept.run("DEBUG", "RELOAD", "NOW").starts_with("-ERR DEBUG RELOAD only supports"));
}

TEST_CASE("DEBUG RELOAD of a file that can't be loaded changes nothing", "[recovery]") {
  MemoryFileSystem files;
  KeptEngine kept(files);
  kept.load("enable-debug-command", "yes");
  RandomWrites writes(5);
  for (int i = 0; i < 300; ++i) kept.run_words(writes.next());
  REQUIRE(kept.run("SAVE") == kOk);
  kept.run("SELECT", "0");
  kept.run("SET", "later", "1");
  const Digest before = kept.digest();
  const std::string whole = files.contents().at("dump.rdb");
  const auto reload = [&](const std::string& content, auto... how) {
    files.set_contents({{"dump.rdb", content}});
    const std::string reply = kept.run("DEBUG", "RELOAD", "NOSAVE", how...);
    CHECK(kept.digest() == before);
    CHECK(kept.run("GET", "later") == "$1\r\n1\r\n");
    return reply;
  };
  const std::string error = "-ERR Error trying to load the RDB dump, check server logs.\r\n";
  for (size_t size = 0; size < whole.size(); size += 97) {
    CHECK(reload(whole.substr(0, size)) == error);
    CHECK(reload(whole.substr(0, size), "NOFLUSH", "MERGE") == error);
  }
  std::string flipped = whole;
  flipped[flipped.size() - 3] ^= 1;
  CHECK(reload(flipped) == error);
  // Whole, but not to be loaded: more databases than there are, after all the others.
  const std::string beyond =
      "REDIS0010" + std::string("\xfe\0\0\1k\1v\xfe\x3f\0\1k\1v\xff", 15) + std::string(8, '\0');
  CHECK(reload(beyond) == error);
  files.set_contents({{"dump.rdb", whole}});
  kept.run("SELECT", "0");
  CHECK(kept.run("DEBUG", "RELOAD", "NOSAVE") == kOk);
  CHECK(kept.run("EXISTS", "later") == ":0\r\n");
  kept.settle();
}

TEST_CASE("data that are loaded anew without memory stay what they were", "[recovery]") {
  MemoryFileSystem files;
  KeptEngine kept(files);
  kept.load("enable-debug-command", "yes");
  kept.load("appendonly", "yes");
  REQUIRE(kept.recover().empty());
  fill_giants(kept);
  const bool is_log = GENERATE(false, true);
  REQUIRE(kept.run("SAVE") == kOk);
  const Digest saved = kept.digest();
  if (!is_log) kept.run("SET", "later", "1");
  const Digest before = kept.digest();
  const std::vector<Bytes> words = is_log ? std::vector<Bytes>{"DEBUG", "LOADAOF"}
                                          : std::vector<Bytes>{"DEBUG", "RELOAD", "NOSAVE"};
  int failures = 0;
  for (size_t allocations = 0; allocations < 1500; allocations += allocations < 60 ? 1 : 37) {
    INFO(allocations);
    {
      const FailingMemory memory(allocations);
      try {
        kept.local.engine.begin_turn();
        kept.local.engine.execute(kept.local.session, words);
      } catch (const std::bad_alloc&) {
      }
    }
    Output& output = kept.local.session.output;
    const bool loaded = output.to_string() == kOk;
    output.consume(output.size());
    REQUIRE(kept.info("loading") == "0");
    kept.settle();
    const Digest after = kept.digest();
    // It may have been for the reply that there was none.
    if (!is_log && after == saved) break;
    failures += !loaded;
    REQUIRE(after == before);
    // What takes the place of files that couldn't be read.
    kept.persistence.tick();
    kept.executor.drain();
    kept.persistence.end_turn(true);
  }
  CHECK(failures > 10);
}

TEST_CASE("data that are still being loaded aren't saved", "[recovery]") {
  MemoryFileSystem files;
  const std::string file = saved_file(1000);
  files.set_contents({{"dump.rdb", file}});
  KeptEngine kept(files);
  kept.load("enable-debug-command", "yes");
  kept.set("loading-process-events-interval-bytes", "1024");
  REQUIRE(kept.persistence.start_recovery());
  REQUIRE(kept.persistence.recover());
  REQUIRE(kept.persistence.recovering());
  CHECK(kept.run("DEBUG", "RELOAD").starts_with("-ERR"));
  CHECK(kept.run("SAVE") == kLoadingReply);
  CHECK(kept.run("FLUSHALL") == kLoadingReply);
  REQUIRE(kept.persistence.prepare_shutdown({.save = true}));
  CHECK(files.contents() == std::map<std::string, std::string>{{"dump.rdb", file}});
  while (kept.persistence.recovering()) REQUIRE(kept.persistence.recover());
  CHECK(kept.run("GET", "last") == "$1\r\n1\r\n");
}

TEST_CASE("SHUTDOWN doesn't leave behind what the append-only file can't take", "[recovery]") {
  FaultyFileSystem files(1);
  KeptEngine kept(files);
  kept.load("appendonly", "yes");
  kept.load("save", "");
  REQUIRE(kept.recover().empty());
  kept.run("SET", "key", "1");
  files.fail_writes_from(1, ENOSPC);
  CHECK_FALSE(kept.persistence.prepare_shutdown({}));
  CHECK_FALSE(kept.persistence.prepare_shutdown({.save = true}));
  SECTION("unless that is wanted") {
    CHECK(kept.persistence.prepare_shutdown({.no_save = true}));
    CHECK(kept.persistence.prepare_shutdown({.force = true}));
  }
  SECTION("or it can again") {
    files.fail_writes_from(0, 0);
    REQUIRE(kept.persistence.prepare_shutdown({}));
    kept.persistence.close();
    KeptEngine next(files);
    next.load("appendonly", "yes");
    REQUIRE(next.recover().empty());
    CHECK(next.run("GET", "key") == "$1\r\n1\r\n");
  }
}

TEST_CASE("DEBUG LOADAOF of files that can't be loaded changes nothing, and replaces them",
          "[recovery]") {
  MemoryFileSystem files;
  KeptEngine kept(files);
  kept.load("enable-debug-command", "yes");
  kept.load("appendonly", "yes");
  kept.load("appendfsync", "no");
  REQUIRE(kept.recover().empty());
  const auto turns = [&] {
    for (int turn = 0; turn < 50; ++turn) {
      kept.local.engine.begin_turn();
      kept.persistence.tick();
      kept.persistence.end_turn(true);
      kept.executor.step();
    }
  };
  for (int i = 0; i < 20; ++i) kept.run("RPUSH", "list", std::to_string(i));
  turns();
  const Digest before = kept.digest();
  auto left = files.contents();
  const bool manifest = GENERATE(true, false);
  for (auto& [path, content] : left) {
    if (path.ends_with(".manifest") == manifest) content.insert(content.size() / 2, "nonsense");
  }
  files.set_contents(left);
  CHECK(kept.run("DEBUG", "LOADAOF") ==
        "-ERR Error trying to load the AOF files, check server logs.\r\n");
  CHECK(kept.digest() == before);
  kept.run("SET", "later", "1");
  turns();
  CHECK(kept.info("aof_enabled") == "1");
  CHECK(kept.info("aof_last_bgrewrite_status") == "ok");
  kept.run("SET", "last", "1");
  turns();
  KeptEngine next(files);
  next.load("appendonly", "yes");
  REQUIRE(next.recover() == "");
  CHECK(next.digest() == kept.digest());
}

TEST_CASE("two causes to refuse writes end each by itself", "[recovery]") {
  FaultyFileSystem files(1);
  KeptEngine kept(files);
  kept.load("appendonly", "yes");
  kept.load("appendfsync", "everysec");
  REQUIRE(kept.recover().empty());
  kept.set("save", "3600 1");
  const auto turn = [&] {
    kept.local.clock.advance_ms(1100);
    kept.local.engine.begin_turn();
    kept.persistence.tick();
    kept.persistence.end_turn(true);
    kept.executor.drain();
  };
  const auto set = [&] { return kept.run("SET", "k", "v"); };
  const std::string aof = "-MISCONF Errors writing to the AOF file: ";
  const std::string rdb = "-MISCONF Redis is configured to save RDB snapshots";
  REQUIRE(set() == kOk);
  turn();
  REQUIRE(set() == kOk);
  // The disk is full for the append-only file; a snapshot finds room.
  files.fail_write(1, ENOSPC);
  kept.persistence.end_turn(true);
  CHECK(set().starts_with(aof));
  CHECK(kept.run("SAVE") == kOk);
  CHECK(set().starts_with(aof));
  // A snapshot fails, too: one goes, the other stays.
  files.fail_write(1, ENOSPC);
  kept.run("BGSAVE");
  kept.executor.drain();
  CHECK(kept.info("rdb_last_bgsave_status") == "err");
  CHECK(set().starts_with(rdb));
  turn();
  CHECK(kept.info("aof_last_write_status") == "ok");
  CHECK(set().starts_with(rdb));
  CHECK(kept.run("SAVE") == kOk);
  CHECK(set() == kOk);
}

TEST_CASE("SHUTDOWN saves as it is told", "[recovery]") {
  MemoryFileSystem files;
  KeptEngine kept(files);
  kept.run("SET", "key", "1");
  REQUIRE(kept.persistence.prepare_shutdown({.no_save = true}));
  CHECK(files.contents().empty());
  kept.set("save", "");
  REQUIRE(kept.persistence.prepare_shutdown({}));
  CHECK(files.contents().empty());
  REQUIRE(kept.persistence.prepare_shutdown({.save = true}));
  CHECK(files.contents().size() == 1);
  kept.set("save", "60 1");
  files.set_contents({});
  kept.run("BGSAVE");
  REQUIRE(kept.persistence.prepare_shutdown({}));
  CHECK_FALSE(kept.executor.busy());
  CHECK(files.contents().size() == 1);
}

/// Without checksum and compression, to be damaged by hand.
std::string plain_file(const std::vector<std::vector<std::string>>& commands) {
  MemoryFileSystem files;
  KeptEngine kept(files);
  kept.load("rdbchecksum", "no");
  kept.load("rdbcompression", "no");
  for (const std::vector<std::string>& words : commands) kept.run_words(words);
  VERIFY(kept.run("SAVE") == kOk);
  return files.contents().at("dump.rdb");
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("a file that can't be loaded leaves the data that are there", "[recovery]") {
  const std::string in_database_1 = plain_file({{"SELECT", "1"}, {"SET", "k", "v"}});
  const std::string group =
      plain_file({{"XADD", "x", "1-1", "f", "v"},
                  {"XGROUP", "CREATE", "x", "name", "0", "MAXDELIVERIES", "5"}});
  const std::string members = plain_file(
      {{"SADD", "s", "m", "n"}, {"SPEXPIREAT", "s", "99999999999999", "MEMBERS", "1", "m"}});
  const std::string field = "sorrel-member-expiry";
  const size_t size_at = members.find(field) + field.size() + 1;
  std::string torn = members;
  torn[size_at] = '\x7f';
  const std::string damaged[] = {
      replaced(in_database_1, std::string("\xfe\x01", 2), std::string("\xfe\x14", 2)),
      replaced(group, "name 5", "nama 5"), torn};
  for (const std::string& file : damaged) {
    MemoryFileSystem files;
    KeptEngine kept(files);
    files.set_contents({{"other.rdb", file}});
    kept.run("SET", "kept", "1");
    const Digest before = kept.digest();
    CHECK_FALSE(kept.persistence.load_verified("other.rdb"));
    CHECK(kept.digest() == before);
  }
  for (const std::string& file : {in_database_1, group, members}) {
    MemoryFileSystem files;
    KeptEngine kept(files);
    files.set_contents({{"other.rdb", file}});
    kept.run("SET", "kept", "1");
    CHECK(kept.persistence.load_verified("other.rdb").message().empty());
    CHECK(kept.run("EXISTS", "kept") == ":0\r\n");
  }
  MemoryFileSystem files;
  KeptEngine kept(files);
  const std::string two = plain_file({{"SET", "key-a", "1"}, {"SET", "key-b", "2"}});
  files.set_contents({{"other.rdb", replaced(two, "key-b", "key-a")}});
  kept.run("SET", "kept", "1");
  CHECK_FALSE(kept.persistence.load_verified("other.rdb"));
  CHECK(kept.run("EXISTS", "kept") == ":1\r\n");
}

}  // namespace
}  // namespace sorrel

#include "persistence/append_only.h"

#include "core/command/table.h"
#include "persistence/aof_note.h"
#include "persistence/faulty_file_system.h"
#include "tests/support/local_engine.h"
#include "tests/unit/persistence/interrupted_files.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sorrel {
namespace {

constexpr uint64_t kAnySize = 1 << 20;
constexpr char kIncrement[] = "appendonlydir/appendonly.aof.1.incr.aof";
constexpr char kSecond[] = "appendonlydir/appendonly.aof.2.incr.aof";
constexpr char kManifest[] = "appendonlydir/appendonly.aof.manifest";

/// An engine that writes an append-only file, as its Durability.
class WritingEngine final : public Durability {
 public:
  WritingEngine(FileSystem& files, std::map<std::string, std::string> settings)
      : aof(local.engine, files, executor, [this] {
          local.engine.refuse_writes(Engine::RefusalCause::kAppendOnly, aof.refusal());
        }) {
    for (const auto& [name, value] : settings) {
      REQUIRE(local.settings.load(name, std::vector<std::string>{value}).is_ok());
    }
    const std::vector<std::string> yes{"yes"};
    REQUIRE(local.settings.load("appendonly", yes).is_ok());
    local.engine.keep_with(this);
  }
  ~WritingEngine() override {
    aof.stop();
    local.engine.keep_with(nullptr);
  }

  Status start() {
    if (Status found = aof.find_files(); !found) return found;
    Result<std::unique_ptr<DataLoader>> loader = aof.loader();
    if (!loader) return loader.status();
    Result<bool> more = loader.value() != nullptr;
    while (more && more.value()) more = loader.value()->step();
    if (!more) return more.status();
    loader.value().reset();
    return aof.start();
  }

  /// Runs a command; nothing is answered before the turn has ended.
  template <typename... Words>
  void ask(const Words&... words) {
    const Bytes args[] = {Bytes(words)...};
    local.engine.begin_turn();
    local.engine.execute(local.session, args);
  }
  /// The turn's end, and what the client gets then.
  std::string hear() {
    local.engine.tick();
    aof.end_turn(true);
    const uint64_t until = local.engine.reply_hold().visible_until(local.session);
    Output& output = local.session.output;
    std::string text = output.to_string();
    const uint64_t shown = std::max(until, output.begin_offset()) - output.begin_offset();
    text.resize(std::min<uint64_t>(shown, text.size()));
    output.consume(text.size());
    return text;
  }
  template <typename... Words>
  std::string run(const Words&... words) {
    ask(words...);
    return hear();
  }

  DurabilityFacts facts() override { return {}; }
  void all_flushed() override {}
  void commit() override { aof.commit(); }
  bool keeps_journal() const override { return aof.on(); }
  std::optional<uint64_t> durable_offset() const override { return aof.durable_offset(); }
  void hasten() override { aof.hasten(); }

  LocalEngine local;
  SteppedExecutor executor;
  AppendOnly aof;
};

const std::map<std::string, std::string> kAlways = {{"appendfsync", "always"}};
const std::map<std::string, std::string> kEverySecond = {{"appendfsync", "everysec"}};

std::string content(FileSystem& files, const std::string& path) {
  const Result<std::string> text = read_file(files, path, 64 << 20);
  REQUIRE(text.is_ok());
  return text.value();
}

void put(FileSystem& files, const std::string& path, const std::string& text) {
  const auto file = files.open(path, FileSystem::Mode::kReplace);
  REQUIRE(file.is_ok());
  REQUIRE(file.value()->write(text).is_ok());
}

std::string set(const std::string& key, const std::string& value) {
  return "*3\r\n$3\r\nSET\r\n$" + std::to_string(key.size()) + "\r\n" + key + "\r\n$" +
         std::to_string(value.size()) + "\r\n" + value + "\r\n";
}

const std::string kSelect = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n";

}  // namespace

TEST_CASE("what is written is read back", "[aof]") {
  MemoryFileSystem files;
  {
    WritingEngine engine(files, kEverySecond);
    REQUIRE(engine.start().is_ok());
    CHECK(engine.run("SET", "k", "v") == "+OK\r\n");
    CHECK(content(files, kIncrement) == kSelect + set("k", "v"));
    CHECK(content(files, kManifest) == "file appendonly.aof.1.incr.aof seq 1 type i\n");
  }
  for (int restart = 0; restart < 2; ++restart) {
    WritingEngine engine(files, kEverySecond);
    REQUIRE(engine.start().is_ok());
    CHECK(engine.run("GET", "k") == "$1\r\nv\r\n");
    CHECK(engine.run("APPEND", "k", "w").starts_with(":"));
    REQUIRE(engine.run("SET", "k", "v") == "+OK\r\n");
  }
}

TEST_CASE("with always, space is written ahead and cut off at the end", "[aof]") {
  MemoryFileSystem files;
  {
    WritingEngine engine(files, kAlways);
    REQUIRE(engine.start().is_ok());
    CHECK(engine.run("SET", "k", "v") == "+OK\r\n");
    // The first commit is followed by them, in the background.
    engine.hear();
    engine.executor.drain();
    CHECK(engine.run("SET", "k", "w") == "+OK\r\n");
    CHECK(files.size(kIncrement).value() > kAnySize);
    // A crash leaves them.
    MemoryFileSystem left;
    REQUIRE(left.make_directory("appendonlydir").is_ok());
    left.set_contents(files.contents());
    WritingEngine next(left, kEverySecond);
    REQUIRE(next.start().is_ok());
    CHECK(next.run("SET", "l", "x") == "+OK\r\n");
    CHECK(content(left, kIncrement).ends_with(set("l", "x")));
  }
  CHECK(content(files, kIncrement).ends_with(set("k", "w")));
}

// Redis reads lines of up to 127 bytes: each is to begin with '#', or to be a command's.
TEST_CASE("what a kill leaves behind the last commit are lines that Redis passes over", "[aof]") {
  MemoryFileSystem files;
  WritingEngine engine(files, kAlways);
  REQUIRE(engine.start().is_ok());
  for (int i = 0; i < 300; ++i) {
    std::string reply = engine.run("SET", "k", std::string(static_cast<size_t>(i % 67), 'v'));
    engine.executor.drain();
    // The first one that finds no space waits for it.
    if (reply.empty()) reply = engine.hear();
    REQUIRE(reply == "+OK\r\n");
    const std::string text = content(files, kIncrement);
    const size_t end = text.rfind("\r\n") + 2;
    CHECK((text.size() == end || text.substr(end, 1) == "#"));
    CHECK(text.ends_with("\n"));
    CHECK(text.find("\n\n") == std::string::npos);
    CHECK(text.find('\0') == std::string::npos);
  }
}

TEST_CASE("a commit that the space doesn't hold is written behind what is there", "[aof]") {
  MemoryFileSystem files;
  {
    WritingEngine engine(files, kAlways);
    REQUIRE(engine.start().is_ok());
    for (const size_t bytes : {1, 700'000, 400'000, 3'000'000, 5}) {
      REQUIRE(engine.run("RPUSH", "l", std::string(bytes, 'v')).starts_with(":"));
      const std::string text = content(files, kIncrement);
      const size_t left = text.size() - (text.rfind("\r\n") + 2);
      CHECK((left == 0 || left >= 2 * kAofFillLineBytes));
      engine.hear();
      engine.executor.drain();
    }
  }
  WritingEngine next(files, kAlways);
  REQUIRE(next.start().is_ok());
  CHECK(next.run("LLEN", "l") == ":5\r\n");
}

TEST_CASE("a write waits for its sync, and others wait with it", "[aof]") {
  FaultyFileSystem files(1);
  WritingEngine engine(files, kAlways);
  REQUIRE(engine.start().is_ok());
  engine.executor.drain();
  engine.ask("SET", "k", "v");
  engine.aof.end_turn(false);
  CHECK(engine.aof.wants_turn());
  CHECK(engine.local.engine.reply_hold().durable() < engine.local.session.write_offset);
  CHECK(engine.hear() == "+OK\r\n");
  CHECK_FALSE(engine.aof.wants_turn());
  engine.hear();
  engine.executor.drain();
  // Clients that never fall silent don't put it off for ever.
  engine.ask("SET", "k", "w");
  for (int turn = 0; turn < 8; ++turn) engine.aof.end_turn(false);
  CHECK(engine.local.engine.reply_hold().durable() == engine.local.session.write_offset);
}

TEST_CASE("always is left while a commit is under way", "[aof]") {
  InterruptedFiles files;
  {
    WritingEngine engine(files, kAlways);
    REQUIRE(engine.start().is_ok());
    // Too slow to be waited for.
    files.at_sync_data = [&] { engine.local.clock.advance_ms(10); };
    REQUIRE(engine.run("APPEND", "k", "1") == ":1\r\n");
    engine.hear();
    engine.executor.drain();
    CHECK(engine.run("APPEND", "k", "2").empty());
    REQUIRE(engine.executor.busy());
    const char* const policy = GENERATE("no", "everysec");
    CHECK(engine.run("CONFIG", "SET", "appendfsync", policy) == ":2\r\n+OK\r\n");
    CHECK(engine.run("APPEND", "k", "3") == ":3\r\n");
    // Longer than everysec puts a write off.
    engine.local.clock.advance_ms(2500);
    CHECK(engine.run("APPEND", "k", "4") == ":4\r\n");
    engine.executor.drain();
    CHECK(engine.run("APPEND", "k", "5") == ":5\r\n");
    engine.executor.drain();
    files.at_sync_data = [] {};
  }
  WritingEngine engine(files, kEverySecond);
  REQUIRE(engine.start().is_ok());
  CHECK(engine.run("GET", "k") == "$5\r\n12345\r\n");
}

TEST_CASE("a disk that fails refuses writes, with always, until it is cured", "[aof]") {
  FaultyFileSystem files(1);
  WritingEngine engine(files, kAlways);
  REQUIRE(engine.start().is_ok());
  engine.executor.drain();
  REQUIRE(engine.run("SET", "k", "v") == "+OK\r\n");
  engine.hear();
  engine.executor.drain();
  const bool full = GENERATE(true, false);
  full ? files.fail_writes_from(1, ENOSPC) : files.fail_syncs_from(1, EIO);
  Session other(nullptr);
  engine.local.engine.open_session(other);
  CHECK(engine.run("SET", "k", "w").empty());
  const Bytes get[] = {"GET", "k"};
  CHECK(engine.local.run_in(other, get) == "$1\r\nw\r\n");
  CHECK(engine.local.engine.reply_hold().visible_until(other) == ReplyHold::kAllOfIt);
  const Bytes more[] = {"SET", "k", "x"};
  const std::string cause = full ? "No space left on device (ENOSPC)" : "Input/output error (EIO)";
  CHECK(engine.local.run_in(other, more) ==
        "-MISCONF Errors writing to the AOF file: " + cause + "\r\n");
  // Tried again in a second, in vain, and in another one.
  engine.local.clock.advance_ms(1100);
  engine.local.engine.begin_turn();
  CHECK(engine.hear().empty());
  files.fail_writes_from(0, 0);
  files.fail_syncs_from(0, 0);
  CHECK(engine.hear().empty());
  engine.local.clock.advance_ms(1100);
  engine.local.engine.begin_turn();
  CHECK(engine.hear() == "+OK\r\n");
  CHECK(engine.local.run_in(other, more) == "+OK\r\n");
  engine.local.engine.close_session(other);
}

TEST_CASE("everysec syncs in the background, and writes wait for that two seconds at most",
          "[aof]") {
  FaultyFileSystem files(1);
  WritingEngine engine(files, kEverySecond);
  REQUIRE(engine.start().is_ok());
  const auto later = [&](int64_t ms) {
    engine.local.clock.advance_ms(ms);
    engine.local.engine.begin_turn();
  };
  const auto durable = [&] { return engine.local.engine.reply_hold().durable(); };
  REQUIRE(engine.run("SET", "k", "v") == "+OK\r\n");
  const uint64_t first = engine.local.session.write_offset;
  CHECK_FALSE(engine.executor.busy());
  later(1001);
  CHECK(engine.hear().empty());
  CHECK(engine.executor.busy());
  CHECK(engine.aof.log().pending_syncs() == 1);
  // The sync takes its time.
  REQUIRE(engine.run("SET", "k", "w") == "+OK\r\n");
  CHECK(engine.aof.log().buffered() > 0);
  later(1999);
  engine.hear();
  CHECK(engine.aof.log().buffered() > 0);
  later(2);
  engine.hear();
  CHECK(engine.aof.log().buffered() == 0);
  CHECK(engine.aof.log().delayed_syncs() == 1);
  CHECK(durable() < first);
  engine.executor.drain();
  CHECK(durable() == first);
}

TEST_CASE("what has piled up behind a sync is written in slices", "[aof]") {
  constexpr uint64_t kSliceMax = 300 << 10;
  const bool stamped = GENERATE(false, true);
  auto settings = kEverySecond;
  settings["aof-timestamp-enabled"] = stamped ? "yes" : "no";
  MemoryFileSystem files;
  WritingEngine engine(files, settings);
  REQUIRE(engine.start().is_ok());
  engine.run("SET", "k", "v");
  engine.local.clock.advance_ms(1000);
  engine.run("SET", "k", "w");  // now a sync is under way
  const std::string piece(50'000, 'x');
  for (int i = 0; i < 40; ++i) engine.run("SET", "k" + std::to_string(i), piece);
  const uint64_t before = files.size(kIncrement).value();
  REQUIRE(before < piece.size());
  engine.executor.drain();
  engine.local.clock.advance_ms(1000);
  uint64_t written = before;
  int turns = 0;
  do {
    // Stamps stand between commands alone, though each of these turns is in another second.
    engine.local.clock.advance_ms(1000);
    engine.run("SET", "last", std::to_string(turns));
    const uint64_t now = files.size(kIncrement).value();
    REQUIRE(now - written < kSliceMax);
    written = now;
    engine.executor.drain();
  } while (engine.aof.wants_turn() && ++turns < 100);
  CHECK(written > 40 * piece.size());
  CHECK(turns > 5);
  CHECK(turns < 15);
  engine.aof.stop();
  WritingEngine after(files, kEverySecond);
  REQUIRE(after.start().message() == "");
  CHECK(after.run("GET", "last") == engine.run("GET", "last"));
  CHECK(after.run("DBSIZE") == ":42\r\n");
}

TEST_CASE("always that begins in the middle of what has piled up finishes the command first",
          "[aof]") {
  MemoryFileSystem files;
  WritingEngine engine(files, kEverySecond);
  REQUIRE(engine.start().is_ok());
  engine.run("SET", "k", "v");
  engine.local.clock.advance_ms(1000);
  engine.run("SET", "k", "w");
  for (int i = 0; i < 40; ++i) engine.run("SET", std::to_string(i), std::string(50'000, 'x'));
  engine.executor.drain();
  engine.run("PING");
  REQUIRE(engine.aof.wants_turn());
  REQUIRE(engine.run("CONFIG", "SET", "appendfsync", "always") == "+OK\r\n");
  for (int i = 0; i < 3; ++i) {
    engine.ask("SET", "last", std::to_string(i));
    while (engine.hear().empty()) engine.executor.drain();
  }
  engine.aof.stop();
  WritingEngine after(files, kEverySecond);
  REQUIRE(after.start().message() == "");
  CHECK(after.run("DBSIZE") == ":42\r\n");
  CHECK(after.run("GET", "last") == "$1\r\n2\r\n");
}

namespace {

/// A write that is in the file, and whose sync fails a second later.
void write_and_lose_the_sync(WritingEngine& engine, FaultyFileSystem& files) {
  REQUIRE(engine.start().is_ok());
  REQUIRE(engine.run("SET", "k", "v") == "+OK\r\n");
  files.fail_sync(1, EIO);
  engine.local.clock.advance_ms(1001);
  engine.local.engine.begin_turn();
  engine.hear();
  engine.executor.drain();
}

}  // namespace

TEST_CASE("what a failed sync has lost isn't committed in every turn", "[aof]") {
  FaultyFileSystem files(1);
  WritingEngine engine(files, kEverySecond);
  write_and_lose_the_sync(engine, files);
  engine.run("CONFIG", "SET", "appendfsync", "always");
  for (int second = 0; second < 3; ++second) {
    engine.local.clock.advance_ms(1001);
    engine.local.engine.begin_turn();
    engine.aof.end_turn(false);
    CHECK(engine.aof.wants_turn());
    engine.hear();
    CHECK_FALSE(engine.aof.wants_turn());
  }
}

TEST_CASE("a file that is given up refuses nothing any more", "[aof]") {
  FaultyFileSystem files(1);
  WritingEngine engine(files, kAlways);
  REQUIRE(engine.start().is_ok());
  files.fail_writes_from(1, ENOSPC);
  CHECK(engine.run("SET", "k", "v").empty());
  CHECK_FALSE(engine.aof.refusal().empty());
  engine.aof.stop();
  CHECK(engine.aof.refusal().empty());
  Session other(nullptr);
  engine.local.engine.open_session(other);
  const Bytes more[] = {"SET", "k", "w"};
  CHECK(engine.local.run_in(other, more) == "+OK\r\n");
  engine.local.engine.close_session(other);
}

TEST_CASE("a sync that failed under everysec is healed by a rewrite", "[aof]") {
  FaultyFileSystem files(1);
  WritingEngine engine(files, kEverySecond);
  write_and_lose_the_sync(engine, files);
  CHECK(engine.run("SET", "k", "w").starts_with("-MISCONF Errors writing to the AOF file: Input"));
  CHECK(engine.aof.wants_rewrite());
  engine.aof.prepare_rewrite([&](const Status& ready) {
    REQUIRE(ready.is_ok());
    engine.aof.begin_rewrite();
    put(files, engine.aof.temporary_base_path(), set("k", "v"));
    engine.aof.finish_rewrite(false, [](const Status& done) { REQUIRE(done.is_ok()); });
  });
  engine.executor.drain();
  CHECK_FALSE(engine.aof.wants_rewrite());
  CHECK(engine.run("SET", "k", "w") == "+OK\r\n");
}

TEST_CASE("WAITAOF waits for the disk", "[aof]") {
  FaultyFileSystem files(1);
  WritingEngine engine(files, kEverySecond);
  REQUIRE(engine.start().is_ok());
  CHECK(engine.run("WAITAOF", "1", "0", "0") == "*2\r\n:1\r\n:0\r\n");
  REQUIRE(engine.run("SET", "k", "v") == "+OK\r\n");
  SECTION("until it is there") {
    CHECK(engine.run("WAITAOF", "1", "0", "0").empty());
    engine.local.clock.advance_ms(1001);
    engine.local.engine.begin_turn();
    CHECK(engine.hear().empty());
    engine.executor.drain();
    CHECK(engine.hear() == "*2\r\n:1\r\n:0\r\n");
    CHECK_FALSE(engine.local.session.has(Session::kBlocked));
  }
  SECTION("until its time is up") {
    CHECK(engine.run("WAITAOF", "1", "0", "100").empty());
    engine.local.clock.advance_ms(101);
    engine.local.engine.begin_turn();
    CHECK(engine.hear() == "*2\r\n:0\r\n:0\r\n");
  }
  SECTION("until somebody ends it") {
    CHECK(engine.run("WAITAOF", "1", "0", "0").empty());
    Session other(nullptr);
    engine.local.engine.open_session(other);
    const std::string id = std::to_string(engine.local.session.id);
    const Bytes unblock[] = {"CLIENT", "UNBLOCK", id, "TIMEOUT"};
    CHECK(engine.local.run_in(other, unblock) == ":1\r\n");
    CHECK(engine.hear() == "*2\r\n:0\r\n:0\r\n");
    CHECK_FALSE(engine.local.session.has(Session::kBlocked));
    CHECK(engine.run("WAITAOF", "1", "0", "0").empty());
    const Bytes with_error[] = {"CLIENT", "UNBLOCK", id, "ERROR"};
    CHECK(engine.local.run_in(other, with_error) == ":1\r\n");
    CHECK(engine.hear() == "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n");
    engine.local.engine.close_session(other);
  }
  SECTION("until there is no file any more") {
    CHECK(engine.run("WAITAOF", "1", "0", "0").empty());
    files.fail_syncs_from(1, EIO);
    engine.aof.stop();
    CHECK(engine.hear() ==
          "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n");
  }
}

TEST_CASE("every prefix of an append-only file is loaded as far as it goes", "[aof]") {
  std::string whole;
  std::vector<std::pair<size_t, std::string>> states;  // from that size on: the digest
  {
    MemoryFileSystem files;
    auto settings = kEverySecond;
    settings["enable-debug-command"] = "yes";
    WritingEngine engine(files, settings);
    REQUIRE(engine.start().is_ok());
    const auto state = [&] {
      states.emplace_back(content(files, kIncrement).size(), engine.run("DEBUG", "DIGEST"));
    };
    state();
    engine.run("SET", "k", "v");
    state();
    engine.run("RPUSH", "l", "a", "b");
    state();
    engine.run("MULTI");
    engine.run("SET", "k", "w");
    engine.run("HSET", "h", "f", "v");
    engine.run("EXEC");
    state();
    engine.run("SELECT", "1");
    engine.run("ZADD", "z", "1", "m");
    state();
    whole = content(files, kIncrement);
  }
  for (size_t size = 0; size <= whole.size(); ++size) {
    INFO(size);
    MemoryFileSystem files;
    REQUIRE(files.make_directory("appendonlydir").is_ok());
    put(files, kManifest, "file appendonly.aof.1.incr.aof seq 1 type i\n");
    put(files, kIncrement, whole.substr(0, size));
    auto settings = kEverySecond;
    settings["enable-debug-command"] = "yes";
    WritingEngine engine(files, settings);
    REQUIRE(engine.start().is_ok());
    std::string expected;
    for (const auto& [from, digest] : states) expected = from <= size ? digest : expected;
    CHECK(engine.run("DEBUG", "DIGEST") == expected);
  }
}

TEST_CASE("files that can't be loaded are refused with their reason", "[aof]") {
  MemoryFileSystem files;
  REQUIRE(files.make_directory("appendonlydir").is_ok());
  put(files, kManifest,
      "file appendonly.aof.1.incr.aof seq 1 type i\nfile appendonly.aof.2.incr.aof seq 2 type i\n");
  put(files, kIncrement, set("k", "v"));
  const std::string second = kSecond;
  const auto refusal = [&](std::map<std::string, std::string> settings) {
    WritingEngine engine(files, std::move(settings));
    const Status started = engine.start();
    return started.message();
  };
  CHECK(refusal(kEverySecond).find("The AOF file appendonly.aof.2.incr.aof doesn't exist") == 0);
  put(files, second, set("k", "w") + "*3");
  auto strict = kEverySecond;
  strict["aof-load-truncated"] = "no";
  CHECK(refusal(strict).starts_with("Unexpected end of file reading the append only file"));
  CHECK(files.size(second).value() == 29);
  put(files, kIncrement, set("k", "v") + "*3");
  CHECK(refusal(kEverySecond).find("is not the last file") != std::string::npos);
  put(files, kIncrement, set("k", "v") + "*1\r\n$7\r\nNOTHING\r\n");
  CHECK(refusal(kEverySecond).starts_with("Unknown command 'NOTHING' reading the append only"));
  put(files, kIncrement, set("k", "v") + "*2\r\n$6\r\nconfig\r\n$3\r\nxxx\r\n");
  CHECK(refusal(kEverySecond).starts_with("Unknown command 'config' reading the append only"));
  put(files, kIncrement, set("k", "v") + "*2\r\n$3\r\nSET\r\n$1\r\nk\r\n");
  CHECK(refusal(kEverySecond)
            .starts_with("Wrong number of arguments for command 'SET' reading the append only"));
  put(files, kIncrement, set("k", "v") + "nonsense\r\n" + std::string(200, 'x'));
  CHECK(refusal(kEverySecond).ends_with("offset 27: expected '*', found \"nonsense\""));
  put(files, kManifest, "nonsense\n");
  CHECK(refusal(kEverySecond) ==
        "./" + std::string(kManifest) + ": line 1: Invalid AOF manifest file format: \"nonsense\"");
  // A base was on the disk, whole, before it was named.
  put(files, kManifest,
      "file appendonly.aof.1.base.aof seq 1 type b\nfile appendonly.aof.2.incr.aof seq 2 type i\n");
  put(files, "appendonlydir/appendonly.aof.1.base.aof", set("k", "v") + "*3");
  put(files, second, "");
  CHECK(refusal(kEverySecond).find("is not the last file") != std::string::npos);
  // A rewrite that had just begun: nothing in the new file yet.
  put(files, kManifest,
      "file appendonly.aof.1.incr.aof seq 1 type i\nfile appendonly.aof.2.incr.aof seq 2 type i\n");
  put(files, kIncrement, set("k", "v") + "*3");
  put(files, second, "");
  CHECK(refusal(kEverySecond).empty());
}

TEST_CASE("what comes behind something that a power cut took is cut off, too", "[aof]") {
  const std::string first = set("a", "1") + set("b", "2");
  for (size_t size = 0; size <= first.size(); ++size) {
    INFO(size);
    MemoryFileSystem files;
    REQUIRE(files.make_directory("appendonlydir").is_ok());
    put(files, kManifest,
        "file appendonly.aof.1.incr.aof seq 1 type i\n"
        "file appendonly.aof.2.incr.aof seq 2 type i\n"
        "file appendonly.aof.3.incr.aof seq 3 type i\n");
    put(files, kIncrement, first.substr(0, size));
    put(files, kSecond, aof_after_note(1, first.size()) + set("c", "3"));
    const std::string third = "appendonlydir/appendonly.aof.3.incr.aof";
    put(files, third, aof_after_note(2, content(files, kSecond).size()) + set("d", "4"));
    auto strict = kEverySecond;
    strict["aof-load-truncated"] = "no";
    if (size < first.size()) {
      WritingEngine engine(files, strict);
      CHECK_FALSE(engine.start().is_ok());
      CHECK(files.size(third).value() > 0);
    }
    for (int restart = 0; restart < 2; ++restart) {
      WritingEngine engine(files, kEverySecond);
      const Status started = engine.start();
      INFO(started.message());
      REQUIRE(started.is_ok());
      const int keys = size == first.size() ? 4 : static_cast<int>(size / set("a", "1").size());
      CHECK(engine.run("DBSIZE") == ":" + std::to_string(keys + restart) + "\r\n");
      CHECK((files.size(kSecond).value() > 0) == (size == first.size()));
      CHECK(engine.run("SET", "e" + std::to_string(restart), "5") == "+OK\r\n");
    }
  }
}

TEST_CASE("what comes behind an increment that was replaced is loaded", "[aof]") {
  MemoryFileSystem files;
  REQUIRE(files.make_directory("appendonlydir").is_ok());
  put(files, kManifest,
      "file appendonly.aof.1.base.aof seq 1 type b\n"
      "file appendonly.aof.2.incr.aof seq 2 type i\n");
  put(files, "appendonlydir/appendonly.aof.1.base.aof", set("a", "1"));
  put(files, kSecond, aof_after_note(1, 1000) + set("c", "3"));
  WritingEngine engine(files, kEverySecond);
  REQUIRE(engine.start().is_ok());
  CHECK(engine.run("DBSIZE") == ":2\r\n");
}

TEST_CASE("one file of older versions becomes the base, whenever the power goes", "[aof]") {
  for (uint64_t step = 1; step <= 16; ++step) {
    INFO(step);
    FaultyFileSystem files(step);
    files.set_contents({{"appendonly.aof", set("k", "v")}});
    {
      WritingEngine engine(files, kEverySecond);
      files.cut_power_at(step);
      static_cast<void>(engine.start());
    }
    files.crash();
    WritingEngine engine(files, kEverySecond);
    const Status started = engine.start();
    INFO(started.message());
    REQUIRE(started.is_ok());
    CHECK(engine.run("GET", "k") == "$1\r\nv\r\n");
    CHECK(engine.aof.on());
    CHECK(content(files, "appendonlydir/appendonly.aof") == set("k", "v"));
  }
}

TEST_CASE("a rewrite is due when the file has grown", "[aof]") {
  MemoryFileSystem files;
  auto settings = kEverySecond;
  settings["auto-aof-rewrite-min-size"] = "100";
  WritingEngine engine(files, settings);
  REQUIRE(engine.start().is_ok());
  CHECK_FALSE(engine.aof.wants_rewrite());
  for (int i = 0; i < 5; ++i) engine.run("SET", "k", "v");
  CHECK(engine.aof.wants_rewrite());
  DurabilityFacts::AppendOnly facts;
  engine.aof.tell(facts);
  CHECK(facts.enabled);
  CHECK(facts.bytes == files.size(kIncrement).value());
  engine.aof.prepare_rewrite([&](const Status& ready) {
    REQUIRE(ready.is_ok());
    engine.aof.begin_rewrite();
    put(files, engine.aof.temporary_base_path(), set("k", std::string(200, 'v')));
    engine.aof.finish_rewrite(false, [](const Status& done) { REQUIRE(done.is_ok()); });
  });
  engine.executor.drain();
  CHECK_FALSE(engine.aof.wants_rewrite());
  CHECK(content(files, kManifest) ==
        "file appendonly.aof.1.base.aof seq 1 type b\n"
        "file appendonly.aof.2.incr.aof seq 2 type i\n");
  CHECK_FALSE(files.exists(kIncrement).value());
  const std::string after = aof_after_note(1, kSelect.size() + 5 * set("k", "v").size());
  engine.run("SET", "l", "v");
  engine.aof.tell(facts);
  CHECK(facts.base_bytes == files.size("appendonlydir/appendonly.aof.1.base.aof").value());
  CHECK(facts.bytes == facts.base_bytes + after.size() + kSelect.size() + set("l", "v").size());
  CHECK(content(files, "appendonlydir/appendonly.aof.2.incr.aof") ==
        after + kSelect + set("l", "v"));
}

TEST_CASE("the time is noted where that is asked for", "[aof]") {
  MemoryFileSystem files;
  auto settings = kEverySecond;
  settings["aof-timestamp-enabled"] = "yes";
  WritingEngine engine(files, settings);
  REQUIRE(engine.start().is_ok());
  engine.run("SET", "k", "v");
  engine.run("SET", "k", "v");
  engine.local.clock.advance_ms(1000);
  engine.run("SET", "k", "v");
  CHECK(content(files, kIncrement) == "#TS:1700000000\r\n" + kSelect + set("k", "v") +
                                          set("k", "v") + "#TS:1700000001\r\n" + set("k", "v"));
}

}  // namespace sorrel

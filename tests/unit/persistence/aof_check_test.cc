#include "tools/check_aof/aof_check.h"

#include "core/base/crc64.h"
#include "persistence/aof_note.h"
#include "persistence/memory_file_system.h"
#include "tests/unit/persistence/kept_engine.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <vector>

namespace sorrel {
namespace {

constexpr Bytes kSet = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n";
constexpr uint64_t kAnySize = 1 << 20;

struct Checked {
  bool good;
  std::vector<std::string> lines;
  bool says(const std::string& line) const {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  }
};

void put(FileSystem& files, const std::string& path, const std::string& content) {
  REQUIRE(files.open(path, FileSystem::Mode::kReplace).value()->write(content).is_ok());
}

Checked check(FileSystem& files, const std::string& path, const AofCheck::Options& options = {}) {
  Checked checked{};
  AofCheck run(
      files, options, [&](const std::string& line) { checked.lines.push_back(line); },
      [] { return true; });
  checked.good = run.run(path);
  return checked;
}

std::string times(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += kSet;
  return text;
}

}  // namespace

TEST_CASE("a good file is said to be good, as redis-check-aof says it", "[aof]") {
  MemoryFileSystem files;
  put(files, "a.aof", times(2) + std::string(100, '\0'));
  const Checked checked = check(files, "a.aof");
  CHECK(checked.good);
  CHECK(checked.lines ==
        std::vector<std::string>{
            "Start checking Old-Style AOF",
            "a.aof: 100 bytes behind it were written ahead of need; the server cuts them off",
            "AOF analyzed: filename=a.aof, size=154, ok_up_to=54, ok_up_to_line=15, diff=0",
            "AOF a.aof is valid"});
}

TEST_CASE("what goes on behind something lost is told, and cut off", "[aof]") {
  MemoryFileSystem files;
  put(files, "a.manifest", "file a.1.incr seq 1 type i\nfile a.2.incr seq 2 type i\n");
  put(files, "a.1.incr", times(2));
  put(files, "a.2.incr", aof_after_note(1, 55) + times(1));
  const Checked checked = check(files, "a.manifest");
  CHECK_FALSE(checked.good);
  CHECK(checked.says("a.2.incr: offset 0: goes on behind byte 55 of increment 1, which has 54"));
  CHECK(check(files, "a.manifest", {.fix = true, .to_timestamp = {}}).good);
  CHECK(files.size("a.2.incr").value() == 0);
  put(files, "a.2.incr", aof_after_note(1, 54) + times(1));
  CHECK(check(files, "a.manifest").good);
}

TEST_CASE("a file that is cut off is shortened when that is asked for", "[aof]") {
  MemoryFileSystem files;
  put(files, "a.aof", times(2) + "*3\r\n$3\r\nSE");
  Checked checked = check(files, "a.aof");
  CHECK_FALSE(checked.good);
  CHECK(checked.says(
      "AOF analyzed: filename=a.aof, size=64, ok_up_to=54, ok_up_to_line=15, diff=10"));
  CHECK(checked.says("AOF a.aof is not valid. Use the --fix option to try fixing it."));
  CHECK(files.size("a.aof").value() == 64);
  AofCheck::Options fix;
  fix.fix = true;
  checked = check(files, "a.aof", fix);
  CHECK(checked.good);
  CHECK(checked.says("This will shrink the AOF a.aof from 64 bytes, with 10 bytes, to 54 bytes"));
  CHECK(checked.says("Successfully truncated AOF a.aof"));
  CHECK(read_file(files, "a.aof", kAnySize).value() == times(2));
  CHECK(check(files, "a.aof").good);
}

TEST_CASE("damage is told with its offset", "[aof]") {
  MemoryFileSystem files;
  put(files, "a.aof", times(1) + "garbage\r\n" + times(9));
  const Checked checked = check(files, "a.aof");
  CHECK_FALSE(checked.good);
  CHECK(checked.says("a.aof: offset 27: expected '*', found \"garbage\""));
}

TEST_CASE("files of a manifest are checked in order, and only the last one is cut", "[aof]") {
  MemoryFileSystem files;
  REQUIRE(files.make_directory("d").is_ok());
  put(files, "d/a.manifest", "file a.1.incr.aof seq 1 type i\nfile a.2.incr.aof seq 2 type i\n");
  put(files, "d/a.1.incr.aof", times(1));
  put(files, "d/a.2.incr.aof", times(1) + "*3");
  AofCheck::Options fix;
  fix.fix = true;
  const Checked checked = check(files, "d/a.manifest", fix);
  CHECK(checked.good);
  CHECK(checked.says("INCR AOF a.1.incr.aof is valid"));
  CHECK(checked.says("All AOF files and manifest are valid"));
  put(files, "d/a.1.incr.aof", times(1) + "*3");
  CHECK_FALSE(check(files, "d/a.manifest", fix).good);
  CHECK(files.size("d/a.1.incr.aof").value() == 29);
  put(files, "d/a.manifest", "nonsense\n");
  CHECK_FALSE(check(files, "d/a.manifest").good);
  CHECK_FALSE(check(files, "nothing").good);
}

TEST_CASE("a file is cut before a moment", "[aof]") {
  MemoryFileSystem files;
  const std::string batch = aof_time_note(20) + times(1);
  const std::string summed = aof_sum_note(batch.size(), crc64(0, batch)) + batch;
  const std::string before = aof_time_note(10) + times(1);
  for (const std::string& after : {batch, summed}) {
    put(files, "a.aof", before + after);
    AofCheck::Options options;
    options.to_timestamp = 20;
    Checked checked = check(files, "a.aof", options);
    CHECK(checked.good);
    CHECK(checked.says("Truncate nothing in AOF a.aof to timestamp 20"));
    options.to_timestamp = 19;
    checked = check(files, "a.aof", options);
    CHECK(checked.good);
    CHECK(checked.says("Successfully truncated AOF a.aof to timestamp 19"));
    CHECK(read_file(files, "a.aof", kAnySize).value() == before);
    options.to_timestamp = 9;
    checked = check(files, "a.aof", options);
    CHECK_FALSE(checked.good);
    CHECK(checked.says("AOF a.aof has nothing before timestamp 9, aborting..."));
  }
}

TEST_CASE("a base is checked with the memory of one value", "[aof]") {
  MemoryFileSystem files;
  {
    KeptEngine kept(files);
    for (int i = 0; i < 400; ++i) {
      std::vector<std::string> words = {"SADD", "set " + std::to_string(i)};
      for (int j = 0; j < 1000; ++j) words.push_back("member " + std::to_string(j));
      kept.run_words(words);
    }
    REQUIRE(kept.run("SAVE") == "+OK\r\n");
  }
  struct Taken {
    size_t now = 0;
    size_t most = 0;
  } taken;
  Allocator counting = system_allocator();
  counting.context = &taken;
  counting.allocate = [](void* context, size_t bytes) {
    auto& counted = *static_cast<Taken*>(context);
    counted.now += bytes;
    counted.most = std::max(counted.most, counted.now);
    return std::malloc(bytes);
  };
  counting.free = [](void* context, void* pointer, size_t bytes) {
    static_cast<Taken*>(context)->now -= bytes;
    std::free(pointer);
  };
  AofCheck::Options options;
  options.allocator = counting;
  CHECK(check(files, "dump.rdb", options).says("[info] 400 keys read"));
  CHECK(taken.now == 0);
  CHECK(taken.most > 0);
  CHECK(taken.most < 4'000'000);
}

}  // namespace sorrel

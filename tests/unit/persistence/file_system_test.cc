#include "persistence/file_system.h"

#include "persistence/faulty_file_system.h"
#include "persistence/memory_file_system.h"
#include "persistence/posix_file_system.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <set>

namespace sorrel {
namespace {

using Mode = FileSystem::Mode;
constexpr uint64_t kAnySize = 1 << 20;

std::unique_ptr<File> opened(FileSystem& files, const std::string& path, Mode mode) {
  Result<std::unique_ptr<File>> file = files.open(path, mode);
  INFO(file.status().message());
  REQUIRE(file.is_ok());
  return std::move(file.value());
}

void put(FileSystem& files, const std::string& path, Bytes content, bool synced) {
  const std::unique_ptr<File> file = opened(files, path, Mode::kReplace);
  REQUIRE(file->write(content).is_ok());
  if (synced) REQUIRE(file->sync().is_ok());
}

// What every file system does, whatever it is made of.
void behave(FileSystem& files, const std::string& directory) {
  const std::string path = join_path(directory, "a");
  SECTION("bytes are where they were written") {
    const std::unique_ptr<File> file = opened(files, path, Mode::kReplace);
    REQUIRE(file->write("hello ").is_ok());
    REQUIRE(file->write("world").is_ok());
    REQUIRE(file->write_at(14, "!").is_ok());
    CHECK(file->position() == 11);
    CHECK(file->size().value() == 15);
    char text[32] = {};
    CHECK(file->read_at(6, text, 5).value() == 5);
    CHECK(Bytes(text, 5) == "world");
    CHECK(file->read_at(10, text, 32).value() == 5);
    CHECK(Bytes(text, 5) == Bytes("d\0\0\0!", 5));
    CHECK(file->read_at(99, text, 1).value() == 0);
    REQUIRE(file->sync().is_ok());
    REQUIRE(file->sync_data().is_ok());
    CHECK(file->send_off(0, 16).is_ok());
    CHECK(file->await_sent(0, 16).is_ok());
  }
  SECTION("modes") {
    CHECK_FALSE(files.open(path, Mode::kRead).is_ok());
    CHECK_FALSE(files.open(path, Mode::kModify).is_ok());
    const Result<std::unique_ptr<File>> missing =
        files.open(join_path(directory, "no/where"), Mode::kCreate);
    CHECK(missing.status().message() ==
          join_path(directory, "no/where") + ": No such file or directory (ENOENT)");
    CHECK_FALSE(files.open(directory, Mode::kRead).is_ok());
    put(files, path, "abc", true);
    REQUIRE(opened(files, path, Mode::kCreate)->write_at(1, "X").is_ok());
    CHECK(read_file(files, path, kAnySize).value() == "aXc");
    CHECK_FALSE(opened(files, path, Mode::kRead)->write("no").is_ok());
    opened(files, path, Mode::kReplace);
    CHECK(read_file(files, path, kAnySize).value().empty());
    put(files, path, "abc", true);
    CHECK_FALSE(read_file(files, path, 2).is_ok());
  }
  SECTION("sizes") {
    const std::unique_ptr<File> file = opened(files, path, Mode::kReplace);
    REQUIRE(file->write("abcdef").is_ok());
    CHECK(file->size().value() == 6);
    REQUIRE(file->write_at(9, "x").is_ok());
    CHECK(read_file(files, path, kAnySize).value() == std::string("abcdef\0\0\0x", 10));
    REQUIRE(file->truncate(3).is_ok());
    CHECK(read_file(files, path, kAnySize).value() == "abc");
    CHECK(files.size(path).value() == 3);
  }
  SECTION("names") {
    put(files, path, "1", true);
    const std::string other = join_path(directory, "b");
    put(files, other, "2", true);
    CHECK(files.list(directory).value() == std::vector<std::string>{"a", "b"});
    const std::unique_ptr<File> renamed = opened(files, path, Mode::kRead);
    REQUIRE(files.rename(path, other).is_ok());
    CHECK(files.list(directory).value() == std::vector<std::string>{"b"});
    CHECK(read_file(files, other, kAnySize).value() == "1");
    CHECK(renamed->size().value() == 1);
    CHECK_FALSE(files.rename(path, other).is_ok());
    CHECK_FALSE(files.exists(path).value());
    CHECK(files.exists(other).value());
    CHECK(files.exists(directory).value());
    REQUIRE(files.remove(other).is_ok());
    CHECK_FALSE(files.remove(other).is_ok());
    CHECK(renamed->size().value() == 1);
    REQUIRE(files.sync_directory(directory).is_ok());
    CHECK_FALSE(files.sync_directory(join_path(directory, "none")).is_ok());
    CHECK_FALSE(files.list(join_path(directory, "none")).is_ok());
  }
  SECTION("directories") {
    const std::string inner = join_path(directory, "inner");
    REQUIRE(files.make_directory(inner).is_ok());
    REQUIRE(files.make_directory(inner).is_ok());
    CHECK_FALSE(files.make_directory(join_path(directory, "x/y")).is_ok());
    put(files, join_path(inner, "f"), "1", true);
    CHECK_FALSE(files.make_directory(join_path(inner, "f")).is_ok());
    CHECK(files.list(directory).value() == std::vector<std::string>{"inner"});
    CHECK(files.list(inner).value() == std::vector<std::string>{"f"});
  }
  SECTION("locks") {
    const std::string lock = join_path(directory, "lock");
    {
      const Result<std::unique_ptr<FileLock>> held = files.lock(lock);
      REQUIRE(held.is_ok());
      CHECK_FALSE(files.lock(lock).is_ok());
    }
    CHECK(files.lock(lock).is_ok());
  }
  SECTION("a file is replaced as a whole") {
    put(files, path, "old", true);
    const std::string temporary = join_path(directory, "temp");
    REQUIRE(replace_file(files, path, temporary, "new").is_ok());
    CHECK(read_file(files, path, kAnySize).value() == "new");
    CHECK_FALSE(files.exists(temporary).value());
  }
}

}  // namespace

TEST_CASE("the machine's files", "[file_system]") {
  PosixFileSystem files;
  const TemporaryDirectory directory;
  behave(files, directory.path());
}

TEST_CASE("files in memory", "[file_system]") {
  MemoryFileSystem files;
  REQUIRE(files.make_directory("data").is_ok());
  behave(files, "data");
}

TEST_CASE("a disk that isn't made to fail behaves", "[file_system]") {
  FaultyFileSystem files(1);
  REQUIRE(files.make_directory("data").is_ok());
  behave(files, "data");
}

TEST_CASE("paths", "[file_system]") {
  CHECK(join_path("", "a") == "a");
  CHECK(join_path("d", "a") == "d/a");
  CHECK(join_path("d/", "a") == "d/a");
  CHECK(directory_of("a") == ".");
  CHECK(directory_of("d/a") == "d");
  CHECK(directory_of("/a") == "/");
}

TEST_CASE("a crash leaves what was synced", "[file_system]") {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    FaultyFileSystem files(seed);
    put(files, "a", "synced", true);
    REQUIRE(files.sync_directory(".").is_ok());
    put(files, "b", "synced, but has no name", true);
    files.crash();
    CHECK(read_file(files, "a", kAnySize).value() == "synced");
  }
}

TEST_CASE("a crash takes what wasn't synced, now and then", "[file_system]") {
  std::set<std::string> seen;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    FaultyFileSystem files(seed);
    const std::unique_ptr<File> file = opened(files, "a", Mode::kReplace);
    REQUIRE(file->write(std::string(600, 's')).is_ok());
    REQUIRE(file->sync().is_ok());
    REQUIRE(files.sync_directory(".").is_ok());
    REQUIRE(file->write(std::string(500, 'x')).is_ok());
    REQUIRE(file->write(std::string(500, 'y')).is_ok());
    files.crash();
    CHECK_FALSE(file->size().is_ok());
    const std::string left = read_file(files, "a", kAnySize).value();
    CHECK(left.substr(0, 600) == std::string(600, 's'));
    seen.insert(left.substr(600));
  }
  CHECK(seen.contains(""));
  CHECK_FALSE(seen.contains(std::string(500, '\0') + std::string(500, 'y')));
  const std::string whole = std::string(500, 'x') + std::string(500, 'y');
  for (const std::string& left : seen) CHECK(whole.starts_with(left));
  CHECK(seen.size() > 10);
}

TEST_CASE("what is written in place of synced bytes survives by the sector", "[file_system]") {
  std::set<std::string> seen;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    FaultyFileSystem files(seed);
    const std::unique_ptr<File> file = opened(files, "a", Mode::kReplace);
    REQUIRE(file->truncate(1536).is_ok());
    REQUIRE(file->sync().is_ok());
    REQUIRE(files.sync_directory(".").is_ok());
    REQUIRE(file->write_at(0, std::string(1100, 'x')).is_ok());
    files.crash();
    const std::string left = read_file(files, "a", kAnySize).value();
    REQUIRE(left.size() == 1536);
    seen.insert({left[0], left[511], left[512], left[1023], left[1024], left[1099], left[1100]});
  }
  CHECK(seen.size() == 8);
  CHECK(seen.contains(std::string("\0\0xxxx\0", 7)));
}

TEST_CASE("a rename may not have reached the disk", "[file_system]") {
  std::set<std::string> seen;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    FaultyFileSystem files(seed);
    put(files, "a", "old", true);
    REQUIRE(files.sync_directory(".").is_ok());
    put(files, "temp", "new", true);
    REQUIRE(files.rename("temp", "a").is_ok());
    files.crash();
    seen.insert(read_file(files, "a", kAnySize).value());
  }
  CHECK(seen == std::set<std::string>{"old", "new"});
}

TEST_CASE("replacing a file is safe at every step", "[file_system]") {
  std::set<std::string> seen;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    for (uint64_t step = 1; step <= 6; ++step) {
      FaultyFileSystem files(seed);
      put(files, "a", "old", true);
      REQUIRE(files.sync_directory(".").is_ok());
      files.cut_power_at(step);
      const Status replaced = replace_file(files, "a", "temp", "new");
      files.crash();
      const std::string left = read_file(files, "a", kAnySize).value();
      if (replaced) CHECK(left == "new");
      CHECK((left == "old" || left == "new"));
      seen.insert((replaced ? "done " : "cut ") + left);
    }
  }
  CHECK(seen == std::set<std::string>{"cut old", "cut new", "done new"});
}

TEST_CASE("faults strike when they are told to", "[file_system]") {
  FaultyFileSystem files(7);
  const std::unique_ptr<File> file = opened(files, "a", Mode::kReplace);
  SECTION("the second write") {
    files.fail_write(2, ENOSPC);
    REQUIRE(file->write_at(0, "123456").is_ok());
    CHECK(file->write_at(6, "abc").message() == "No space left on device (ENOSPC)");
    CHECK(file->size().value() <= 9);
    CHECK(file->write_at(6, "abc").is_ok());
    CHECK(read_file(files, "a", kAnySize).value() == "123456abc");
  }
  SECTION("every sync from the first") {
    files.fail_syncs_from(1, EIO);
    CHECK(file->sync().message() == "Input/output error (EIO)");
    CHECK_FALSE(file->sync().is_ok());
    CHECK_FALSE(files.sync_directory(".").is_ok());
    files.fail_syncs_from(0, 0);
    CHECK(file->sync().is_ok());
  }
  SECTION("a full disk") {
    files.set_capacity(8);
    REQUIRE(file->write("123456").is_ok());
    CHECK_FALSE(file->write("789").is_ok());
    CHECK(read_file(files, "a", kAnySize).value() == "12345678");
    CHECK(file->write_at(0, "overwrit").is_ok());
    files.set_capacity(9);
    CHECK(file->write("789").is_ok());
  }
}

TEST_CASE("what a failed sync dropped isn't saved by the next one", "[file_system]") {
  bool lost = false;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    FaultyFileSystem files(seed);
    const std::unique_ptr<File> file = opened(files, "a", Mode::kReplace);
    REQUIRE(files.sync_directory(".").is_ok());
    REQUIRE(file->write("data").is_ok());
    files.fail_sync(1, EIO);
    REQUIRE_FALSE(file->sync().is_ok());
    REQUIRE(file->sync().is_ok());
    CHECK(read_file(files, "a", kAnySize).value() == "data");
    files.crash();
    lost |= read_file(files, "a", kAnySize).value() != "data";
  }
  CHECK(lost);
}

}  // namespace sorrel

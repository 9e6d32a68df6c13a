#include "persistence/aof_reader.h"

#include "core/base/crc64.h"
#include "persistence/aof_note.h"
#include "persistence/memory_file_system.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace sorrel {
namespace {

using Outcome = AofReader::Outcome;

std::string command(std::initializer_list<Bytes> words) {
  std::string text = "*" + std::to_string(words.size()) + "\r\n";
  for (const Bytes word : words) {
    text += "$" + std::to_string(word.size()) + "\r\n";
    text.append(word);
    text += "\r\n";
  }
  return text;
}

std::string summed(const std::string& bytes) {
  return aof_sum_note(bytes.size(), crc64(0, bytes)) + bytes;
}

/// A file that counts what is read of it.
class CountingFile final : public File {
 public:
  explicit CountingFile(std::string content) : content_(std::move(content)) {}
  Result<size_t> read_at(uint64_t offset, char* out, size_t size) override {
    const size_t got = Bytes(content_).substr(std::min(offset, content_.size())).copy(out, size);
    bytes_read += got;
    return got;
  }
  Status write_at(uint64_t, Bytes) override { return Status::failure("read only"); }
  Status sync() override { return Status::ok(); }
  Status sync_data() override { return Status::ok(); }
  Status truncate(uint64_t) override { return Status::failure("read only"); }
  Result<uint64_t> size() override { return content_.size(); }
  uint64_t bytes_read = 0;

 private:
  const std::string content_;
};

struct Reading {
  std::vector<std::string> commands;  // words joined by a space
  Outcome outcome = Outcome::kEnd;
  uint64_t good_end = 0;
  std::string problem;
};

Reading read_all(const std::string& content) {
  MemoryFileSystem files;
  const auto file = files.open("a", FileSystem::Mode::kReplace);
  REQUIRE(file.value()->write(content).is_ok());
  AofReader reader(*file.value());
  Reading reading;
  for (;;) {
    reading.outcome = reader.next();
    if (reading.outcome == Outcome::kTime) {
      reading.commands.push_back("time " + std::to_string(reader.time()));
      continue;
    }
    if (reading.outcome != Outcome::kCommand) break;
    std::string words;
    for (const Bytes arg : reader.args()) words += (words.empty() ? "" : " ") + std::string(arg);
    reading.commands.push_back(words);
  }
  reading.good_end = reader.good_end();
  reading.problem = reader.problem();
  return reading;
}

const std::string kSet = command({"SET", "k", "v"});

}  // namespace

TEST_CASE("an append-only file is read", "[aof]") {
  const std::string big(200'000, 'b');
  const Reading reading = read_all(command({"SELECT", "0"}) + "#TS:1700000000\r\n" + "#other\r\n" +
                                   kSet + command({"SET", "k", big}) + kSet);
  CHECK(reading.outcome == Outcome::kEnd);
  CHECK(reading.commands == std::vector<std::string>{"SELECT 0", "time 1700000000", "SET k v",
                                                     "SET k " + big, "SET k v"});
}

TEST_CASE("every prefix of an append-only file is cut off where it can be", "[aof]") {
  const std::string head = kSet + "#TS:17\r\n";
  const std::string transaction = command({"MULTI"}) + kSet + kSet + command({"EXEC"});
  const std::string content = head + transaction + kSet;
  const size_t ends[] = {0, kSet.size(), head.size() + transaction.size(), content.size()};
  for (size_t size = 0; size <= content.size(); ++size) {
    INFO(size);
    for (const size_t zeros : {0, 1, 4096}) {
      const Reading reading = read_all(content.substr(0, size) + std::string(zeros, '\0'));
      size_t good = 0;
      for (const size_t end : ends) good = end <= size ? end : good;
      CHECK(reading.good_end == good);
      // The first byte of a note is one of fill as well.
      const bool whole = size == good || size == head.size() || size == kSet.size() + 1;
      CHECK(reading.outcome == (whole ? Outcome::kEnd : Outcome::kCutOff));
    }
  }
}

TEST_CASE("damaged bytes are told from those cut off", "[aof]") {
  const auto problem = [](const std::string& bytes) {
    const Reading reading = read_all(kSet + bytes + kSet + kSet + kSet + kSet + kSet);
    CHECK(reading.outcome == Outcome::kDamaged);
    CHECK(reading.good_end == kSet.size());
    return reading.problem;
  };
  CHECK(problem("hello\r\n") == "offset 27: expected '*', found \"hello\"");
  CHECK(problem("*x\r\n") == "offset 27: not a length: \"*x\"");
  CHECK(problem("*-1\r\n") == "offset 27: not a length: \"*-1\"");
  CHECK(problem("*9999999\r\n") == "offset 37: expected '$', found \"*3\"");
  CHECK(problem("*0\r\n") == "offset 27: a command without words");
  CHECK(problem("*1\n$4\r\nPING\r\n") == "offset 29: a line that ends without a carriage return");
  CHECK(problem("*1\r\n$3\r\nPING\r\n") ==
        "offset 38: an argument doesn't end where its length says");
  CHECK(problem(std::string(200, 'x')) == "offset 27: a line without end");
  CHECK(problem(std::string("\0\0", 2)).starts_with("offset"));
}

TEST_CASE("lengths that can't be cost nothing", "[aof]") {
  for (const char* text : {"*1152921504606846976\r\n", "*1\r\n$1152921504606846976\r\nx\r\n"}) {
    const Reading reading = read_all(kSet + text);
    CHECK(reading.outcome == Outcome::kCutOff);
    CHECK(reading.good_end == kSet.size());
  }
}

TEST_CASE("what was written as one counts as one", "[aof]") {
  const std::string batch = summed("#TS:17\r\n" + kSet + kSet);
  CHECK(read_all(batch + batch).commands.size() == 6);
  SECTION("the last one torn anywhere") {
    for (size_t at = 0; at < batch.size(); ++at) {
      INFO(at);
      std::string torn = batch;
      torn[at] = '\0';
      const Reading reading = read_all(batch + torn);
      CHECK(reading.outcome == Outcome::kCutOff);
      CHECK(reading.good_end == batch.size());
      CHECK(reading.commands.size() == 3);
    }
  }
  SECTION("an earlier one damaged anywhere but in the note's name") {
    for (size_t at = 5; at < batch.size(); ++at) {
      INFO(at);
      std::string torn = batch;
      torn[at] ^= 0x10;
      const Reading reading = read_all(torn + batch + batch);
      CHECK(reading.outcome == Outcome::kDamaged);
      CHECK(reading.problem.starts_with("offset "));
      CHECK(reading.commands.empty());
    }
  }
  SECTION("every prefix") {
    for (size_t size = 0; size < batch.size(); ++size) {
      const Reading reading = read_all(batch + batch.substr(0, size));
      CHECK(reading.outcome == (size <= 1 ? Outcome::kEnd : Outcome::kCutOff));
      CHECK(reading.commands.size() == 3);
    }
  }
}

/// With fill behind it, up to the end of so many lines more.
std::string filled(const std::string& bytes, uint64_t lines = 40) {
  const uint64_t end = (bytes.size() / kAofFillLineBytes + lines) * kAofFillLineBytes;
  return bytes + aof_fill(bytes.size(), end - bytes.size());
}

TEST_CASE("fill is no part of a file, wherever that ends", "[aof]") {
  const std::string batch = summed(kSet + kSet);
  for (size_t more = 0; more < kAofFillLineBytes; ++more) {
    INFO(more);
    const std::string content = batch + summed(command({"SET", "k", std::string(more, 'v')}));
    for (const uint64_t lines : {1, 2, 2000}) {
      if (aof_fill_at(content.size()) == '\n') continue;
      const Reading reading = read_all(filled(content, lines));
      CHECK(reading.outcome == Outcome::kEnd);
      CHECK(reading.commands.size() == 3);
      CHECK(reading.good_end == content.size());
      // Redis, started on such a file, appends to it.
      const Reading appended = read_all(filled(content, lines) + "#TS:17\r\n" + kSet + kSet);
      CHECK(appended.outcome == Outcome::kEnd);
      CHECK(appended.commands.size() == 6);
      // And Sorrel again.
      const Reading again =
          read_all(filled(filled(content, lines) + kSet + summed(kSet) + summed(kSet + kSet)));
      CHECK(again.outcome == Outcome::kEnd);
      CHECK(again.commands.size() == 7);
    }
  }
}

TEST_CASE("what a power cut leaves of a write in the middle of fill counts for nothing", "[aof]") {
  constexpr size_t kSector = 512;
  const std::string before = summed(kSet);
  for (size_t more = 0; more < kSector; more += 3) {
    std::string commands = "#TS:17\r\n" + command({"SET", "k", std::string(more, 'v')});
    while (commands.size() < 4 * kSector) commands += kSet;
    const std::string whole = filled(before + summed(commands));
    const std::string untouched = filled(before, whole.size() / kAofFillLineBytes);
    const size_t sectors = (before.size() + commands.size()) / kSector + 1;
    REQUIRE(read_all(whole).outcome == Outcome::kEnd);
    for (uint64_t kept = 0; kept + 1 < uint64_t{1} << sectors; ++kept) {
      INFO(more << " bytes more, sectors kept " << kept);
      std::string left = whole;
      for (size_t sector = 0; sector < sectors; ++sector) {
        if ((kept >> sector & 1) != 0) continue;
        left.replace(sector * kSector, kSector, untouched, sector * kSector, kSector);
      }
      const Reading reading = read_all(left);
      CHECK((reading.outcome == Outcome::kCutOff || left == untouched));
      CHECK(reading.good_end == before.size());
      CHECK(reading.commands.size() == 1);
    }
  }
}

TEST_CASE("notes that speak for each other cost no more than the file is long", "[aof]") {
  constexpr uint64_t kTimesMax = 16;
  const auto outcome_of = [](const std::string& content) {
    CountingFile file(content);
    AofReader reader(file);
    Outcome outcome = reader.next();
    while (outcome == Outcome::kCommand) outcome = reader.next();
    CHECK(file.bytes_read <= kTimesMax * content.size());
    return outcome;
  };
  SECTION("one inside of another") {
    std::string nested = kSet;
    for (int i = 0; i < 2000; ++i) nested = summed(nested);
    CHECK(outcome_of(nested) == Outcome::kDamaged);
  }
  SECTION("one far behind much fill") {
    std::string content = summed(kSet);
    for (int i = 0; i < 4000; ++i) content = filled(content, 2) + kSet;
    CHECK(outcome_of(filled(content + summed(kSet))) == Outcome::kEnd);
  }
  SECTION("many behind a torn one") {
    const std::string filling(1 << 20, 'x');
    std::string marks = "#SUM:torn\r\n";
    for (int i = 0; i < 2000; ++i) marks += "\r\n#SUM:1000000:000000000000001f\r\n";
    CHECK(outcome_of(marks + filling) == Outcome::kDamaged);
    for (int i = 0; i < 20'000; ++i) marks += "\r\n#SUM:\r\n";
    CHECK(outcome_of(marks) == Outcome::kCutOff);
  }
}

TEST_CASE("notes are spelled one way", "[aof]") {
  CHECK(aof_time_note(17) == "#TS:17\r\n");
  CHECK(aof_sum_note(5, 0x1f) == "#SUM:5:000000000000001f\r\n");
  CHECK(parse_aof_time("#TS:17") == 17);
  CHECK_FALSE(parse_aof_time("#TS:x"));
  CHECK(parse_aof_sum("#SUM:5:000000000000001f")->sum == 0x1f);
  for (const char* text :
       {"#SUM:5", "#SUM:5:1f", "#SUM:x:000000000000001f", "#SUM:5:000000000000001g"}) {
    CHECK_FALSE(parse_aof_sum(text));
  }
}

}  // namespace sorrel

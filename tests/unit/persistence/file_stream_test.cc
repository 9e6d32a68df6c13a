#include "persistence/file_stream.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sorrel {
namespace {

// Notes what is sent off and waited for, and fails where it is told to.
class NotingFile final : public File {
 public:
  using Range = std::pair<uint64_t, uint64_t>;

  Result<size_t> read_at(uint64_t, char*, size_t) override { return size_t{0}; }
  Status write_at(uint64_t, Bytes) override { return Status::ok(); }
  Status sync() override { return Status::ok(); }
  Status sync_data() override { return Status::ok(); }
  Status truncate(uint64_t) override { return Status::ok(); }
  Result<uint64_t> size() override { return uint64_t{0}; }
  Status send_off(uint64_t offset, uint64_t size) override {
    sent.emplace_back(offset, size);
    return offset >= fails_at ? Status::failure("EIO") : Status::ok();
  }
  Status await_sent(uint64_t offset, uint64_t size) override {
    awaited.emplace_back(offset, size);
    return Status::ok();
  }

  std::vector<Range> sent, awaited;
  uint64_t fails_at = UINT64_MAX;
};

constexpr uint64_t kPiece = FileSink::kSentBytes;

// Ranges one behind the other, from the file's beginning.
std::vector<NotingFile::Range> ranges(uint64_t count) {
  std::vector<NotingFile::Range> all;
  for (uint64_t i = 0; i < count; ++i) all.emplace_back(i * kPiece, kPiece);
  return all;
}

TEST_CASE("what is written is sent off once, and never far ahead of the disk", "[file_stream]") {
  NotingFile file;
  FileSink sink(file, true);
  const uint64_t pieces_ahead = FileSink::kAheadBytes / kPiece;
  const std::string block(kPiece / 2 + 1, 'x');
  const uint64_t blocks = 4 * pieces_ahead;
  for (uint64_t i = 0; i < blocks; ++i) {
    REQUIRE(sink.write(block).is_ok());
    const uint64_t pieces = (i + 1) * block.size() / kPiece;
    REQUIRE(file.sent == ranges(pieces));
    REQUIRE(file.awaited == ranges(pieces < pieces_ahead ? 0 : pieces - pieces_ahead + 1));
  }
}

TEST_CASE("a block larger than a piece is sent off whole", "[file_stream]") {
  NotingFile file;
  FileSink sink(file, true);
  REQUIRE(sink.write(std::string(5 * kPiece + 1, 'x')).is_ok());
  CHECK(file.sent == ranges(5));
}

TEST_CASE("nothing is sent off unless it is asked for", "[file_stream]") {
  NotingFile file;
  FileSink sink(file, false);
  REQUIRE(sink.write(std::string(5 * kPiece, 'x')).is_ok());
  CHECK(file.sent.empty());
}

TEST_CASE("a disk that fails on the way fails the write", "[file_stream]") {
  NotingFile file;
  file.fails_at = 2 * kPiece;
  FileSink sink(file, true);
  REQUIRE(sink.write(std::string(2 * kPiece, 'x')).is_ok());
  CHECK(sink.write(std::string(kPiece, 'x')).message() == "EIO");
}

}  // namespace
}  // namespace sorrel

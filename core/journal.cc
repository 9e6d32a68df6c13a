#include "core/journal.h"

#include "core/base/check.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>

namespace sorrel {

Journal::Journal() = default;
Journal::~Journal() {
  VERIFY(readers_.empty());
}

void Journal::append(int db, std::span<const Bytes> args) {
  if (!active()) return;
  const uint64_t before = end_;
  try {
    write_command(db, args);
  } catch (const std::bad_alloc&) {
    cut(before);
    throw;
  }
}

// Nobody was told of what stands there yet.
void Journal::cut(uint64_t end) {
  end_ = end;
  selected_db_ = -1;
  while (!blocks_.empty() && blocks_.back().start >= end) blocks_.pop_back();
  if (!blocks_.empty()) blocks_.back().size = static_cast<size_t>(end - blocks_.back().start);
}

void Journal::write_command(int db, std::span<const Bytes> args) {
  if (db != selected_db_) {
    selected_db_ = db;
    char number[12];
    const auto end = std::to_chars(number, number + sizeof number, db).ptr;
    write("*2\r\n$6\r\nSELECT\r\n");
    const Bytes text(number, static_cast<size_t>(end - number));
    write_header('$', text.size());
    write(text);
    write("\r\n");
  }
  write_header('*', args.size());
  for (const Bytes arg : args) {
    write_header('$', arg.size());
    write(arg);
    write("\r\n");
  }
}

void Journal::attach(Reader& reader) {
  reader.offset_ = end_;
  reader.self_ = readers_.insert(readers_.end(), &reader);
  // A new reader knows no earlier SELECT.
  selected_db_ = -1;
}

void Journal::detach(Reader& reader) {
  readers_.erase(reader.self_);
  release();
}

Bytes Journal::peek(uint64_t offset) const {
  if (offset == end_) return {};
  const auto after = std::upper_bound(blocks_.begin(), blocks_.end(), offset,
                                      [](uint64_t at, const Block& b) { return at < b.start; });
  VERIFY(after != blocks_.begin());
  const Block& block = *std::prev(after);
  const size_t skip = static_cast<size_t>(offset - block.start);
  return {block.bytes.get() + skip, block.size - skip};
}

void Journal::advance(Reader& reader, size_t bytes) {
  reader.offset_ += bytes;
  VERIFY(reader.offset_ <= end_);
  release();
}

void Journal::write(Bytes bytes) {
  while (!bytes.empty()) {
    if (blocks_.empty() || blocks_.back().size == blocks_.back().capacity) {
      blocks_.push_back(Block{end_, 0, kBlockBytes, std::make_unique<char[]>(kBlockBytes)});
    }
    Block& block = blocks_.back();
    const size_t n = std::min(bytes.size(), block.capacity - block.size);
    std::memcpy(block.bytes.get() + block.size, bytes.data(), n);
    block.size += n;
    end_ += n;
    bytes.remove_prefix(n);
  }
}

void Journal::write_header(char kind, uint64_t number) {
  char text[24];
  text[0] = kind;
  char* end = std::to_chars(text + 1, text + 22, number).ptr;
  *end++ = '\r';
  *end++ = '\n';
  write(Bytes(text, static_cast<size_t>(end - text)));
}

void Journal::release() {
  uint64_t oldest = end_;
  for (const Reader* reader : readers_) oldest = std::min(oldest, reader->offset_);
  while (!blocks_.empty() && blocks_.front().start + blocks_.front().size <= oldest &&
         (blocks_.size() > 1 || readers_.empty())) {
    blocks_.pop_front();
  }
}

}  // namespace sorrel

// Journal: everything that leaves the engine, as one log of bytes with one offset.
//
// The effective form of every write command is appended once, as RESP, to shared immutable blocks;
// the AOF, each replica and the backlog are readers at their own offsets. With no reader nothing is
// generated: `active()` is the first test of whoever would append.
//
// Invariants:
// 1. Offsets only grow; offset() is the number of bytes ever appended (plus the starting offset).
// 2. A block is immutable up to the offset that a reader was told of.
// 3. Blocks stay alive while a reader's offset lies in or before them; no reader, no blocks.
// It is not a file and not a socket: those who read it are.
#pragma once

#include "core/base/bytes.h"

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <span>

namespace sorrel {

class Journal {
 public:
  /// A place in the journal that keeps what follows it alive.
  class Reader {
   public:
    uint64_t offset() const { return offset_; }

   private:
    friend class Journal;
    uint64_t offset_ = 0;
    std::list<Reader*>::iterator self_;
  };

  Journal();
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  bool active() const { return !readers_.empty(); }
  uint64_t offset() const { return end_; }

  /// Appends one command executed in database `db`; a SELECT goes before it when the database
  /// changed. Throws std::bad_alloc, and nothing is appended.
  void append(int db, std::span<const Bytes> args);

  /// A reader that begins at the end of the journal. Detach it before it dies.
  void attach(Reader& reader);
  void detach(Reader& reader);
  /// The next command says its database: a new file begins there.
  void forget_database() { selected_db_ = -1; }
  /// The bytes at the reader's place, as far as they lie in one block; empty at the end.
  Bytes peek(const Reader& reader) const { return peek(reader.offset_); }
  /// The same at any place that a reader keeps alive.
  Bytes peek(uint64_t offset) const;
  /// Moves the reader on by `bytes` (of those that peek showed).
  void advance(Reader& reader, size_t bytes);

 private:
  static constexpr size_t kBlockBytes = 16 * 1024;
  struct Block {
    uint64_t start;
    size_t size = 0;
    size_t capacity;
    std::unique_ptr<char[]> bytes;
  };

  void write_command(int db, std::span<const Bytes> args);
  void cut(uint64_t end);
  void write(Bytes bytes);
  void write_header(char kind, uint64_t number);
  void release();

  std::deque<Block> blocks_;
  std::list<Reader*> readers_;
  uint64_t end_ = 0;
  int selected_db_ = -1;
};

}  // namespace sorrel

// Notes in an append-only file: lines that begin with '#', which Redis passes over.
//
//   ###############…###\n               fill: space that is written ahead of need. Each byte
//   follows
//                                       from its place in the file: a line's end is at every 64th,
//                                       so that what stands behind a command is lines of '#'
//                                       wherever it ends, but before a line's end
//   #TS:1700000000\r\n                  unix time: what follows was done then or later
//   #SUM:117:84b1e38a23f20c55\r\n       the 117 bytes that follow were written as one, and this is
//                                       their CRC-64: after a crash they are there as a whole, or
//                                       count for nothing
//   #AFTER:3:4711\r\n                   what follows comes behind increment 3 and all of its 4711
//                                       bytes; where that one has lost some, it counts for nothing
#pragma once

#include "core/base/bytes.h"

#include <cstdint>
#include <optional>
#include <string>

namespace sorrel {

std::string aof_time_note(int64_t unix_s);
std::string aof_sum_note(uint64_t bytes, uint64_t sum);
std::string aof_after_note(uint64_t sequence, uint64_t bytes);

constexpr uint64_t kAofFillLineBytes = 64;
constexpr char aof_fill_at(uint64_t offset) {
  return offset % kAofFillLineBytes == kAofFillLineBytes - 1 ? '\n' : '#';
}
std::string aof_fill(uint64_t offset, size_t bytes);
/// How many bytes at the beginning of `bytes`, which stand at `offset`, are fill.
size_t aof_fill_length(uint64_t offset, Bytes bytes);
/// What goes before something that would end where no fill can follow.
constexpr Bytes kAofPadding = "#\r\n";

struct AofSum {
  uint64_t bytes = 0;
  uint64_t sum = 0;
};
struct AofAfter {
  uint64_t sequence = 0;
  uint64_t bytes = 0;
};
/// A line without its end; nullopt: it is no such note.
std::optional<int64_t> parse_aof_time(Bytes line);
std::optional<AofSum> parse_aof_sum(Bytes line);
std::optional<AofAfter> parse_aof_after(Bytes line);

}  // namespace sorrel

#include "persistence/aof_note.h"

#include "core/base/number.h"

#include <algorithm>
#include <charconv>

namespace sorrel {
namespace {

constexpr Bytes kTime = "#TS:";
constexpr Bytes kSum = "#SUM:";
constexpr Bytes kAfter = "#AFTER:";
constexpr size_t kSumDigits = 16;

}  // namespace

std::string aof_time_note(int64_t unix_s) {
  return std::string(kTime) + std::to_string(unix_s) + "\r\n";
}

std::string aof_sum_note(uint64_t bytes, uint64_t sum) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string note = std::string(kSum) + std::to_string(bytes) + ":";
  for (int shift = 60; shift >= 0; shift -= 4) note += kHex[sum >> shift & 15];
  return note + "\r\n";
}

std::string aof_after_note(uint64_t sequence, uint64_t bytes) {
  return std::string(kAfter) + std::to_string(sequence) + ":" + std::to_string(bytes) + "\r\n";
}

std::string aof_fill(uint64_t offset, size_t bytes) {
  std::string fill(bytes, '#');
  for (size_t at = kAofFillLineBytes - 1 - offset % kAofFillLineBytes; at < bytes;
       at += kAofFillLineBytes) {
    fill[at] = '\n';
  }
  return fill;
}

size_t aof_fill_length(uint64_t offset, Bytes bytes) {
  size_t length = 0;
  while (length < bytes.size() && bytes[length] == aof_fill_at(offset + length)) ++length;
  return length;
}

std::optional<int64_t> parse_aof_time(Bytes line) {
  if (!line.starts_with(kTime)) return std::nullopt;
  return parse_integer(line.substr(kTime.size()));
}

std::optional<AofSum> parse_aof_sum(Bytes line) {
  if (!line.starts_with(kSum)) return std::nullopt;
  line.remove_prefix(kSum.size());
  const size_t colon = line.find(':');
  if (colon == Bytes::npos || line.size() - colon - 1 != kSumDigits) return std::nullopt;
  const auto bytes = parse_unsigned(line.substr(0, colon));
  if (!bytes) return std::nullopt;
  const Bytes digits = line.substr(colon + 1);
  uint64_t sum = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), sum, 16);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
  return AofSum{*bytes, sum};
}

std::optional<AofAfter> parse_aof_after(Bytes line) {
  if (!line.starts_with(kAfter)) return std::nullopt;
  line.remove_prefix(kAfter.size());
  const size_t colon = std::min(line.find(':'), line.size());
  const auto sequence = parse_unsigned(line.substr(0, colon));
  const auto bytes = parse_unsigned(line.substr(std::min(colon + 1, line.size())));
  if (!sequence || !bytes) return std::nullopt;
  return AofAfter{*sequence, *bytes};
}

}  // namespace sorrel

#include "persistence/rdb_input.h"

#include "core/base/crc64.h"
#include "core/base/lzf.h"
#include "core/base/number.h"
#include "persistence/rdb_format.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>

namespace sorrel {
namespace {

/// LZF's best: 264 bytes told in three.
constexpr uint64_t kLzfExpansionMax = 264 / 3;

// A score's text of old: its length, or one of these.
constexpr uint8_t kTextNan = 253;
constexpr uint8_t kTextInfinity = 254;
constexpr uint8_t kTextMinusInfinity = 255;

}  // namespace

void RdbInput::fail_at(uint64_t offset, std::string reason) {
  if (!ok()) return;
  status_ = Status::failure("offset " + std::to_string(offset) + ": " + std::move(reason));
  left_ = {};
  seen_ = left_.data();
}

void RdbInput::settle() {
  const Bytes done(seen_, static_cast<size_t>(left_.data() - seen_));
  if (done.empty()) return;
  if (checksum_) sum_ = crc64(sum_, done);
  settled_ += done.size();
  source_.consume(done.size());
  seen_ = left_.data();
}

bool RdbInput::refill() {
  if (!left_.empty()) return true;
  if (!ok()) return false;
  settle();
  Result<Bytes> next = source_.window();
  if (!next) {
    fail(next.status().message());
    return false;
  }
  left_ = next.value();
  seen_ = left_.data();
  if (left_.empty()) fail("the input ends here, in the middle of it");
  return !left_.empty();
}

bool RdbInput::at_end() {
  if (!left_.empty()) return false;
  if (!ok()) return true;
  settle();
  const Result<Bytes> next = source_.window();
  return next.is_ok() && next.value().empty();
}

void RdbInput::raw(char* out, size_t size) {
  while (size != 0) {
    if (!refill()) {
      std::memset(out, 0, size);
      return;
    }
    const size_t here = std::min(size, left_.size());
    std::memcpy(out, left_.data(), here);
    left_.remove_prefix(here);
    out += here;
    size -= here;
  }
}

void RdbInput::skip(uint64_t size) {
  while (size != 0 && refill()) {
    const size_t here = std::min<uint64_t>(size, left_.size());
    left_.remove_prefix(here);
    size -= here;
  }
}

uint8_t RdbInput::slow_byte() {
  char byte = 0;
  raw(&byte, 1);
  return static_cast<uint8_t>(byte);
}

uint64_t RdbInput::little(size_t bytes) {
  static_assert(std::endian::native == std::endian::little);
  uint64_t value = 0;
  raw(reinterpret_cast<char*>(&value), bytes);
  return value;
}

double RdbInput::real() {
  return std::bit_cast<double>(little64());
}

double RdbInput::text_real() {
  const uint64_t from = offset();
  const uint8_t size = byte();
  if (size == kTextNan) return std::numeric_limits<double>::quiet_NaN();
  if (size == kTextInfinity) return std::numeric_limits<double>::infinity();
  if (size == kTextMinusInfinity) return -std::numeric_limits<double>::infinity();
  std::array<char, UINT8_MAX> text;
  raw(text.data(), size);
  const std::optional<double> value = parse_real(Bytes(text.data(), size));
  if (!value) fail_at(from, "a score that isn't a number");
  return value.value_or(0);
}

RdbInput::Head RdbInput::head() {
  const uint8_t first = byte();
  const uint8_t kind = first >> 6;
  const uint64_t low = first & 0x3f;
  if (kind == rdb::kLength6) return {false, low};
  if (kind == rdb::kLength14) return {false, low << 8 | byte()};
  if (kind == rdb::kLengthSpecial) return {true, low};
  if (first == rdb::kLength32) {
    return {false, __builtin_bswap32(static_cast<uint32_t>(little(4)))};
  }
  if (first == rdb::kLength64) return {false, __builtin_bswap64(little(8))};
  fail_at(offset() - 1, "no length begins with byte " + std::to_string(first));
  return {false, 0};
}

uint64_t RdbInput::length() {
  const uint64_t from = offset();
  const Head head = this->head();
  if (head.special) fail_at(from, "a length was expected");
  return ok() ? head.value : 0;
}

void RdbInput::string(std::string& out) {
  const uint64_t from = offset();
  const Head head = this->head();
  if (!head.special) return plain(out, head.value);
  out.clear();
  switch (head.value) {
    case rdb::kInt8:
      return integer(out, static_cast<int8_t>(little(1)));
    case rdb::kInt16:
      return integer(out, static_cast<int16_t>(little(2)));
    case rdb::kInt32:
      return integer(out, static_cast<int32_t>(little(4)));
    case rdb::kLzf:
      return compressed(out);
    default:
      fail_at(from, "no string is written in form " + std::to_string(head.value));
  }
}

void RdbInput::integer(std::string& out, int64_t value) {
  out.assign(IntegerText(value).view());
}

// Grows with what has arrived: the length is only a claim.
void RdbInput::plain(std::string& out, uint64_t size) {
  out.clear();
  while (size != 0 && refill()) {
    const size_t here = std::min<uint64_t>(size, left_.size());
    out.append(left_.substr(0, here));
    left_.remove_prefix(here);
    size -= here;
  }
  if (!ok()) out.clear();
}

void RdbInput::compressed(std::string& out) {
  const uint64_t from = offset();
  const uint64_t packed = length();
  const uint64_t size = length();
  plain(scratch_, packed);
  if (!ok()) return;
  if (size / kLzfExpansionMax > packed) {
    return fail_at(from, "a compressed string claims to be longer than it can be");
  }
  out.resize(size);
  if (!lzf_decompress(scratch_, out.data(), size)) {
    out.clear();
    fail_at(from, "a compressed string is damaged");
  }
}

void RdbInput::skip_string() {
  const uint64_t from = offset();
  const Head head = this->head();
  if (!head.special) return skip(head.value);
  switch (head.value) {
    case rdb::kInt8:
      return skip(1);
    case rdb::kInt16:
      return skip(2);
    case rdb::kInt32:
      return skip(4);
    case rdb::kLzf: {
      const uint64_t packed = length();
      length();
      return skip(packed);
    }
    default:
      fail_at(from, "no string is written in form " + std::to_string(head.value));
  }
}

}  // namespace sorrel

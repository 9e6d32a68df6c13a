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

/// Of an integer of 32 bits.
constexpr uint64_t kIntegerTextMax = 11;
static_assert(rdb::kInt8 == 0 && rdb::kInt16 == 1 && rdb::kInt32 == 2);  // the bytes' logarithm

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
  if (left_.empty()) fail("Short read or OOM loading DB: the input ends here, in the middle of it");
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

RdbInput::StringHead RdbInput::string_head() {
  const uint64_t from = offset();
  const Head head = this->head();
  if (!head.special) return {StringForm::kPlain, head.value, head.value, from};
  switch (head.value) {
    case rdb::kInt8:
    case rdb::kInt16:
    case rdb::kInt32:
      return {StringForm::kInteger, uint64_t{1} << head.value, kIntegerTextMax, from};
    case rdb::kLzf: {
      const uint64_t stored = length();
      const uint64_t size = length();
      if (ok() && size / kLzfExpansionMax > stored) {
        fail_at(from, "a compressed string claims to be longer than it can be");
      }
      return {StringForm::kCompressed, stored, size, from};
    }
    default:
      fail_at(from, "no string is written in form " + std::to_string(head.value));
      return {};
  }
}

void RdbInput::string(const StringHead& head, std::string& out) {
  if (head.form == StringForm::kPlain) return plain(out, head.stored);
  if (head.form == StringForm::kCompressed) return compressed(head, out);
  out.assign(IntegerText(integer(head.stored)).view());
}

int64_t RdbInput::integer(uint64_t bytes) {
  const uint64_t value = little(bytes);
  if (bytes == 1) return static_cast<int8_t>(value);
  return bytes == 2 ? static_cast<int16_t>(value) : static_cast<int32_t>(value);
}

Bytes RdbInput::some(uint64_t most) {
  if (most == 0 || !refill()) return {};
  const Bytes here = left_.substr(0, std::min<uint64_t>(most, left_.size()));
  left_.remove_prefix(here.size());
  return here;
}

// Grows with what has arrived: the length is only a claim.
void RdbInput::plain(std::string& out, uint64_t size) {
  if (size <= left_.size()) {
    out.assign(left_.data(), size);
    return left_.remove_prefix(size);
  }
  out.clear();
  for (uint64_t left = size; left != 0 && ok();) {
    const Bytes here = some(left);
    out.append(here);
    left -= here.size();
  }
  if (!ok()) out.clear();
}

void RdbInput::compressed(const StringHead& head, std::string& out) {
  out.clear();
  plain(scratch_, head.stored);
  if (!ok()) return;
  out.resize(head.size);
  if (lzf_decompress(scratch_, out.data(), out.size())) return;
  out.clear();
  fail_at(head.from, "a compressed string is damaged");
}

}  // namespace sorrel

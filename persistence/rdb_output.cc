#include "persistence/rdb_output.h"

#include "core/base/crc64.h"
#include "core/base/lzf.h"
#include "core/base/number.h"
#include "persistence/rdb_format.h"

#include <bit>
#include <cstring>
#include <limits>
#include <optional>

namespace sorrel {
namespace {

/// Compression must save this much to be worth the reader's time.
constexpr size_t kSavedBytesMin = 4;
/// No 32-bit integer has a longer text.
constexpr size_t kShortIntegerChars = 11;

template <class Integer>
bool fits(int64_t value) {
  return value >= std::numeric_limits<Integer>::min() &&
         value <= std::numeric_limits<Integer>::max();
}

constexpr unsigned special(rdb::StringForm form) {
  return rdb::kLengthSpecial << 6 | form;
}

}  // namespace

void RdbOutput::give(Bytes bytes) {
  if (!status_.is_ok()) return;
  if (checksum_) sum_ = crc64(sum_, bytes);
  sunk_ += bytes.size();
  status_ = sink_.write(bytes);
}

void RdbOutput::flush() {
  if (!pending_.empty()) give(pending_);
  pending_.clear();
}

uint64_t RdbOutput::checksum() {
  flush();
  return sum_;
}

void RdbOutput::raw(Bytes bytes) {
  if (pending_.size() + bytes.size() > kBlockBytes) flush();
  if (bytes.size() >= kBlockBytes) return give(bytes);
  pending_.append(bytes);
}

void RdbOutput::aux(Bytes name, Bytes value) {
  byte(rdb::kAux);
  string(name);
  string(value);
}

void RdbOutput::byte(unsigned value) {
  pending_.push_back(static_cast<char>(value));
  if (pending_.size() >= kBlockBytes) flush();
}

void RdbOutput::little(uint64_t value, size_t bytes) {
  static_assert(std::endian::native == std::endian::little);
  char text[sizeof value];
  std::memcpy(text, &value, sizeof value);
  raw(Bytes(text, bytes));
}

void RdbOutput::real(double value) {
  little64(std::bit_cast<uint64_t>(value));
}

void RdbOutput::length(uint64_t value) {
  if (value < 1 << 6) return byte(static_cast<unsigned>(value));
  if (value < 1 << 14) {
    byte(rdb::kLength14 << 6 | static_cast<unsigned>(value >> 8));
    return byte(static_cast<unsigned>(value & 0xff));
  }
  const bool is_long = value > UINT32_MAX;
  byte(is_long ? rdb::kLength64 : rdb::kLength32);
  is_long ? little64(__builtin_bswap64(value))
          : little32(__builtin_bswap32(static_cast<uint32_t>(value)));
}

void RdbOutput::integer(int64_t value) {
  if (fits<int8_t>(value)) {
    byte(special(rdb::kInt8));
    little(static_cast<uint64_t>(value), 1);
  } else if (fits<int16_t>(value)) {
    byte(special(rdb::kInt16));
    little(static_cast<uint64_t>(value), 2);
  } else if (fits<int32_t>(value)) {
    byte(special(rdb::kInt32));
    little(static_cast<uint64_t>(value), 4);
  } else {
    const IntegerText text(value);
    length(text.view().size());
    raw(text.view());
  }
}

void RdbOutput::string(Bytes text) {
  if (text.size() <= kShortIntegerChars) {
    const std::optional<int64_t> value = parse_integer(text);
    if (value && fits<int32_t>(*value)) return integer(*value);
  }
  blob(text);
}

void RdbOutput::string(const PackElement& text) {
  if (text.is_integer()) return integer(text.integer());
  PackElement::Scratch scratch;
  string(text.bytes(scratch));
}

void RdbOutput::string(const StringValue& text) {
  if (text.is_integer()) return integer(text.integer());
  if (text.is_chunked() && (!compress_ || text.size() > kCompressBytesMax)) {
    length(text.size());
    text.for_each_piece([this](Bytes piece) { raw(piece); });
    return;
  }
  StringValue::Scratch scratch;
  string(text.bytes(scratch));
}

void RdbOutput::blob(Bytes bytes) {
  if (compress_ && compressed(bytes)) return;
  length(bytes.size());
  raw(bytes);
}

// False, and nothing written, when that wouldn't pay.
bool RdbOutput::compressed(Bytes text) {
  if (text.size() <= kCompressBytesMin || text.size() > kCompressBytesMax) return false;
  scratch_.resize(text.size() - kSavedBytesMin);
  const size_t size = lzf_compress(text, scratch_.data(), scratch_.size());
  if (size == 0) return false;
  byte(special(rdb::kLzf));
  length(size);
  length(text.size());
  raw(Bytes(scratch_.data(), size));
  return true;
}

}  // namespace sorrel

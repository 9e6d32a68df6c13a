#include "core/value/stream_value.h"

namespace sorrel::stream_value {
namespace {

static_assert(std::endian::native == std::endian::little);

char* put_integer(char* out, int64_t value) {
  if (value >= 0 && value < 64) {
    *out++ = static_cast<char>(0x40 + value);
    return out;
  }
  if (value >= 64 && value < 64 + 8192) {
    const auto rest = static_cast<unsigned>(value - 64);
    *out++ = static_cast<char>(0x80 | rest >> 8);
    *out++ = static_cast<char>(rest & 0xff);
    return out;
  }
  const auto magnitude = static_cast<uint64_t>(value < 0 ? ~value : value);
  const auto bytes = static_cast<unsigned>(std::bit_width(magnitude) + 8) / 8;
  *out++ = static_cast<char>(0xa0 + bytes - 1);
  std::memcpy(out, &value, bytes);
  return out + bytes;
}

}  // namespace

size_t put(char*& out, Bytes text) {
  if (const auto integer = parse_integer(text)) {
    out = put_integer(out, *integer);
    return listpack_bytes(*integer);
  }
  if (text.size() < 0x40) {
    *out++ = static_cast<char>(text.size());
    text.copy(out, text.size());
    out += text.size();
    return text.size() + 2;
  }
  *out++ = static_cast<char>(0xb0);
  out = put_text(out, text);
  return Pack::element_bytes(text);
}

}  // namespace sorrel::stream_value

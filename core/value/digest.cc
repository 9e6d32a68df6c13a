#include "core/value/digest.h"

#include "core/base/hash.h"
#include "core/base/text.h"

#include <charconv>

namespace sorrel {

uint64_t string_digest(Bytes bytes) {
  return hash_bytes(bytes, 0);
}

void format_digest(char* out, uint64_t digest) {
  for (size_t i = kDigestChars; i-- > 0; digest >>= 4) out[i] = kHexDigits[digest & 15];
}

std::optional<uint64_t> parse_digest(Bytes text) {
  if (text.size() != kDigestChars) return std::nullopt;
  uint64_t digest = 0;
  const char* end = text.data() + text.size();
  const auto [at, problem] = std::from_chars(text.data(), end, digest, 16);
  if (problem != std::errc() || at != end) return std::nullopt;
  return digest;
}

}  // namespace sorrel

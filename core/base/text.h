// Small changes of a text's form: the case of ASCII letters, and bytes as hexadecimal digits.
#pragma once

#include "core/base/bytes.h"

#include <string>

namespace sorrel {

constexpr char kHexDigits[] = "0123456789abcdef";

inline std::string upper(Bytes text) {
  std::string out(text);
  for (char& c : out) c = to_upper(c);
  return out;
}

inline std::string lower(Bytes text) {
  std::string out(text);
  for (char& c : out) c = to_lower(c);
  return out;
}

/// Two lower-case digits a byte, of bytes in any container.
template <class Container>
std::string hex(const Container& bytes) {
  std::string out;
  for (const auto c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
  }
  return out;
}

}  // namespace sorrel

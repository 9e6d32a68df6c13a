// Any pattern on any text: the matcher ends, and agrees with the plain meaning of patterns where
// that is cheap to work out. The input is the pattern, a NUL, and the text.
#include "core/base/check.h"
#include "core/base/glob.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using sorrel::Bytes;
using sorrel::Case;
using sorrel::glob_match;

// What must follow for any pattern that matches, or doesn't.
void check(Bytes pattern, Bytes text) {
  const bool matches = glob_match(pattern, text);
  if (sorrel::glob_is_literal(pattern)) VERIFY(matches == (pattern == text));
  // A matching pattern goes on matching when a star is put before or behind it.
  if (!matches || text.empty()) return;
  std::string wider = "*";
  wider += pattern;
  VERIFY(glob_match(wider, text));
  // A pattern that ends inside a class or with a backslash would take the star into it.
  if (pattern.find_first_of("[\\") == Bytes::npos) VERIFY(glob_match(wider + "*", text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes input(reinterpret_cast<const char*>(data), size);
  const size_t middle = input.find('\0');
  const Bytes pattern = input.substr(0, middle);
  const Bytes text = middle == Bytes::npos ? Bytes() : input.substr(middle + 1);
  check(pattern, text);
  glob_match(pattern, text, Case::kIgnored);
  return 0;
}

// SHA-1 (FIPS 180-4): the names of scripts and DEBUG DIGEST. An identity, not a protection: SHA-1
// collisions can be made on purpose.
#pragma once

#include "core/base/bytes.h"

#include <array>
#include <cstdint>
#include <string>

namespace sorrel {

class Sha1 {
 public:
  using Digest = std::array<uint8_t, 20>;

  Sha1& update(Bytes bytes);
  /// The digest of everything so far; afterwards the object is spent.
  Digest finish();

 private:
  static constexpr size_t kBlockBytes = 64;
  void fold_block(const char* block);

  std::array<uint32_t, 5> state_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  std::array<char, kBlockBytes> pending_;
  uint64_t bytes_ = 0;
};

Sha1::Digest sha1(Bytes bytes);
/// 40 hexadecimal digits in lower case.
std::string sha1_hex(Bytes bytes);

}  // namespace sorrel

#include "core/base/sha1.h"

#include "core/base/text.h"

#include <algorithm>
#include <bit>

namespace sorrel {
namespace {

uint32_t load_big_endian(const char* at) {
  uint32_t word = 0;
  for (int i = 0; i < 4; ++i) word = word << 8 | static_cast<unsigned char>(at[i]);
  return word;
}

}  // namespace

void Sha1::fold_block(const char* block) {
  std::array<uint32_t, 80> w;
  for (size_t i = 0; i < 16; ++i) w[i] = load_big_endian(block + 4 * i);
  for (size_t i = 16; i < 80; ++i) {
    w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  }
  auto [a, b, c, d, e] = state_;
  for (size_t i = 0; i < 80; ++i) {
    uint32_t mixed;
    if (i < 20) {
      mixed = (d ^ (b & (c ^ d))) + 0x5a827999;
    } else if (i < 40) {
      mixed = (b ^ c ^ d) + 0x6ed9eba1;
    } else if (i < 60) {
      mixed = ((b & c) | (d & (b | c))) + 0x8f1bbcdc;
    } else {
      mixed = (b ^ c ^ d) + 0xca62c1d6;
    }
    const uint32_t next = std::rotl(a, 5) + mixed + e + w[i];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  const std::array<uint32_t, 5> folded{a, b, c, d, e};
  for (size_t i = 0; i < folded.size(); ++i) state_[i] += folded[i];
}

Sha1& Sha1::update(Bytes bytes) {
  const size_t pending = bytes_ % kBlockBytes;
  bytes_ += bytes.size();
  if (pending != 0) {
    const size_t taken = std::min(bytes.size(), kBlockBytes - pending);
    std::copy_n(bytes.data(), taken, pending_.data() + pending);
    if (pending + taken < kBlockBytes) return *this;
    fold_block(pending_.data());
    bytes.remove_prefix(taken);
  }
  for (; bytes.size() >= kBlockBytes; bytes.remove_prefix(kBlockBytes)) fold_block(bytes.data());
  std::copy(bytes.begin(), bytes.end(), pending_.begin());
  return *this;
}

// A one bit, zeros, and the message's length in bits fill the last block.
Sha1::Digest Sha1::finish() {
  const uint64_t bits = bytes_ * 8;
  const size_t used = bytes_ % kBlockBytes;
  const size_t zeros = (used < 56 ? 55 : 119) - used;
  std::array<char, kBlockBytes + 8> padding{static_cast<char>(0x80)};
  for (size_t i = 0; i < 8; ++i) {
    padding[1 + zeros + i] = static_cast<char>(bits >> (56 - 8 * i));
  }
  update(Bytes(padding.data(), 1 + zeros + 8));
  Digest digest;
  for (size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<uint8_t>(state_[i / 4] >> (24 - 8 * (i % 4)));
  }
  return digest;
}

Sha1::Digest sha1(Bytes bytes) {
  return Sha1().update(bytes).finish();
}

std::string sha1_hex(Bytes bytes) {
  return hex(sha1(bytes));
}

}  // namespace sorrel

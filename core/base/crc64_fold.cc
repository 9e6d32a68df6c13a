#include "core/base/crc64_fold.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace sorrel::crc64_fold {

#ifdef __x86_64__
namespace {

/// x to the power of n, modulo the polynomial, highest coefficient in the lowest bit.
constexpr uint64_t power_of_x(unsigned n) {
  constexpr uint64_t kReflected = 0x95ac9329ac4bc9b5;
  uint64_t power = uint64_t{1} << 63;
  for (; n != 0; --n) power = (power & 1) != 0 ? (power >> 1) ^ kReflected : power >> 1;
  return power;
}

/// What the two halves of 16 bytes are multiplied with to go down by so many bits. One bit less,
/// since the product of two reflected numbers is one bit too low.
struct Factors {
  uint64_t upper;
  uint64_t lower;
};
constexpr Factors factors(unsigned bits) {
  return {power_of_x(bits + 64 - 1), power_of_x(bits - 1)};
}
constexpr Factors kDown512 = factors(512);
constexpr Factors kDown128 = factors(128);
constexpr size_t kLanes = 4;

[[gnu::target("pclmul,sse4.1")]] inline __m128i vector_of(const Factors& factors) {
  return _mm_set_epi64x(static_cast<int64_t>(factors.lower), static_cast<int64_t>(factors.upper));
}
[[gnu::target("pclmul,sse4.1")]] inline __m128i load(const char* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}
/// `value` moved down by as much as the factors say, onto `below`.
[[gnu::target("pclmul,sse4.1")]] inline __m128i down(__m128i value, __m128i factors,
                                                     __m128i below) {
  const __m128i upper = _mm_clmulepi64_si128(value, factors, 0x00);
  const __m128i lower = _mm_clmulepi64_si128(value, factors, 0x11);
  return _mm_xor_si128(_mm_xor_si128(upper, lower), below);
}

}  // namespace

bool available() {
  return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
}

[[gnu::target("pclmul,sse4.1")]] std::array<char, 16> fold(uint64_t crc, Bytes bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  __m128i lanes[kLanes];
  for (__m128i& lane : lanes) {
    lane = load(at);
    at += kStepBytes;
  }
  lanes[0] = _mm_xor_si128(lanes[0], _mm_set_epi64x(0, static_cast<int64_t>(crc)));
  const __m128i far = vector_of(kDown512);
  for (; static_cast<size_t>(end - at) >= kLanes * kStepBytes; at += kLanes * kStepBytes) {
    for (size_t i = 0; i < kLanes; ++i) lanes[i] = down(lanes[i], far, load(at + i * kStepBytes));
  }
  const __m128i near = vector_of(kDown128);
  __m128i sum = lanes[0];
  for (size_t i = 1; i < kLanes; ++i) sum = down(sum, near, lanes[i]);
  for (; at != end; at += kStepBytes) sum = down(sum, near, load(at));
  std::array<char, 16> folded;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(folded.data()), sum);
  return folded;
}
#else
bool available() {
  return false;
}
std::array<char, 16> fold(uint64_t, Bytes) {
  return {};
}
#endif

}  // namespace sorrel::crc64_fold

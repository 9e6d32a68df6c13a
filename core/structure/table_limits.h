// TableLimits: the geometry of a table; and how it reads a hash.
//
// Tests give in tiny limits, so that every split, merge and doubling happens within a few hundred
// keys. All else of the geometry follows from these.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sorrel {

struct TableLimits {
  /// A directory page has at most 2^kPageBits words.
  static constexpr unsigned kPageBits = 9;
  /// The numbers of buckets a segment grows through. With a header of 64 bytes each fills a size
  /// class of the usual allocators: 128, 192, 256, 384 … 4096, 5120, 6144, 7168, 8192 bytes.
  static constexpr std::array<uint8_t, 15> kSteps = {1,  2,  3,  5,  7,  11,  15, 23,
                                                     31, 47, 63, 79, 95, 111, 127};
};

/// What follows from limits: how full a segment gets, and when it shrinks.
template <class Limits>
struct SegmentSizes {
  static constexpr unsigned kSlotsPerBucket = 7;
  static constexpr unsigned kBucketsMax = Limits::kSteps.back();

  /// Full: time to grow. All slots of a few buckets; 0.91 of the slots of many, where the way to a
  /// free neighbour would get long.
  static constexpr unsigned items_max(unsigned buckets) {
    return buckets < 8 ? buckets * kSlotsPerBucket : buckets * 51 / 8;
  }
  static constexpr unsigned index_of(unsigned buckets) {
    unsigned index = 0;
    while (Limits::kSteps[index] < buckets) ++index;
    return index;
  }
  /// The next step up; the last one stays.
  static constexpr unsigned grown(unsigned buckets) {
    const unsigned index = index_of(buckets) + 1;
    return Limits::kSteps[index < Limits::kSteps.size() ? index : Limits::kSteps.size() - 1];
  }
  /// The least buckets that hold `items` with an eighth to spare.
  static constexpr unsigned fitting(unsigned items) {
    for (unsigned buckets : Limits::kSteps) {
      if (items <= items_max(buckets) * 7 / 8) return buckets;
    }
    return kBucketsMax;
  }
  /// Two segments with no more items than this between them become one, well below what splits one.
  static constexpr unsigned kMergeItems = items_max(kBucketsMax) * 5 / 8;
  /// With fewer items than this it is worth looking whether a segment can shrink or merge: so few
  /// that a step fewer buckets have room to spare, and that chance alone doesn't fill them again.
  static constexpr unsigned items_min(unsigned buckets, bool has_buddy) {
    const unsigned index = index_of(buckets);
    const unsigned shrink = index == 0 ? 0 : items_max(Limits::kSteps[index - 1]) * 17 / 20;
    const unsigned merge = has_buddy ? kMergeItems / 2 : 0;
    return shrink > merge ? shrink : merge;
  }
};

/// How a hash is read, from the top: the segment's prefix (as many bits as the segment is deep),
/// then 12 bits for the home bucket; and the lowest 7 bits are the tag.
///
/// A slot keeps 16 bits of the hash: those from the last multiple of four below the segment's
/// depth. So a split finds its bit and the new home in them, and only every fourth split needs the
/// key.
struct HashBits {
  static constexpr unsigned kHomeBits = 12;
  static constexpr unsigned kSlotBits = 16;
  static constexpr unsigned kRefresh = 4;
  /// Deeper would leave too few bits; no table gets there while hashes are hashes.
  static constexpr unsigned kDepthMax = 44;

  static unsigned slot_bits(uint64_t hash, unsigned depth) {
    return static_cast<unsigned>((hash << (depth & ~(kRefresh - 1))) >> (64 - kSlotBits));
  }
  /// The 12 bits below the prefix, out of a slot's 16.
  static unsigned home_bits(unsigned slot_bits, unsigned depth) {
    return (slot_bits >> (kSlotBits - kHomeBits - depth % kRefresh)) & ((1u << kHomeBits) - 1);
  }
  static unsigned home_bits(uint64_t hash, unsigned depth) {
    return static_cast<unsigned>((hash << depth) >> (64 - kHomeBits));
  }
  static unsigned home(unsigned home_bits, unsigned buckets) {
    return (home_bits * buckets) >> kHomeBits;
  }
  /// The bit that decides where a slot of a segment of this depth goes when it splits.
  static bool split_bit(unsigned slot_bits, unsigned depth) {
    return ((slot_bits >> (kSlotBits - 1 - depth % kRefresh)) & 1) != 0;
  }
  /// The slot bits at `to` aren't a part of those at `from`: the key must be asked.
  static bool needs_refresh(unsigned from, unsigned to) { return from / kRefresh != to / kRefresh; }
  /// Never 0: bit 7 says that the slot is taken.
  static uint8_t tag(uint64_t hash) { return static_cast<uint8_t>(hash | 0x80); }
};

}  // namespace sorrel

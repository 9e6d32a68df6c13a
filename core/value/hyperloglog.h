// HyperLogLog: the string that counts different elements, and what may be done with its bytes.
//
//   0      4          5        8                  16
//   "HYLL" | encoding | unused | cardinality (8) | registers …
//
// The cardinality is the last one that was computed, little endian; its highest bit says that the
// registers have changed since. There are 2^14 registers of 6 bits: an element's hash chooses one
// (14 bits) and gives a rank (how many of the other 50 end in zeros, plus one); the register keeps
// the highest.
//   dense (0)    bit 6 i and up of a little-endian stream is register i: 12288 bytes
//   sparse (1)   runs of equal registers, hyperloglog_sparse.h
// The layout is Redis's, to the byte: the strings are dumped, copied and compared by their users.
// P. Flajolet et al. (2007) is the algorithm, S. Heule et al. (2013) the 64-bit hash.
//
// A HyperLogLog is a view of bytes that somebody else owns, which any client may have written with
// SET: is_one() has looked at the header, and everything else says when the registers are corrupt.
#pragma once

#include "core/base/bytes.h"
#include "core/value/hyperloglog_sparse.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace sorrel {

class HyperLogLog {
 public:
  static constexpr unsigned kIndexBits = 14;
  static constexpr uint32_t kRegisters = 1u << kIndexBits;
  static constexpr unsigned kRankMax = 64 - kIndexBits + 1;
  static constexpr size_t kHeaderBytes = 16;
  static constexpr size_t kDenseBytes = kHeaderBytes + kRegisters * 6 / 8;
  /// Unpacked: a byte a register.
  using Registers = std::array<uint8_t, kRegisters>;

  /// Where an element counts, and as what.
  struct Element {
    uint32_t index;
    uint8_t rank;
  };
  static Element element(Bytes bytes);

  /// Whether the string looks like one.
  static bool is_one(Bytes string);
  /// Only when is_one(string).
  explicit HyperLogLog(Bytes string) : string_(string) {}

  bool is_sparse() const { return string_[kEncodingOffset] == kSparse; }
  size_t bytes() const { return string_.size(); }
  /// Empty when the registers have changed since it was computed.
  std::optional<uint64_t> cached_cardinality() const;
  /// Empty when it is corrupt, as below.
  std::optional<uint64_t> cardinality() const;
  /// Raises each of `registers` to what it is here; false when this is corrupt.
  bool merge_into(Registers& registers) const;
  /// The runs of a sparse one: "Z:5 v:2,1 z:9": long zeros, values (rank, registers), zeros.
  std::string runs_text() const;

  // ---- Making other bytes.

  /// One that has seen nothing, its cardinality not computed.
  static std::string empty();
  /// The same registers; empty when it is corrupt.
  std::optional<std::string> to_dense() const;
  /// Writes the cardinality into the header; eight bytes at `string` + kCardinalityOffset change.
  static void cache_cardinality(char* string, uint64_t cardinality);

  /// What add() and merge() have to say.
  struct Change {
    bool corrupt = false;
    size_t raised = 0;        // registers
    std::string replacement;  // empty: nothing changed, or it was changed in place
  };
  /// Counts elements. A dense one is changed where it stands: `in_place()` is called, once and only
  /// if need be, and gives the same bytes, writable. A sparse one, which may grow to
  /// `sparse_bytes_max`, gets a replacement.
  Change add(std::span<const Bytes> elements, size_t sparse_bytes_max,
             const std::function<char*()>& in_place) const;
  /// All registers raised to those given, in a replacement; dense if it must be or `dense` asks.
  Change merge(const Registers& registers, bool dense, size_t sparse_bytes_max) const;

  /// What several sparse ones have counted together, from their runs; empty when one is corrupt.
  static std::optional<uint64_t> cardinality_of_sparse(std::span<const HyperLogLog> sparse);
  /// The estimate of registers that are nobody's string.
  static uint64_t cardinality_of(const Registers& registers);

  static constexpr size_t kCardinalityOffset = 8;

 private:
  static constexpr size_t kEncodingOffset = 4;
  static constexpr char kDense = 0;
  static constexpr char kSparse = 1;

  Bytes registers() const { return string_.substr(kHeaderBytes); }
  Change add_dense(std::span<const Bytes> elements, const std::function<char*()>& in_place) const;
  static bool raise_register(std::string& text, const Element& element, size_t sparse_bytes_max,
                             Change& change);

  Bytes string_;
};

}  // namespace sorrel

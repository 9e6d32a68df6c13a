// Reply: one reply of RESP2 or RESP3 as a tree, in two allocations whatever its shape.
//
//   bytes:  %1\r\n$4\r\nname\r\n*2\r\n:1\r\n:2\r\n            the reply as it was received
//   nodes:  [ 1 | 2 | name | array(2)→0 | map(2)→2 ]         children side by side, the root last
//
// Immutable and self-contained: texts are views into the reply's own bytes and live as long as it.
// A map's children are key, value, key, value; an attribute's are its keys and values and, last,
// the reply that it belongs to.
#pragma once

#include "core/base/bytes.h"
#include "core/base/check.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sorrel {

enum class ReplyType : uint8_t {
  kSimple,
  kError,
  kBulkError,
  kInteger,
  kBulk,
  kVerbatim,
  kBigNumber,
  kNull,  // also RESP2's null bulk string and null array
  kReal,
  kBoolean,
  kArray,
  kMap,
  kSet,
  kPush,
  kAttribute,
};

/// RESP3 has one null, RESP2 has two.
enum class NullForm : uint8_t { kNull, kNullBulk, kNullArray };

/// A node as it is stored: `size` bytes of text at `offset`, or `size` children from node `offset`
/// on; of a null, `size` is its form.
struct ReplyNode {
  ReplyType type = ReplyType::kNull;
  size_t size = 0;
  union {
    size_t offset = 0;
    int64_t integer;
  };
};

/// A real as servers write it; nan, too.
std::optional<double> parse_reply_real(Bytes digits);

class Reply;

/// A place in a Reply; valid as long as the Reply stays where it is.
class ReplyView {
 public:
  ReplyView(const Reply& reply, const ReplyNode& node) : reply_(&reply), node_(&node) {}

  ReplyType type() const { return node_->type; }
  const ReplyNode& node() const { return *node_; }
  bool is_error() const { return type() == ReplyType::kError || type() == ReplyType::kBulkError; }
  bool is_null() const { return type() == ReplyType::kNull; }
  /// Of a null: how it was written.
  NullForm null_form() const { return static_cast<NullForm>(node_->size); }
  bool is_aggregate() const { return type() >= ReplyType::kArray; }

  /// Of an integer, or of a boolean as 0 or 1; 0 otherwise.
  int64_t integer() const;
  /// Of a real; 0 otherwise.
  double real() const;
  /// Of everything that is written as text, a real's digits too; empty otherwise. A verbatim
  /// string's without its format.
  Bytes text() const;
  /// The three letters of a verbatim string; empty otherwise.
  Bytes format() const;

  /// Children of an aggregate: twice the pairs of a map.
  size_t size() const { return is_aggregate() ? node_->size : 0; }
  ReplyView operator[](size_t child) const;
  /// The value of a pair: in a map, and in the flat array that RESP2 has in its place.
  std::optional<ReplyView> find(Bytes key) const;
  /// The reply itself if it wears an attribute.
  ReplyView without_attribute() const;

 private:
  const Reply* reply_;
  const ReplyNode* node_;
};

class Reply {
 public:
  /// The null reply.
  Reply() : nodes_(1) {}
  /// `nodes` as the ReplyReader makes them, the root last, with offsets into `bytes`.
  Reply(std::string bytes, std::vector<ReplyNode> nodes)
      : bytes_(std::move(bytes)), nodes_(std::move(nodes)) {
    VERIFY(!nodes_.empty());
  }

  ReplyView root() const { return ReplyView(*this, nodes_.back()); }
  /// The reply as it was received.
  Bytes bytes() const { return bytes_; }
  /// The nodes, the root last.
  std::span<const ReplyNode> nodes() const { return nodes_; }
  /// Puts a NUL behind every text, where the protocol has a CR: for C. bytes() is no reply then.
  void terminate_texts();
  size_t memory_bytes() const { return bytes_.capacity() + nodes_.capacity() * sizeof(ReplyNode); }

 private:
  friend class ReplyView;
  std::string bytes_;
  std::vector<ReplyNode> nodes_;
};

}  // namespace sorrel

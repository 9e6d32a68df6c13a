// sorrel_reply: a Reply as the C interface hands it out.
//
//   ReplyTree: [references | Reply: bytes, nodes | parts: one pointer to the tree for each node]
//
// A sorrel_reply is one of the parts; its place among them is the node's place among the nodes, so
// a part costs a pointer and leads to its tree. The tree is immutable and counted as a whole.
#pragma once

#include "core/resp/reply.h"
#include "sorrel/sorrel.h"

#include <atomic>
#include <cstdint>
#include <vector>

namespace sorrel {
class ReplyTree;
}

struct sorrel_reply {
  sorrel::ReplyTree* tree;
};

namespace sorrel {

class ReplyTree {
 public:
  /// The root, with one reference.
  static sorrel_reply* make(Reply reply);

  ReplyView view(const sorrel_reply& part) const;
  /// The part that is this view of the tree's reply.
  sorrel_reply* part(const ReplyView& view);
  void add_reference() { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop_reference();

 private:
  explicit ReplyTree(Reply reply);

  std::atomic<uint64_t> references_{1};
  Reply reply_;
  std::vector<sorrel_reply> parts_;
};

}  // namespace sorrel

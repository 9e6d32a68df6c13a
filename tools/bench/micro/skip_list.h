// SkipList: what the tree is measured against: Pugh's skip list with spans, as sorted sets are
// commonly made of (p = 1/4, at most 32 levels, a node is one allocation).
#pragma once

#include "core/base/random.h"
#include "core/structure/heap.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>

namespace sorrel {

class SkipList {
 public:
  struct Node;
  struct Level {
    Node* next;
    uint64_t span;
  };
  struct Node {
    double score;
    const void* member;
    Node* back;
    unsigned height;
    Level* levels() { return reinterpret_cast<Level*>(this + 1); }
    static size_t bytes(unsigned height) { return sizeof(Node) + height * sizeof(Level); }
  };

  explicit SkipList(Heap& heap) : heap_(heap), head_(make(kHeightMax, 0, nullptr)) {
    for (unsigned i = 0; i < kHeightMax; ++i) head_->levels()[i] = Level{nullptr, 0};
  }
  ~SkipList() {
    for (Node* node = head_; node != nullptr;) {
      Node* next = node->levels()[0].next;
      heap_.free(node, Node::bytes(node->height));
      node = next;
    }
  }
  SkipList(const SkipList&) = delete;
  SkipList& operator=(const SkipList&) = delete;

  void insert(double score, const void* member) {
    Trail trail = find(score);
    const unsigned height = random_height();
    for (; height_ < height; ++height_) {
      trail.nodes[height_] = head_;
      trail.ranks[height_] = 0;
      head_->levels()[height_].span = size_;
    }
    Node* made = make(height, score, member);
    for (unsigned i = 0; i < height_; ++i) {
      Level& before = trail.nodes[i]->levels()[i];
      if (i >= height) {
        ++before.span;
        continue;
      }
      const uint64_t skipped = trail.ranks[0] - trail.ranks[i];
      made->levels()[i] = Level{before.next, before.span - skipped};
      before = Level{made, skipped + 1};
    }
    made->back = trail.nodes[0];
    Node* next = made->levels()[0].next;
    if (next != nullptr) next->back = made;
    ++size_;
  }
  bool erase(double score) {
    Trail trail = find(score);
    Node* node = trail.nodes[0]->levels()[0].next;
    if (node == nullptr || node->score != score) return false;
    for (unsigned i = 0; i < height_; ++i) {
      Level& before = trail.nodes[i]->levels()[i];
      if (before.next == node) {
        before = Level{node->levels()[i].next, before.span + node->levels()[i].span - 1};
      } else {
        --before.span;
      }
    }
    Node* next = node->levels()[0].next;
    if (next != nullptr) next->back = node->back;
    heap_.free(node, Node::bytes(node->height));
    --size_;
    return true;
  }
  /// How many are before `score`.
  uint64_t rank(double score) { return find(score).ranks[0]; }
  Node* lower_bound(double score) { return find(score).nodes[0]->levels()[0].next; }
  Node* at(uint64_t rank) {
    Node* node = head_;
    uint64_t passed = 0;
    for (unsigned i = height_; i-- > 0;) {
      for (; node->levels()[i].next != nullptr && passed + node->levels()[i].span <= rank + 1;) {
        passed += node->levels()[i].span;
        node = node->levels()[i].next;
      }
    }
    return node;
  }

 private:
  static constexpr unsigned kHeightMax = 32;
  struct Trail {
    std::array<Node*, kHeightMax> nodes;
    std::array<uint64_t, kHeightMax> ranks;
  };

  Trail find(double score) {
    Trail trail;
    Node* node = head_;
    uint64_t rank = 0;
    trail.nodes[0] = head_;
    trail.ranks[0] = 0;
    for (unsigned i = height_; i-- > 0;) {
      while (node->levels()[i].next != nullptr && node->levels()[i].next->score < score) {
        rank += node->levels()[i].span;
        node = node->levels()[i].next;
      }
      trail.nodes[i] = node;
      trail.ranks[i] = rank;
    }
    return trail;
  }
  unsigned random_height() {
    unsigned height = 1;
    while (height < kHeightMax && (random_.next() & 3) == 0) ++height;
    return height;
  }
  Node* make(unsigned height, double score, const void* member) {
    return ::new (heap_.allocate(Node::bytes(height))) Node{score, member, nullptr, height};
  }

  Heap& heap_;
  Random random_{11};
  Node* head_;
  unsigned height_ = 1;
  uint64_t size_ = 0;
};

}  // namespace sorrel

// tree_bench: what the tree costs by itself, against a skip list.
//
//   tree_bench [SLOTS] [NODE_BYTES]     nanoseconds of CPU at SLOTS (2 million): insert in random
//                                       order, at the end, at the front; find, rank, by rank, range
//                                       of 100, extract; bytes a slot. NODE_BYTES: 512, 1024, 2048
//
// A slot is a sorted set's: a score and a pointer to the member, 16 bytes.
#include "core/structure/slab_heap.h"
#include "core/structure/tree.h"
#include "server/jemalloc_allocator.h"
#include "tools/bench/micro/skip_list.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

namespace sorrel {
namespace {

template <unsigned kNodeBytes>
struct Scores {
  struct Slot {
    double score;
    const void* member;
  };
  static constexpr uint8_t kNodeKind = 1;
  static constexpr unsigned kLeafBytes = kNodeBytes;
  static constexpr unsigned kInnerBytes = kNodeBytes;
  static constexpr bool kOrdered = true;
  static constexpr bool kOwns = false;
  static int compare(double key, const Slot& slot) {
    return key < slot.score ? -1 : key > slot.score ? 1 : 0;
  }
};

/// CPU time of this thread.
double now_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

template <class Operation>
double nanoseconds(size_t operations, Operation&& operation) {
  const double start = now_ns();
  for (size_t i = 0; i < operations; ++i) operation(i);
  return (now_ns() - start) / static_cast<double>(operations);
}

constexpr size_t kRange = 100;

template <class Policy>
class TreeBench {
 public:
  explicit TreeBench(size_t slots) : slots_(slots), heap_(program_allocator()), epoch_(heap_) {}

  void run() {
    Tree<Policy> tree(epoch_);
    Random random(3);
    row("insert, random", nanoseconds(slots_, [&](size_t) { insert(tree, random.unit()); }));
    std::printf("%-22s %7.1f, nodes filled to %.2f\n", "  bytes a slot", bytes_a_slot(tree),
                static_cast<double>(sizeof(typename Policy::Slot)) / bytes_a_slot(tree));
    uint64_t sum = 0;
    row("rank",
        nanoseconds(slots_ / 4, [&](size_t) { sum += tree.lower_bound(random.unit()).offset(); }));
    row("find",
        nanoseconds(slots_ / 4, [&](size_t) { sum += tree.lower_bound(random.unit()) ? 1 : 0; }));
    row("by rank", nanoseconds(slots_ / 4, [&](size_t) {
          sum += static_cast<uint64_t>(tree.at(random.below(slots_))->score);
        }));
    row("range of 100", nanoseconds(slots_ / 16, [&](size_t) {
          auto cursor = tree.at(random.below(slots_ - kRange));
          for (size_t i = 0; i < kRange; ++i, cursor.next()) {
            sum += reinterpret_cast<uintptr_t>(cursor->member);
          }
        }));
    row("extract and insert", nanoseconds(slots_ / 2, [&](size_t) {
          auto cursor = tree.at(random.below(slots_));
          tree.extract(cursor);
          insert(tree, random.unit());
        }));
    std::printf("%-22s %7.1f\n", "  bytes a slot", bytes_a_slot(tree));
    row("extract, random", nanoseconds(slots_ / 2, [&](size_t) {
          auto cursor = tree.at(random.below(tree.slots()));
          tree.extract(cursor);
        }));
    std::printf("%-22s %7.1f\n", "  bytes a slot", bytes_a_slot(tree));
    tree.clear();
    while (epoch_.reclaim(1024)) {
    }
    in_order(tree);
    if (sum == 0) std::puts("nothing found");
  }

 private:
  static void row(const char* name, double time) { std::printf("%-22s %7.1f ns\n", name, time); }
  static double bytes_a_slot(const Tree<Policy>& tree) {
    return static_cast<double>(tree.bytes()) / static_cast<double>(tree.slots());
  }
  static void insert(Tree<Policy>& tree, double score) {
    auto cursor = tree.upper_bound(score);
    tree.insert(cursor, {score, nullptr});
  }
  void in_order(Tree<Policy>& tree) {
    row("insert, ascending",
        nanoseconds(slots_, [&](size_t i) { insert(tree, static_cast<double>(i)); }));
    std::printf("%-22s %7.1f\n", "  bytes a slot", bytes_a_slot(tree));
    row("pop the first", nanoseconds(slots_, [&](size_t) {
          auto cursor = tree.begin();
          tree.extract(cursor);
        }));
    row("append", nanoseconds(slots_, [&](size_t i) {
          tree.append({static_cast<double>(i), nullptr});
        }));
    tree.clear();
    row("insert, descending",
        nanoseconds(slots_, [&](size_t i) { insert(tree, -static_cast<double>(i)); }));
    std::printf("%-22s %7.1f\n", "  bytes a slot", bytes_a_slot(tree));
    tree.clear();
    // Many rising runs at a time, as of time series side by side.
    row("insert, 100 runs", nanoseconds(slots_, [&](size_t i) {
          insert(tree, static_cast<double>(i % 100) * 1e9 + static_cast<double>(i));
        }));
    std::printf("%-22s %7.1f\n", "  bytes a slot", bytes_a_slot(tree));
    tree.clear();
    while (epoch_.reclaim(1024)) {
    }
  }

  size_t slots_;
  SlabHeap heap_;
  Epoch epoch_;
};

void run_skip_list(size_t slots) {
  SlabHeap heap(program_allocator());
  SkipList list(heap);
  Random random(3);
  uint64_t sum = 0;
  const auto row = [](const char* name, double time) {
    std::printf("%-22s %7.1f ns\n", name, time);
  };
  std::puts("skip list");
  row("insert, random", nanoseconds(slots, [&](size_t) { list.insert(random.unit(), nullptr); }));
  std::printf("%-22s %7.1f\n", "  bytes a slot",
              static_cast<double>(heap.used()) / static_cast<double>(slots));
  row("rank", nanoseconds(slots / 4, [&](size_t) { sum += list.rank(random.unit()); }));
  row("find", nanoseconds(slots / 4, [&](size_t) {
        sum += list.lower_bound(random.unit()) != nullptr ? 1 : 0;
      }));
  row("by rank", nanoseconds(slots / 4, [&](size_t) {
        sum += static_cast<uint64_t>(list.at(random.below(slots))->score);
      }));
  row("range of 100", nanoseconds(slots / 16, [&](size_t) {
        auto* node = list.at(random.below(slots - kRange));
        for (size_t i = 0; i < kRange; ++i, node = node->levels()[0].next) {
          sum += reinterpret_cast<uintptr_t>(node->member);
        }
      }));
  row("extract and insert", nanoseconds(slots / 2, [&](size_t) {
        list.erase(list.at(random.below(slots))->score);
        list.insert(random.unit(), nullptr);
      }));
  if (sum == 0) std::puts("nothing found");
}

}  // namespace
}  // namespace sorrel

int main(int argc, char** argv) {
  const size_t slots = argc > 1 ? std::stoul(argv[1]) : 2'000'000;
  const std::string bytes = argc > 2 ? argv[2] : "";
  const auto is_asked = [&](const char* size) { return bytes.empty() || bytes == size; };
  const auto announce = [](const char* size) { std::printf("tree, nodes of %s bytes\n", size); };
  if (is_asked("512")) {
    announce("512");
    sorrel::TreeBench<sorrel::Scores<512>>(slots).run();
  }
  if (is_asked("1024")) {
    announce("1024");
    sorrel::TreeBench<sorrel::Scores<1024>>(slots).run();
  }
  if (is_asked("2048")) {
    announce("2048");
    sorrel::TreeBench<sorrel::Scores<2048>>(slots).run();
  }
  if (is_asked("skiplist")) sorrel::run_skip_list(slots);
  return 0;
}

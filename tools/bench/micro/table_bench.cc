// table_bench: what the table costs by itself.
//
//   table_bench curve [ITEMS]         grows to ITEMS (10 million) and prints, at eight sizes an
//   octave,
//                                     bytes an item (with and without the item's own block)
//   table_bench time [ITEMS]          nanoseconds of insert, find, batched find, miss, update,
//   erase;
//                                     the worst single insert; clear() and the slices that free it
//   table_bench count WHAT ITEMS OPS  runs OPS operations of one sort (find, miss, update, churn:
//   insert
//                                     and erase) for callgrind: the difference between two OPS
//                                     counts
//
// An item is an entry as the keyspace has them: 8 bytes of header, a 16-byte key, 32 bytes of
// value.
#include "core/base/hash.h"
#include "core/structure/slab_heap.h"
#include "core/structure/table.h"
#include "server/jemalloc_allocator.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

namespace sorrel {
namespace {

constexpr uint64_t kSeed = 0x5eed;

struct Item {
  static constexpr uint8_t kKind = 0;
  uint64_t header;
  char key[16];
  char value[32];

  std::string_view table_key() const { return {key, sizeof key}; }
  static size_t bytes(const Item&) { return sizeof(Item); }
  static uint64_t rehash(const Item& item, const void*) {
    return hash_bytes(item.table_key(), kSeed);
  }
};
static_assert(sizeof(Item) == 56);

/// "key:" and twelve digits.
struct Key {
  explicit Key(uint64_t number) {
    std::memcpy(bytes, "key:", 4);
    for (int i = 15; i >= 4; --i, number /= 10) bytes[i] = static_cast<char>('0' + number % 10);
  }
  std::string_view view() const { return {bytes, sizeof bytes}; }
  uint64_t hash() const { return hash_bytes(view(), kSeed); }
  char bytes[16];
};

/// CPU time of this thread: what other programs do meanwhile is none of our pauses.
uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

class Bench {
 public:
  Bench()
      : heap_(program_allocator()),
        epoch_(heap_),
        table_(epoch_, Item::rehash, nullptr),
        random_(7) {}
  ~Bench() { table_.clear(); }

  void insert(uint64_t number) {
    const Key key(number);
    auto* item = ::new (heap_.allocate(sizeof(Item))) Item{};
    std::memcpy(item->key, key.bytes, sizeof item->key);
    table_.insert(Owned<Item>::adopt(item, epoch_), key.hash());
  }
  bool find(uint64_t number) const {
    const Key key(number);
    return table_.find(key.view(), key.hash()) != nullptr;
  }
  void update(uint64_t number) {
    const Key key(number);
    table_.thaw(table_.locate(key.view(), key.hash())).value[0] ^= 1;
  }
  void erase(uint64_t number) {
    const Key key(number);
    const auto place = table_.locate(key.view(), key.hash());
    if (place) table_.extract(place).drop(epoch_);
  }

  void curve(size_t items);
  void time(size_t items);
  void count(const std::string& what, size_t items, size_t operations);

 private:
  template <class Operation>
  void timed(const char* name, size_t operations, Operation&& operation) {
    const uint64_t start = now_ns();
    for (size_t i = 0; i < operations; ++i) operation(i);
    std::printf("%-22s %6.1f ns\n", name,
                static_cast<double>(now_ns() - start) / static_cast<double>(operations));
  }
  void time_each_insert(size_t items);
  void time_finds(size_t items);
  void time_batches(size_t items);
  void time_clear();

  SlabHeap heap_;
  Epoch epoch_;
  Table<Item> table_;
  Random random_;
};

void Bench::curve(size_t items) {
  std::printf("%12s %12s %12s %10s %8s\n", "items", "table", "total", "of slots", "away");
  double worst = 0;
  double sum = 0;
  size_t rows = 0;
  double next = static_cast<double>(items) / 16;
  for (size_t i = 0; i < items; ++i) {
    insert(i);
    if (static_cast<double>(i + 1) < next) continue;
    next *= 1.0905;  // eight steps an octave
    const TableStats stats = table_.stats();
    const auto count = static_cast<double>(i + 1);
    const double total = static_cast<double>(heap_.used()) / count;
    std::printf("%12zu %12.2f %12.2f %9.1f%% %7.1f%%\n", i + 1,
                static_cast<double>(table_.bytes()) / count, total,
                100 * count / (7.0 * static_cast<double>(stats.buckets)),
                100 * static_cast<double>(stats.away) / count);
    worst = std::max(worst, total);
    sum += total;
    ++rows;
  }
  std::printf("mean %.2f, worst %.2f bytes an item\n", sum / static_cast<double>(rows), worst);
}

void Bench::time(size_t items) {
  time_each_insert(items);
  time_finds(items);
  time_batches(items);
  timed("erase + insert", items / 4, [&](size_t) {
    const uint64_t number = random_.below(items);
    erase(number);
    insert(number);
  });
  time_clear();
}

/// Each insert with its own clock: for the worst, and for the mean with the clock's cost taken off.
void Bench::time_each_insert(size_t items) {
  std::vector<uint32_t> each(items);
  uint64_t start = now_ns();
  for (size_t i = 0; i < items; ++i) each[i] = static_cast<uint32_t>(now_ns() & 1);
  const uint64_t clocks = 2 * (now_ns() - start);
  start = now_ns();
  for (size_t i = 0; i < items; ++i) {
    const uint64_t before = now_ns();
    insert(i);
    each[i] = static_cast<uint32_t>(now_ns() - before);
  }
  const uint64_t all = now_ns() - start;
  std::printf("%-22s %6.1f ns\n", "insert",
              static_cast<double>(all - clocks) / static_cast<double>(items));
  std::sort(each.begin(), each.end());
  std::printf("  p99 %.1f us, p99.99 %.1f us, worst %.1f us\n", each[items * 99 / 100] / 1e3,
              each[items / 10000 * 9999] / 1e3, each.back() / 1e3);
}

void Bench::time_finds(size_t items) {
  size_t found = 0;
  timed("hash alone", items / 2, [&](size_t) { found += Key(random_.below(items)).hash() & 1; });
  timed("find", items / 2, [&](size_t) { found += find(random_.below(items)); });
  timed("miss", items / 2, [&](size_t) { found += find(items + random_.below(items)); });
  timed("update", items / 2, [&](size_t) { update(random_.below(items)); });
  if (found == 0) std::puts("nothing found");
}

void Bench::time_batches(size_t items) {
  constexpr size_t kBatch = 32;
  size_t found = 0;
  const uint64_t start = now_ns();
  const size_t batches = items / 2 / kBatch;
  for (size_t batch = 0; batch < batches; ++batch) {
    std::vector<Key> keys;
    uint64_t hashes[kBatch];
    keys.reserve(kBatch);
    for (size_t i = 0; i < kBatch; ++i) keys.emplace_back(random_.below(items));
    for (size_t i = 0; i < kBatch; ++i) {
      hashes[i] = keys[i].hash();
      table_.prefetch_bucket(hashes[i]);
    }
    for (size_t i = 0; i < kBatch; ++i) table_.prefetch_entry(hashes[i]);
    for (size_t i = 0; i < kBatch; ++i) found += table_.find(keys[i].view(), hashes[i]) != nullptr;
  }
  std::printf("%-22s %6.1f ns\n", "find, batches of 32",
              static_cast<double>(now_ns() - start) / static_cast<double>(batches * kBatch));
  if (found != batches * kBatch) std::puts("not all found");
}

void Bench::time_clear() {
  const auto items = static_cast<double>(table_.size());
  uint64_t start = now_ns();
  table_.clear();
  std::printf("%-22s %6.1f us\n", "clear", static_cast<double>(now_ns() - start) / 1e3);
  uint64_t worst = 0;
  uint64_t total = 0;
  bool more = true;
  while (more) {
    start = now_ns();
    more = epoch_.reclaim(64);
    const uint64_t slice = now_ns() - start;
    worst = std::max(worst, slice);
    total += slice;
  }
  std::printf("freeing in slices of 64: %.1f ns an item, worst slice %.1f us; %zu bytes left\n",
              static_cast<double>(total) / items, static_cast<double>(worst) / 1e3, heap_.used());
}

void Bench::count(const std::string& what, size_t items, size_t operations) {
  for (size_t i = 0; i < items; ++i) insert(i);
  size_t found = 0;
  const auto repeat = [&](auto&& operation) {
    for (size_t i = 0; i < operations; ++i) operation(i * 7919 % items);
  };
  if (what == "find") repeat([&](uint64_t number) { found += find(number); });
  if (what == "miss") repeat([&](uint64_t number) { found += find(items + number); });
  if (what == "update") repeat([&](uint64_t number) { update(number); });
  if (what == "churn") {
    repeat([&](uint64_t number) {
      erase(number);
      insert(number);
    });
  }
  if (what == "hash") repeat([&](uint64_t number) { found += Key(number).hash() & 1; });
  std::printf("%zu\n", found);
}

}  // namespace
}  // namespace sorrel

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  sorrel::Bench bench;
  if (mode == "count" && argc == 5) {
    bench.count(argv[2], std::stoul(argv[3]), std::stoul(argv[4]));
    return 0;
  }
  const size_t items = argc > 2 ? std::stoul(argv[2]) : 10'000'000;
  if (mode == "curve") {
    bench.curve(items);
  } else if (mode == "time") {
    bench.time(items);
  } else {
    std::puts("table_bench curve [ITEMS] | time [ITEMS] | count WHAT ITEMS OPS");
    return 2;
  }
  return 0;
}

// Commands that change more than one key, or a key in more than one step, when there is no memory
// for some step: everything is as it was, whether a snapshot lives or not, and nothing leaks.

#include "core/digest.h"
#include "tests/support/failing_memory.h"
#include "tests/support/local_engine.h"

#include <catch2/catch.hpp>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

using namespace sorrel;

namespace {

/// The memory of an engine's data: from a certain allocation on there is none.
class FailingHost {
 public:
  ~FailingHost() { CHECK(blocks_ == 0); }
  void fail_after(size_t allocations) { left_ = allocations; }
  void recover() { left_ = SIZE_MAX; }
  Allocator table() {
    Allocator table = system_allocator();
    table.context = this;
    table.allocate = [](void* host, size_t bytes) {
      return static_cast<FailingHost*>(host)->take(bytes);
    };
    table.free = [](void* host, void* pointer, size_t) {
      --static_cast<FailingHost*>(host)->blocks_;
      std::free(pointer);
    };
    return table;
  }

 private:
  void* take(size_t bytes) {
    if (left_ == 0) return nullptr;
    --left_;
    ++blocks_;
    return std::malloc(bytes);
  }

  size_t left_ = SIZE_MAX;
  size_t blocks_ = 0;
};

/// Words between spaces; LONG stands for a text that no small encoding takes.
std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) {
    words.push_back(word == "LONG" ? std::string(9000, 'x') : word);
  }
  return words;
}

void execute(LocalEngine& local, const std::vector<std::string>& words) {
  const std::vector<Bytes> views(words.begin(), words.end());
  local.engine.execute(local.session, views);
}

class FrozenData {
 public:
  explicit FrozenData(Engine& engine) : epoch_(engine.epoch()), id_(epoch_.begin_snapshot()) {
    for (const auto& database : engine.databases()) database->table().freeze();
  }
  ~FrozenData() { epoch_.end_snapshot(id_); }
  FrozenData(const FrozenData&) = delete;
  FrozenData& operator=(const FrozenData&) = delete;

 private:
  Epoch& epoch_;
  const SnapshotId id_;
};

struct Attempt {
  const char* command;
  std::vector<const char*> before;
};

enum class Memory : uint8_t { kOfData, kOfProgram };

/// All data; the digest knows nothing of the groups of a stream.
std::string state_of(LocalEngine& local) {
  const Digest digest = digest_all(local.engine);
  return std::string(digest.begin(), digest.end()) + local.run("XINFO", "GROUPS", "s");
}

/// One attempt in which `allocations` succeed. True when that was enough.
bool succeeds(const Attempt& tried, Memory kind, size_t allocations, bool frozen) {
  FailingHost memory;
  LocalEngine local(HeapKind::kPassThrough, memory.table());
  for (const char* line : tried.before) execute(local, words_of(line));
  local.session.output.consume(local.session.output.size());
  const std::string before = state_of(local);
  const std::vector<std::string> words = words_of(tried.command);
  std::unique_ptr<FrozenData> snapshot;
  if (frozen) snapshot = std::make_unique<FrozenData>(local.engine);
  if (kind == Memory::kOfData) {
    memory.fail_after(allocations);
    execute(local, words);
    memory.recover();
  } else {
    const std::vector<Bytes> views(words.begin(), words.end());
    const FailingMemory failing(allocations);
    local.engine.execute(local.session, views);
  }
  const std::string reply = local.session.output.to_string();
  local.session.output.consume(local.session.output.size());
  const bool failed = reply.starts_with("-OOM");
  CHECK((failed || !reply.starts_with("-")));
  CHECK((state_of(local) == before) == failed);
  return !failed;
}

const Attempt kAttempts[] = {
    {"RENAME from to", {"RPUSH from a LONG c", "EXPIRE from 1000"}},
    {"RENAME from to", {"RPUSH from a LONG c", "SET to LONG"}},
    {"MOVE from 1", {"RPUSH from a LONG c", "EXPIRE from 1000"}},
    {"COPY from to", {"RPUSH from a LONG c", "EXPIRE from 1000"}},
    {"SMOVE from to a", {"SADD from a b", "SADD to c d"}},
    {"SMOVE from to a", {"SADD from a b"}},
    {"SMOVE from to a", {"SADD from a", "SADD to c"}},
    {"SMOVE from to a", {"SADD from a", "SADD to a b"}},
    {"SMOVE from to a", {"SADD from a b", "SADD to 1 2 3"}},
    {"SMOVE from to LONG", {"SADD from LONG", "SADD to 1 2 3"}},
    {"SMOVE from to LONG", {"SADD from LONG b", "SADD to c LONGER"}},
    {"SMOVE from to 1", {"SADD from 1 2 3", "SADD to 4 5"}},
    {"SMOVE from to a", {"SADD from a b", "SEXPIRE from 100 MEMBERS 1 a", "SADD to c"}},
    {"SADD to LONG", {"SET other v"}},
    {"SADD to LONG", {"SADD to 1 2 3"}},
    {"SADD to 4", {"CONFIG SET set-max-intset-entries 3", "SADD to 1 2 3"}},
    {"HSET to a LONG", {"SET other v"}},
    {"ZADD to 1 LONG", {"SET other v"}},
    {"SINTERSTORE to one two", {"SADD one a b LONG", "SADD two b LONG", "SET to LONG"}},
    {"SUNIONSTORE to one two", {"SADD one a b LONG", "SADD two b LONG", "SADD to x"}},
    {"SDIFFSTORE one one two", {"SADD one a b LONG", "SADD two b"}},
    {"SDIFFSTORE one one two", {"SADD one a b LONG", "SADD two a b LONG"}},
    {"ZUNIONSTORE to 2 one two", {"ZADD one 1 a 2 LONG", "ZADD two 3 c", "RPUSH to LONG"}},
    {"ZINTERSTORE to 2 one two", {"ZADD one 1 a 2 LONG", "ZADD two 3 LONG"}},
    {"ZDIFFSTORE one 2 one two", {"ZADD one 1 a 2 LONG", "ZADD two 3 a"}},
    {"ZRANGESTORE to one 0 -1", {"ZADD one 1 a 2 LONG", "ZADD to 3 c"}},
    {"GEOSEARCHSTORE to one FROMMEMBER a BYRADIUS 9 km", {"GEOADD one 1 1 a 1 1 b", "SET to v"}},
    {"SORT from ALPHA STORE to", {"RPUSH from a LONG c", "SET to LONG"}},
    {"LMOVE from to LEFT RIGHT", {"RPUSH from a b", "RPUSH to c"}},
    {"LMOVE from to LEFT RIGHT", {"RPUSH from a"}},
    {"LMOVE from to LEFT LEFT", {"RPUSH from a LONG", "RPUSH to LONG LONG LONG"}},
    {"LMOVE from to RIGHT LEFT", {"RPUSH from a LONG LONG LONG", "RPUSH to b"}},
    {"LMOVE from from RIGHT LEFT", {"RPUSH from a b c"}},
    {"LMOVE from from RIGHT LEFT", {"RPUSH from a b LONG LONG c"}},
    {"LMOVE from from LEFT RIGHT", {"RPUSH from a b LONG LONG c"}},
    {"RPOPLPUSH from to", {"RPUSH from a b", "RPUSH to LONG LONG"}},
    {"LMOVEM from to LEFT RIGHT COUNT 3 BULK", {"RPUSH from a LONG c d", "RPUSH to e"}},
    {"LMOVEM from to LEFT RIGHT COUNT 4 OBO", {"RPUSH from a LONG c d", "RPUSH to LONG"}},
    {"XGROUP CREATE s g $ MKSTREAM", {"SET other v"}},
    {"XGROUP CREATE s g $ MKSTREAM DEADLETTER LONG", {"SET other v"}},
    {"XGROUP CREATE s g $ DEADLETTER LONG", {"XADD s 1-1 f v"}},
    {"XGROUP CREATE s g $ DEADLETTER LONG", {"XADD s 1-1 f v", "XGROUP CREATE s h 0"}},
    {"BITOP OR to one two", {"SET one LONG", "SET two a", "SET to b"}},
    {"PFMERGE to one", {"PFADD one a b c", "PFADD to d"}},
};

}  // namespace

TEST_CASE("a command that finds no memory for a step changes nothing", "[no_memory]") {
  size_t failures = 0;
  for (const Attempt& tried : kAttempts) {
    for (const Memory kind : {Memory::kOfData, Memory::kOfProgram}) {
      for (const bool frozen : {false, true}) {
        for (size_t allocations = 0;; ++allocations) {
          INFO(tried.command << " after " << allocations
                             << (kind == Memory::kOfData ? "" : " of C++")
                             << (frozen ? ", frozen" : "") << ", first " << tried.before.back());
          REQUIRE(allocations < 200);
          if (succeeds(tried, kind, allocations, frozen)) break;
          ++failures;
        }
      }
    }
  }
  CHECK(failures > 10 * std::size(kAttempts));
}

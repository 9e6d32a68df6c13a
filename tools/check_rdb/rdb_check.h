// RdbCheck: reads an RDB file to its end, or to the first thing that is wrong with it, and says
// what is there.
//
// Nothing is loaded: each value is built, which proves it, and dropped. What it prints has the form
// of redis-check-rdb, so that scripts find what they look for, and says more: the key that is at
// fault, what is wrong with it, and how many keys of each type there are.
#pragma once

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/structure/epoch.h"
#include "core/structure/pass_through_heap.h"
#include "core/value/value_context.h"
#include "persistence/byte_source.h"
#include "persistence/rdb_reader.h"

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sorrel::check_rdb {

class RdbCheck final : private RdbVisitor {
 public:
  /// `print` gets one line after the other.
  using Print = std::function<void(const std::string& line)>;

  /// `seed`: anything that nobody can guess.
  RdbCheck(Print print, int64_t now_ms, uint64_t seed);

  /// False when something is wrong.
  bool run(ByteSource& source, const std::string& name);

 private:
  Status aux(Bytes name, Bytes value) override;
  Status select_db(uint64_t number) override;
  Status entry(RdbEntry& entry) override;
  Status empty_key(Bytes key) override;
  Status module_aux(Bytes module) override;
  Status module_value(Bytes key, Bytes module) override;
  Status function(Bytes source) override;

  void say(const std::string& line);
  void say_error(const RdbReader& reader, const Status& failure);
  void say_sums();
  void count(const std::string& type, int64_t expires_ms);

  struct TypeCount {
    std::string type;
    uint64_t keys;
  };

  Print print_;
  const int64_t now_ms_;
  PassThroughHeap heap_;
  Epoch epoch_;
  Random random_;
  ValueContext values_;
  const RdbReader* reader_ = nullptr;
  uint64_t keys_ = 0;
  uint64_t expires_ = 0;
  uint64_t expired_ = 0;
  uint64_t empty_ = 0;
  std::vector<TypeCount> types_;
};

}  // namespace sorrel::check_rdb

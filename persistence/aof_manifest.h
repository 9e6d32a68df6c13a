// AofManifest: which files together are the append-only file, in Redis's words
// (docs/formats/aof.md):
//
//   file appendonly.aof.2.base.rdb seq 2 type b
//   file appendonly.aof.1.incr.aof seq 1 type h
//   file appendonly.aof.2.incr.aof seq 2 type i
//
// One base (what the data were when it was made), increments behind it in the order of their
// numbers, and history: files that a rewrite has replaced and that are to be removed. A value, not
// a file: AofDirectory reads and writes it.
//
// Invariants: at most one base; names are names and not paths; increments' numbers grow.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sorrel {

struct AofFileInfo {
  enum class Type : char { kBase = 'b', kIncrement = 'i', kHistory = 'h' };
  std::string name;
  uint64_t sequence = 0;
  Type type = Type::kBase;
};

struct AofManifest {
  static constexpr size_t kLineBytesMax = 1024;
  static constexpr size_t kFilesMax = 100'000;
  static constexpr uint64_t kBytesMax = 64 << 20;

  /// The failure says which line, shows it, and what is wrong with it.
  static Result<AofManifest> parse(Bytes text);
  std::string format() const;

  bool empty() const { return !base && increments.empty(); }
  /// The name and number of the file that comes next; the file becomes a part of the manifest. None
  /// gets a name that history has, which is going to be removed.
  AofFileInfo& add_base(const std::string& stem, bool is_rdb);
  AofFileInfo& add_increment(const std::string& stem);
  /// All that stands before the last increment has been replaced by the (new) base: history.
  void retire_base();
  void retire_increments_but_last();
  void retire_increments();

  bool is_history(const std::string& name) const;

  std::optional<AofFileInfo> base;
  std::vector<AofFileInfo> history;
  std::vector<AofFileInfo> increments;
  uint64_t base_sequence = 0;  // the highest given out
  uint64_t increment_sequence = 0;

 private:
  void retire_first_increment();
};

}  // namespace sorrel

// RdbReader: reads an RDB file of any version up to 12, and every encoding that Redis ever wrote,
// and hands its parts to a visitor (docs/formats/rdb.md).
//
// Everything in the file is doubted: lengths, counts, order, duplicates, nesting. No memory is
// asked for before the bytes that will fill it have been seen. A failure says what is wrong, at
// which offset and in which key; what was handed out before stays with the visitor, who throws it
// away: a file is loaded whole or not at all.
//
// It reads on from where the source stands, and leaves it right behind the file's last byte. A step
// is a key, a few elements of a big one, or one of the small things between keys: whoever loads
// decides when to look up.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/value/value_context.h"
#include "persistence/byte_source.h"
#include "persistence/rdb_input.h"
#include "persistence/rdb_value.h"
#include "persistence/rdb_value_reader.h"

#include <cstdint>
#include <optional>
#include <string>

namespace sorrel {

/// A key as it stands in the file.
struct RdbEntry {
  Bytes key;
  /// To be taken. Never empty.
  RdbValue& value;
  /// kNever when it doesn't expire.
  int64_t expires_ms;
  /// Seconds since the last use, where the file has it.
  std::optional<uint64_t> idle_s;
  /// The counter of uses, where the file has it.
  std::optional<uint8_t> frequency;
};

/// Who gets what is read. A Status that isn't ok ends the reading with it.
class RdbVisitor {
 public:
  virtual ~RdbVisitor() = default;
  /// A fact of the file about itself; unknown ones are to be ignored.
  virtual Status aux(Bytes /*name*/, Bytes /*value*/) { return Status::ok(); }
  /// From here on the keys are of this database.
  virtual Status select_db(uint64_t number) = 0;
  /// How many keys are to come, as the file says: a hint, not to be trusted.
  virtual Status resize_db(uint64_t /*keys*/, uint64_t /*expires*/) { return Status::ok(); }
  virtual Status entry(RdbEntry& entry) = 0;
  /// A key without elements, which old servers could write: Redis skips it, so do we.
  virtual Status empty_key(Bytes /*key*/) { return Status::ok(); }
  /// Data of a module's own, which nobody here can use.
  virtual Status module_aux(Bytes /*module*/) { return Status::ok(); }
  /// A key that was passed over because its value is a module's.
  virtual Status module_value(Bytes /*key*/, Bytes /*module*/) { return Status::ok(); }
  /// The source of a library of functions.
  virtual Status function(Bytes /*source*/) { return Status::ok(); }
};

class RdbReader {
 public:
  struct Options {
    /// rdbchecksum: whether the sum at the end is compared. (A file may come without: then it is
    /// 0.)
    bool checksum = true;
    /// rdb-version-check relaxed: a newer version is tried.
    bool any_version = false;
    /// Values of modules are passed over instead of refused: for whoever checks a file.
    bool skip_modules = false;
  };

  /// `values` makes the values; source, values and visitor outlive the reader.
  RdbReader(ByteSource& source, ValueContext& values, RdbVisitor& visitor, const Options& options);

  /// Whether the bytes begin like an RDB file's: five are enough to say.
  static bool is_rdb(Bytes begin);

  /// The next step; false when the file has been read to its end, checksum included.
  Result<bool> step();
  /// All steps.
  Status read();

  /// Bytes read so far.
  uint64_t offset() const { return input_.offset(); }
  /// Of the file's format; 0 before the first step.
  int version() const { return version_; }
  /// The key that is being read, or was read last.
  const std::string& key() const { return key_; }
  /// Whether it is a key that is being read.
  bool in_entry() const { return in_entry_; }
  /// Whether the last step has left a key in the middle of its value.
  bool in_value() const { return value_reader_.unfinished(); }
  /// What the last step read: "aux field", "key", "value" …, for a program that shows it.
  Bytes doing() const { return doing_; }

 private:
  /// What stands before a key about it.
  struct Attributes {
    int64_t expires_ms = kNever;
    std::optional<uint64_t> idle_s = std::nullopt;
    std::optional<uint8_t> frequency = std::nullopt;
  };

  void read_header();
  Status read_part(uint8_t opcode);
  Status read_aux();
  Status read_database();
  Status read_sizes();
  Status read_function();
  Status read_module_aux();
  Status read_entry(uint8_t type);
  Status read_value();
  Status skip_module_value();
  void read_end();
  Status failure(Status reason) const;

  RdbInput input_;
  RdbVisitor& visitor_;
  const Options options_;
  RdbValueReader value_reader_;
  int version_ = 0;
  bool ended_ = false;
  /// Whether `key_` is the key that is being read.
  bool in_entry_ = false;
  std::string key_;
  std::string scratch_;
  RdbValue value_;
  Attributes attributes_;
  /// Where the key that is being read began, and what stood before it.
  uint64_t entry_from_ = 0;
  Attributes entry_attributes_;
  Bytes doing_ = "start";
};

}  // namespace sorrel

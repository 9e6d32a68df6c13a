// CommandTable: the commands of an instance by name.
//
// Built once when the instance is made, from the rows of every file under core/commands (and those
// of the layers above, and a host's own); rename-command changes names here. Look-up is
// case-insensitive: names of up to 16 bytes are packed into two words and compared whole; the few
// that are longer are searched.
#pragma once

#include "core/base/bytes.h"
#include "core/base/histogram.h"
#include "core/command/spec.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sorrel {

/// A command as an instance knows it: the row, its number, and its counters' place.
struct Command {
  const CommandSpec* spec;
  uint32_t id;
  /// Number of the first key argument when that is fixed, else 0: what the batched look-up hashes.
  uint16_t first_key;
  /// Arguments a call may have, the name counted.
  uint32_t arguments_min;
  uint32_t arguments_max;
  Command* parent = nullptr;
  std::string name;  // as clients call it, after rename-command
  std::vector<Command*> subcommands;

  bool has_first_key(size_t argc) const { return first_key != 0 && first_key < argc; }

  /// Whose counters its calls count in: its own, or its parent's (DEBUG).
  Command* counted = this;
  uint64_t calls = 0;
  uint64_t nanoseconds = 0;
  uint64_t rejected_calls = 0;
  uint64_t failed_calls = 0;
  Histogram durations;  // nanoseconds; while latency-tracking is on
};

class CommandTable {
 public:
  CommandTable();
  ~CommandTable();
  CommandTable(const CommandTable&) = delete;
  CommandTable& operator=(const CommandTable&) = delete;

  /// Rows of subcommands come after their parent's.
  void add(std::span<const CommandSpec> rows);
  /// False when there is no such command or `to` is taken. An empty `to` removes the command.
  bool rename(Bytes from, Bytes to);

  /// The command called `name` (no subcommand), or nullptr.
  Command* find(Bytes name) const;
  /// The command or subcommand of a call: "CLIENT LIST" gives the row "client|list"; a parent with
  /// an unknown subcommand gives the parent.
  Command* find(std::span<const Bytes> args) const;
  /// "client|list" or "get".
  Command* find_full_name(Bytes name) const;

  /// Every command and subcommand in the order they were added; the id is the index.
  std::span<const std::unique_ptr<Command>> all() const { return commands_; }
  size_t top_level_count() const { return top_level_; }

 private:
  struct Slot {
    uint64_t low = 0;
    uint64_t high = 0;
    size_t size = 0;
    Command* command = nullptr;
  };
  void insert(Command* command);
  Command* find_long(Bytes name) const;
  void rebuild();

  std::vector<Command*> long_names_;
  std::vector<std::unique_ptr<Command>> commands_;
  std::vector<Slot> slots_;
  size_t top_level_ = 0;
};

}  // namespace sorrel

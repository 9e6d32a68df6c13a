// Transaction: what a session has queued since MULTI, and which keys it watches.
//
// Owned by the session, from MULTI or WATCH to EXEC, DISCARD, UNWATCH or its end. Arguments are
// copied: a client may take its time. It is not who watches a key (core/watch_index.h): it only
// remembers where to be taken out again, and whether one of its keys has changed.
#pragma once

#include "core/base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sorrel {

struct Command;

struct WatchedKey {
  int db;
  std::string key;
  /// Its time had come when it was watched, and it was still there: that it goes is no change.
  bool was_expired;

  /// What it takes here and, by name and session, in the index.
  size_t held_bytes() const { return sizeof(WatchedKey) + 2 * key.size() + kIndexBytes; }
  static constexpr size_t kIndexBytes = 96;
};

class Transaction {
 public:
  /// A queued call; the arguments are views into its own bytes.
  struct Call {
    Command* command;
    std::vector<Bytes> args;
    std::unique_ptr<char[]> bytes;
    size_t size;  // of `bytes`

    /// Arguments and what holds them.
    size_t held_bytes() const { return sizeof(Call) + args.size() * sizeof(Bytes) + size; }
  };

  /// A call with arguments of its own.
  static Call keep(Command& command, std::span<const Bytes> args);
  void queue(Command& command, std::span<const Bytes> args);
  const std::vector<Call>& calls() const { return calls_; }
  /// Flags of all queued commands, ored: whether EXEC may write, whether it may use more memory.
  uint32_t command_flags() const { return command_flags_; }
  /// Arguments and what holds them.
  size_t queued_bytes() const { return queued_bytes_; }
  /// The same, and what is watched.
  size_t held_bytes() const { return queued_bytes_ + watched_bytes; }

  /// A command was refused when it was to be queued: EXEC will refuse the whole.
  bool refused = false;
  /// A watched key changed: EXEC will do nothing.
  bool watched_changed = false;
  std::vector<WatchedKey> watched;
  size_t watched_bytes = 0;  // their held_bytes()

 private:
  std::vector<Call> calls_;
  uint32_t command_flags_ = 0;
  size_t queued_bytes_ = 0;
};

}  // namespace sorrel

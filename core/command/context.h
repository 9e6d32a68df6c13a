// Context: one call of a command: who calls, with what, and where the answer goes.
//
// Made by the engine for each call, on the stack. A handler parses its arguments, applies them to
// keys, and replies exactly once. Nothing is applied before everything is parsed.
#pragma once

#include "core/base/bytes.h"
#include "core/command/errors.h"
#include "core/command/table.h"
#include "core/keyspace/key_writer.h"
#include "core/resp/writer.h"
#include "core/session.h"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sorrel {

class Engine;

/// What a function returns that has answered an error: false, or nothing.
struct Refused {
  template <std::same_as<bool> False>
  operator False() const {
    return false;
  }
  template <class Value>
  operator std::optional<Value>() const {
    return std::nullopt;
  }
};

class Context {
 public:
  Context(Engine& engine_in, Session& session_in, Command& command_in,
          std::span<const Bytes> args_in, Output& output)
      : engine(engine_in),
        session(session_in),
        command(command_in),
        args(args_in),
        reply(output, session_in.protocol) {}

  Engine& engine;
  Session& session;
  Command& command;
  const std::span<const Bytes> args;
  ReplyWriter reply;

  size_t argc() const { return args.size(); }
  Bytes arg(size_t i) const { return args[i]; }
  bool arg_is(size_t i, Bytes word) const { return equals_ignore_case(args[i], word); }

  Keyspace& db();
  Bookkeeping& books();
  int64_t now_ms();

  size_t request_bytes() const {
    size_t bytes = 0;
    for (const Bytes argument : args) bytes += argument.size();
    return bytes;
  }

  // ---- Keys.
  [[gnu::always_inline]] uint64_t hash_of(Bytes key) {
    // The same argument, not merely the same bytes: comparing pointers is enough and cheap.
    if (key.data() == hashed_key_.data() && key.size() == hashed_key_.size()) return key_hash_;
    return db().hash(key);
  }
  /// The entry for reading, counted as hit or miss; nullptr when absent.
  const Entry* read(Bytes key, Touch touch = Touch::kCount);
  /// A reader of one type: answers WRONGTYPE and returns false when the key holds another.
  bool read(Bytes key, Type type, const Entry*& entry);
  KeyWriter write(Bytes key, Touch touch = Touch::kCount);
  /// The same with the key's hash known (core/command/key_batch.h).
  const Entry* read_hashed(Bytes key, uint64_t hash);
  KeyWriter write_hashed(Bytes key, uint64_t hash);
  /// True, or WRONGTYPE was answered: the writer's key holds another type.
  bool require(const KeyWriter& writer, Type type);

  // ---- Replies that are counted or chosen by protocol.
  /// An error reply; counted by its code. The command has failed.
  void error(Bytes text);
  /// The same for whoever returns false, or nothing, then.
  Refused fail(Bytes text) {
    error(text);
    return {};
  }
  /// The error for a subcommand that takes fewer arguments than it got.
  void wrong_subcommand();
  bool failed() const { return failed_; }
  /// The same for a call that isn't let in: a transaction it was meant for will not run.
  void refuse(Bytes text);
  void refuse_arity();
  /// The client will be cut off for what it has been answered already: making more is in vain.
  bool exceeds_output_limit() const;
  /// From here on the session is answered in `protocol`, on its own output.
  void speak(Protocol protocol);
  /// Keeps an argument (of the first 64) out of MONITOR and the slow log.
  void redact(size_t i) { redacted_ |= i < 64 ? uint64_t{1} << i : 0; }
  bool redacted(size_t i) const { return i < 64 && (redacted_ >> i & 1) != 0; }
  /// The error of a call whose number of arguments is wrong in a way that the row's arity can't
  /// say.
  void wrong_arity();

  /// Whether a time that a command was given has come, so that the key or element goes at once.
  /// Never while a journal is replayed: what it says later may have been said in time. Nor in
  /// import mode, where the source says what has expired; but there is no time before 1970.
  bool has_come(int64_t at_ms);

  // ---- Waiting.
  /// The call has found nothing and waits for its keys; it will run again, so it must have changed
  /// nothing but what it has told the journal, and it returns now without a reply. Where waiting is
  /// not allowed (in a transaction) the null array is answered at once.
  void block(const BlockRequest& request);
  /// To be told of a list that was pushed to.
  void list_grew(Bytes key);
  bool may_wait() const { return may_wait_; }
  /// It waited for the disk, and as long as it wanted to.
  bool time_is_up();
  /// It waits, or waits on.
  bool waits() const { return waits_; }

  // ---- What the journal gets instead of the command as it was called.
  /// Whether anybody reads the journal; composing the effective form is in vain otherwise.
  bool journaled() const;
  /// May be called several times: all of them, in this order, replace the command.
  void journal_as(std::initializer_list<Bytes> effective);
  void journal_as(std::span<const Bytes> effective);
  void journal_nothing() { replaced_ = true; }
  bool journaled_otherwise() const { return replaced_; }
  /// What it was replaced by, or nullptr: nothing.
  const std::vector<std::vector<std::string>>* effective() const { return effective_.get(); }

  // ---- Set by the batched look-up: the hash of the first key, already computed.
  void set_key_hash(Bytes key, uint64_t hash) {
    hashed_key_ = key;
    key_hash_ = hash;
  }

 private:
  friend class Engine;
  const Context* outside_ = nullptr;  // the call inside of which this one runs (a host's command)
  Bytes hashed_key_;
  uint64_t key_hash_ = 0;
  uint64_t redacted_ = 0;
  bool failed_ = false;
  bool replaced_ = false;
  bool waits_ = false;
  bool may_wait_ = true;
  bool waited_ = false;  // it runs again because a key became ready
  /// Hardly ever there: a call that leaves it empty has nothing to free.
  std::unique_ptr<std::vector<std::vector<std::string>>> effective_;
};

}  // namespace sorrel

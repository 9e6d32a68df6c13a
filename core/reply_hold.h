// ReplyHold: replies that wait until what they tell of is on the disk (appendfsync always).
//
// A reply made when the journal was at offset X is shown when the journal is durable up to X: so
// nobody ever sees what could still be lost, be it their own write or somebody else's that they
// read. A session's output is the queue: HeldReplies says, for stretches of it, which journal
// offset they wait for. Whoever carries the output away (a connection, an in-process client) asks
// visible_until() at the end of a turn, and is woken when there is more to show.
//
// While the disk fails (Mode::kOwnWrites) those who write wait on, until it is cured, and those who
// only read are answered: what they see is what the server has, and the refused writes say that it
// isn't safe.
//
// Owned by the engine, told by whoever writes the journal to a disk. Without that it is off, and
// costs a test.
#pragma once

#include "core/base/intrusive_list.h"
#include "core/journal.h"
#include "core/session.h"

#include <cstdint>
#include <limits>

namespace sorrel {

class ReplyHold {
 public:
  enum class Mode : uint8_t { kOff, kAll, kOwnWrites };
  static constexpr uint64_t kAllOfIt = std::numeric_limits<uint64_t>::max();

  explicit ReplyHold(const Journal& journal) : journal_(journal) {}

  Mode mode() const { return mode_; }
  /// Those who don't wait any more are woken.
  void set_mode(Mode mode);

  /// The journal's offset that is on the disk.
  uint64_t durable() const { return durable_; }
  /// It has come up to there: whoever waited for it is woken.
  void set_durable(uint64_t journal_offset);

  /// The output offset up to which the session's replies may be shown now. Everything that was
  /// appended since it was last asked is taken to tell of the journal as it is now.
  uint64_t visible_until(Session& session) {
    return mode_ == Mode::kOff ? kAllOfIt : look(session);
  }
  /// Sessions that wait.
  size_t count();

 private:
  uint64_t look(Session& session);
  void release(uint64_t durable);
  void let_readers_go();

  const Journal& journal_;
  Mode mode_ = Mode::kOff;
  uint64_t durable_ = 0;
  IntrusiveList<Session, &Session::held_hook> held_;
};

}  // namespace sorrel

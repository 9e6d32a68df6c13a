// Blocking: sessions that wait for a key, as BLPOP does, and the order in which they are served.
//
// A blocking command that finds nothing asks to wait (Context::block). Its call is kept, with its
// arguments, and run again each time one of its keys becomes ready: a key of the type it waits for
// came to be, or grew; if it asks for that, also when the key has gone or holds another type, and
// at a time of its own. That happens at the end of the command that made the key ready, before any
// other command runs, first come first served; a transaction is one command. If it still finds
// nothing, it waits on, in its old place. https://redis.io/docs/latest/commands/blpop/
//
// Owned by the engine. A session waits for one call at a time; its further requests wait with it.
//
// A key that can't be noted as ready for want of memory isn't forgotten: all of them are looked at.
// A session that is about to be closed is passed over.
//
// Invariants:
//  1. A session has Session::kBlocked and a BlockedCall exactly when it is in the queue of each key
//     that the call names.
//  2. While nobody waits, keys that become ready aren't noted.
#pragma once

#include "core/base/bytes.h"
#include "core/base/name_map.h"
#include "core/transaction.h"
#include "core/value/value.h"

#include <array>
#include <cstdint>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sorrel {

class Context;
class Engine;
class Session;

/// What a blocking command asks for.
struct BlockRequest {
  Type type = Type::kString;
  std::span<const Bytes> keys = {};
  int64_t timeout_ms = 0;  // from now; 0: for ever
  /// What is to run again, where it isn't the call as it came: words that mean what is so now have
  /// been replaced.
  std::span<const Bytes> call = {};
  /// Runs again when a key has gone, or is of another type: it answers an error then.
  bool when_gone = false;
  /// When it runs again by itself.
  int64_t again_ms = std::numeric_limits<int64_t>::max();
  /// Calls of one name that wait for a key are alike: where one of them finds nothing, the others
  /// needn't look (a thousand consumers of one group). Empty: like no other.
  Bytes kin = {};
  /// Runs again as a list grows that hadn't enough for it.
  bool as_it_grows = false;
  /// It waits for the journal to reach the disk, or for another server, not for keys; and when its
  /// time is up it runs once more, and answers itself.
  bool for_disk = false;
};

/// A session's call that waits.
struct BlockedCall {
  using Sessions = std::list<Session*>;

  Transaction::Call call;
  Type type;
  int db;
  int64_t deadline_ms;  // 0: never
  bool when_gone;
  int64_t again_ms;
  std::string kin;
  bool as_it_grows;
  bool for_disk;
  /// Its places, one a key.
  std::vector<std::pair<std::string, Sessions::iterator>> places;
  /// Its time is up before its time.
  bool given_up = false;

  /// The call, and its places. Their names, which stand in the queues, too, are among its words.
  size_t held_bytes() const {
    return call.held_bytes() + places.size() * kPlaceBytes + 2 * call.size;
  }
  static constexpr size_t kPlaceBytes = 160;
};

class Blocking {
 public:
  explicit Blocking(Engine& engine) : engine_(engine) {}

  bool empty() const { return waiting_ == 0; }
  size_t waiting() const { return waiting_; }
  /// Keys that somebody waits for.
  size_t keys() const;
  /// Those of them of which somebody wants to hear that they have gone.
  size_t keys_watched_to_go() const;
  /// Waits that end by themselves.
  size_t deadlines() const { return deadlines_.size(); }

  /// Throws std::bad_alloc, and the session doesn't wait.
  void block(Context& context, const BlockRequest& request);
  /// A call that was run again waits on.
  void wait_on(Session& session, const BlockRequest& request);
  /// The session's call is over: answered, given up, or the session goes. Gives the call to whoever
  /// still needs its arguments; nullptr if there is none.
  std::unique_ptr<BlockedCall> release(Session& session);

  // These never throw: they are called in the middle of changes.
  /// A key came to be, grew, or has gone.
  void key_ready(Bytes key, int db) { note(key, db, true); }
  /// A list that was there grew: for those who wait for more than it had.
  void list_grew(Bytes key, int db) { note(key, db, false); }
  /// The same for whatever is in a database that changed places.
  void look_again(int db);
  bool has_ready() const { return !ready_.empty() || overlooked_ || gave_up_; }
  /// Serves those who wait for keys that became ready, until there is nothing more to serve.
  void serve();

  /// CLIENT UNBLOCK: as if the wait's time were up.
  void give_up(Session& session);

  /// The journal has come further on the disk, or will never.
  void serve_disk_waiters();

  /// Runs those again whose time for that has come, and ends the waits whose time is up: the null
  /// reply.
  void end_overdue(int64_t now_ms);
  /// When one of these is next; INT64_MAX: never.
  int64_t next_deadline_ms() const;

 private:
  struct Queue {
    BlockedCall::Sessions sessions;
    size_t when_gone = 0;  // of them
  };
  using Times = std::map<std::pair<int64_t, uint64_t>, Session*>;  // by time and session id
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  struct Ready {
    int db;
    std::string key;
    bool is_new;
  };

  bool concerns(const Queue& queue, Bytes key, int db) const;
  void note(Bytes key, int db, bool is_new);
  void note_all(int db);
  void set_again(Session& session, int64_t again_ms);
  bool may_run_again() const;
  NameMap<Queue>& queues(int db);
  void queue_up(Session& session, Bytes key);
  void serve_key(const Ready& ready);

  Engine& engine_;
  std::vector<NameMap<Queue>> queues_;  // by database
  Times deadlines_;
  Times agains_;
  std::vector<Ready> ready_;
  bool overlooked_ = false;  // there are more of them, unknown which
  std::vector<Session*> disk_waiters_;
  bool gave_up_ = false;  // one of them
  size_t waiting_ = 0;
  std::array<size_t, 8> waiting_for_{};  // of them, by type
};

}  // namespace sorrel

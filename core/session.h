// Session: one client of the engine, whatever it is connected by: a socket, a socketpair, the host
// process itself, or the journal being replayed.
//
// It holds what the protocol remembers of a client (database, protocol version, name, user, reply
// mode) and the replies not yet taken away. It knows no socket: the Transport does.
//
// A session belongs to one engine, which knows it by its id from opening to closing. Whoever made
// it destroys it, after Engine::close_session.
#pragma once

#include "core/base/bytes.h"
#include "core/base/intrusive_list.h"
#include "core/blocking.h"
#include "core/command/spec.h"
#include "core/field_sets.h"
#include "core/held_replies.h"
#include "core/resp/output.h"
#include "core/resp/writer.h"
#include "core/subscriptions.h"
#include "core/tracking_state.h"
#include "core/transaction.h"

#include <cstdint>
#include <memory>
#include <string>

namespace sorrel {

class Session;

/// What carries a session's bytes. Implemented by the server's connections and the in-process
/// client.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Replies were appended outside of the session's own turn, or it is to be closed: take notice
  /// soon.
  virtual void wake(Session& session) = 0;

  /// Whom it leads to. Asked for each monitored or logged call, so it is at hand.
  virtual Bytes address() const { return "?:0"; }
  /// Bytes of requests that wait to be executed.
  virtual size_t query_buffer() const { return 0; }

  /// What CLIENT LIST shows of it, system calls included. Sizes in bytes.
  struct Info {
    std::string address = "?:0";
    std::string local_address = "?:0";
    int fd = -1;
    size_t query_buffer = 0;
    size_t query_buffer_free = 0;
    size_t argument_memory = 0;
    size_t total_memory = 0;  // without the session's own output
    bool readable = true;
    bool writable = false;
    bool unix_socket = false;
  };
  virtual Info info(const Session& session) const = 0;
};

class Session {
 public:
  enum Flag : uint32_t {
    kMonitor = 1u << 0,
    kReplyOff = 1u << 1,       // CLIENT REPLY OFF
    kReplySkipNext = 1u << 2,  // CLIENT REPLY SKIP was this command
    kReplySkip = 1u << 3,      // this command's reply is dropped
    kNoEvict = 1u << 4,
    kNoTouch = 1u << 5,
    kCloseAfterReply = 1u << 6,
    kCloseNow = 1u << 7,
    kUnixSocket = 1u << 8,
    kInProcess = 1u << 9,
    kInternal = 1u << 10,  // journal replay, timers: no gate, no journal of its own
    kPaused = 1u << 11,    // a command waits for CLIENT UNPAUSE
    kReplica = 1u << 12,
    kSubscribed = 1u << 13,
    kMulti = 1u << 14,
    kBlocked = 1u << 15,
    kTracking = 1u << 16,
    kLocal = 1u << 17,         // loopback, a Unix socket, or this process
    kImportSource = 1u << 18,  // CLIENT IMPORT-SOURCE
  };

  static constexpr uint32_t kSkips = kReplySkip | kReplySkipNext;
  /// Nothing is answered to such a session's commands, nor shown to it by MONITOR.
  static constexpr uint32_t kSilent = kReplyOff | kSkips;
  /// Commands of such a session are run on terms of their own (Engine::run_on_terms).
  static constexpr uint32_t kOwnTerms = kSkips | kTracking;
  /// The same of what it sees and touches of the keyspace (Engine::Terms).
  static constexpr uint32_t kKeyspaceTerms = kNoTouch | kImportSource;

  explicit Session(Transport* transport_in) : transport(transport_in) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  bool has(uint32_t flags_wanted) const { return (flags & flags_wanted) != 0; }
  void set(uint32_t flags_added) { flags |= flags_added; }
  void unset(uint32_t flags_removed) { flags &= ~flags_removed; }
  bool closing() const { return has(kCloseAfterReply | kCloseNow); }

  Transport* const transport;
  uint64_t id = 0;
  uint32_t flags = 0;
  int db = 0;
  Protocol protocol = Protocol::kResp2;
  bool authenticated = false;
  std::string user = "default";
  std::string name;
  std::string library_name;
  std::string library_version;

  Output output;
  /// What of it waits for the disk (core/reply_hold.h).
  HeldReplies held;
  /// The journal's offset behind its last write.
  uint64_t write_offset = 0;

  /// From MULTI or WATCH on, as long as there is anything in it.
  std::unique_ptr<Transaction> transaction;
  bool in_multi() const { return has(kMulti); }
  /// While a call of it waits for a key.
  std::unique_ptr<BlockedCall> blocked;
  /// While it listens to any channel.
  std::unique_ptr<Subscriptions> subscriptions;
  /// While CLIENT TRACKING is on.
  std::unique_ptr<TrackingState> tracking;
  /// From HIMPORT PREPARE on.
  std::unique_ptr<FieldSets> field_sets;
  /// What it has queued, watches, waits with, subscribed to, tracks by prefix and declared.
  size_t held_bytes() const {
    return (transaction ? transaction->held_bytes() : 0) + (blocked ? blocked->held_bytes() : 0) +
           (subscriptions ? subscriptions->bytes() : 0) + (tracking ? tracking->bytes() : 0) +
           (field_sets ? field_sets->bytes() : 0);
  }

  int64_t created_ms = 0;
  int64_t last_interaction_ms = 0;
  uint64_t commands = 0;
  uint64_t net_input_bytes = 0;
  uint64_t net_output_bytes = 0;
  /// Messages it didn't read in time (client-output-buffer-policy).
  uint64_t dropped_messages = 0;
  const CommandSpec* last_command = nullptr;
  /// Since when the output has been over its soft limit; 0 when it is not.
  int64_t soft_limit_since_ms = 0;

  /// In the engine's list of all sessions, oldest first.
  ListHook all_hook;
  /// In the engine's list of sessions with output to deliver or that are to be closed.
  ListHook pending_hook;
  /// In ReplyHold's list of those that have something held.
  ListHook held_hook;
  /// In ClientMemory's lists, with the size it was last told.
  ListHook memory_hook;
  size_t memory_bytes = 0;
};

}  // namespace sorrel

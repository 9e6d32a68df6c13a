// Engine: the whole of an instance without its sockets, files and threads.
//
// It owns the databases, the command table, the sessions' register, the journal, the statistics and
// the settings' effects; clock, chance, memory and host are given in. One thread at a time. Several
// engines live in one process and know nothing of each other.
//
// A turn: begin_turn() reads the clock; execute() runs commands, replies collect in the sessions'
// outputs; tick() does bounded background work (expiry, eviction, freeing); the owner then takes
// the outputs of pending_sessions() away.
#pragma once

#include "core/acl_log.h"
#include "core/base/allocator.h"
#include "core/base/clock.h"
#include "core/base/intrusive_list.h"
#include "core/base/random.h"
#include "core/blocking.h"
#include "core/call_watch.h"
#include "core/command/context.h"
#include "core/command/table.h"
#include "core/command_journal.h"
#include "core/compactor.h"
#include "core/default_user.h"
#include "core/durability.h"
#include "core/host.h"
#include "core/journal.h"
#include "core/key_observers.h"
#include "core/keyspace/active_expiry.h"
#include "core/keyspace/keyspace.h"
#include "core/memory_limit.h"
#include "core/monitor.h"
#include "core/pause.h"
#include "core/pubsub.h"
#include "core/rates.h"
#include "core/reply_hold.h"
#include "core/resp/parser.h"
#include "core/session.h"
#include "core/settings/settings.h"
#include "core/stats.h"
#include "core/structure/epoch.h"
#include "core/structure/heap_kind.h"
#include "core/tracking.h"
#include "core/unknown_command.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sorrel {

class Engine {
 public:
  struct Options {
    Clock* clock = nullptr;        // required; outlives the engine
    Host* host = nullptr;          // required; outlives the engine
    Settings* settings = nullptr;  // required; outlives the engine
    Allocator allocator = system_allocator();
    HeapKind heap = kHeapOfThisBuild;
    uint64_t seed = 1;  // chance; secrets and hashes come from the host
  };
  explicit Engine(const Options& options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // ---- Sessions.
  void open_session(Session& session);
  void close_session(Session& session);
  /// As it was opened: RESET.
  void give_opening_terms(Session& session);
  Session* session(uint64_t id) const;
  size_t session_count() const { return session_count_; }
  IntrusiveList<Session, &Session::all_hook>& sessions() { return sessions_; }
  /// Sessions with output to deliver or to be closed, outside of their own turn.
  IntrusiveList<Session, &Session::pending_hook>& pending_sessions() { return pending_; }
  /// Puts the session among the pending ones and wakes its transport.
  void mark_pending(Session& session);
  /// The session ends without hearing anything more; from now on no key is taken for it.
  void cut_off(Session& session);
  /// Cuts the session off if it leaves too much unread (core/output_limit.h).
  void enforce_output_limit(Session& session);

  /// Where the replies of this session's present command go: its own output, or nowhere.
  Output& output_of(Session& session);

  /// What the session's buffers take now, the transport's included. Cheap when nothing changed.
  void account_session(Session& session, size_t bytes) {
    memory_limit_.clients().account(session, bytes);
  }
  ClientMemory& client_memory() { return memory_limit_.clients(); }

  // ---- Running commands.
  enum class Outcome : uint8_t {
    kDone,       // answered (or answered nothing by its reply mode)
    kPostponed,  // not run: CLIENT PAUSE; offer the same request again when resumed
  };
  Outcome execute(Session& session, std::span<const Bytes> args);
  /// Runs the requests of a batch from number `first` on, in order, until one is postponed, the
  /// session is to be closed, or the replies come to a megabyte: then the owner may look at the
  /// output first. Returns the number of the first that didn't run. Their keys are looked up
  /// together before: the memory's latency is paid once, not once a request.
  size_t execute_batch(Session& session, const RequestBatch& requests, size_t first);

  /// A call that MULTI queued, run by EXEC: admitted already, its reply goes where EXEC's goes.
  void run_queued(Session& session, const Transaction::Call& queued);
  /// Takes away what the session has queued and watches, as EXEC, DISCARD and RESET do.
  std::unique_ptr<Transaction> take_transaction(Session& session);
  void watch(Session& session, Bytes key);
  void unwatch(Session& session);

  /// The call that the session waits with runs again; it may wait on.
  void run_blocked(Session& session);
  /// The wait ends with the null reply, or with an error.
  void end_wait(Session& session, Bytes error = {});
  /// When tick() has something to do that a client waits for; INT64_MAX: nothing.
  int64_t next_deadline_ms() const { return blocking_.next_deadline_ms(); }

  /// Bytes that a session gets without having asked now (a message): behind the reply, when it is
  /// in the middle of a command.
  void push(Session& session, const Output::Message& message);
  /// The same for a published message, which may be dropped if the session is slow to read.
  void push_message(Session& session, const Output::Message& message);
  /// Whose command runs now, or nobody.
  const Session* executing() const;
  /// At the end of the command that runs, or else of the next one, there is something to do: to
  /// tell a session what was put off, to serve who waits.
  void expect_follow_up() { follow_up_expected_ = true; }
  /// Whether anybody wants to hear of keys may have changed.
  void look_at_observers() { books_.changes_wanted = key_observers_.wants_changes(); }

  /// CLIENT PAUSE: until then, calls of that kind are postponed.
  void pause(Pause::Kind kind, int64_t until_ms);
  /// Whoever was put off is offered again (mark_pending).
  void unpause();
  const Pause& paused() const { return pause_; }

  // ---- Who keeps the data (core/durability.h); it outlives the engine's last command.
  void keep_with(Durability* durability) { durability_ = durability; }
  /// nullptr: the data are in memory only.
  Durability* durability() const { return durability_; }
  /// While data are loaded nothing expires, and clients are refused what doesn't work without them.
  void set_loading(bool loading);
  /// Before a command, when tracking-table-max-keys has been lowered.
  void keep_tracking_within_limit();
  bool loading() const { return loading_; }
  /// Why writes wouldn't be kept; each cause ends by itself.
  enum class RefusalCause : uint8_t { kSnapshot, kAppendOnly, kJournal };
  /// The error that writes get from now on, unless another cause comes first; empty: none.
  void refuse_writes(RefusalCause cause, std::string error);
  /// The first cause's; empty: none.
  const std::string& write_refusal() const;
  /// How often what was done couldn't be journaled. Writes are refused (kJournal) until whoever
  /// keeps the data has them whole without the journal.
  uint64_t journal_losses() const { return journal_losses_; }

  /// Which replies may be shown already.
  ReplyHold& reply_hold() { return reply_hold_; }

  /// The instance is about to close, and its data have been saved: nothing runs any more.
  void stop();
  bool stopped() const { return stopped_; }

  // ---- The turn.
  void begin_turn();
  /// Bounded work that goes on without anybody asking. Returns true when there is more of it to do
  /// now.
  bool tick();

  // ---- Parts.
  Settings& settings() { return settings_; }
  const SettingValues& values() const { return settings_.values(); }
  Clock& clock() { return clock_; }
  Host& host() { return host_; }
  Random& random() { return random_; }
  Stats& stats() { return stats_; }
  Journal& journal() { return journal_; }
  CommandJournal& command_journal() { return command_journal_; }
  Bookkeeping& books() { return books_; }
  Heap& heap() { return *heap_; }
  Epoch& epoch() { return epoch_; }
  ValueContext& value_context() { return value_context_; }
  CommandTable& commands() { return commands_; }
  Monitors& monitors() { return monitors_; }
  PubSub& pubsub() { return pubsub_; }
  Tracking& tracking() { return tracking_; }
  Blocking& blocking() { return blocking_; }
  KeyObservers& key_observers() { return key_observers_; }
  std::span<const std::unique_ptr<Keyspace>> databases() const { return databases_; }
  int database_count() const { return static_cast<int>(databases_.size()); }
  Keyspace& database(int number) { return *databases_[static_cast<size_t>(number)]; }
  int64_t now_ms() const { return books_.now_ms; }
  int64_t started_ms() const { return started_ms_; }
  const std::string& run_id() const { return run_id_; }
  const std::string& replication_id() const { return replication_id_; }
  void change_replication_id();
  DefaultUser& default_user() { return default_user_; }
  AclLog& acl_log() { return acl_log_; }
  CallWatch& call_watch() { return call_watch_; }
  CommandLog& command_log() { return call_watch_.command_log(); }
  LatencyMonitor& latency() { return call_watch_.latency(); }
  HotKeys& hot_keys() { return call_watch_.hot_keys(); }
  const Rates& rates() const { return rates_; }
  /// CONFIG RESETSTAT.
  void reset_statistics();
  /// DEBUG SET-ACTIVE-EXPIRE: whether keys that are due go without being asked for.
  void set_active_expiry(bool on) { expires_actively_ = on; }
  /// DEBUG PAUSE-CRON: whether tick() does anything.
  void set_background_work(bool on) { background_work_ = on; }
  Compactor& compactor() { return compactor_; }

  /// Whether an eviction policy wants each value's own access clock (no shared objects, in Redis).
  bool values_track_access() const;
  MemoryLimit& memory_limit() { return memory_limit_; }
  /// Bytes that the instance uses: keys, tables, sessions' buffers.
  size_t used_memory() const { return memory_limit_.used(); }
  size_t peak_memory() const { return std::max(stats_.peak_memory, used_memory()); }
  /// What the instance used before its first command.
  size_t startup_memory() const { return startup_memory_; }

 private:
  class Executing;
  class Terms;

  /// Keys whose time is no later than this are gone for everybody who has no terms of his own.
  int64_t expired_until_ms() const { return loading_ ? INT64_MIN : books_.now_ms; }

  void prefetch_keys(const Session& session, const RequestBatch& requests, size_t first,
                     uint64_t* hashes);
  void apply_settings();
  void apply_state();
  void call(Context& context);
  void note_call(Context& context, int64_t took_ns, uint64_t reply_bytes);
  void sample_rates();
  bool call_handler(Context& context, uint64_t output_before);
  void call_on_terms(Context& context);
  void queue(Context& context);
  bool is_executing(const Session& session) const;
  void follow_up(Context& context);
  void deliver_to(Context& context);
  void drop_deferred(const Session& session);
  void lose_journal(Session& session);
  bool work_in_background();
  bool expire_actively();
  void wait(Context& context, int64_t now_ns);
  Outcome run(Session& session, Command* command, std::span<const Bytes> args, uint64_t key_hash,
              bool hashed);
  Outcome run_on_terms(Session& session, Command* command, std::span<const Bytes> args,
                       uint64_t key_hash, bool hashed);
  Outcome run_plainly(Session& session, Command* command, std::span<const Bytes> args,
                      uint64_t key_hash, bool hashed);

  Clock& clock_;
  Host& host_;
  Settings& settings_;
  Random random_;
  std::unique_ptr<Heap> heap_;
  Epoch epoch_;
  Stats stats_;
  ValueContext value_context_;
  Journal journal_;
  CommandJournal command_journal_{journal_};
  Bookkeeping books_;
  CommandTable commands_;
  ActiveExpiry active_expiry_;
  std::vector<std::unique_ptr<Keyspace>> databases_;
  IntrusiveList<Session, &Session::all_hook> sessions_;
  IntrusiveList<Session, &Session::pending_hook> pending_;
  std::unordered_map<uint64_t, Session*> sessions_by_id_;
  size_t session_count_ = 0;
  uint64_t next_session_id_ = 1;
  int64_t started_ms_ = 0;
  /// When the last command ended: the next one of the same batch starts there.
  int64_t last_ns_ = 0;
  std::string run_id_;
  std::string replication_id_;
  DefaultUser default_user_;
  std::string required_password_;  // what default_user_ was last told
  AclLog acl_log_;
  CallWatch call_watch_{*this};
  UnknownCommand unknown_command_{*this};
  Rates rates_;
  size_t startup_memory_ = 0;
  /// Nothing is on that the gate would have to look at for an authenticated session.
  bool quiet_ = false;
  bool tracks_too_much_ = false;
  bool tracks_durations_ = true;
  /// The present request is no larger than this.
  uint64_t input_bytes_ = 0;
  bool expires_actively_ = true;
  bool background_work_ = true;
  Pause pause_;
  ReplyHold reply_hold_{journal_};
  Durability* durability_ = nullptr;
  bool loading_ = false;
  bool stopped_ = false;
  std::array<std::string, 3> write_refusals_;  // by cause
  uint64_t journal_losses_ = 0;
  MemoryLimit memory_limit_{*this};
  Compactor compactor_;
  Monitors monitors_;
  PubSub pubsub_{*this};
  Blocking blocking_{*this};
  KeyObservers key_observers_{*this};
  Tracking tracking_{*this};
  /// Whose commands run, the innermost first, and what they get behind their replies.
  const Context* executing_ = nullptr;
  int terms_ = 0;  // how many of them have keyspace terms of their own
  std::vector<std::pair<Session*, Output::Message>> deferred_pushes_;
  bool follow_up_expected_ = false;
  Output discarded_;  // where the replies of CLIENT REPLY OFF go
};

}  // namespace sorrel

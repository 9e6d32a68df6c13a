#include "core/engine.h"

#include "core/base/check.h"
#include "core/base/text.h"
#include "core/client_info.h"
#include "core/commands/commands.h"
#include "core/gate.h"

#include <algorithm>
#include <new>
#include <utility>

namespace sorrel {
namespace {

// A database with fewer keys is in the processor's caches anyway.
constexpr size_t kPrefetchKeysMin = 8192;
constexpr size_t kReclaimAll = SIZE_MAX;

// Replies of one batch: past it the owner gets to look at the output before the next request runs.
constexpr uint64_t kBatchReplyBytesMax = 1024 * 1024;

// A subscriber that has less than this to read is not slow: its messages are copied together.
constexpr size_t kBacklogBytes = 16 * 1024;

// A browser that was led to our port: one line a minute tells of it.
constexpr int64_t kAttackLogIntervalMs = 60'000;

// After one of these the session's next request has to wait, or won't be heard.
constexpr uint32_t kEndsBatch = Session::kCloseAfterReply | Session::kCloseNow | Session::kBlocked;

// What an unknown command's error repeats of its arguments.
constexpr size_t kUnknownArgsBytesMax = 128;

std::string hex_id(Host& host) {
  char bytes[20];
  host.secret_bytes(bytes, sizeof bytes);
  return hex(Bytes(bytes, sizeof bytes));
}

// Whoever could guess it could choose keys that all fall into one place.
uint64_t hash_seed(Host& host) {
  uint64_t seed;
  host.secret_bytes(reinterpret_cast<char*>(&seed), sizeof seed);
  return seed;
}

// The table's find, which most pipelines ask for one command again and again.
class RepeatedCommand {
 public:
  explicit RepeatedCommand(const CommandTable& table) : table_(table) {}
  Command* find(std::span<const Bytes> args) {
    if (command_ != nullptr && same_bytes(args[0], name_)) return command_;
    Command* const found = table_.find(args);
    const bool by_name_alone =
        found != nullptr && found->parent == nullptr && found->subcommands.empty();
    command_ = by_name_alone ? found : nullptr;
    name_ = args[0];
    return found;
  }

 private:
  const CommandTable& table_;
  Bytes name_;
  Command* command_ = nullptr;
};

}  // namespace

Engine::Engine(const Options& options)
    : clock_(*options.clock),
      host_(*options.host),
      settings_(*options.settings),
      random_(options.seed),
      heap_(make_heap(options.heap, options.allocator)),
      epoch_(*heap_),
      value_context_{epoch_, random_, hash_seed(host_)},
      books_(journal_, stats_, random_),
      run_id_(hex_id(host_)),
      replication_id_(hex_id(host_)),
      compactor_(epoch_, clock_, databases_, stats_) {
  books_.listener = &key_observers_;
  add_commands();
  begin_turn();
  const int databases = static_cast<int>(values().databases);
  for (int i = 0; i < databases; ++i) {
    databases_.push_back(std::make_unique<Keyspace>(value_context_, i, now_ms()));
  }
  apply_settings();
  settings_.on_change({}, [this](const SettingValues&, const SettingValues&) {
    apply_settings();
    return SettingRefusal();
  });
  started_ms_ = now_ms();
  startup_memory_ = used_memory();
}

Engine::~Engine() {
  VERIFY(session_count_ == 0);
  databases_.clear();
  while (epoch_.reclaim(kReclaimAll)) {
  }
}

void Engine::add_commands() {
  for (const auto rows : {acl_commands(),
                          bitfield_commands(),
                          bitmap_commands(),
                          client_commands(),
                          client_tracking_commands(),
                          cluster_commands(),
                          command_commands(),
                          command_log_commands(),
                          config_commands(),
                          connection_commands(),
                          database_commands(),
                          debug_commands(),
                          latency_commands(),
                          memory_commands(),
                          server_commands(),
                          expire_commands(),
                          key_commands(),
                          object_commands(),
                          scan_commands(),
                          string_commands(),
                          string_condition_commands(),
                          string_counter_commands(),
                          string_lcs_commands(),
                          string_many_commands(),
                          string_range_commands(),
                          pubsub_commands(),
                          transaction_commands(),
                          geo_commands(),
                          hash_commands(),
                          hash_counter_commands(),
                          hash_expire_commands(),
                          hash_getex_commands(),
                          hash_import_commands(),
                          hash_scan_commands(),
                          hot_keys_commands(),
                          hyperloglog_commands(),
                          list_commands(),
                          list_edit_commands(),
                          list_move_commands(),
                          list_pop_commands(),
                          set_commands(),
                          set_expire_commands(),
                          set_operation_commands(),
                          sort_commands(),
                          stream_add_commands(),
                          stream_claim_commands(),
                          stream_commands(),
                          stream_delete_commands(),
                          stream_group_commands(),
                          stream_info_commands(),
                          stream_group_info_commands(),
                          stream_nack_commands(),
                          stream_pending_commands(),
                          stream_producer_commands(),
                          stream_read_commands(),
                          stream_read_group_commands(),
                          stream_trim_commands(),
                          wait_commands(),
                          zset_commands(),
                          zset_interval_commands(),
                          zset_operation_commands(),
                          zset_pop_commands(),
                          zset_random_commands(),
                          zset_range_commands(),
                          geo_search_commands()}) {
    commands_.add(rows);
  }
}

namespace {

EncodingLimits encoding_limits(const SettingValues& v) {
  EncodingLimits limits;
  limits.hash_pack_fields_max = static_cast<size_t>(v.hash_max_listpack_entries);
  limits.hash_pack_value_bytes_max = static_cast<size_t>(v.hash_max_listpack_value);
  limits.list_block_size = v.list_max_listpack_size;
  limits.set_integers_max = static_cast<size_t>(v.set_max_intset_entries);
  limits.set_pack_members_max = static_cast<size_t>(v.set_max_listpack_entries);
  limits.set_pack_member_bytes_max = static_cast<size_t>(v.set_max_listpack_value);
  limits.zset_pack_members_max = static_cast<size_t>(v.zset_max_listpack_entries);
  limits.zset_pack_member_bytes_max = static_cast<size_t>(v.zset_max_listpack_value);
  limits.hyperloglog_sparse_bytes_max = static_cast<size_t>(v.hll_sparse_max_bytes);
  limits.stream_block_bytes = static_cast<uint64_t>(v.stream_node_max_bytes);
  limits.stream_block_entries = static_cast<uint64_t>(v.stream_node_max_entries);
  return limits;
}

}  // namespace

// What the settings mean for the keyspace; again whenever one of them changes.
void Engine::apply_settings() {
  const SettingValues& v = values();
  books_.lfu = is_lfu(v.maxmemory_policy);
  books_.lrm = v.maxmemory_policy == EvictionPolicy::kAllkeysLrm ||
               v.maxmemory_policy == EvictionPolicy::kVolatileLrm;
  books_.lfu_log_factor = static_cast<int>(v.lfu_log_factor);
  books_.lfu_decay_minutes = static_cast<int>(v.lfu_decay_time);
  books_.expiry_unlinks = v.lazyfree_lazy_expire;
  // Without a place to publish there is nothing to publish.
  const auto events = static_cast<uint32_t>(v.notify_keyspace_events);
  books_.event_mask = (events & (kEventKeyspace | kEventKeyevent)) != 0 ? events : 0;
  using LogKind = CommandLog::Kind;
  command_log_.set(LogKind::kSlow, v.slowlog_log_slower_than,
                   static_cast<size_t>(v.slowlog_max_len));
  command_log_.set(LogKind::kLargeRequest, v.commandlog_request_larger_than,
                   static_cast<size_t>(v.commandlog_large_request_max_len));
  command_log_.set(LogKind::kLargeReply, v.commandlog_reply_larger_than,
                   static_cast<size_t>(v.commandlog_large_reply_max_len));
  value_context_.limits = encoding_limits(v);
  latency_.set_threshold(v.latency_monitor_threshold);
  tracks_durations_ = v.latency_tracking;
  apply_state();
  watch_calls();
}

// What a call must exceed before anybody takes a closer look at it.
void Engine::watch_calls() {
  const SettingValues& v = values();
  const auto or_never = [](int64_t threshold) {
    return threshold < 0 ? INT64_MAX / 1000 : threshold;
  };
  notable_ns_ = 1000 * or_never(v.slowlog_log_slower_than);
  if (v.latency_monitor_threshold != 0) {
    notable_ns_ = std::min(notable_ns_, v.latency_monitor_threshold * 1'000'000);
  }
  if (hot_keys_.counting()) notable_ns_ = 0;
  notable_bytes_ = static_cast<uint64_t>(std::min(or_never(v.commandlog_request_larger_than),
                                                  or_never(v.commandlog_reply_larger_than)));
}

bool Engine::values_track_access() const {
  const EvictionPolicy policy = values().maxmemory_policy;
  return values().maxmemory != 0 && (is_lfu(policy) || policy == EvictionPolicy::kAllkeysLru ||
                                     policy == EvictionPolicy::kVolatileLru);
}

void Engine::change_replication_id() {
  replication_id_ = hex_id(host_);
}

// ---- Sessions.

void Engine::open_session(Session& session) {
  session.id = next_session_id_++;
  session.created_ms = session.last_interaction_ms = now_ms();
  give_opening_terms(session);
  sessions_by_id_.emplace(session.id, &session);
  sessions_.push_back(session);
  ++session_count_;
}

// The host has the data in its hands: there is nobody to ask it for a password.
void Engine::give_opening_terms(Session& session) {
  const bool in_process = session.has(Session::kInProcess);
  session.db = 0;
  session.protocol = in_process ? Protocol::kResp3 : Protocol::kResp2;
  session.user = "default";
  session.authenticated = in_process || values().requirepass.empty();
}

void Engine::close_session(Session& session) {
  monitors_.remove(session);
  pubsub_.unsubscribe_all(session);
  tracking_.stop(session);
  blocking_.release(session);
  take_transaction(session);
  drop_deferred(session);
  client_memory_.forget(session);
  session.pending_hook.unlink();
  session.held_hook.unlink();
  session.all_hook.unlink();
  sessions_by_id_.erase(session.id);
  --session_count_;
}

Session* Engine::session(uint64_t id) const {
  const auto it = sessions_by_id_.find(id);
  return it == sessions_by_id_.end() ? nullptr : it->second;
}

void Engine::mark_pending(Session& session) {
  if (!session.pending_hook.linked()) pending_.push_back(session);
  if (session.transport != nullptr) session.transport->wake(session);
}

void Engine::cut_off(Session& session) {
  session.set(Session::kCloseNow);
  blocking_.release(session);
  mark_pending(session);
}

// ---- Running commands.

Output& Engine::output_of(Session& session) {
  if (__builtin_expect(!session.has(Session::kReplyOff | Session::kReplySkip), 1)) {
    return session.output;
  }
  discarded_.consume(discarded_.size());
  return discarded_;
}

Engine::Outcome Engine::execute(Session& session, std::span<const Bytes> args) {
  last_ns_ = clock_.monotonic_ns();
  input_bytes_ = 0;
  for (const Bytes argument : args) input_bytes_ += argument.size();
  return run(session, commands_.find(args), args, 0, false);
}

// Hashes the requests' first keys and has the processor fetch their buckets, then their entries.
void Engine::prefetch_keys(const Session& session, const RequestBatch& requests, size_t first,
                           uint64_t* hashes) {
  const Table<Entry>& table = database(session.db).table();
  RepeatedCommand commands(commands_);
  bool hashed[RequestBatch::kRequestsMax];
  for (size_t i = first; i < requests.size(); ++i) {
    const std::span<const Bytes> args = requests[i];
    const Command* const command = commands.find(args);
    hashed[i] = command != nullptr && command->has_first_key(args.size());
    if (!hashed[i]) continue;
    hashes[i] = value_context_.hash(args[command->first_key]);
    table.prefetch_bucket(hashes[i]);
  }
  for (size_t i = first; i < requests.size(); ++i) {
    if (hashed[i]) table.prefetch_entry(hashes[i]);
  }
}

// The call that runs, as long as this is in scope.
class Engine::Executing {
 public:
  Executing(Engine& engine, Context& context) : engine_(engine), outside_(engine.executing_) {
    context.outside_ = outside_;
    engine.executing_ = &context;
  }
  ~Executing() { engine_.executing_ = outside_; }
  Executing(const Executing&) = delete;
  Executing& operator=(const Executing&) = delete;

 private:
  Engine& engine_;
  const Context* const outside_;
};

// What a session asked for of the keyspace, around its own handler and nobody else's. Hardly any
// session does.
class Engine::Terms {
 public:
  static bool needed(const Engine& engine, const Session& session) {
    return session.has(Session::kKeyspaceTerms) || engine.terms_ != 0;
  }
  Terms(Engine& engine, const Session& session)
      : engine_(engine),
        books_(engine.books_),
        no_touch_(std::exchange(books_.no_touch, session.has(Session::kNoTouch))),
        expired_until_ms_(books_.expired_until_ms) {
    const bool imports = session.has(Session::kImportSource) && engine.values().import_mode;
    books_.expired_until_ms = imports ? INT64_MIN : engine.expired_until_ms();
    ++engine.terms_;
  }
  ~Terms() {
    --engine_.terms_;
    books_.no_touch = no_touch_;
    books_.expired_until_ms = expired_until_ms_;
  }
  Terms(const Terms&) = delete;
  Terms& operator=(const Terms&) = delete;

 private:
  Engine& engine_;
  Bookkeeping& books_;
  const bool no_touch_;
  const int64_t expired_until_ms_;
};

// In the path of every command: inlined where it is called.
[[gnu::always_inline]] inline Engine::Outcome Engine::run_plainly(Session& session,
                                                                  Command* command,
                                                                  std::span<const Bytes> args,
                                                                  uint64_t key_hash, bool hashed) {
  // What is left of a parent here is a call of an unknown subcommand, but for COMMAND alone.
  if (command == nullptr || (!command->subcommands.empty() &&
                             (args.size() > 1 || command->spec->handler == nullptr))) [[unlikely]] {
    refuse_unknown(session, args);
    return Outcome::kDone;
  }
  Context context(*this, session, *command, args, output_of(session));
  if (args.size() < command->arguments_min || args.size() > command->arguments_max) [[unlikely]] {
    ++command->rejected_calls;
    context.refuse_arity();
    return Outcome::kDone;
  }
  if (hashed) context.set_key_hash(args[command->first_key], key_hash);
  const bool plain = quiet_ && session.authenticated &&
                     !session.has(Session::kMulti | Session::kSubscribed | Session::kMonitor) &&
                     (command->spec->flags & kDebugCommand) == 0;
  if (!plain) [[unlikely]] {
    const Admission admission = pass_gate(context);
    if (admission == Admission::kRefused) ++command->rejected_calls;
    if (admission == Admission::kPostponed) return Outcome::kPostponed;
    if (admission != Admission::kAdmitted) return Outcome::kDone;
    if (session.in_multi() && (command->spec->flags & kNeverQueued) == 0) {
      queue(context);
      return Outcome::kDone;
    }
  }
  {
    const Executing executing(*this, context);
    call(context);
  }
  if (follow_up_expected_) [[unlikely]]
    follow_up(context);
  return Outcome::kDone;
}

size_t Engine::execute_batch(Session& session, const RequestBatch& requests, size_t first) {
  const size_t count = requests.size();
  uint64_t hashes[RequestBatch::kRequestsMax];
  const bool prefetched = count - first > 1 && database(session.db).size() >= kPrefetchKeysMin;
  if (prefetched) prefetch_keys(session, requests, first, hashes);
  RepeatedCommand commands(commands_);
  const uint64_t enough = session.output.end_offset() + kBatchReplyBytesMax;
  input_bytes_ = requests.input_end(count - 1);
  last_ns_ = clock_.monotonic_ns();
  for (size_t i = first; i < count; ++i) {
    const std::span<const Bytes> args = requests[i];
    Command* const command = commands.find(args);
    const bool hashed = command != nullptr && command->has_first_key(args.size());
    uint64_t hash = 0;
    if (hashed) hash = prefetched ? hashes[i] : value_context_.hash(args[command->first_key]);
    if (run(session, command, args, hash, hashed) == Outcome::kPostponed) return i;
    if (session.has(kEndsBatch) || session.output.end_offset() >= enough) return i + 1;
  }
  return count;
}

[[gnu::always_inline]] inline Engine::Outcome Engine::run(Session& session, Command* command,
                                                          std::span<const Bytes> args,
                                                          uint64_t key_hash, bool hashed) {
  try {
    if (session.has(Session::kOwnTerms)) [[unlikely]] {
      return run_on_terms(session, command, args, key_hash, hashed);
    }
    return run_plainly(session, command, args, key_hash, hashed);
  } catch (const std::bad_alloc&) {
    // Before the call: nothing was done, and nothing answered.
    if (session.in_multi()) session.transaction->refused = true;
    stats_.count_error(errors::kHostMemory);
    ReplyWriter(output_of(session), session.protocol).error(errors::kHostMemory);
    return Outcome::kDone;
  }
}

// CLIENT REPLY SKIP drops the reply of the command that follows it, once it is run.
Engine::Outcome Engine::run_on_terms(Session& session, Command* command,
                                     std::span<const Bytes> args, uint64_t key_hash, bool hashed) {
  const uint32_t skips = session.flags & Session::kSkips;
  session.unset(Session::kSkips);
  if ((skips & Session::kReplySkipNext) != 0) session.set(Session::kReplySkip);
  // What it reads is remembered at the end of the command.
  if (session.tracking) follow_up_expected_ = true;
  const Outcome outcome = run_plainly(session, command, args, key_hash, hashed);
  if (outcome == Outcome::kPostponed) {
    session.unset(Session::kSkips);
    session.set(skips);
  } else if (session.tracking) {
    tracking_.end_command(session, command);
  }
  return outcome;
}

void Engine::queue(Context& context) {
  context.session.transaction->queue(context.command, context.args);
  context.reply.simple("QUEUED");
}

void Engine::run_queued(Session& session, const Transaction::Call& queued) {
  Context context(*this, session, *queued.command, queued.args, output_of(session));
  context.may_wait_ = false;
  call(context);
  if (session.tracking) tracking_.remember(context);
}

void Engine::run_blocked(Session& session) {
  const Transaction::Call& waiting = session.blocked->call;
  Context context(*this, session, *waiting.command, waiting.args, output_of(session));
  context.waited_ = true;
  last_ns_ = clock_.monotonic_ns();
  {
    const Executing executing(*this, context);
    call(context);
  }
  // The arguments are looked at once more.
  std::unique_ptr<BlockedCall> over;
  if (!context.waits()) over = blocking_.release(session);
  deliver_to(context);
  if (context.waits()) return;
  if (session.tracking) tracking_.end_command(session, &context.command);
  mark_pending(session);
}

void Engine::end_wait(Session& session, Bytes error) {
  ReplyWriter reply(output_of(session), session.protocol);
  if (error.empty()) {
    reply.null_array();
  } else {
    stats_.count_error(error);
    reply.error(error);
  }
  blocking_.release(session);
  if (session.tracking) tracking_.end_command(session, nullptr);
  mark_pending(session);
}

void Engine::end_transaction(int db) {
  const Bytes exec[] = {"EXEC"};
  if (journaled_transaction_ == JournaledTransaction::kBegun) journal_.append(db, exec);
  journaled_transaction_ = JournaledTransaction::kNone;
}

std::unique_ptr<Transaction> Engine::take_transaction(Session& session) {
  unwatch(session);
  session.unset(Session::kMulti);
  return std::move(session.transaction);
}

void Engine::watch(Session& session, Bytes key) {
  key_observers_.watches().add(session, database(session.db), key, now_ms());
  look_at_observers();
}

void Engine::unwatch(Session& session) {
  key_observers_.watches().remove_all(session);
  look_at_observers();
}

void Engine::push(Session& session, const Output::Message& message) {
  if (is_executing(session)) {
    deferred_pushes_.emplace_back(&session, message);
    return expect_follow_up();
  }
  session.output.append_shared(message);
  mark_pending(session);
}

const Session* Engine::executing() const {
  return executing_ == nullptr ? nullptr : &executing_->session;
}

bool Engine::is_executing(const Session& session) const {
  for (const Context* one = executing_; one != nullptr; one = one->outside_) {
    if (&one->session == &session) return true;
  }
  return false;
}

void Engine::push_message(Session& session, const Output::Message& message) {
  const bool droppable = values().pubsub_drops_oldest && session.output.size() >= kBacklogBytes;
  if (!droppable || is_executing(session)) return push(session, message);
  session.output.append_droppable(message);
  mark_pending(session);
}

// A command has ended: what was put off until then. One inside a host's command is no end of it:
// whoever waits for keys is served when the outermost is through.
void Engine::follow_up(Context& context) {
  follow_up_expected_ = executing_ != nullptr;
  try {
    deliver_to(context);
    if (executing_ == nullptr && blocking_.has_ready()) blocking_.serve();
  } catch (const std::bad_alloc&) {
    host_.log(LogLevel::kWarning, "Out of memory: not every message could be delivered");
  }
}

// What the session must hear behind its reply: of its own changes first, then the messages.
void Engine::deliver_to(Context& context) {
  Session& session = context.session;
  if (session.tracking) tracking_.remember(context);
  tracking_.send_own(session);
  if (deferred_pushes_.empty()) return;
  for (const auto& [to, message] : deferred_pushes_) {
    if (to == &session) session.output.append_shared(message);
  }
  drop_deferred(session);
  mark_pending(session);
}

void Engine::drop_deferred(const Session& session) {
  std::erase_if(deferred_pushes_, [&](const auto& push) { return push.first == &session; });
}

// A call that waits is counted when it is answered; who monitors sees it when it is made. It may
// have made a consumer for itself.
void Engine::wait(Context& context, int64_t now_ns) {
  last_ns_ = now_ns;
  if (journal_.active() && context.replaced_) journal(context);
  if (!context.waited_ && !monitors_.empty()) {
    monitors_.feed(context, context.session.db, clock_.unix_us());
  }
}

// Inlined as run_plainly is.
[[gnu::always_inline]] inline void Engine::call(Context& context) {
  Session& session = context.session;
  const int64_t began_ns = last_ns_;
  session.last_command = context.command.spec;
  const uint64_t dirty_before = books_.dirty;
  const uint64_t output_before = context.reply.output().end_offset();
  call_handler(context, output_before);
  try {
    const int64_t now_ns = clock_.monotonic_ns();
    if (context.waits()) [[unlikely]]
      return wait(context, now_ns);
    last_ns_ = now_ns;
    note_call(context, now_ns - began_ns, context.reply.output().end_offset() - output_before);
  } catch (const std::bad_alloc&) {
    host_.log(LogLevel::kWarning, "Out of memory: a command isn't in all logs and statistics");
    if (context.waits()) return;
  }
  ++session.commands;
  ++stats_.commands_processed;
  if (!journal_.active() || (books_.dirty == dirty_before && !context.replaced_)) return;
  try {
    journal(context);
  } catch (const std::bad_alloc&) {
    return lose_journal(session);
  }
  session.write_offset = journal_.offset();
}

// Statistics, and whoever looks on.
[[gnu::always_inline]] inline void Engine::note_call(Context& context, int64_t took_ns,
                                                     uint64_t reply_bytes) {
  Command& command = context.command;
  ++command.calls;
  command.nanoseconds += static_cast<uint64_t>(took_ns);
  if (tracks_durations_) command.durations.add(static_cast<uint64_t>(took_ns));
  if (context.failed()) ++command.failed_calls;
  if (took_ns >= notable_ns_ || std::max(reply_bytes, input_bytes_) >= notable_bytes_)
      [[unlikely]] {
    observe(context, took_ns, reply_bytes);
  }
  if (!monitors_.empty() && !context.waited_ &&
      (command.spec->flags & (kAdmin | kSkipMonitor)) == 0) {
    monitors_.feed(context, context.session.db, clock_.unix_us());
  }
}

// What was done can't be undone, but it isn't to be believed kept, and nothing may build on it.
void Engine::lose_journal(Session& session) {
  refuse_writes("MISCONF The server is out of memory and has lost a write to its journal.");
  cut_off(session);
}

// What took long or was large, told to whoever keeps such things.
void Engine::observe(Context& context, int64_t ns, uint64_t reply_bytes) {
  const uint32_t flags = context.command.spec->flags;
  note_spike((flags & kFast) != 0 ? "fast-command" : "command", ns);
  if (hot_keys_.counting()) count_hot_keys(context, ns, reply_bytes);
  if (flags & kSkipSlowlog) return;
  using LogKind = CommandLog::Kind;
  const int64_t seconds = now_ms() / 1000;
  const std::pair<LogKind, int64_t> amounts[] = {
      {LogKind::kSlow, ns / 1000},
      {LogKind::kLargeRequest, static_cast<int64_t>(context.request_bytes())},
      {LogKind::kLargeReply, static_cast<int64_t>(reply_bytes)}};
  for (const auto& [kind, amount] : amounts) {
    if (command_log_.wants(kind, amount)) command_log_.add(kind, amount, context, seconds);
  }
}

void Engine::count_hot_keys(Context& context, int64_t ns, uint64_t reply_bytes) {
  if (hot_keys_.active(now_ms())) return hot_keys_.add(context, ns, reply_bytes);
  const ProcessFacts facts = host_.process_facts();
  hot_keys_.stop(now_ms(), {static_cast<int64_t>(facts.cpu_user * 1000),
                            static_cast<int64_t>(facts.cpu_system * 1000)});
  watch_calls();
}

void Engine::note_spike(Bytes event, int64_t ns) {
  const int64_t ms = ns / 1'000'000;
  if (latency_.wants(ms)) latency_.add(event, ms, now_ms() / 1000);
}

void Engine::call_on_terms(Context& context) {
  const Terms terms(*this, context.session);
  context.command.spec->handler(context);
}

// A host without memory is an error reply, not the end: what the handler had answered so far is
// taken back, and the keys are as the writers left them.
[[gnu::always_inline]] inline void Engine::call_handler(Context& context, uint64_t before) {
  try {
    if (Terms::needed(*this, context.session)) [[unlikely]]
      return call_on_terms(context);
    context.command.spec->handler(context);
  } catch (const std::bad_alloc&) {
    context.reply.output().rollback(before);
    context.error(errors::kHostMemory);
  }
}

bool Engine::begin_transaction() {
  if (journaled_transaction_ != JournaledTransaction::kNone) return false;
  journaled_transaction_ = JournaledTransaction::kOpen;
  return true;
}

// The first call of an EXEC that is journaled begins the transaction there.
void Engine::journal_call(int db, std::span<const Bytes> args) {
  if (journaled_transaction_ == JournaledTransaction::kOpen) {
    const Bytes multi[] = {"MULTI"};
    journal_.append(db, multi);
    journaled_transaction_ = JournaledTransaction::kBegun;
  }
  journal_.append(db, args);
}

void Engine::journal(Context& context) {
  if (context.session.has(Session::kInternal)) return;
  const int db = context.session.db;
  if (!context.replaced_) {
    if (context.command.spec->flags & (kWrite | kMayReplicate)) journal_call(db, context.args);
    return;
  }
  if (!context.effective_) return;
  const bool several = context.effective_->size() > 1 && begin_transaction();
  for (const std::vector<std::string>& words : *context.effective_) {
    const std::vector<Bytes> views(words.begin(), words.end());
    journal_call(db, views);
  }
  if (several) end_transaction(db);
}

// The first words of an HTTP request. Answering would let a web page talk to the server through its
// visitor's browser, whose next lines may be commands.
void Engine::abort_http(Session& session) {
  session.set(Session::kCloseNow);
  if (attack_logged_ms_ != 0 && now_ms() - attack_logged_ms_ < kAttackLogIntervalMs) return;
  attack_logged_ms_ = now_ms();
  host_.log(LogLevel::kWarning,
            "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: "
            "commands to Redis. This is likely due to an attacker attempting to use Cross Protocol "
            "Scripting to compromise your Redis instance. Connection aborted: " +
                client_line(session, now_ms()));
}

void Engine::refuse_unknown(Session& session, std::span<const Bytes> args) {
  if (equals_ignore_case(args[0], "post") || equals_ignore_case(args[0], "host:")) {
    return abort_http(session);
  }
  std::string text;
  Command* command = commands_.find(args[0]);
  if (session.in_multi()) session.transaction->refused = true;
  if (command != nullptr && args.size() < 2) {
    text = "ERR wrong number of arguments for '" + command->name + "' command";
  } else if (command != nullptr) {
    text = "ERR unknown subcommand '" + errors::shown(args[1], kUnknownArgsBytesMax) + "'. Try " +
           upper(command->name) + " HELP.";
  } else {
    text = "ERR unknown command '" + errors::shown(args[0], kUnknownArgsBytesMax) +
           "', with args beginning with: ";
    std::string rest;
    for (size_t i = 1; i < args.size() && rest.size() < kUnknownArgsBytesMax; ++i) {
      rest += "'" + errors::shown(args[i], kUnknownArgsBytesMax - rest.size()) + "' ";
    }
    text += rest;
  }
  stats_.count_error(text);
  ReplyWriter(output_of(session), session.protocol).error(text);
}

// What pauses, loading and settings mean for calls and for expiry.
void Engine::apply_state() {
  quiet_ = values().maxmemory == 0 && !pause_.active() && !loading_ && write_refusal_.empty() &&
           !stopped_;
  books_.expired_until_ms = expired_until_ms();
  books_.expiry_deletes = !pause_.active() && !values().import_mode && !loading_;
}

void Engine::set_loading(bool loading) {
  loading_ = loading;
  apply_state();
}

void Engine::stop() {
  stopped_ = true;
  apply_state();
}

void Engine::refuse_writes(std::string error) {
  write_refusal_ = std::move(error);
  apply_state();
}

void Engine::pause(Pause::Kind kind, int64_t until_ms) {
  pause_.begin(kind, until_ms);
  apply_state();
}

void Engine::unpause() {
  if (!pause_.active()) return;
  pause_.end();
  apply_state();
  for (Session& session : sessions_) {
    if (!session.has(Session::kPaused)) continue;
    session.unset(Session::kPaused);
    mark_pending(session);
  }
}

}  // namespace sorrel

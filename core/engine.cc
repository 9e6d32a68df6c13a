#include "core/engine.h"

#include "core/base/check.h"
#include "core/base/text.h"
#include "core/client_info.h"
#include "core/commands/commands.h"
#include "core/gate.h"
#include "core/keyspace/access_clock.h"

#include <algorithm>
#include <new>
#include <utility>

namespace sorrel {
namespace {

// A database with fewer keys is in the processor's caches anyway.
constexpr size_t kPrefetchKeysMin = 8192;
constexpr size_t kReclaimPerTick = 64;
constexpr size_t kReclaimAll = SIZE_MAX;
constexpr size_t kGiveBackPerTick = size_t{256} << 10;
constexpr size_t kExpirePerTick = 256;  // at an effort of 1; four times that at 10

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

std::string hex_id(Random& random) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string id(40, '0');
  for (char& c : id) c = kDigits[random.below(16)];
  return id;
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
      value_context_{epoch_, random_, random_.next()},
      books_(journal_, stats_, random_),
      run_id_(hex_id(random_)),
      replication_id_(hex_id(random_)),
      compactor_(epoch_, clock_, databases_, stats_) {
  books_.listener = &key_observers_;
  add_commands();
  begin_turn();
  const int databases = static_cast<int>(values().databases);
  for (int i = 0; i < databases; ++i) {
    databases_.push_back(std::make_unique<Keyspace>(value_context_, i, now_ms()));
  }
  apply_settings();
  settings_.on_change({"maxmemory-policy",
                       "lfu-log-factor",
                       "lfu-decay-time",
                       "notify-keyspace-events",
                       "lazyfree-lazy-expire",
                       "slowlog-log-slower-than",
                       "slowlog-max-len",
                       "commandlog-request-larger-than",
                       "commandlog-large-request-max-len",
                       "commandlog-reply-larger-than",
                       "commandlog-large-reply-max-len",
                       "latency-monitor-threshold",
                       "latency-tracking",
                       "maxmemory",
                       "import-mode",
                       "hash-max-listpack-entries",
                       "hash-max-listpack-value",
                       "list-max-listpack-size",
                       "set-max-intset-entries",
                       "set-max-listpack-entries",
                       "set-max-listpack-value",
                       "zset-max-listpack-entries",
                       "zset-max-listpack-value",
                       "hll-sparse-max-bytes",
                       "stream-node-max-bytes",
                       "stream-node-max-entries"},
                      [this](const SettingValues&, const SettingValues&) {
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
  look_at_gate();
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

// ---- Sessions.

void Engine::open_session(Session& session) {
  session.id = next_session_id_++;
  session.created_ms = session.last_interaction_ms = now_ms();
  session.authenticated = values().requirepass.empty();
  sessions_.push_back(session);
  sessions_by_id_.emplace(session.id, &session);
  ++session_count_;
}

void Engine::close_session(Session& session) {
  monitors_.remove(session);
  pubsub_.unsubscribe_all(session);
  tracking_.stop(session);
  blocking_.release(session);
  take_transaction(session);
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

// In the path of every command: inlined where it is called.
[[gnu::always_inline]] inline Engine::Outcome Engine::run_plainly(Session& session,
                                                                  Command* command,
                                                                  std::span<const Bytes> args,
                                                                  uint64_t key_hash, bool hashed) {
  // What is left of a parent here is a call of an unknown subcommand, but for COMMAND alone.
  if (command == nullptr || command->spec->handler == nullptr ||
      (!command->subcommands.empty() && args.size() > 1)) [[unlikely]] {
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
                     !session.has(Session::kMulti | Session::kSubscribed) &&
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
  executing_ = &session;
  call(context);
  executing_ = nullptr;
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

Engine::Outcome Engine::run(Session& session, Command* command, std::span<const Bytes> args,
                            uint64_t key_hash, bool hashed) {
  if (session.has(Session::kOwnTerms)) [[unlikely]] {
    return run_on_terms(session, command, args, key_hash, hashed);
  }
  return run_plainly(session, command, args, key_hash, hashed);
}

// What the session asked for, around its own command and nobody else's.
Engine::Outcome Engine::run_on_terms(Session& session, Command* command,
                                     std::span<const Bytes> args, uint64_t key_hash, bool hashed) {
  // SKIP drops the reply of the command that follows it, once.
  session.has(Session::kReplySkipNext) ? session.set(Session::kReplySkip)
                                       : session.unset(Session::kReplySkip);
  session.unset(Session::kReplySkipNext);
  const bool no_touch_outside = std::exchange(books_.no_touch, session.has(Session::kNoTouch));
  const int64_t expired_outside = books_.expired_until_ms;
  if (values().import_mode && session.has(Session::kImportSource)) {
    books_.expired_until_ms = INT64_MIN;
  }
  // What it reads is remembered at the end of the command.
  if (session.tracking) follow_up_expected_ = true;
  const Outcome outcome = run_plainly(session, command, args, key_hash, hashed);
  books_.no_touch = no_touch_outside;
  books_.expired_until_ms = expired_outside;
  if (outcome == Outcome::kDone && session.tracking) tracking_.end_command(session, command);
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
  executing_ = &session;
  call(context);
  executing_ = nullptr;
  if (!context.waits()) blocking_.release(session);
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
  if (&session == executing_) {
    deferred_pushes_.push_back(message);
    return expect_follow_up();
  }
  session.output.append_shared(message);
  mark_pending(session);
}

void Engine::push_message(Session& session, const Output::Message& message) {
  const bool droppable = values().pubsub_drops_oldest && session.output.size() >= kBacklogBytes;
  if (!droppable || &session == executing_) return push(session, message);
  session.output.append_droppable(message);
  mark_pending(session);
}

// A command has ended: what was put off until then.
void Engine::follow_up(Context& context) {
  follow_up_expected_ = false;
  deliver_to(context);
  if (blocking_.has_ready()) blocking_.serve();
}

// What the session must hear behind its reply: of its own changes first, then the messages.
void Engine::deliver_to(Context& context) {
  Session& session = context.session;
  if (session.tracking) tracking_.remember(context);
  tracking_.send_own(session);
  if (deferred_pushes_.empty()) return;
  for (const Output::Message& message : deferred_pushes_) session.output.append_shared(message);
  deferred_pushes_.clear();
  mark_pending(session);
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

void Engine::call(Context& context) {
  Session& session = context.session;
  const int64_t began_ns = last_ns_;
  Command& command = context.command;
  session.last_command = command.spec;
  const uint64_t dirty_before = books_.dirty;
  const uint64_t output_before = context.reply.output().end_offset();
  call_handler(context);
  const int64_t now_ns = clock_.monotonic_ns();
  if (context.waits()) [[unlikely]]
    return wait(context, now_ns);
  const int64_t took_ns = now_ns - began_ns;
  last_ns_ = now_ns;
  ++command.calls;
  command.nanoseconds += static_cast<uint64_t>(took_ns);
  if (tracks_durations_) command.durations.add(static_cast<uint64_t>(took_ns));
  if (context.failed()) ++command.failed_calls;
  const uint64_t reply_bytes = context.reply.output().end_offset() - output_before;
  if (took_ns >= notable_ns_ || std::max(reply_bytes, input_bytes_) >= notable_bytes_)
      [[unlikely]] {
    observe(context, took_ns, reply_bytes);
  }
  if (!monitors_.empty() && !context.waited_ &&
      (command.spec->flags & (kAdmin | kSkipMonitor)) == 0) {
    monitors_.feed(context, session.db, clock_.unix_us());
  }
  ++session.commands;
  ++stats_.commands_processed;
  if (!journal_.active() || (books_.dirty == dirty_before && !context.replaced_)) return;
  journal(context);
  session.write_offset = journal_.offset();
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

// A host without memory is an error reply, not the end: what the handler had answered so far is
// taken back, and the keys are as the writers left them.
void Engine::call_handler(Context& context) {
  const uint64_t before = context.reply.output().end_offset();
  try {
    context.command.spec->handler(context);
  } catch (const std::bad_alloc&) {
    context.reply.output().rollback(before);
    context.error(errors::kHostMemory);
  }
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
  const bool several =
      context.effective_->size() > 1 && journaled_transaction_ == JournaledTransaction::kNone;
  if (several) begin_transaction();
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

void Engine::look_at_gate() {
  quiet_ = values().maxmemory == 0 && !pause_.active() && !loading_ && write_refusal_.empty() &&
           !stopped_;
  books_.expiry_deletes = !pause_.active() && !values().import_mode && !loading_;
}

void Engine::set_loading(bool loading) {
  loading_ = loading;
  look_at_gate();
}

void Engine::stop() {
  stopped_ = true;
  look_at_gate();
}

void Engine::refuse_writes(std::string error) {
  write_refusal_ = std::move(error);
  look_at_gate();
}

void Engine::pause(Pause::Kind kind, int64_t until_ms) {
  pause_.begin(kind, until_ms);
  look_at_gate();
}

void Engine::unpause() {
  if (!pause_.active()) return;
  pause_.end();
  look_at_gate();
  for (Session& session : sessions_) {
    if (!session.has(Session::kPaused)) continue;
    session.unset(Session::kPaused);
    mark_pending(session);
  }
}

// ---- The turn.

void Engine::begin_turn() {
  books_.now_ms = clock_.unix_us() / 1000;
  books_.expired_until_ms = books_.now_ms;
  books_.lru_clock = lru_seconds(books_.now_ms);
  if (pause_.over(books_.now_ms)) unpause();
}

bool Engine::tick() {
  sample_rates();
  blocking_.end_overdue(now_ms());
  const bool more = background_work_ && work_in_background();
  tracking_.broadcast();
  return more;
}

bool Engine::work_in_background() {
  bool more = epoch_.reclaim(kReclaimPerTick);
  more |= heap_->give_back(kGiveBackPerTick);
  more |= compactor_.tick(values());
  more |= tracking_.tick();
  evict_clients();
  more |= over_limit_since_ns_ != 0 && make_room() && over_limit_since_ns_ != 0;
  if (!books_.expiry_deletes || !active_expiry_) return more;
  // One budget for all databases: the turn's length doesn't depend on their number. Whoever is
  // served last waits for the next turn, not for ever: what is due is gone then.
  size_t budget = kExpirePerTick * static_cast<size_t>(values().active_expire_effort + 2) / 3;
  const uint64_t expired_before = stats_.expired_keys + stats_.expired_subkeys;
  const int64_t began_ns = clock_.monotonic_ns();
  for (const auto& db : databases_) db->expire_due(books_, budget);
  if (stats_.expired_keys + stats_.expired_subkeys != expired_before) {
    const int64_t took_ns = clock_.monotonic_ns() - began_ns;
    stats_.expire_cycle_us += static_cast<uint64_t>(took_ns / 1000);
    note_spike("expire-cycle", took_ns);
  }
  stats_.expired_time_cap_reached += budget == 0;
  return more || budget == 0;
}

void Engine::sample_rates() {
  const int64_t elapsed_ms = now_ms() - rates_.last_ms;
  if (elapsed_ms >= 0 && elapsed_ms < Rates::kIntervalMs) return;
  rates_.commands.sample(stats_.commands_processed, elapsed_ms);
  rates_.input_bytes.sample(stats_.net_input_bytes, elapsed_ms);
  rates_.output_bytes.sample(stats_.net_output_bytes, elapsed_ms);
  rates_.last_ms = now_ms();
  stats_.peak_memory = peak_memory();
}

void Engine::reset_statistics() {
  const uint64_t peak = used_memory();
  stats_ = Stats();
  stats_.peak_memory = peak;
  rates_ = Rates();
  for (const auto& command : commands_.all()) {
    command->calls = command->nanoseconds = 0;
    command->rejected_calls = command->failed_calls = 0;
    command->durations.clear();
  }
}

void Engine::change_replication_id() {
  replication_id_ = hex_id(random_);
}

int64_t Engine::over_memory_limit_ms() const {
  return over_limit_since_ns_ == 0 ? 0 : (clock_.monotonic_ns() - over_limit_since_ns_) / 1'000'000;
}

// ---- Memory.

namespace {

// How often eviction looks at the clock.
constexpr int kEvictionsPerLook = 16;

// maxmemory-eviction-tenacity: up to 10, half a millisecond; then growing to, at 100, for ever.
int64_t eviction_time_ns(int64_t tenacity) {
  if (tenacity <= 10) return 50'000 * tenacity;
  if (tenacity >= 100) return INT64_MAX;
  double us = 500;
  for (int64_t i = 10; i < tenacity; ++i) us *= 1.15;
  return static_cast<int64_t>(us * 1000);
}

}  // namespace

bool Engine::make_room() {
  const size_t limit = static_cast<size_t>(values().maxmemory);
  if (limit == 0 || used_memory() <= limit) {
    over_limit_since_ns_ = 0;
    return true;
  }
  if (!books_.expiry_deletes) return true;  // paused, or importing: nothing goes by itself
  return evict_keys();
}

bool Engine::evict_keys() {
  const SettingValues& v = values();
  const size_t limit = static_cast<size_t>(v.maxmemory);
  const Evictor::Terms terms{v.maxmemory_policy, static_cast<size_t>(v.maxmemory_samples),
                             v.lazyfree_lazy_eviction};
  const int64_t began_ns = clock_.monotonic_ns();
  const int64_t time_ns = eviction_time_ns(v.maxmemory_eviction_tenacity);
  if (over_limit_since_ns_ == 0) over_limit_since_ns_ = began_ns;
  for (int evicted = 1; used_memory() > limit; ++evicted) {
    // What was evicted before counts only when it is freed.
    if (epoch_.has_retired() && epoch_.reclaim(kReclaimPerTick)) continue;
    if (used_memory() <= limit) break;
    if (!evictor_.evict_one(books_, databases_, terms)) return epoch_.has_retired();
    if (evicted % kEvictionsPerLook == 0 && clock_.monotonic_ns() - began_ns > time_ns) return true;
  }
  stats_.eviction_exceeded_us +=
      static_cast<uint64_t>((clock_.monotonic_ns() - over_limit_since_ns_) / 1000);
  over_limit_since_ns_ = 0;
  return true;
}

void Engine::evict_clients() {
  const size_t limit = static_cast<size_t>(values().maxmemory_clients.resolve(values().maxmemory));
  if (limit == 0) return;
  while (client_memory_.total() > limit) {
    Session* session = client_memory_.largest();
    if (session == nullptr) return;
    host_.log(LogLevel::kNotice, "Evicting client: " + client_line(*session, now_ms()));
    ++stats_.evicted_clients;
    session->set(Session::kCloseNow);
    client_memory_.forget(*session);
    mark_pending(*session);
  }
}

size_t Engine::used_memory() const {
  return heap_->used() + client_memory_.total();
}

}  // namespace sorrel

#include "core/engine.h"

#include "core/base/check.h"
#include "core/base/text.h"
#include "core/commands/commands.h"
#include "core/gate.h"
#include "core/output_limit.h"

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

// After one of these the session's next request has to wait, or won't be heard.
constexpr uint32_t kEndsBatch = Session::kCloseAfterReply | Session::kCloseNow | Session::kBlocked;

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
  add_all_commands(commands_);
  begin_turn();
  const int databases = static_cast<int>(values().databases);
  active_expiry_.reserve(static_cast<size_t>(databases));
  for (int i = 0; i < databases; ++i) {
    databases_.push_back(std::make_unique<Keyspace>(value_context_, i, now_ms(), &active_expiry_));
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

void Engine::change_replication_id() {
  replication_id_ = hex_id(host_);
}

// ---- Running commands.

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
    const bool is_parent = command != nullptr && args.size() == 1;
    session.last_command = is_parent ? command->spec : nullptr;
    unknown_command_.refuse(session, args);
    return Outcome::kDone;
  }
  session.last_command = command->spec;
  Context context(*this, session, *command, args, output_of(session));
  if (args.size() < command->arguments_min || args.size() > command->arguments_max) [[unlikely]] {
    ++command->counted->rejected_calls;
    context.refuse_arity();
    return Outcome::kDone;
  }
  if (hashed) context.set_key_hash(args[command->first_key], key_hash);
  const bool plain = quiet_ && session.authenticated &&
                     !session.has(Session::kMulti | Session::kSubscribed | Session::kMonitor) &&
                     (command->spec->flags & kDebugCommand) == 0;
  if (!plain) [[unlikely]] {
    const Admission admission = pass_gate(context);
    if (admission == Admission::kRefused) ++command->counted->rejected_calls;
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
  enforce_output_limit(session);
}

void Engine::run_blocked(Session& session) {
  if (session.has(Session::kCloseNow)) return;
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
  const Transaction::Call& waiting = session.blocked->call;
  Context context(*this, session, *waiting.command, waiting.args, output_of(session));
  context.waited_ = true;
  error.empty() ? context.reply.null_array() : context.error(error);
  note_call(context, 0, 0);
  ++session.commands;
  blocking_.release(session);
  if (session.tracking) tracking_.end_command(session, nullptr);
  mark_pending(session);
}

// A call that waits is counted when it is answered; who monitors sees it when it is made. It may
// have made a consumer for itself.
void Engine::wait(Context& context, int64_t now_ns) {
  last_ns_ = now_ns;
  if (journal_.active() && context.replaced_) command_journal_.add(context);
  if (!context.waited_ && !monitors_.empty()) {
    monitors_.feed(context, context.session.db, clock_.unix_us());
  }
}

// Inlined as run_plainly is.
[[gnu::always_inline]] inline void Engine::call(Context& context) {
  Session& session = context.session;
  const int64_t began_ns = last_ns_;
  const uint64_t dirty_before = books_.dirty;
  const uint64_t edits_before = books_.edits;
  const uint64_t output_before = context.reply.output().end_offset();
  const bool is_whole = call_handler(context, output_before);
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
  if (!journal_.active()) return;
  const bool has_changed = books_.dirty != dirty_before || context.replaced_;
  if (!is_whole && (has_changed || books_.edits != edits_before)) return lose_journal(session);
  if (!has_changed) return;
  try {
    command_journal_.add(context);
  } catch (const std::bad_alloc&) {
    return lose_journal(session);
  }
  session.write_offset = journal_.offset();
}

// Statistics, and whoever looks on. What is replayed from a file is no traffic.
[[gnu::always_inline]] inline void Engine::note_call(Context& context, int64_t took_ns,
                                                     uint64_t reply_bytes) {
  if (context.session.has(Session::kInternal)) [[unlikely]]
    return;
  ++stats_.commands_processed;
  Command& command = *context.command.counted;
  ++command.calls;
  command.nanoseconds += static_cast<uint64_t>(took_ns);
  if (tracks_durations_) command.durations.add(static_cast<uint64_t>(took_ns));
  if (context.failed()) ++command.failed_calls;
  if (call_watch_.notable(took_ns, std::max(reply_bytes, input_bytes_))) [[unlikely]] {
    call_watch_.look_at(context, took_ns, reply_bytes);
  }
  if (!monitors_.empty() && !context.waited_ &&
      (command.spec->flags & (kAdmin | kSkipMonitor)) == 0) {
    monitors_.feed(context, context.session.db, clock_.unix_us());
  }
}

// What was done can't be undone, but it isn't to be believed kept, and nothing may build on it.
void Engine::lose_journal(Session& session) {
  ++journal_losses_;
  refuse_writes(RefusalCause::kJournal,
                "MISCONF The server is out of memory and has lost a write to its journal.");
  cut_off(session);
}

void Engine::call_on_terms(Context& context) {
  const Terms terms(*this, context.session);
  context.command.spec->handler(context);
}

// A host without memory is an error reply, not the end: what the handler had answered so far is
// taken back, and the keys are as the writers left them. False: it ended like this, and what it has
// told the journal may not be what it did.
[[gnu::always_inline]] inline bool Engine::call_handler(Context& context, uint64_t before) {
  try {
    if (Terms::needed(*this, context.session)) [[unlikely]] {
      call_on_terms(context);
    } else {
      context.command.spec->handler(context);
    }
    books_.effects_wait = false;
    return true;
  } catch (const std::bad_alloc&) {
    context.reply.output().rollback(before);
    context.error(errors::kHostMemory);
    books_.effects_wait = false;
    return false;
  }
}

}  // namespace sorrel

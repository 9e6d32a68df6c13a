#include "core/command/context.h"

#include "core/base/text.h"
#include "core/engine.h"
#include "core/output_limit.h"

namespace sorrel {

Keyspace& Context::db() {
  return engine.database(session.db);
}
Bookkeeping& Context::books() {
  return engine.books();
}
bool Context::has_come(int64_t at_ms) {
  return at_ms <= now_ms() && !engine.loading() && (at_ms < 0 || !engine.values().import_mode);
}

bool Context::exceeds_output_limit() const {
  return sorrel::exceeds_output_limit(engine, session);
}

int64_t Context::now_ms() {
  return engine.now_ms();
}

const Entry* Context::read(Bytes key, Touch touch) {
  return db().find_live(books(), key, hash_of(key), touch);
}

bool Context::read(Bytes key, Type type, const Entry*& entry) {
  entry = read(key);
  if (entry == nullptr || entry->type() == type) return true;
  error(errors::kWrongType);
  return false;
}

KeyWriter Context::write(Bytes key, Touch touch) {
  return KeyWriter(books(), db(), key, hash_of(key), touch);
}

const Entry* Context::read_hashed(Bytes key, uint64_t hash) {
  return db().find_live(books(), key, hash, Touch::kCount);
}

KeyWriter Context::write_hashed(Bytes key, uint64_t hash) {
  return KeyWriter(books(), db(), key, hash);
}

bool Context::require(const KeyWriter& writer, Type type) {
  if (!writer.exists() || writer.entry()->type() == type) return true;
  error(errors::kWrongType);
  return false;
}

void Context::error(Bytes text) {
  failed_ = true;
  engine.stats().count_error(text);
  reply.error(text);
}

namespace {

// The code that says nothing; in an EXECABORT Redis leaves it out.
constexpr Bytes kPlainCode = "ERR ";

}  // namespace

void Context::refuse(Bytes text) {
  if ((command.spec->flags & kRunsQueue) == 0) {
    if (session.in_multi()) session.transaction->refused = true;
    return error(text);
  }
  engine.take_transaction(session);
  if (text.starts_with(kPlainCode)) text.remove_prefix(kPlainCode.size());
  error("EXECABORT Transaction discarded because of: " + std::string(text));
}

void Context::block(const BlockRequest& request) {
  if (!waited_ && !may_wait_) return reply.null_array();
  waits_ = true;
  if (waited_) return engine.blocking().wait_on(session, request);
  engine.blocking().block(*this, request);
}

void Context::list_grew(Bytes key) {
  if (books().ready_wanted) engine.blocking().list_grew(key, session.db);
}

bool Context::time_is_up() {
  if (!waited_) return false;
  const int64_t deadline_ms = session.blocked->deadline_ms;
  if (session.blocked->given_up) return true;
  return deadline_ms != 0 && deadline_ms <= now_ms();
}

namespace {

std::string subcommand_error(const Command& parent, Bytes called) {
  return "ERR unknown subcommand or wrong number of arguments for '" + errors::shown(called, 128) +
         "'. Try " + upper(parent.name) + " HELP.";
}

}  // namespace

void Context::wrong_subcommand() {
  error(subcommand_error(*command.parent, arg(1)));
}

void Context::speak(Protocol protocol) {
  session.protocol = protocol;
  reply = ReplyWriter(engine.output_of(session), protocol);
}

namespace {

std::string arity_error(const CommandSpec& spec) {
  return "ERR wrong number of arguments for '" + std::string(spec.name) + "' command";
}

}  // namespace

void Context::wrong_arity() {
  error(arity_error(*command.spec));
}

void Context::refuse_arity() {
  // What counts as its parent's has no name of its own to anybody.
  if (command.counted != &command) return refuse(subcommand_error(*command.parent, arg(1)));
  refuse(arity_error(*command.spec));
}

bool Context::journaled() const {
  return engine.journal().active();
}

void Context::journal_as(std::initializer_list<Bytes> effective) {
  journal_as(std::span<const Bytes>(effective.begin(), effective.size()));
}

void Context::journal_as(std::span<const Bytes> effective) {
  replaced_ = true;
  if (!journaled()) return;
  if (!effective_) effective_ = std::make_unique<std::vector<std::vector<std::string>>>();
  engine.books().effects_wait = true;
  std::vector<std::string>& words = effective_->emplace_back();
  words.reserve(effective.size());
  for (const Bytes word : effective) words.emplace_back(word);
}

}  // namespace sorrel

// MIGRATE: keys to another server, and away from here (persistence/migrations.h).

#include "persistence/commands_migrate.h"

#include "core/base/number.h"
#include "core/command/arguments.h"
#include "core/command/errors.h"
#include "core/engine.h"
#include "persistence/dump_payload.h"
#include "persistence/persistence.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sorrel {
namespace {

constexpr size_t kHost = 1;
constexpr size_t kPort = 2;
constexpr size_t kKey = 3;
constexpr size_t kDatabase = 4;
constexpr size_t kTimeout = 5;
constexpr size_t kOptions = 6;
constexpr int64_t kDefaultTimeoutMs = 1000;
/// How often a key that changes while it is sent is sent again.
constexpr int kRoundsMax = 16;

constexpr Bytes kKeysWithKey =
    "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string";

Migrations& migrations(Context& context) {
  return static_cast<Persistence*>(context.engine.durability())->migrations();
}

// ---- What is sent.

void put_command(std::string& out, std::initializer_list<Bytes> words) {
  out += "*" + std::to_string(words.size()) + "\r\n";
  for (const Bytes word : words) {
    out += "$" + std::to_string(word.size()) + "\r\n";
    out.append(word).append("\r\n");
  }
}

std::string payload_of(Context& context, const Entry& entry) {
  const SettingValues& values = context.engine.values();
  return make_dump_payload(entry, static_cast<int>(values.rdb_version), values.rdbcompression);
}

/// Its checksum.
uint64_t sum_of(const std::string& payload) {
  uint64_t sum;
  std::memcpy(&sum, payload.data() + payload.size() - sizeof sum, sizeof sum);
  return sum;
}

int64_t expiry_of(const Entry& entry) {
  return entry.has_expiry() ? entry.expiry().at_ms : kNever;
}

void put_restore(Context& context, const Entry& entry, bool replace, Migration::Key& key,
                 std::string& out) {
  const std::string payload = payload_of(context, entry);
  key.sum = sum_of(payload);
  key.expires_ms = expiry_of(entry);
  const int64_t left = std::max<int64_t>(key.expires_ms - context.now_ms(), 1);
  const IntegerText ttl(key.expires_ms == kNever ? 0 : left);
  if (replace) {
    put_command(out, {"RESTORE", key.name, ttl.view(), payload, "REPLACE"});
  } else {
    put_command(out, {"RESTORE", key.name, ttl.view(), payload});
  }
}

/// Requests before those of the keys.
size_t heads(const Migration& migration) {
  return migration.auth.empty() ? 1 : 2;
}

// Without the keys that have gone before they were sent.
std::string requests_of(Context& context, Migration& migration) {
  std::string requests;
  const std::vector<std::string>& auth = migration.auth;
  if (auth.size() == 1) put_command(requests, {"AUTH", auth[0]});
  if (auth.size() == 2) put_command(requests, {"AUTH", auth[0], auth[1]});
  put_command(requests, {"SELECT", IntegerText(migration.database).view()});
  for (Migration::Key& key : migration.keys) {
    const Entry* entry = context.db().peek(key.name);
    key.gone = entry == nullptr || entry->expired(context.now_ms());
    if (key.gone) {
      put_command(requests, {"DEL", key.name});
    } else {
      put_restore(context, *entry, migration.replace || migration.rounds > 0, key, requests);
    }
  }
  return requests;
}

void wait(Context& context) {
  BlockRequest request;
  request.for_disk = true;
  context.block(request);
}

// ---- What is answered.

void refuse_step(Context& context, PeerCall::Step step) {
  Bytes what = "connecting to the client";
  if (step == PeerCall::Step::kSend) what = "writing to target instance";
  if (step == PeerCall::Step::kReceive) what = "reading to target instance";
  context.error("IOERR error or timeout " + std::string(what));
}

// What was acknowledged goes, unless it isn't what was sent any more: then it is for another round.
std::vector<std::string> erase_sent(Context& context, Migration& migration, std::string& error) {
  const std::vector<std::string>& replies = migration.call->replies();
  const size_t head = heads(migration);
  for (size_t i = 0; i < std::min(head, replies.size()) && error.empty(); ++i) {
    if (replies[i][0] == '-') error = replies[i].substr(1);
  }
  const bool refused = !error.empty();
  std::vector<std::string> erased;
  std::vector<Migration::Key> changed;
  for (size_t i = head; i < replies.size() && !refused; ++i) {
    const Migration::Key& key = migration.keys[i - head];
    if (replies[i][0] == '-' && error.empty()) error = replies[i].substr(1);
    if (replies[i][0] == '-' || migration.copy || key.gone) continue;
    const Entry* entry = context.db().peek(key.name);
    const bool same = entry != nullptr && !entry->expired(context.now_ms()) &&
                      expiry_of(*entry) == key.expires_ms &&
                      sum_of(payload_of(context, *entry)) == key.sum;
    if (!same) {
      changed.push_back(key);
      continue;
    }
    KeyWriter writer = context.write(key.name, Touch::kPeek);
    if (writer.erase()) writer.notify(kEventGeneric, "del");
    erased.push_back(key.name);
  }
  migration.keys = std::move(changed);
  return erased;
}

void journal_erased(Context& context, const std::vector<std::string>& erased) {
  context.journal_nothing();
  if (erased.empty()) return;
  std::vector<Bytes> words = {"DEL"};
  words.insert(words.end(), erased.begin(), erased.end());
  context.journal_as(words);
}

/// False: there is another round to be sent.
bool answer(Context& context, Migration& migration) {
  const PeerCall::Step step = migration.call->failed_at();
  std::string error;
  const std::vector<std::string> erased = erase_sent(context, migration, error);
  journal_erased(context, erased);
  if (!error.empty()) {
    context.error("ERR Target instance returned error: " + error);
  } else if (step != PeerCall::Step::kEnd) {
    refuse_step(context, step);
  } else if (migration.keys.empty()) {
    context.reply.ok();
  } else if (++migration.rounds > kRoundsMax) {
    context.error("ERR A key was changed each time that it was sent: '" +
                  errors::shown(migration.keys.front().name, 128) + "'");
  } else {
    return false;
  }
  return true;
}

void go_on(Context& context, Migration& migration) {
  Migrations& all = migrations(context);
  const uint64_t id = context.session.id;
  for (;;) {
    if (!migration.call->ended()) {
      if (!context.time_is_up()) return wait(context);
      refuse_step(context, PeerCall::Step::kReceive);
      break;
    }
    if (answer(context, migration)) break;
    std::string requests = requests_of(context, migration);
    all.send(id, std::move(requests), heads(migration) + migration.keys.size(),
             !context.may_wait());
  }
  all.forget(id);
}

// ---- The call.

/// False: an error was answered.
bool parse_options(Context& context, Migration& migration, std::vector<Bytes>& keys) {
  keys = {context.arg(kKey)};
  for (Arguments arguments(context, kOptions); !arguments.done();) {
    Bytes password;
    if (arguments.take("COPY")) {
      migration.copy = true;
    } else if (arguments.take("REPLACE")) {
      migration.replace = true;
    } else if (arguments.take("AUTH", password)) {
      migration.auth = {std::string(password)};
      context.redact(context.argc() - arguments.left() - 1);
    } else if (arguments.left() > 2 && arguments.take("AUTH2")) {
      migration.auth = {std::string(arguments.next()), std::string(arguments.next())};
      context.redact(context.argc() - arguments.left() - 2);
      context.redact(context.argc() - arguments.left() - 1);
    } else if (arguments.take("KEYS")) {
      if (!context.arg(kKey).empty()) return context.error(kKeysWithKey), false;
      const std::span<const Bytes> named = arguments.next(arguments.left());
      keys.assign(named.begin(), named.end());
    } else {
      return context.error(errors::kSyntax), false;
    }
  }
  const std::optional<int64_t> timeout_ms = parse_integer(context.arg(kTimeout));
  const std::optional<int64_t> database = parse_integer(context.arg(kDatabase));
  if (!timeout_ms || !database) return context.error(errors::kNotAnInteger), false;
  migration.timeout_ms = *timeout_ms <= 0 ? kDefaultTimeoutMs : *timeout_ms;
  migration.database = *database;
  return true;
}

void migrate_command(Context& context) {
  Migrations& all = migrations(context);
  if (context.session.has(Session::kBlocked)) {
    Migration* const migration = all.find(context.session.id);
    if (migration == nullptr) return refuse_step(context, PeerCall::Step::kReceive);
    return go_on(context, *migration);
  }
  Migration wanted;
  std::vector<Bytes> names;
  if (!parse_options(context, wanted, names)) return;
  context.journal_nothing();
  for (const Bytes name : names) {
    if (context.read(name) == nullptr) continue;
    wanted.keys.emplace_back().name = name;
  }
  if (wanted.keys.empty()) return context.reply.simple("NOKEY");
  if (!all.possible()) return refuse_step(context, PeerCall::Step::kSend);
  wanted.host = context.arg(kHost);
  wanted.port = static_cast<int>(parse_integer(context.arg(kPort)).value_or(0) & 0xffff);
  Migration& migration = all.add(context.session.id, std::move(wanted));
  std::string requests = requests_of(context, migration);
  all.send(context.session.id, std::move(requests), heads(migration) + migration.keys.size(),
           !context.may_wait());
  go_on(context, migration);
}

// The key of a call without KEYS; with it, it is the empty string.
constexpr KeySpec keys_behind_word() {
  KeySpec spec;
  spec.flags = kKeyRW | kKeyAccess | kKeyDelete | kKeyIncomplete;
  spec.begin = KeySpec::Begin::kKeyword;
  spec.index = -2;
  spec.keyword = "KEYS";
  spec.last = -1;
  return spec;
}

// As parse_options() goes through them; a password may be called as an option is.
size_t keys_from(std::span<const Bytes> args) {
  for (size_t at = kOptions; at < args.size(); ++at) {
    if (equals_ignore_case(args[at], "KEYS")) return args[kKey].empty() ? at + 1 : 0;
    if (equals_ignore_case(args[at], "AUTH")) at += 1;
    if (equals_ignore_case(args[at], "AUTH2")) at += 2;
  }
  return 0;
}

constexpr CommandSpec kRows[] = {
    {.name = "migrate",
     .handler = migrate_command,
     .arity = -6,
     .flags = kWrite | kMovableKeys,
     .categories = kCategoryKeyspace | kCategoryDangerous,
     .keys = {key_at(3, kKeyRW | kKeyAccess | kKeyDelete), keys_behind_word()},
     .keys_from_of = keys_from,
     .group = "generic",
     .since = "2.6.0",
     .summary = "Hands keys to another server.",
     .complexity = "O(N) for DUMP and DEL here, and for RESTORE there.",
     .syntax = "host port key destination-db timeout [COPY] [REPLACE] [AUTH password | AUTH2 "
               "username password] [KEYS key [key ...]]",
     .tips = "nondeterministic_output"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> migrate_commands() {
  return kRows;
}

}  // namespace sorrel

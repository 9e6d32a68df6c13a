// Commands that read or set fields and do something with their expiry, or with their lives, in one
// step. Sources: https://redis.io/docs/latest/commands/hsetex/, hgetex and hgetdel; NX and XX of
// HSETEX are Valkey's (https://valkey.io/commands/hsetex/).
//
// The journal gets HSETEX with PXAT, HPEXPIREAT, HPERSIST or HDEL.

#include "core/commands/commands.h"
#include "core/commands/element_expiry.h"
#include "core/commands/hash_access.h"

#include <string>

namespace sorrel {
namespace {

using FieldExpiry = HashWriter::FieldExpiry;

/// What becomes of the fields' expiry, and where the fields stand; of HGETEX and HSETEX.
class FieldOptions {
 public:
  enum class Of : uint8_t { kGet, kSet };
  explicit FieldOptions(Of of) : of_(of) {}

  /// False when an error was answered.
  bool parse(Context& context);

  enum class Expire : uint8_t { kNone, kAt, kPersist, kKeepTtl };
  Expire expire = Expire::kNone;
  int64_t at_ms = 0;
  enum class If : uint8_t { kAlways, kAbsent, kPresent };
  If fields_are = If::kAlways;
  If key_is = If::kAlways;
  std::span<const Bytes> fields;  // of HSETEX with their values between them

 private:
  bool take_expiry(Context& context, Arguments& arguments);
  bool take_condition(Context& context, Arguments& arguments, Bytes absent, Bytes present,
                      If& condition);
  bool take_fields(Context& context, Arguments& arguments);
  void refuse(Context& context, Bytes text);

  const Of of_;
  bool failed_ = false;
  Bytes time_;
  TimeUnit unit_{};
};

void FieldOptions::refuse(Context& context, Bytes text) {
  context.error(text);
  failed_ = true;
}

bool FieldOptions::take_condition(Context& context, Arguments& arguments, Bytes absent,
                                  Bytes present, If& condition) {
  const bool is_absent = arguments.take(absent);
  if (!is_absent && !arguments.take(present)) return false;
  if (condition != If::kAlways) {
    refuse(context, "ERR Only one of " + std::string(present) + " or " + std::string(absent) +
                        " arguments can be specified");
  }
  condition = is_absent ? If::kAbsent : If::kPresent;
  return true;
}

bool FieldOptions::take_expiry(Context& context, Arguments& arguments) {
  static constexpr std::pair<Bytes, TimeUnit> kTimes[] = {
      {"EX", kEx}, {"PX", kPx}, {"EXAT", kExat}, {"PXAT", kPxat}};
  const Bytes flag = of_ == Of::kGet ? "PERSIST" : "KEEPTTL";
  Expire found = Expire::kNone;
  for (const auto& [word, unit] : kTimes) {
    if (!arguments.take(word)) continue;
    found = Expire::kAt;
    unit_ = unit;
    break;
  }
  if (found == Expire::kNone && arguments.take(flag)) {
    found = of_ == Of::kGet ? Expire::kPersist : Expire::kKeepTtl;
  }
  if (found == Expire::kNone) return false;
  if (expire != Expire::kNone) {
    refuse(context, "ERR Only one of EX, PX, EXAT, PXAT or " + std::string(flag) +
                        " arguments can be specified");
  } else if (found == Expire::kAt && arguments.done()) {
    refuse(context, "ERR missing expire time");
  } else if (found == Expire::kAt) {
    time_ = arguments.next();
  }
  expire = found;
  return true;
}

bool FieldOptions::take_fields(Context& context, Arguments& arguments) {
  if (!fields.empty() || !arguments.take("FIELDS")) return false;
  const auto count = arguments.done() ? std::nullopt : parse_integer(arguments.next());
  const size_t words = of_ == Of::kSet ? 2 : 1;
  if (!count || *count < 1) {
    refuse(context, "ERR invalid number of fields");
  } else if (static_cast<uint64_t>(*count) > arguments.left() / words) {
    context.wrong_arity();
    failed_ = true;
  } else {
    fields = arguments.next(static_cast<size_t>(*count) * words);
  }
  return true;
}

bool FieldOptions::parse(Context& context) {
  Arguments arguments(context, 2);
  while (!arguments.done() && !failed_) {
    if (take_fields(context, arguments) || take_expiry(context, arguments)) continue;
    if (of_ == Of::kSet && (take_condition(context, arguments, "FNX", "FXX", fields_are) ||
                            take_condition(context, arguments, "NX", "XX", key_is))) {
      continue;
    }
    refuse(context, "ERR unknown argument: " + errors::shown(arguments.peek()));
  }
  if (!failed_ && fields.empty()) refuse(context, "ERR missing FIELDS argument");
  if (failed_ || expire != Expire::kAt) return !failed_;
  const auto at = parse_element_time(context, time_, unit_);
  if (at) at_ms = *at;
  return at.has_value();
}

// ---- HGETEX and HGETDEL.

/// False when there is nothing more to do: no such key, or an error was answered.
bool reply_values(Context& context, std::span<const Bytes> fields) {
  std::optional<HashReader> hash;
  if (!read_hash(context, context.arg(1), hash)) return false;
  context.reply.array(fields.size());
  for (const Bytes field : fields) {
    reply_element(context, hash ? hash->value(field) : std::nullopt);
  }
  return hash.has_value();
}

void persist_fields(Context& context, KeyWriter& key, std::span<const Bytes> fields) {
  std::vector<Bytes> persisted;
  for (const Bytes field : fields) {
    const auto item = hash_of(context, key)->find(field);
    if (!item || item->expires_ms == kNever) continue;
    edit_hash(context, key).set_expiry(field, kNever);
    persisted.push_back(field);
  }
  if (persisted.empty()) return;
  const IntegerText count(static_cast<int64_t>(persisted.size()));
  std::vector<Bytes> words = {"HPERSIST", key.key(), "FIELDS", count.view()};
  words.insert(words.end(), persisted.begin(), persisted.end());
  context.journal_as(words);
  key.edited(kEventHash, "hpersist", persisted.size());
}

void hgetex_command(Context& context) {
  FieldOptions options(FieldOptions::Of::kGet);
  if (!options.parse(context) || !reply_values(context, options.fields)) return;
  if (options.expire == FieldOptions::Expire::kNone) return;
  KeyWriter key = context.write(context.arg(1), Touch::kPeek);
  if (options.expire == FieldOptions::Expire::kPersist) {
    return persist_fields(context, key, options.fields);
  }
  ElementExpirer expirer(context, kHashFields, key, options.at_ms);
  for (const Bytes field : options.fields) {
    if (hash_of(context, key)->find(field)) expirer.apply(field);
  }
  expirer.finish();
}

/// Reads `FIELDS numfields field [field ...]`, which is all; nothing when an error was answered.
std::optional<std::span<const Bytes>> parse_getdel(Context& context) {
  Bytes problem;
  const auto count = parse_integer(context.arg(3));
  if (!context.arg_is(2, "FIELDS")) {
    problem = "ERR Mandatory argument FIELDS is missing or not at the right position";
  } else if (!count || *count < 1) {
    problem = "ERR Number of fields must be a positive integer";
  } else if (static_cast<uint64_t>(*count) != context.argc() - 4) {
    problem = "ERR The `numfields` parameter must match the number of arguments";
  } else {
    return context.args.subspan(4);
  }
  context.error(problem);
  return std::nullopt;
}

void hgetdel_command(Context& context) {
  const auto fields = parse_getdel(context);
  std::optional<HashReader> there;
  if (!fields || !read_hash(context, context.arg(1), there)) return;
  context.reply.array(fields->size());
  if (!there) {
    for (size_t i = 0; i < fields->size(); ++i) context.reply.null();
    return;
  }
  KeyWriter key = context.write(context.arg(1), Touch::kPeek);
  HashWriter hash = edit_hash(context, key);
  std::vector<Bytes> words = {"HDEL", key.key()};
  for (const Bytes field : *fields) {
    reply_element(context, hash_of(context, key)->value(field));
    if (hash.erase(field)) words.push_back(field);
  }
  const size_t deleted = words.size() - 2;
  if (deleted != 0) context.journal_as(words);
  key.edited(kEventHash, "hdel", deleted);
}

// ---- HSETEX.

bool holds(FieldOptions::If condition, bool present) {
  return condition == FieldOptions::If::kAlways ||
         present == (condition == FieldOptions::If::kPresent);
}

bool conditions_hold(Context& context, const KeyWriter& key, const FieldOptions& options) {
  if (!holds(options.key_is, key.exists())) return false;
  const auto hash = hash_of(context, key);
  for (size_t i = 0; i < options.fields.size(); i += 2) {
    if (!holds(options.fields_are, hash && hash->find(options.fields[i]))) return false;
  }
  return true;
}

void journal_set(Context& context, Bytes key, const FieldOptions& options) {
  if (!context.journaled()) return;
  const IntegerText at(options.at_ms);
  const IntegerText count(static_cast<int64_t>(options.fields.size() / 2));
  std::vector<Bytes> words = {"HSET", key};
  if (options.expire == FieldOptions::Expire::kAt) {
    words = {"HSETEX", key, "PXAT", at.view(), "FIELDS", count.view()};
  } else if (options.expire == FieldOptions::Expire::kKeepTtl) {
    words = {"HSETEX", key, "KEEPTTL", "FIELDS", count.view()};
  }
  words.insert(words.end(), options.fields.begin(), options.fields.end());
  context.journal_as(words);
}

void set_fields(Context& context, KeyWriter& key, const FieldOptions& options) {
  const bool expires = options.expire == FieldOptions::Expire::kAt;
  FieldExpiry expiry = FieldExpiry::none();
  if (expires) expiry = FieldExpiry::at(options.at_ms);
  if (options.expire == FieldOptions::Expire::kKeepTtl) {
    expiry = FieldExpiry::keep();
    key.settle(options.fields);  // values among them do no harm
  }
  Owned<Collection>& edited = expires ? key.edit_expiring(Type::kHash) : key.edit(Type::kHash);
  HashWriter hash(edited, key.values(), context.books().expired_until_ms);
  hash.expect(options.fields.size() / 2);
  for (size_t i = 0; i < options.fields.size(); i += 2) {
    hash.set(options.fields[i], options.fields[i + 1], expiry);
  }
  key.count_edit(options.fields.size() / 2);
  key.notify(kEventHash, "hset");
  if (expires) key.notify(kEventHash, "hexpire");
  key.close_edit();
  journal_set(context, key.key(), options);
}

// With a time that has passed the fields would be gone at once.
void delete_fields(Context& context, KeyWriter& key, const FieldOptions& options) {
  ElementExpirer expirer(context, kHashFields, key, options.at_ms);
  for (size_t i = 0; i < options.fields.size(); i += 2) {
    const auto hash = hash_of(context, key);
    if (hash && hash->find(options.fields[i])) expirer.apply(options.fields[i]);
  }
  expirer.finish();
}

void hsetex_command(Context& context) {
  FieldOptions options(FieldOptions::Of::kSet);
  if (!options.parse(context)) return;
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kHash)) return;
  if (!conditions_hold(context, key, options)) return context.reply.integer(0);
  const bool past = options.expire == FieldOptions::Expire::kAt && context.has_come(options.at_ms);
  past ? delete_fields(context, key, options) : set_fields(context, key, options);
  context.reply.integer(1);
}

constexpr Bytes kPerField = "O(N) for N fields";

constexpr CommandSpec kRows[] = {
    hash_row("hgetex", hgetex_command, -5, kWrite | kFast, kKeyRW | kKeyAccess | kKeyUpdate,
             "8.0.0", "Gives the values of fields and sets or removes their expiry.", kPerField,
             "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | "
             "PXAT unix-time-milliseconds | PERSIST] FIELDS numfields field [field ...]"),
    hash_row("hsetex", hsetex_command, -6, kWrite | kDenyOom | kFast, kKeyRW | kKeyUpdate, "8.0.0",
             "Sets fields of a hash with an expiry, under a condition on them or on the key.",
             kPerField,
             "key [NX | XX] [FNX | FXX] [EX seconds | PX milliseconds | EXAT unix-time-seconds | "
             "PXAT unix-time-milliseconds | KEEPTTL] FIELDS numfields field value "
             "[field value ...]"),
    hash_row("hgetdel", hgetdel_command, -5, kWrite | kFast, kKeyRW | kKeyAccess | kKeyDelete,
             "8.0.0", "Gives the values of fields and deletes them.", kPerField,
             "key FIELDS numfields field [field ...]"),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> hash_getex_commands() {
  return kRows;
}

}  // namespace sorrel

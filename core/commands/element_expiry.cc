#include "core/commands/element_expiry.h"

#include "core/base/number.h"
#include "core/commands/hash_access.h"
#include "core/commands/set_reply.h"

#include <algorithm>

namespace sorrel {
namespace {

// An element's answer.
constexpr int64_t kNoElement = -2;
constexpr int64_t kNoExpiry = -1;
constexpr int64_t kNotMet = 0;
constexpr int64_t kDone = 1;
constexpr int64_t kRemoved = 2;

HashWriter edit_hash(Context& context, Owned<Collection>& hash) {
  return HashWriter(hash, context.db().values(), context.books().expired_until_ms);
}

}  // namespace

constexpr ElementFamily kHashFields = {
    .type = Type::kHash,
    .keyword = "FIELDS",
    .keyword_missing = "ERR Mandatory argument FIELDS is missing or not at the right position",
    .count_missing = "ERR Parameter `numFields` should be greater than 0",
    .count_mismatch = "ERR The `numfields` parameter must match the number of arguments",
    .event_class = kEventHash,
    .expire_event = "hexpire",
    .persist_event = "hpersist",
    .removal_event = "hdel",
    .expire_command = "HPEXPIREAT",
    .removal_command = "HDEL",
    .expires_ms = [](Context& context, const Entry& entry, Bytes field) -> std::optional<int64_t> {
      const HashReader hash(*entry.collection(), context.db().values(),
                            context.books().expired_until_ms);
      const auto item = hash.find(field);
      return item ? std::optional(item->expires_ms) : std::nullopt;
    },
    .set_expiry = [](Context& context, Owned<Collection>& hash, Bytes field,
                     int64_t at_ms) { edit_hash(context, hash).set_expiry(field, at_ms); },
    .remove = [](Context& context, Owned<Collection>& hash,
                 Bytes field) { edit_hash(context, hash).erase(field); }};

constexpr ElementFamily kSetMembers = {
    .type = Type::kSet,
    .keyword = "MEMBERS",
    .keyword_missing = "ERR Mandatory argument MEMBERS is missing or not at the right position",
    .count_missing = "ERR Parameter `numMembers` should be greater than 0",
    .count_mismatch = "ERR The `nummembers` parameter must match the number of arguments",
    .event_class = kEventSet,
    .expire_event = "sexpire",
    .persist_event = "spersist",
    .removal_event = "srem",
    .expire_command = "SPEXPIREAT",
    .removal_command = "SREM",
    .expires_ms = [](Context& context, const Entry& entry,
                     Bytes member) { return set_of(context, entry).expires_ms(member); },
    .set_expiry = [](Context& context, Owned<Collection>& set, Bytes member,
                     int64_t at_ms) { edit_set(context, set).set_expiry(member, at_ms); },
    .remove = [](Context& context, Owned<Collection>& set,
                 Bytes member) { edit_set(context, set).remove(member); }};

std::optional<int64_t> parse_element_time(Context& context, Bytes text, TimeUnit unit) {
  const std::optional<int64_t> given = parse_integer(text);
  if (!given) {
    context.error(errors::kNotAnInteger);
    return std::nullopt;
  }
  if (*given < 0) {
    context.error("ERR invalid expire time, must be >= 0");
    return std::nullopt;
  }
  const int64_t scale = unit.seconds ? 1000 : 1;
  int64_t at_ms;
  if (__builtin_mul_overflow(*given, scale, &at_ms) ||
      __builtin_add_overflow(at_ms, unit.absolute ? 0 : context.now_ms(), &at_ms) ||
      at_ms > kElementTimeMax) {
    context.error(invalid_expire_time(context));
    return std::nullopt;
  }
  return at_ms;
}

// ---- Arguments.

namespace {

/// Reads `count element [element ...]`; nothing when an error was answered.
std::optional<std::span<const Bytes>> parse_counted(Context& context, const ElementFamily& family,
                                                    Arguments& arguments) {
  const auto count = arguments.done() ? std::nullopt : parse_integer(arguments.next());
  if (!count || *count < 1) {
    context.error(family.count_missing);
    return std::nullopt;
  }
  if (static_cast<uint64_t>(*count) > arguments.left()) {
    context.error(family.count_mismatch);
    return std::nullopt;
  }
  return arguments.next(static_cast<size_t>(*count));
}

enum class Condition : uint8_t { kNone, kNx, kXx, kGt, kLt };

bool holds(Condition condition, int64_t current_ms, int64_t at_ms) {
  switch (condition) {
    case Condition::kNone:
      return true;
    case Condition::kNx:
      return current_ms == kNever;
    case Condition::kXx:
      return current_ms != kNever;
    case Condition::kGt:  // never is later than any time
      return at_ms > current_ms;
    case Condition::kLt:
      return at_ms < current_ms;
  }
  return false;
}

struct ExpireOptions {
  Condition condition = Condition::kNone;
  std::span<const Bytes> elements;

  bool take_condition(Arguments& arguments);
};

bool ExpireOptions::take_condition(Arguments& arguments) {
  static constexpr std::pair<Bytes, Condition> kWords[] = {{"NX", Condition::kNx},
                                                           {"XX", Condition::kXx},
                                                           {"GT", Condition::kGt},
                                                           {"LT", Condition::kLt}};
  for (const auto& [word, meaning] : kWords) {
    if (!arguments.take(word)) continue;
    condition = meaning;
    return true;
  }
  return false;
}

// The condition may stand before the elements or behind them.
std::optional<ExpireOptions> parse_expire_options(Context& context, const ElementFamily& family) {
  ExpireOptions options;
  Arguments arguments(context, 3);
  while (!arguments.done()) {
    const bool had_condition = options.condition != Condition::kNone;
    if (options.take_condition(arguments)) {
      if (!had_condition) continue;
      context.error("ERR Multiple condition flags specified");
      return std::nullopt;
    }
    if (!options.elements.empty() || !arguments.take(family.keyword)) {
      context.error(options.elements.empty() ? family.keyword_missing : family.count_mismatch);
      return std::nullopt;
    }
    const auto elements = parse_counted(context, family, arguments);
    if (!elements) return std::nullopt;
    options.elements = *elements;
  }
  if (!options.elements.empty()) return options;
  context.error(family.keyword_missing);
  return std::nullopt;
}

}  // namespace

std::optional<std::span<const Bytes>> parse_elements(Context& context,
                                                     const ElementFamily& family) {
  Arguments arguments(context, 2);
  if (!arguments.take(family.keyword)) {
    context.error(family.keyword_missing);
    return std::nullopt;
  }
  const auto elements = parse_counted(context, family, arguments);
  if (elements && !arguments.done()) {
    context.error(family.count_mismatch);
    return std::nullopt;
  }
  return elements;
}

// ---- Letting them expire.

ElementExpirer::ElementExpirer(Context& context, const ElementFamily& family, KeyWriter& key,
                               int64_t at_ms)
    : context_(context),
      family_(family),
      key_(key),
      at_ms_(at_ms),
      removes_(context.has_come(at_ms)) {}

void ElementExpirer::apply(Bytes element) {
  if (collection_ == nullptr) {
    collection_ = removes_ ? &key_.edit(family_.type) : &key_.edit_expiring(family_.type);
  }
  removes_ ? family_.remove(context_, *collection_, element)
           : family_.set_expiry(context_, *collection_, element, at_ms_);
  changed_.push_back(element);
}

void ElementExpirer::finish() {
  if (changed_.empty()) return;
  journal();
  const Bytes event = removes_ ? family_.removal_event : family_.expire_event;
  key_.edited(family_.event_class, event, changed_.size());
}

void ElementExpirer::journal() const {
  if (!context_.journaled()) return;
  const IntegerText at(at_ms_);
  const IntegerText count(static_cast<int64_t>(changed_.size()));
  std::vector<Bytes> words = {family_.removal_command, key_.key()};
  if (!removes_) {
    words = {family_.expire_command, key_.key(), at.view(), family_.keyword, count.view()};
  }
  words.insert(words.end(), changed_.begin(), changed_.end());
  context_.journal_as(words);
}

namespace {

std::optional<int64_t> expires_ms(Context& context, const ElementFamily& family, const Entry* entry,
                                  Bytes element) {
  return entry == nullptr ? std::nullopt : family.expires_ms(context, *entry, element);
}

int64_t expire_element(Context& context, const ElementFamily& family, const KeyWriter& key,
                       ElementExpirer& expirer, Bytes element, Condition condition, int64_t at_ms) {
  const auto current_ms = expires_ms(context, family, key.entry(), element);
  if (!current_ms) return kNoElement;
  if (!holds(condition, *current_ms, at_ms)) return kNotMet;
  expirer.apply(element);
  return expirer.removes() ? kRemoved : kDone;
}

}  // namespace

void expire_elements(Context& context, const ElementFamily& family, TimeUnit unit) {
  const std::optional<int64_t> at_ms = parse_element_time(context, context.arg(2), unit);
  if (!at_ms) return;
  const std::optional<ExpireOptions> options = parse_expire_options(context, family);
  if (!options) return;
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, family.type)) return;
  ElementExpirer expirer(context, family, key, *at_ms);
  context.reply.array(options->elements.size());
  for (const Bytes element : options->elements) {
    context.reply.integer(
        expire_element(context, family, key, expirer, element, options->condition, *at_ms));
  }
  expirer.finish();
}

void persist_elements(Context& context, const ElementFamily& family) {
  const auto elements = parse_elements(context, family);
  if (!elements) return;
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, family.type)) return;
  uint64_t persisted = 0;
  context.reply.array(elements->size());
  for (const Bytes element : *elements) {
    const auto current_ms = expires_ms(context, family, key.entry(), element);
    const bool expires = current_ms && *current_ms != kNever;
    if (expires) family.set_expiry(context, key.edit(family.type), element, kNever);
    persisted += expires;
    context.reply.integer(!current_ms ? kNoElement : expires ? kDone : kNoExpiry);
  }
  if (persisted != 0) key.edited(family.event_class, family.persist_event, persisted);
}

// ---- Telling when.

namespace {

int64_t shown_time(Context& context, int64_t expires_ms, TimeUnit unit) {
  if (expires_ms == kNever) return kNoExpiry;
  const int64_t from_ms = unit.absolute ? 0 : context.now_ms();
  // An import source sees what is past.
  const int64_t ms = std::max<int64_t>(expires_ms - from_ms, 0);
  // A second that has begun counts.
  return unit.seconds ? ms / 1000 + (ms % 1000 != 0) : ms;
}

}  // namespace

void reply_element_times(Context& context, const ElementFamily& family, TimeUnit unit) {
  const auto elements = parse_elements(context, family);
  if (!elements) return;
  const Entry* entry;
  if (!context.read(context.arg(1), family.type, entry)) return;
  context.reply.array(elements->size());
  for (const Bytes element : *elements) {
    const auto at_ms = expires_ms(context, family, entry, element);
    context.reply.integer(at_ms ? shown_time(context, *at_ms, unit) : kNoElement);
  }
}

}  // namespace sorrel

// Commands on one set, and SMOVE.

#include "core/command/scan_options.h"
#include "core/commands/commands.h"
#include "core/commands/set_reply.h"
#include "core/engine.h"

#include <new>
#include <string>
#include <vector>

namespace sorrel {
namespace {

constexpr Bytes kCountRange =
    "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";
// A member of an SREM in the journal that stands for an SPOP.
constexpr size_t kPoppedAtOnce = 1024;

// ---- SADD, SREM.

size_t add_members(SetEditor& set, std::span<const Bytes> members) {
  size_t added = 0;
  for (const Bytes member : members) added += set.add(member);
  return added;
}

void sadd_command(Context& context) {
  const std::span<const Bytes> members = context.args.subspan(2);
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kSet)) return;
  key.settle(members);
  Owned<Collection>& collection = key.edit(Type::kSet);
  SetEditor set = edit_set(context, collection);
  collection ? set.expect(members.size()) : set.make(members[0], members.size());
  const size_t added = add_members(set, members);
  key.edited(kEventSet, "sadd", added);
  context.reply.integer(static_cast<int64_t>(added));
}

void srem_command(Context& context) {
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kSet)) return;
  if (!key.exists()) return context.reply.integer(0);
  SetEditor set = edit_set(context, key.edit(Type::kSet));
  size_t removed = 0;
  for (const Bytes member : context.args.subspan(2)) removed += set.remove(member);
  key.edited(kEventSet, "srem", removed);
  context.reply.integer(static_cast<int64_t>(removed));
}

// ---- SISMEMBER, SMISMEMBER, SCARD, SMEMBERS, SSCAN.

void sismember_command(Context& context) {
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kSet, entry)) return;
  const bool found = entry != nullptr && set_of(context, *entry).contains(context.arg(2));
  context.reply.integer(found ? 1 : 0);
}

void smismember_command(Context& context) {
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kSet, entry)) return;
  const std::span<const Bytes> members = context.args.subspan(2);
  context.reply.array(members.size());
  for (const Bytes member : members) {
    const bool found = entry != nullptr && set_of(context, *entry).contains(member);
    context.reply.integer(found ? 1 : 0);
  }
}

void scard_command(Context& context) {
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kSet, entry)) return;
  const size_t size = entry == nullptr ? 0 : set_of(context, *entry).size();
  context.reply.integer(static_cast<int64_t>(size));
}

void smembers_command(Context& context) {
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kSet, entry)) return;
  if (entry == nullptr) return context.reply.set(0);
  const SetValue set = set_of(context, *entry);
  context.reply.set(set.size());
  set.for_each([&](const SetElement& member) { reply_member(context, member); });
}

// The members first, as views or numbers: the next cursor stands before them in the reply.
void scan_set(Context& context, const SetValue& set, uint64_t cursor, const ScanOptions& options) {
  std::vector<SetElement> members;
  const uint64_t next = set.scan(cursor, options.count, [&](const SetElement& member) {
    SetElement::Scratch scratch;
    if (options.matches(member.bytes(scratch))) members.push_back(member);
  });
  reply_scan_cursor(context, next);
  context.reply.array(members.size());
  for (const SetElement& member : members) reply_member(context, member);
}

void sscan_command(Context& context) {
  const std::optional<uint64_t> cursor = parse_scan_cursor(context, context.arg(2));
  if (!cursor) return;
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kSet, entry)) return;
  if (entry == nullptr) {
    reply_scan_cursor(context, 0);
    return context.reply.array(0);
  }
  const std::optional<ScanOptions> options = parse_scan_options(context, 3, Scanned::kMembers);
  if (options) scan_set(context, set_of(context, *entry), *cursor, *options);
}

// ---- SRANDMEMBER.

void random_members(Context& context, const SetValue& set, int64_t count) {
  Random& random = context.engine.random();
  if (count < 0) {
    // Members may come again, each time with the same chance.
    context.reply.array(0 - static_cast<uint64_t>(count));
    for (; count < 0 && !context.exceeds_output_limit(); ++count) {
      reply_member(context, set.random(random));
    }
    return;
  }
  context.reply.array(std::min(set.size(), static_cast<size_t>(count)));
  set.sample(static_cast<size_t>(count), random,
             [&](const SetElement& member) { reply_member(context, member); });
}

void srandmember_command(Context& context) {
  if (context.argc() > 3) return context.error(errors::kSyntax);
  const bool counted = context.argc() == 3;
  const std::optional<int64_t> count = counted ? parse_integer(context.arg(2)) : 1;
  if (!count) return context.error(errors::kNotAnInteger);
  if (*count < -INT64_MAX) return context.error(kCountRange);
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kSet, entry)) return;
  if (entry == nullptr || *count == 0) {
    return counted ? context.reply.array(0) : context.reply.null();
  }
  const SetValue set = set_of(context, *entry);
  if (!counted) return reply_member(context, set.random(context.engine.random()));
  random_members(context, set, *count);
}

// ---- SPOP.

/// Writes down what was popped: chance is not to be repeated.
class PoppedJournal {
 public:
  PoppedJournal(Context& context, bool all) : context_(context), all_(all) {}
  void add(Bytes member) {
    if (all_ || !context_.journaled()) return;
    members_.emplace_back(member);
    if (members_.size() == kPoppedAtOnce) flush();
  }
  void close() {
    if (all_) return context_.journal_as({"DEL", context_.arg(1)});
    flush();
  }

 private:
  void flush() {
    if (members_.empty()) return;
    std::vector<Bytes> words = {"SREM", context_.arg(1)};
    words.insert(words.end(), members_.begin(), members_.end());
    context_.journal_as(words);
    members_.clear();
  }

  Context& context_;
  const bool all_;
  std::vector<std::string> members_;
};

/// Takes `count` members out, each of which is replied.
void pop_members(Context& context, KeyWriter& key, size_t count) {
  Owned<Collection>& collection = key.edit(Type::kSet);
  SetEditor set = edit_set(context, collection);
  PoppedJournal journal(context, count == collection->size(Type::kSet));
  set.pop(count, context.engine.random(), [&](const SetElement& member) {
    SetElement::Scratch scratch;
    const Bytes text = member.bytes(scratch);
    context.reply.bulk(text);
    journal.add(text);
  });
  journal.close();
  key.edited(kEventSet, "spop", count);
}

void spop_command(Context& context) {
  if (context.argc() > 3) return context.error(errors::kSyntax);
  const bool counted = context.argc() == 3;
  const std::optional<int64_t> count = counted ? parse_integer(context.arg(2)) : 1;
  if (!count || *count < 0) return context.error(errors::kPositive);
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kSet)) return;
  if (!key.exists() || *count == 0) {
    return counted ? context.reply.set(0) : context.reply.null();
  }
  const size_t size = set_of(context, *key.entry()).size();
  const size_t popped = std::min(size, static_cast<size_t>(*count));
  if (counted) context.reply.set(popped);
  pop_members(context, key, popped);
}

// ---- SMOVE.

/// That a key is new is announced later, behind another key's event.
class NewUnannounced {
 public:
  explicit NewUnannounced(Bookkeeping& books) : books_(books), mask_(books.event_mask) {
    books.event_mask &= ~uint32_t{kEventNew};
  }
  ~NewUnannounced() { books_.event_mask = mask_; }
  NewUnannounced(const NewUnannounced&) = delete;
  NewUnannounced& operator=(const NewUnannounced&) = delete;

 private:
  Bookkeeping& books_;
  const uint32_t mask_;
};

/// Whether the set, which is made if there is none, didn't have it.
bool add_member(Context& context, KeyWriter& key, Bytes member) {
  const NewUnannounced unannounced(context.books());
  key.settle({&member, 1});
  Owned<Collection>& collection = key.edit(Type::kSet);
  SetEditor set = edit_set(context, collection);
  if (!collection) set.make(member, 1);
  return set.add(member);
}

void remove_member(Context& context, KeyWriter& key, Bytes member) {
  edit_set(context, key.edit(Type::kSet)).remove(member);
}

// Added before it is removed: no member is ever lost. One writer at a time: what is done to one key
// may move the other's place.
void move_member(Context& context, Bytes member) {
  bool added = false;
  bool is_new = false;
  {
    KeyWriter destination = context.write(context.arg(2));
    is_new = !destination.exists();
    added = add_member(context, destination, member);
  }
  try {
    KeyWriter source = context.write(context.arg(1));
    remove_member(context, source, member);
    source.edited(kEventSet, "srem");
  } catch (const std::bad_alloc&) {
    // It can be written in place, and needs no memory.
    KeyWriter destination = context.write(context.arg(2));
    if (added) remove_member(context, destination, member);
    destination.close_edit();
    throw;
  }
  KeyWriter destination = context.write(context.arg(2));
  if (is_new) destination.notify(kEventNew, "new");
  destination.edited(kEventSet, "sadd", added ? 1 : 0);
}

void smove_command(Context& context) {
  const Bytes member = context.arg(3);
  bool found = false;
  {
    const KeyWriter source = context.write(context.arg(1));
    if (!source.exists()) return context.reply.integer(0);
    if (!context.require(source, Type::kSet)) return;
    found = set_of(context, *source.entry()).contains(member);
  }
  if (!context.require(context.write(context.arg(2)), Type::kSet)) return;
  if (found && context.arg(1) != context.arg(2)) move_member(context, member);
  context.reply.integer(found ? 1 : 0);
}

constexpr CommandSpec kRows[] = {
    {.name = "sadd",
     .handler = sadd_command,
     .arity = -3,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCategorySet,
     .keys = {key_at(1, kKeyRW | kKeyInsert)},
     .group = "set",
     .since = "1.0.0",
     .summary = "Adds members to a set, which is made if there is none.",
     .complexity = "O(1) for each member",
     .syntax = "key member [member ...]"},
    {.name = "srem",
     .handler = srem_command,
     .arity = -3,
     .flags = kWrite | kFast,
     .categories = kCategorySet,
     .keys = {key_at(1, kKeyRW | kKeyDelete)},
     .group = "set",
     .since = "1.0.0",
     .summary = "Removes members from a set; the last one takes the key with it.",
     .complexity = "O(1) for each member",
     .syntax = "key member [member ...]"},
    {.name = "sismember",
     .handler = sismember_command,
     .arity = 3,
     .flags = kReadonly | kFast,
     .categories = kCategorySet,
     .keys = {key_at(1, kKeyRO)},
     .group = "set",
     .since = "1.0.0",
     .summary = "Tells whether a set has a member.",
     .complexity = "O(1)",
     .syntax = "key member"},
    {.name = "smismember",
     .handler = smismember_command,
     .arity = -3,
     .flags = kReadonly | kFast,
     .categories = kCategorySet,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "set",
     .since = "6.2.0",
     .summary = "Tells of each of several members whether a set has it.",
     .complexity = "O(1) for each member",
     .syntax = "key member [member ...]"},
    {.name = "scard",
     .handler = scard_command,
     .arity = 2,
     .flags = kReadonly | kFast,
     .categories = kCategorySet,
     .keys = {key_at(1, kKeyRO)},
     .group = "set",
     .since = "1.0.0",
     .summary = "Gives the number of a set's members.",
     .complexity = "O(1)",
     .syntax = "key"},
    {.name = "smembers",
     .handler = smembers_command,
     .arity = 2,
     .flags = kReadonly,
     .categories = kCategorySet,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "set",
     .since = "1.0.0",
     .summary = "Gives all members of a set.",
     .complexity = "O(N) for N members",
     .syntax = "key",
     .tips = "nondeterministic_output_order"},
    {.name = "sscan",
     .handler = sscan_command,
     .arity = -3,
     .flags = kReadonly,
     .categories = kCategorySet,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "set",
     .since = "2.8.0",
     .summary = "Goes over the members of a set, a few at a time.",
     .complexity = "O(1) a call, O(N) for the whole of N members",
     .syntax = "key cursor [MATCH pattern] [COUNT count]",
     .tips = "nondeterministic_output"},
    {.name = "srandmember",
     .handler = srandmember_command,
     .arity = -2,
     .flags = kReadonly,
     .categories = kCategorySet,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "set",
     .since = "1.0.0",
     .summary = "Gives random members of a set; with a negative count the same may come again.",
     .complexity = "O(1), or O(N) for a count of N",
     .syntax = "key [count]",
     .tips = "nondeterministic_output"},
    {.name = "spop",
     .handler = spop_command,
     .arity = -2,
     .flags = kWrite | kFast,
     .categories = kCategorySet,
     .keys = {key_at(1, kKeyRW | kKeyAccess | kKeyDelete)},
     .group = "set",
     .since = "1.0.0",
     .summary = "Removes random members from a set and gives them.",
     .complexity = "O(1), or O(N) for a count of N",
     .syntax = "key [count]",
     .tips = "nondeterministic_output"},
    {.name = "smove",
     .handler = smove_command,
     .arity = 4,
     .flags = kWrite | kFast,
     .categories = kCategorySet,
     .keys = {key_at(1, kKeyRW | kKeyAccess | kKeyDelete), key_at(2, kKeyRW | kKeyInsert)},
     .group = "set",
     .since = "1.0.0",
     .summary = "Moves a member from one set to another.",
     .complexity = "O(1)",
     .syntax = "source destination member"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> set_commands() {
  return kRows;
}

}  // namespace sorrel

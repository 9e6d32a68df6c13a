#include "core/commands/stream_delivery.h"

#include "core/commands/stream_consumer_expiry.h"
#include "core/commands/stream_group_access.h"
#include "core/commands/stream_journal.h"
#include "core/value/stream_progress.h"

namespace sorrel {
namespace {

int64_t next(int64_t deliveries) {
  return deliveries == INT64_MAX ? deliveries : deliveries + 1;
}

}  // namespace

Delivery::Delivery(Context& context, KeyWriter& key, Bytes group, Bytes consumer)
    : context_(context),
      key_(key),
      consumer_name_(consumer),
      now_ms_(context.now_ms()),
      stream_(edit_stream(key)),
      group_(edit_group(key, group)),
      consumer_(consumer_of(context, key, group_, consumer)),
      takes_dead_letters_(takes_dead_letters(context, key.key(), group_)) {
  context.journal_nothing();
  group_.consumers().set_seen(consumer_, now_ms_);
}

// ---- Claiming.

Delivery::Claimed Delivery::claim(StreamId id, const ClaimRule& rule) {
  const PendingEntry* there = pending().find(id);
  if (!stream_.contains(id)) {
    if (there != nullptr) forget(id);
    return Claimed::kDeleted;
  }
  return there != nullptr ? claim_there(*there, rule) : claim_new(id, rule);
}

/// What nobody owns is to be had as soon as its delay is over, or by force.
bool Delivery::may_claim(const PendingEntry& pending, const ClaimRule& rule) const {
  if (!pending.owned()) return rule.force || !pending.delayed(now_ms_);
  return rule.min_idle_ms == 0 || pending.claimable(now_ms_, rule.min_idle_ms);
}

Delivery::Claimed Delivery::claim_there(const PendingEntry& pending, const ClaimRule& rule) {
  if (!may_claim(pending, rule)) return Claimed::kLeft;
  if (!rule.just_id && !rule.deliveries && is_dead(pending)) return Claimed::kLeft;
  const int64_t count = rule.just_id ? pending.deliveries : next(pending.deliveries);
  const PendingEntry entry{pending.id, rule.time_ms, rule.deliveries.value_or(count), consumer_};
  group_.pending().update(entry);
  put(entry);
  return Claimed::kTaken;
}

Delivery::Claimed Delivery::claim_new(StreamId id, const ClaimRule& rule) {
  if (!rule.force) return Claimed::kLeft;
  // What was never delivered counts as delivered once before.
  const int64_t count = rule.just_id ? 1 : 2;
  const PendingEntry entry{id, rule.time_ms, rule.deliveries.value_or(count), consumer_};
  group_.pending().insert(entry);
  put(entry);
  return Claimed::kTaken;
}

bool Delivery::is_dead(const PendingEntry& pending) {
  if (!takes_dead_letters_ || pending.deliveries < group_.rules().max_deliveries) return false;
  dead_letters_.push_back({pending.id, pending.deliveries, std::string(group_.owner_name(pending)),
                           DeadLetter::Reason::kMaxDeliveries});
  return true;
}

void Delivery::put(const PendingEntry& entry) {
  ++changes_;
  active_ = true;
  if (context_.journaled()) given_.push_back(entry);
}

void Delivery::forget(StreamId id) {
  group_.pending().erase(id);
  ++changes_;
  if (context_.journaled()) forgotten_.push_back(id);
}

// ---- Reading.

void Delivery::give_new(StreamId id, bool acknowledge) {
  move_to(id, entries_read_after(stream_, group_, id));
  if (acknowledge) return;
  const PendingEntry entry{id, now_ms_, 1, consumer_};
  // It may be pending already: XGROUP SETID can go back.
  if (pending().find(id) != nullptr) {
    group_.pending().update(entry);
  } else {
    group_.pending().insert(entry);
  }
  put(entry);
}

bool Delivery::give_again(StreamId id) {
  PendingEntry entry = *pending().find(id);
  if (is_dead(entry)) return false;
  entry.time_ms = now_ms_;
  entry.deliveries = next(entry.deliveries);
  group_.pending().update(entry);
  ++changes_;
  if (context_.journaled()) given_.push_back(entry);
  return true;
}

void Delivery::move_to(StreamId last_delivered, int64_t entries_read) {
  group_.set_position(last_delivered, entries_read);
  moved_ = true;
}

void Delivery::finish() {
  if (active_) group_.consumers().set_active(consumer_, now_ms_);
  key_.count_changes(changes_ == 0 && moved_ ? 1 : changes_);
  if (context_.journaled()) journal();
  expire_idle_consumers(context_, key_, group_, consumer_);
}

void Delivery::journal() {
  const GroupName name{key_.key(), group_.name()};
  journal_acknowledged(context_, name, forgotten_);
  journal_claimed(context_, name, consumer_name_, given_, group_.last_delivered());
  if (moved_) journal_position(context_, name, group_);
}

}  // namespace sorrel

#include "persistence/rdb_groups_reader.h"

#include "core/value/stream_progress.h"

#include <algorithm>
#include <utility>

namespace sorrel {

using rdb_stream::Form;

StreamId RdbGroupsReader::read_raw_id() {
  rdb_stream::RawId raw;
  input_.raw(raw.data(), raw.size());
  return rdb_stream::id_of(raw.data());
}

void RdbGroupsReader::begin(Form form, Stream& stream) {
  form_ = form;
  stream_ = &stream;
  group_ = nullptr;
  groups_left_ = input_.length();
}

void RdbGroupsReader::read_part() {
  if (group_ == nullptr) return read_group();
  if (pending_left_ != 0) return read_pending();
  if (!std::exchange(at_consumers_, true)) {
    consumers_left_ = input_.length();
  } else if (claims_left_ != 0) {
    claim();
  } else if (consumers_left_ != 0) {
    read_consumer();
  } else {
    end_group();
  }
}

void RdbGroupsReader::read_group() {
  group_from_ = input_.offset();
  input_.string(name_);
  const uint64_t ms = input_.length();
  const StreamId last{ms, input_.length()};
  const uint64_t read = form_ == Form::kFirst ? 0 : input_.length();
  pending_left_ = input_.length();
  if (!input_.ok()) return;
  Owned<StreamGroups>& groups = stream_->groups_reference();
  if (!groups) groups = StreamGroups::make(epoch_);
  if (groups->find(name_) != nullptr) {
    return input_.fail_at(group_from_, "a group is there twice");
  }
  group_ = &groups.thaw(epoch_).insert(name_);
  group_->set_position(
      last, form_ == Form::kFirst ? entries_read_at(*stream_, last) : static_cast<int64_t>(read));
  claims_left_ = consumers_left_ = claimed_ = 0;
  at_consumers_ = false;
}

void RdbGroupsReader::read_pending() {
  const uint64_t from = input_.offset();
  PendingEntry entry;
  entry.id = read_raw_id();
  entry.time_ms = std::max<int64_t>(read_time(), 0);
  const uint64_t deliveries = input_.length();
  if (!input_.ok()) return;
  entry.deliveries = static_cast<int64_t>(std::min<uint64_t>(deliveries, INT64_MAX));
  if (group_->pending().find(entry.id) != nullptr) {
    return input_.fail_at(from, "an entry is pending twice");
  }
  group_->pending().insert(entry);
  --pending_left_;
}

void RdbGroupsReader::read_consumer() {
  const uint64_t from = input_.offset();
  input_.string(name_);
  const int64_t seen_ms = read_time();
  const int64_t active_ms = form_ == Form::kThird ? read_time() : seen_ms;
  claims_left_ = input_.length();
  if (!input_.ok()) return;
  --consumers_left_;
  const bool nobody = name_.empty() && claims_left_ != 0;
  if (!nobody && group_->consumers().find(name_) != nullptr) {
    return input_.fail_at(from, "a consumer is there twice");
  }
  consumer_ =
      nobody ? PendingEntry::kNobody : group_->consumers().insert(name_, seen_ms, active_ms);
}

// A pending entry is the consumer's.
void RdbGroupsReader::claim() {
  const uint64_t from = input_.offset();
  const StreamId id = read_raw_id();
  if (!input_.ok()) return;
  const PendingEntry* entry = group_->pending().find(id);
  if (entry == nullptr || entry->owned()) {
    return input_.fail_at(from, "a consumer has an entry that isn't pending, or is another's");
  }
  --claims_left_;
  ++claimed_;
  if (consumer_ == PendingEntry::kNobody) return;
  PendingEntry owned = *entry;
  owned.consumer = consumer_;
  group_->pending().update(owned);
}

void RdbGroupsReader::end_group() {
  if (claimed_ != group_->pending().size()) {
    return input_.fail_at(group_from_, "a pending entry is no consumer's");
  }
  group_ = nullptr;
  --groups_left_;
}

}  // namespace sorrel

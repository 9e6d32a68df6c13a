#include "persistence/rdb_groups_reader.h"

#include "core/value/stream_progress.h"

#include <algorithm>

namespace sorrel {

using rdb_stream::Form;

StreamId RdbGroupsReader::read_raw_id() {
  rdb_stream::RawId raw;
  input_.raw(raw.data(), raw.size());
  return rdb_stream::id_of(raw.data());
}

void RdbGroupsReader::read(Form form, Stream& stream) {
  for (uint64_t left = input_.length(); left != 0 && input_.ok(); --left) read_group(form, stream);
}

void RdbGroupsReader::read_group(Form form, Stream& stream) {
  const uint64_t from = input_.offset();
  input_.string(name_);
  const uint64_t ms = input_.length();
  const StreamId last{ms, input_.length()};
  const uint64_t read = form == Form::kFirst ? 0 : input_.length();
  if (!input_.ok()) return;
  Owned<StreamGroups>& groups = stream.groups_reference();
  if (!groups) groups = StreamGroups::make(epoch_);
  if (groups->find(name_) != nullptr) return input_.fail_at(from, "a group is there twice");
  StreamGroup& group = groups.thaw(epoch_).insert(name_);
  group.set_position(
      last, form == Form::kFirst ? entries_read_at(stream, last) : static_cast<int64_t>(read));
  read_pending(group);
  uint64_t claimed = 0;
  for (uint64_t left = input_.length(); left != 0 && input_.ok(); --left) {
    claimed += read_consumer(form, group);
  }
  if (input_.ok() && claimed != group.pending().size()) {
    input_.fail_at(from, "a pending entry is no consumer's");
  }
}

void RdbGroupsReader::read_pending(StreamGroup& group) {
  for (uint64_t left = input_.length(); left != 0; --left) {
    const uint64_t from = input_.offset();
    PendingEntry entry;
    entry.id = read_raw_id();
    entry.time_ms = std::max<int64_t>(read_time(), 0);
    const uint64_t deliveries = input_.length();
    if (!input_.ok()) return;
    entry.deliveries = static_cast<int64_t>(std::min<uint64_t>(deliveries, INT64_MAX));
    if (group.pending().find(entry.id) != nullptr) {
      return input_.fail_at(from, "an entry is pending twice");
    }
    group.pending().insert(entry);
  }
}

// Gives how many pending entries are the consumer's.
uint64_t RdbGroupsReader::read_consumer(Form form, StreamGroup& group) {
  const uint64_t from = input_.offset();
  input_.string(name_);
  const int64_t seen_ms = read_time();
  const int64_t active_ms = form == Form::kThird ? read_time() : seen_ms;
  const uint64_t pending = input_.length();
  if (!input_.ok()) return 0;
  const bool nobody = name_.empty() && pending != 0;
  if (!nobody && group.consumers().find(name_) != nullptr) {
    input_.fail_at(from, "a consumer is there twice");
    return 0;
  }
  const uint32_t number =
      nobody ? PendingEntry::kNobody : group.consumers().insert(name_, seen_ms, active_ms);
  for (uint64_t i = 0; i < pending; ++i) {
    if (!claim(number, group)) return i;
  }
  return pending;
}

bool RdbGroupsReader::claim(uint32_t consumer, StreamGroup& group) {
  const uint64_t from = input_.offset();
  const StreamId id = read_raw_id();
  if (!input_.ok()) return false;
  const PendingEntry* entry = group.pending().find(id);
  if (entry == nullptr || entry->owned()) {
    input_.fail_at(from, "a consumer has an entry that isn't pending, or is another's");
    return false;
  }
  if (consumer == PendingEntry::kNobody) return true;
  PendingEntry owned = *entry;
  owned.consumer = consumer;
  group.pending().update(owned);
  return true;
}

}  // namespace sorrel

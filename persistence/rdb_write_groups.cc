#include "persistence/rdb_write_groups.h"

#include "persistence/rdb_format.h"
#include "persistence/rdb_stream_format.h"

namespace sorrel {
namespace {

void write_raw_id(StreamId id, RdbOutput& output) {
  const rdb_stream::RawId raw = rdb_stream::raw_id(id);
  output.raw(Bytes(raw.data(), raw.size()));
}

class GroupWriter {
 public:
  GroupWriter(int version, RdbOutput& output)
      : third_form_(version >= rdb::kVersionOfStream3), output_(output) {}

  void write(const StreamGroup& group) {
    output_.string(group.name());
    output_.length(group.last_delivered().ms);
    output_.length(group.last_delivered().seq);
    output_.length(static_cast<uint64_t>(group.entries_read()));
    uint64_t unowned = 0;
    output_.length(group.pending().size());
    group.pending().for_each([&](const PendingEntry& entry) {
      write_raw_id(entry.id, output_);
      output_.little64(static_cast<uint64_t>(entry.time_ms));
      output_.length(static_cast<uint64_t>(entry.deliveries));
      if (!entry.owned()) ++unowned;
    });
    const bool has_nameless = group.consumers().find(Bytes()) != nullptr;
    output_.length(group.consumers().size() + (unowned != 0 && !has_nameless ? 1 : 0));
    group.consumers().for_each([&](const StreamConsumer& consumer) {
      if (!consumer.name().empty()) write_consumer(group, consumer);
    });
    if (unowned != 0 || has_nameless) write_nameless(group, unowned);
  }

 private:
  void write_head(Bytes name, int64_t seen_ms, int64_t active_ms) {
    output_.string(name);
    output_.little64(static_cast<uint64_t>(seen_ms));
    if (third_form_) output_.little64(static_cast<uint64_t>(active_ms));
  }

  void write_consumer(const StreamGroup& group, const StreamConsumer& consumer) {
    write_head(consumer.name(), consumer.seen_ms, consumer.active_ms);
    output_.length(group.pending().count_of(consumer.number));
    auto at = group.pending().of(consumer.number, {});
    for (; at && at->consumer == consumer.number; at.next()) write_raw_id(at->id, output_);
  }

  // What belongs to the consumer without a name, if there is one, and to
  // nobody.
  void write_nameless(const StreamGroup& group, uint64_t unowned) {
    const StreamConsumer* consumer = group.consumers().find(Bytes());
    const uint32_t number = consumer == nullptr ? PendingEntry::kNobody : consumer->number;
    write_head(Bytes(), consumer == nullptr ? 0 : consumer->seen_ms,
               consumer == nullptr ? StreamConsumer::kNever : consumer->active_ms);
    output_.length(unowned + (consumer == nullptr ? 0 : group.pending().count_of(number)));
    group.pending().for_each([&](const PendingEntry& entry) {
      if (!entry.owned() || entry.consumer == number) write_raw_id(entry.id, output_);
    });
  }

  const bool third_form_;
  RdbOutput& output_;
};

}  // namespace

void write_rdb_groups(const StreamGroups& groups, int version, RdbOutput& output) {
  GroupWriter writer(version, output);
  output.length(groups.size());
  groups.for_each([&](const StreamGroup& group) { writer.write(group); });
}

}  // namespace sorrel

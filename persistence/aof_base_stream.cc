// Streams as the commands that make them (aof_base_writer.h), those that Redis writes.
#include "core/base/number.h"
#include "core/value/stream_cursor.h"
#include "core/value/stream_groups.h"
#include "persistence/aof_base_writer.h"
#include "persistence/dump_payload.h"
#include "persistence/rdb_stream_extras.h"
#include "persistence/rdb_stream_schedule.h"

namespace sorrel {
namespace {

bool has_extras(const Stream& stream) {
  bool any = false;
  const auto put = [&any](Bytes, Bytes) { any = true; };
  write_stream_extras(stream, put);
  write_stream_schedule({}, stream, put);
  return any;
}

// XCLAIM gives no consumer what isn't in the stream any more, and nobody what nobody owns.
bool commands_tell(const StreamGroup& group, const Stream& stream) {
  bool tell = group.entries_read() >= StreamGroup::kUnknown;
  group.pending().for_each([&](const PendingEntry& entry) {
    tell = tell && entry.owned() && entry.time_ms >= 0 && stream.contains(entry.id);
  });
  return tell;
}

/// Whether XADD, XSETID, XGROUP and XCLAIM make just this stream.
bool commands_tell(const Stream& stream) {
  if (stream.entries_added() < stream.size() || stream.entries_added() > INT64_MAX) return false;
  if (stream.last_id() < stream.max_deleted_id() || has_extras(stream)) return false;
  bool tell = true;
  if (stream.groups() == nullptr) return tell;
  stream.groups()->for_each(
      [&](const StreamGroup& group) { tell = tell && commands_tell(group, stream); });
  return tell;
}

}  // namespace

void AofBaseWriter::write_stream(const Entry& entry) {
  const Stream& stream = Stream::of(*entry.collection());
  if (!commands_tell(stream)) return write_payload(entry);
  key_ = entry.key();
  write_entries(stream);
  words({"XSETID", key_, StreamIdText(stream.last_id()).view()});
  words({"ENTRIESADDED", IntegerText(static_cast<int64_t>(stream.entries_added())).view()});
  words({"MAXDELETEDID", StreamIdText(stream.max_deleted_id()).view()});
  finish();
  if (stream.groups() == nullptr) return;
  stream.groups()->for_each([this](const StreamGroup& group) { write_group(group); });
}

void AofBaseWriter::write_payload(const Entry& entry) {
  words({"RESTORE", entry.key(), "0", make_dump_payload(entry, rdb_version_, true)});
  finish();
}

void AofBaseWriter::write_entries(const Stream& stream) {
  PackElement::Scratch scratch;
  for (auto at = StreamCursor::at_or_after(stream, StreamId::min()); at; at.next()) {
    words({"XADD", key_, StreamIdText(at.id()).view()});
    at.for_each_pair([&](Bytes field, const PackElement& value) {
      words({field, value.bytes(scratch)});
    });
    finish();
  }
  // One that is added and goes at once leaves an empty stream.
  if (stream.size() == 0) words({"XADD", key_, "MAXLEN", "0", "0-1", "x", "y"});
  finish();
}

void AofBaseWriter::write_group(const StreamGroup& group) {
  words({"XGROUP", "CREATE", key_, group.name(), StreamIdText(group.last_delivered()).view()});
  words({"ENTRIESREAD", IntegerText(group.entries_read()).view()});
  finish();
  group.consumers().for_each([&](const StreamConsumer& consumer) {
    words({"XGROUP", "CREATECONSUMER", key_, group.name(), consumer.name()});
    finish();
  });
  group.pending().for_each([&](const PendingEntry& entry) {
    words({"XCLAIM", key_, group.name(), group.owner_name(entry), "0"});
    words({StreamIdText(entry.id).view(), "TIME", IntegerText(entry.time_ms).view()});
    words({"RETRYCOUNT", IntegerText(entry.deliveries).view(), "JUSTID", "FORCE"});
    finish();
  });
}

}  // namespace sorrel

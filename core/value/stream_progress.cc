#include "core/value/stream_progress.h"

namespace sorrel {
namespace {

/// Counts may come from clients (ENTRIESREAD): near their end they wrap, as Redis's do.
int64_t wrapped(uint64_t count) {
  return static_cast<int64_t>(count);
}

/// An entry at or behind `id` may have been deleted out of its turn, and not have gone in it since.
bool fragmented_from(const Stream& stream, StreamId id) {
  const StreamId deleted = stream.max_deleted_id();
  if (stream.size() == 0 || deleted.is_zero() || deleted < stream.first_id()) return false;
  return id <= deleted;
}

int64_t added(const Stream& stream) {
  return static_cast<int64_t>(stream.entries_added());
}

}  // namespace

int64_t entries_read_at(const Stream& stream, StreamId id) {
  if (stream.entries_added() == 0) return 0;
  if (stream.size() == 0 && id < stream.last_id()) return added(stream);
  if (id == stream.last_id()) return added(stream);
  if (id > stream.last_id()) return StreamGroup::kUnknown;
  // Entries at the front go in their turn; where one behind them went, the rest can't be counted.
  const StreamId first = stream.first_id();
  if (!stream.max_deleted_id().is_zero() && stream.max_deleted_id() >= first) {
    return StreamGroup::kUnknown;
  }
  const int64_t gone = added(stream) - static_cast<int64_t>(stream.size());
  if (id < first) return gone;
  return id == first ? gone + 1 : StreamGroup::kUnknown;
}

int64_t entries_read_after(const Stream& stream, const StreamGroup& group, StreamId id) {
  if (group.entries_read() != StreamGroup::kUnknown && !fragmented_from(stream, id)) {
    return wrapped(static_cast<uint64_t>(group.entries_read()) + 1);
  }
  return stream.entries_added() != 0 ? entries_read_at(stream, id) : group.entries_read();
}

std::optional<int64_t> lag_of(const Stream& stream, const StreamGroup& group) {
  if (stream.entries_added() == 0) return 0;
  const bool counts = group.entries_read() != StreamGroup::kUnknown &&
                      !fragmented_from(stream, group.last_delivered());
  const int64_t read =
      counts ? group.entries_read() : entries_read_at(stream, group.last_delivered());
  if (!counts && read == StreamGroup::kUnknown) return std::nullopt;
  return wrapped(static_cast<uint64_t>(added(stream)) - static_cast<uint64_t>(read));
}

}  // namespace sorrel

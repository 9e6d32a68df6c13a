// What streams do by themselves, when it is due (Keyspace): it is journaled as commands that say
// what was done.

#include "core/base/number.h"
#include "core/journal.h"
#include "core/keyspace/keyspace.h"
#include "core/value/stream.h"
#include "core/value/stream_schedule.h"

namespace sorrel {
namespace {

bool is_due(const Stream& stream, int64_t now_ms) {
  return stream.next_delayed_ms() <= now_ms;
}

/// Of the time at which it is due, or behind the last one.
StreamId id_of(StreamId delayed, StreamId last) {
  if (delayed.ms > last.ms) return {delayed.ms, 0};
  last.increment();
  return last;
}

}  // namespace

const Entry& Keyspace::add_delayed(Bookkeeping& books, const Entry& entry, size_t& budget) {
  // What the command has said already stands in the journal at its end only.
  if (books.effects_wait || !is_due(Stream::of(*entry.collection()), books.now_ms)) return entry;
  Entry& now = thaw_to_expire(entry);
  Stream& stream = Stream::thaw(now.collection(), epoch_);
  for (; budget != 0 && is_due(stream, books.now_ms); --budget) {
    const StreamId delayed = stream.schedule()->delayed().begin()->first;
    const StreamId id = id_of(delayed, stream.last_id());
    stream.add_delayed(delayed, id, values_.limits, epoch_);
    move_element_expiry(now, stream.next_due_ms());
    const StreamIdText delayed_text(delayed);
    const StreamIdText id_text(id);
    const Bytes words[] = {"XDELAYED", "DUE", now.key(), delayed_text.view(), id_text.view()};
    books.journal.append(number_, words);
    books.notify(kEventStream, "xadd", now.key(), number_);
  }
  books.changed(now.key(), number_);
  books.ready(now.key(), number_);
  return now;
}

void Keyspace::retain(Bookkeeping& books, const Entry& entry, size_t& budget) {
  if (!entry.elements_due(books.now_ms)) return;
  Entry& now = thaw_to_expire(entry);
  Stream& stream = Stream::thaw(now.collection(), epoch_);
  const uint64_t gone = stream.retain(books.now_ms, budget, epoch_);
  move_element_expiry(now, stream.next_due_ms());
  if (gone == 0) return;
  const IntegerText left(static_cast<int64_t>(stream.size()));
  const Bytes words[] = {"XTRIM", now.key(), "MAXLEN", "=", left.view()};
  books.journal.append(number_, words);
  books.notify(kEventStream, "xtrim", now.key(), number_);
  books.changed(now.key(), number_);
}

}  // namespace sorrel

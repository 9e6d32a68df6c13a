#include "core/keyspace/keyspace.h"

#include "core/base/hash.h"
#include "core/journal.h"
#include "core/keyspace/access_clock.h"
#include "core/stats.h"
#include "core/value/chunked_string.h"

#include <utility>

namespace sorrel {

Keyspace::Keyspace(ValueContext& values, int number, int64_t now_ms)
    : values_(values),
      epoch_(values.epoch),
      number_(number),
      hash_seed_(values.hash_seed),
      table_(epoch_, rehash_entry, this),
      expiries_(epoch_.heap(), now_ms) {}

uint64_t Keyspace::rehash_entry(const Entry& entry, const void* keyspace) {
  return static_cast<const Keyspace*>(keyspace)->hash(entry.key());
}

uint64_t Keyspace::hash(Bytes key) const {
  return hash_bytes(key, hash_seed_);
}

const Entry* Keyspace::find_live(Bookkeeping& books, Bytes key, uint64_t hash, Touch touch_kind) {
  const Entry* entry = table_.find(key, hash);
  if (entry != nullptr && __builtin_expect(entry->expired(books.expired_until_ms), 0)) {
    entry = expired_on_read(books, *entry);
  }
  if (touch_kind == Touch::kPeek) return entry;
  if (entry == nullptr) {
    ++books.stats.keyspace_misses;
    if (touch_kind != Touch::kQuiet) books.notify(kEventKeymiss, "keymiss", key, number_);
    return nullptr;
  }
  ++books.stats.keyspace_hits;
  if (touch_kind == Touch::kCount && !books.lrm) touch(books, *entry);
  return entry;
}

const Entry* Keyspace::expired_on_read(Bookkeeping& books, const Entry& entry) {
  if (books.expiry_deletes) expire(books, entry);
  return nullptr;
}

void Keyspace::remove(Bookkeeping& books, const Entry& entry, EventClass event_class, Bytes event,
                      bool unlink) {
  // The entry owns the bytes of its key: everybody is told before it goes.
  const Bytes key = entry.key();
  const Bytes words[] = {unlink ? Bytes("UNLINK") : Bytes("DEL"), key};
  books.journal.append(number_, words);
  books.notify(event_class, event, key, number_);
  books.changed(key, number_);
  epoch_.reserve();
  auto place = table_.locate(key, hash(key));
  if (entry.has_expiry()) expiries_.remove(table_.item(place));
  table_.extract(place).drop(epoch_);
}

void Keyspace::expire(Bookkeeping& books, const Entry& entry) {
  ++books.stats.expired_keys;
  remove(books, entry, kEventExpired, "expired", books.expiry_unlinks);
}

void Keyspace::expire_due(Bookkeeping& books, size_t& budget) {
  while (const Entry* entry = expiries_.due(books.now_ms, budget)) expire(books, *entry);
}

void Keyspace::clear() {
  expiries_.clear();
  table_.clear();
}

// ---- Compaction.

// Returns where to go on in the value, 0 when it is through.
uint64_t Keyspace::compact_entry(Owned<Entry>& reference, Compaction& step) {
  if (step.move(reference) && reference->has_expiry()) expiries_.moved(reference.thaw(epoch_));
  Entry& entry = reference.thaw(epoch_);
  if (entry.form() == Entry::Form::kBody && entry.body()) step.move(entry.body());
  if (entry.form() == Entry::Form::kChunks && entry.chunks()) {
    ChunkedString::compact(entry.chunks(), step);
  }
  if (entry.form() != Entry::Form::kCollection || !entry.collection()) return 0;
  return Collection::compact(entry.collection(), 0, step);
}

Keyspace::Compacted Keyspace::compact(uint64_t& position, Compaction& step,
                                      std::vector<BigValue>& big) {
  Compacted keys;
  const auto visit = [&](Owned<Entry>& reference) {
    const uint64_t moved_before = step.moved;
    const uint64_t rest = compact_entry(reference, step);
    step.moved != moved_before ? ++keys.moved : ++keys.kept;
    if (rest != 0) big.push_back(BigValue{std::string(reference->key()), rest});
  };
  do {
    position = table_.compact(position, 1, visit);
  } while (position != 0 && step.budget != 0 && big.empty());
  return keys;
}

Keyspace::Compacted Keyspace::compact_big(std::vector<BigValue>& big, Compaction& step) {
  BigValue& value = big.back();
  const auto place = table_.locate(value.key, hash(value.key));
  const bool is_there = place && table_.item(place).form() == Entry::Form::kCollection;
  value.position =
      is_there ? Collection::compact(table_.thaw(place).collection(), value.position, step) : 0;
  if (value.position == 0) big.pop_back();
  return Compacted();
}

void Keyspace::swap(Keyspace& other) {
  table_.swap(other.table_);
  expiries_.swap(other.expiries_);
}

}  // namespace sorrel

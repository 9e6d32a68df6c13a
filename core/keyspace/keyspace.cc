#include "core/keyspace/keyspace.h"

#include "core/base/hash.h"
#include "core/journal.h"
#include "core/keyspace/access_clock.h"
#include "core/stats.h"
#include "core/value/chunked_string.h"

#include <new>
#include <string>
#include <utility>
#include <vector>

namespace sorrel {
namespace {

/// What the world is told when elements expire.
struct ElementWords {
  EventClass event_class;
  Bytes event;
  Bytes removal;  // the command that the journal gets
};

ElementWords element_words(Type type) {
  if (type == Type::kHash) return {kEventHash, "hexpired", "HDEL"};
  return {kEventSet, "sexpired", "SREM"};
}

}  // namespace

Keyspace::Keyspace(ValueContext& values, int number, int64_t now_ms, ActiveExpiry* active)
    : values_(values),
      epoch_(values.epoch),
      number_(number),
      active_(active),
      table_(epoch_, rehash_entry, this),
      expiries_(epoch_, now_ms),
      element_expiries_(epoch_, now_ms, ExpiryIndex::Of::kElements),
      schedules_(epoch_, now_ms, ExpiryIndex::Of::kElements) {}

uint64_t Keyspace::rehash_entry(const Entry& entry, const void* keyspace) {
  return static_cast<const Keyspace*>(keyspace)->hash(entry.key());
}

const Entry* Keyspace::find_live(Bookkeeping& books, Bytes key, uint64_t hash, Touch touch_kind) {
  const Entry* entry = table_.find(key, hash);
  if (entry != nullptr && entry->may_be_indexed()) entry = live(books, *entry);
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

const Entry* Keyspace::live(Bookkeeping& books, const Entry& entry) {
  if (!books.expiry_deletes) return is_gone(entry, books.expired_until_ms) ? nullptr : &entry;
  if (entry.expired(books.expired_until_ms)) {
    expire(books, entry);
    return nullptr;
  }
  if (!entry.elements_due(books.expired_until_ms)) return &entry;
  size_t budget = kElementsExpiredOnAccess;
  return expire_elements(books, entry, budget);
}

bool Keyspace::is_gone(const Entry& entry, int64_t expired_until_ms) {
  if (entry.expired(expired_until_ms)) return true;
  if (!entry.elements_due(expired_until_ms) || entry.type() == Type::kStream) return false;
  return entry.collection()->live_size(entry.type(), expired_until_ms) == 0;
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
  if (entry.may_be_indexed()) unindex(table_.item(place));
  Owned<Entry> taken = table_.extract(place);
  books.ready(taken->key(), number_);
  taken.drop(epoch_);
}

void Keyspace::expire(Bookkeeping& books, const Entry& entry) {
  ++books.stats.expired_keys;
  remove(books, entry, kEventExpired, "expired", books.expiry_unlinks);
}

// A collection of which nothing is left goes as one, however big it is.
bool Keyspace::expire_all_elements(Bookkeeping& books, const Entry& entry) {
  const Collection& collection = *entry.collection();
  if (collection.live_size(entry.type(), books.now_ms) != 0) return false;
  books.stats.expired_subkeys += collection.size(entry.type());
  const ElementWords words = element_words(entry.type());
  books.notify(words.event_class, words.event, entry.key(), number_);
  remove(books, entry, kEventGeneric, "del", books.expiry_unlinks);
  return true;
}

Entry& Keyspace::thaw_to_expire(const Entry& entry) {
  epoch_.reserve();
  element_index(entry.type()).reserve();
  Entry& now = table_.thaw(table_.locate(entry.key(), hash(entry.key())));
  if (&now != &entry) moved(now);
  return now;
}

/// Elements have been taken out.
void Keyspace::tell_expired(Bookkeeping& books, Entry& entry, std::span<const std::string> gone) {
  move_element_expiry(entry, entry.collection()->next_expiry());
  if (gone.empty()) return;
  books.stats.expired_subkeys += gone.size();
  const ElementWords words = element_words(entry.type());
  std::vector<Bytes> removal = {words.removal, entry.key()};
  removal.insert(removal.end(), gone.begin(), gone.end());
  books.journal.append(number_, removal);
  books.notify(words.event_class, words.event, entry.key(), number_);
  books.changed(entry.key(), number_);
}

const Entry* Keyspace::expire_elements(Bookkeeping& books, const Entry& entry, size_t& budget) {
  if (entry.type() == Type::kStream) return &add_delayed(books, entry, budget);
  if (expire_all_elements(books, entry)) return nullptr;
  Entry& now = thaw_to_expire(entry);
  const std::vector<std::string> gone =
      Collection::expire(now.type(), now.collection(), books.now_ms, budget, values_);
  budget -= gone.size();
  tell_expired(books, now, gone);
  return &now;
}

void Keyspace::expire_named(Bookkeeping& books, const Entry& entry,
                            std::span<const Bytes> elements) {
  Entry& now = thaw_to_expire(entry);
  std::vector<std::string> gone;
  gone.reserve(elements.size());
  try {
    for (const Bytes element : elements) {
      std::string name(element);
      if (Collection::erase_due(now.type(), now.collection(), element, books.now_ms, values_)) {
        gone.push_back(std::move(name));
      }
    }
  } catch (const std::bad_alloc&) {
    tell_expired(books, now, gone);
    throw;
  }
  tell_expired(books, now, gone);
}

const Entry* Keyspace::settle(Bookkeeping& books, const Entry* entry) {
  if (entry != nullptr && entry->type() == Type::kStream) return entry;
  while (entry != nullptr && books.expiry_deletes && entry->elements_due(books.expired_until_ms)) {
    size_t budget = kElementsExpiredOnAccess;
    entry = expire_elements(books, *entry, budget);
  }
  return entry;
}

void Keyspace::expire_due(Bookkeeping& books, size_t& budget) {
  while (const Entry* entry = expiries_.due(books.now_ms, budget)) expire(books, *entry);
  while (const Entry* entry = element_expiries_.due(books.now_ms, budget)) {
    expire_elements(books, *entry, budget);
  }
  while (const Entry* entry = schedules_.due(books.now_ms, budget)) {
    retain(books, add_delayed(books, *entry, budget), budget);
  }
}

void Keyspace::index(Entry& entry) {
  if (entry.has_expiry()) expiries_.insert(entry);
  if (entry.next_element_expiry() != kNever) element_index(entry.type()).insert(entry);
  join_active_expiry();
}

void Keyspace::join_active_expiry() {
  if (in_active_expiry_ || active_ == nullptr || !expires()) return;
  active_->add(*this);
  in_active_expiry_ = true;
}

void Keyspace::unindex(const Entry& entry) {
  if (entry.has_expiry()) expiries_.remove(entry);
  if (entry.next_element_expiry() != kNever) element_index(entry.type()).remove(entry);
}

void Keyspace::moved(Entry& entry) {
  if (entry.has_expiry()) expiries_.moved(entry);
  if (entry.next_element_expiry() != kNever) element_index(entry.type()).moved(entry);
}

void Keyspace::move_element_expiry(Entry& entry, int64_t at_ms) {
  const int64_t before = entry.next_element_expiry();
  if (before == at_ms) return;
  ExpiryIndex& index = element_index(entry.type());
  if (before != kNever && at_ms != kNever) return index.move(entry, at_ms);
  if (before != kNever) index.remove(entry);
  entry.element_expiry().at_ms = at_ms;
  if (at_ms == kNever) return;
  index.insert(entry);
  join_active_expiry();
}

void Keyspace::clear() {
  expiries_.clear();
  element_expiries_.clear();
  schedules_.clear();
  table_.clear();
}

// ---- Compaction.

// Returns where to go on in the value, 0 when it is through.
uint64_t Keyspace::compact_entry(Owned<Entry>& reference, Compaction& step) {
  if (step.move(reference) && reference->may_be_indexed()) moved(reference.thaw(epoch_));
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
  element_expiries_.swap(other.element_expiries_);
  schedules_.swap(other.schedules_);
  join_active_expiry();
  other.join_active_expiry();
}

}  // namespace sorrel

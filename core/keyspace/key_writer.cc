#include "core/keyspace/key_writer.h"

#include "core/base/check.h"
#include "core/keyspace/access_clock.h"

#include <utility>

namespace sorrel {

KeyWriter::KeyWriter(Bookkeeping& books, Keyspace& keyspace, Bytes key, uint64_t hash, Touch touch)
    : books_(books),
      keyspace_(keyspace),
      key_(key),
      hash_(hash),
      place_(keyspace.table().locate(key, hash)) {
  if (!place_) return;
  if (entry()->may_be_indexed() && !expire_due()) return;
  if (touch == Touch::kCount && !books_.lrm) Keyspace::touch(books_, *entry());
}

// False when nothing is left of the key.
bool KeyWriter::expire_due() {
  if (entry()->expired(books_.expired_until_ms)) {
    keyspace_.expire(books_, *entry());
    place_ = {};
  } else if (entry()->elements_due(books_.expired_until_ms)) {
    if (is(Type::kStream) && !books_.expiry_deletes) return true;
    size_t budget = Keyspace::kElementsExpiredOnAccess;
    if (keyspace_.expire_elements(books_, *entry(), budget) == nullptr) place_ = {};
  }
  return exists();
}

bool KeyWriter::has_content() const {
  const Owned<Collection>& collection = entry()->collection();
  return collection && (is(Type::kStream) || collection->size(entry()->type()) != 0);
}

// The writer's end. Where edit() has made a key that never got a collection with elements (there
// was no memory for it) the key goes again.
void KeyWriter::finish() {
  if (unfinished_ && exists() && !has_content()) {
    keyspace_.table().extract(place_).drop(keyspace_.epoch());
  }
  if (scheduled_ && is(Type::kStream)) keep_element_expiry();
  if (changed_) books_.changed(key_, keyspace_.number());
}

void KeyWriter::changed() {
  changed_ = true;
  ++books_.dirty;
  if (__builtin_expect(books_.lrm, 0) && exists()) Keyspace::touch(books_, *entry());
}

[[gnu::noinline]] void KeyWriter::announce(EventClass event_class, Bytes event) {
  books_.notify(event_class, event, key_, keyspace_.number());
}

Entry& KeyWriter::thawed() {
  const Entry* before = entry();
  Entry& now = keyspace_.table().thaw(place_);
  if (&now != before && now.may_be_indexed()) keyspace_.moved(now);
  return now;
}

int64_t KeyWriter::resolved_expiry(Expiry expiry) const {
  switch (expiry.kind) {
    case Expiry::Kind::kNone:
      return kNoExpiry;
    case Expiry::Kind::kAt:
      return expiry.at_ms;
    case Expiry::Kind::kKeep:
      break;
  }
  return exists() && entry()->has_expiry() ? entry()->expiry().at_ms : kNoExpiry;
}

Entry* KeyWriter::make(Type type, Entry::Form form, size_t inline_size, int64_t expiry_at_ms,
                       int64_t element_expiry_at_ms) {
  Entry::Shape shape;
  shape.type = type;
  shape.form = form;
  shape.has_expiry = expiry_at_ms != kNoExpiry;
  shape.key_size = key_.size();
  shape.inline_size = inline_size;
  shape.has_element_expiry = element_expiry_at_ms != kNever;
  Entry* made = make_shaped(shape, expiry_at_ms);
  if (shape.has_element_expiry) made->element_expiry().at_ms = element_expiry_at_ms;
  return made;
}

Entry* KeyWriter::make_shaped(const Entry::Shape& shape, int64_t expiry_at_ms) {
  if (shape.has_expiry) keyspace_.expiries().reserve();
  if (shape.has_element_expiry) keyspace_.element_index(shape.type).reserve();
  Entry* made = Entry::make(keyspace_.epoch(), shape, key_);
  if (shape.has_expiry) made->expiry().at_ms = expiry_at_ms;
  return made;
}

// Puts a new entry in the place of the old one, or in a new place. Without memory for that nothing
// has changed, and the entry is gone.
void KeyWriter::install(Entry* made, Change change) {
  Owned<Entry> owned = Owned<Entry>::adopt(made, keyspace_.epoch());
  if (place_) {
    const Type before = entry()->type();
    made->set_access_clock(entry()->access_clock());
    if (entry()->may_be_indexed()) keyspace_.unindex(*entry());
    keyspace_.table().replace(place_, std::move(owned));
    if (change == Change::kReplace) notify(kEventNew, "new");
    if (change != Change::kEdit) notify(kEventOverwritten, "overwritten");
    if (before != made->type()) notify(kEventTypeChanged, "type_changed");
  } else {
    made->set_access_clock(initial_clock(books_));
    try {
      place_ = keyspace_.table().insert(std::move(owned), hash_);
    } catch (const std::bad_alloc&) {
      owned.drop(keyspace_.epoch());
      throw;
    }
    notify(kEventNew, "new");
  }
  if (made->may_be_indexed()) keyspace_.index(*made);
  books_.ready(key_, keyspace_.number());
}

void KeyWriter::move_expiry(Entry& now, int64_t at_ms) {
  if (now.expiry().at_ms == at_ms) return;
  keyspace_.expiries().move(now, at_ms);
}

// ---- Collections.

Owned<Collection>& KeyWriter::edit(Type type) {
  ++books_.edits;
  if (!place_) {
    keyspace_.epoch().reserve();
    install(make(type, Entry::Form::kCollection, 0, kNoExpiry), Change::kEdit);
    unfinished_ = true;
  }
  VERIFY(is(type));
  if (type == Type::kStream) make_room_for_schedule();
  if (entry()->has_element_expiry()) keyspace_.element_index(type).reserve();
  return writable().collection();
}

// A stream that has nothing to do may have something after the edit.
void KeyWriter::make_room_for_schedule() {
  const Owned<Collection>& stream = entry()->collection();
  scheduled_ = entry()->has_element_expiry() || (stream && stream->does_things());
  if (!scheduled_ || entry()->has_element_expiry()) return;
  reshape(entry()->has_expiry() ? entry()->expiry().at_ms : kNoExpiry, true);
}

Owned<Collection>& KeyWriter::edit_expiring(Type type) {
  edit(type);
  if (!entry()->has_element_expiry()) {
    reshape(entry()->has_expiry() ? entry()->expiry().at_ms : kNoExpiry, true);
    keyspace_.element_index(type).reserve();
    scheduled_ = type == Type::kStream;
  }
  return writable().collection();
}

void KeyWriter::settle(std::span<const Bytes> elements) {
  if (!exists() || !entry()->elements_due(books_.expired_until_ms)) return;
  keyspace_.expire_named(books_, *entry(), elements);
}

// After an edit the first element to expire may be another.
void KeyWriter::keep_element_expiry() {
  if (!entry()->has_element_expiry()) return;
  const int64_t at_ms = entry()->collection()->next_expiry();
  if (at_ms != entry()->next_element_expiry()) keyspace_.move_element_expiry(writable(), at_ms);
}

void KeyWriter::edited(EventClass event_class, Bytes event, uint64_t changes) {
  if (changes == 0) return close_edit();
  count_edit(changes);
  notify(event_class, event);
  close_edit();
}

void KeyWriter::count_edit(uint64_t changes) {
  if (changes == 0) return;
  changed();
  books_.dirty += changes - 1;
}

void KeyWriter::close_edit() {
  if (!exists() || !entry()->collection()) return;
  if (entry()->type() == Type::kStream) return;
  if (entry()->collection()->size(entry()->type()) != 0) return keep_element_expiry();
  const uint64_t dirty = books_.dirty;
  erase();
  books_.dirty = dirty;
  notify(kEventGeneric, "del");
}

void KeyWriter::put_collection(Type type, Owned<Collection>&& made) {
  keyspace_.epoch().reserve();
  Entry* entry = make(type, Entry::Form::kCollection, 0, kNoExpiry, made->next_expiry());
  entry->collection() = std::move(made);
  install(entry, Change::kOverwrite);
  changed();
}

bool KeyWriter::erase() {
  if (!exists()) return false;
  keyspace_.epoch().reserve();
  extract().drop(keyspace_.epoch());
  return true;
}

Owned<Entry> KeyWriter::take() {
  VERIFY(exists());
  writable();  // so that put_back() needs no memory
  return extract();
}

Owned<Entry> KeyWriter::extract() {
  if (entry()->may_be_indexed()) keyspace_.unindex(*entry());
  Owned<Entry> taken = keyspace_.table().extract(place_);
  place_ = {};
  changed();
  books_.ready(key_, keyspace_.number());
  return taken;
}

void KeyWriter::set_expiry(int64_t at_ms) {
  VERIFY(exists());
  if (entry()->has_expiry()) {
    move_expiry(writable(), at_ms);
  } else {
    reshape(at_ms, entry()->has_element_expiry());
  }
  changed();
}

bool KeyWriter::clear_expiry() {
  if (!exists() || !entry()->has_expiry()) return false;
  reshape(kNoExpiry, entry()->has_element_expiry());
  changed();
  return true;
}

// The same value in an entry with, or without, room for expiries. Not an overwriting: no event.
void KeyWriter::reshape(int64_t at_ms, bool expiring_elements) {
  Epoch& epoch = keyspace_.epoch();
  epoch.reserve();
  Entry& before = writable();
  Entry::Shape shape = before.shape();
  shape.has_expiry = at_ms != kNoExpiry;
  shape.has_element_expiry = expiring_elements;
  Entry* made = make_shaped(shape, at_ms);
  if (expiring_elements) made->element_expiry().at_ms = before.next_element_expiry();
  made->take_value(before, epoch);
  made->set_access_clock(before.access_clock());
  if (before.may_be_indexed()) keyspace_.unindex(before);
  keyspace_.table().exchange(place_, Owned<Entry>::adopt(made, epoch)).release(epoch);
  if (made->may_be_indexed()) keyspace_.index(*made);
}

void KeyWriter::put_copy(const Entry& from, Expiry expiry) {
  Epoch& epoch = keyspace_.epoch();
  epoch.reserve();
  Entry* made = make(from.type(), from.form(), from.inline_size(), resolved_expiry(expiry),
                     from.next_element_expiry());
  try {
    made->copy_value(from, keyspace_.values());
  } catch (const std::bad_alloc&) {
    Owned<Entry>::adopt(made, epoch).drop(epoch);
    throw;
  }
  install(made, Change::kReplace);
  changed();
}

void KeyWriter::put_moved(Owned<Entry>&& from, Expiry expiry) {
  Epoch& epoch = keyspace_.epoch();
  epoch.reserve();
  Entry& source = from.thaw(epoch);
  Entry* made = make(source.type(), source.form(), source.inline_size(), resolved_expiry(expiry),
                     source.next_element_expiry());
  // The place first, which may take memory; the value goes over when nothing can fail any more.
  install(made, Change::kReplace);
  made->take_value(source, epoch);
  made->set_access_clock(source.access_clock());
  from.release(epoch);
  changed();
}

void KeyWriter::put_back(Owned<Entry>&& taken) {
  Entry* const entry = &taken.thaw(keyspace_.epoch());
  place_ = keyspace_.table().insert(std::move(taken), hash_);
  if (entry->may_be_indexed()) keyspace_.index(*entry);
}

}  // namespace sorrel

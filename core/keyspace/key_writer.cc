#include "core/keyspace/key_writer.h"

#include "core/base/check.h"
#include "core/base/number.h"
#include "core/keyspace/access_clock.h"
#include "core/value/chunked_string.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace sorrel {
namespace {

constexpr size_t kBodyGrowthMax = 1024 * 1024;

// A body that is edited is likely to grow again: twice the size, up to a megabyte more.
size_t grown_capacity(size_t size) {
  return size + std::min(size, kBodyGrowthMax);
}

}  // namespace

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
    size_t budget = Keyspace::kElementsExpiredOnAccess;
    if (keyspace_.expire_elements(books_, *entry(), budget) == nullptr) place_ = {};
  }
  return exists();
}

// The writer's end. Where edit() has made a key that never got its collection (there was no memory
// for it) the key goes again.
void KeyWriter::finish() {
  if (unfinished_ && exists() && !entry()->collection()) {
    keyspace_.table().extract(place_).drop(keyspace_.epoch());
  }
  if (changed_) books_.changed(key_, keyspace_.number());
}

inline void KeyWriter::changed() {
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
  if (shape.has_element_expiry) keyspace_.element_expiries().reserve();
  Entry* made = Entry::make(keyspace_.epoch(), shape, key_);
  if (shape.has_expiry) made->expiry().at_ms = expiry_at_ms;
  return made;
}

// An entry whose text of `size` bytes is still to be written, through text_of().
Entry* KeyWriter::make_text(size_t size, int64_t expiry_at_ms) {
  if (size <= kInlineStringMax)
    return make(Type::kString, Entry::Form::kInline, size, expiry_at_ms);
  return make_body(size, size, expiry_at_ms);
}

Entry* KeyWriter::make_body(size_t size, size_t capacity, int64_t expiry_at_ms) {
  Epoch& epoch = keyspace_.epoch();
  Entry* made = make(Type::kString, Entry::Form::kBody, 0, expiry_at_ms);
  try {
    made->body() = Owned<StringBody>::adopt(StringBody::make(epoch, capacity), epoch);
  } catch (const std::bad_alloc&) {
    Owned<Entry>::adopt(made, epoch).drop(epoch);
    throw;
  }
  made->body().thaw(epoch).size = size;
  return made;
}

// `size` bytes that begin with `head`; the rest is zero.
Entry* KeyWriter::make_chunks(Bytes head, size_t size, int64_t expiry_at_ms) {
  Epoch& epoch = keyspace_.epoch();
  epoch.reserve();
  Entry* made = make(Type::kString, Entry::Form::kChunks, 0, expiry_at_ms);
  try {
    made->chunks() = ChunkedString::make(epoch, head, size);
  } catch (const std::bad_alloc&) {
    Owned<Entry>::adopt(made, epoch).drop(epoch);
    throw;
  }
  return made;
}

char* KeyWriter::text_of(Entry& made) {
  if (made.form() == Entry::Form::kInline) return made.inline_bytes();
  return made.body().thaw(keyspace_.epoch()).data();
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

// The common SET: the new value fits the allocation of the old one and is written over it. Gives
// the entry to write the value into, or nullptr. Inlined, so that what the form decides is decided.
[[gnu::always_inline]] inline Entry* KeyWriter::reuse(Entry::Form form, size_t inline_size,
                                                      int64_t expiry_at_ms, Change change) {
  if (!place_) return nullptr;
  const bool has_expiry = expiry_at_ms != kNoExpiry;
  if (!entry()->is_string(form) || entry()->has_expiry() != has_expiry) return nullptr;
  if (form == Entry::Form::kInline && !entry()->has_room(inline_size)) return nullptr;
  Entry& now = writable();
  now.set_inline_size(inline_size);
  now.set_edited(false);
  if (has_expiry) move_expiry(now, expiry_at_ms);
  if (change == Change::kOverwrite) notify(kEventOverwritten, "overwritten");
  return &now;
}

void KeyWriter::move_expiry(Entry& now, int64_t at_ms) {
  if (now.expiry().at_ms == at_ms) return;
  keyspace_.expiries().move(now, at_ms);
}

[[gnu::always_inline]] inline void KeyWriter::store_text(Bytes text, int64_t at_ms, Change change) {
  if (Entry* same = reuse(Entry::Form::kInline, text.size(), at_ms, change)) {
    text.copy(same->inline_bytes(), text.size());
  } else if (text.size() > kPlainStringMax) {
    install(make_chunks(text, text.size(), at_ms), change);
  } else {
    Entry* made = make_text(text.size(), at_ms);
    text.copy(text_of(*made), text.size());
    install(made, change);
  }
  changed();
}

void KeyWriter::put_string(Bytes value, Expiry expiry) {
  if (const auto integer = parse_integer(value)) return put_integer(*integer, expiry);
  store_text(value, resolved_expiry(expiry), Change::kOverwrite);
}

void KeyWriter::put_integer(int64_t value, Expiry expiry) {
  const int64_t at_ms = resolved_expiry(expiry);
  if (Entry* same = reuse(Entry::Form::kInteger, 0, at_ms, Change::kOverwrite)) {
    same->set_integer(value);
  } else {
    Entry* made = make(Type::kString, Entry::Form::kInteger, 0, at_ms);
    made->set_integer(value);
    install(made, Change::kOverwrite);
  }
  changed();
}

void KeyWriter::put_edited(size_t size, const Fill& fill) {
  Entry* made;
  if (size > kPlainStringMax) {
    made = make_chunks({}, size, kNoExpiry);
    Epoch& epoch = keyspace_.epoch();
    made->chunks().thaw(epoch).fill(fill, epoch);
  } else {
    made = make_text(size, kNoExpiry);
    fill(text_of(*made), 0, size);
  }
  made->set_edited(true);
  install(made, Change::kOverwrite);
  changed();
}

void KeyWriter::change_integer(int64_t value) {
  if (exists() && entry()->form() == Entry::Form::kInteger) {
    writable().set_integer(value);
  } else {
    Entry* made = make(Type::kString, Entry::Form::kInteger, 0, resolved_expiry(Expiry::keep()));
    made->set_integer(value);
    install(made, Change::kEdit);
  }
  changed();
}

void KeyWriter::change_text(Bytes text) {
  store_text(text, resolved_expiry(Expiry::keep()), Change::kEdit);
}

char* KeyWriter::edit_string(size_t size) {
  VERIFY(!exists() || is(Type::kString));
  changed();
  if (exists() && entry()->form() == Entry::Form::kBody) return edit_body(size);
  StringValue::Scratch scratch;
  const Bytes before = exists() ? entry()->string().bytes(scratch) : Bytes();
  const int64_t at_ms = resolved_expiry(Expiry::keep());
  if (size > kInlineStringMax) return edit_new_body(before, size, at_ms);
  return edit_inline(before, size, at_ms);
}

void KeyWriter::write_string(size_t size, size_t at, Bytes bytes) {
  const bool is_chunked = exists() && entry()->form() == Entry::Form::kChunks;
  if (!is_chunked && size <= kPlainStringMax) {
    bytes.copy(edit_string(size) + at, bytes.size());
    return;
  }
  VERIFY(!exists() || is(Type::kString));
  if (!is_chunked) {
    StringValue::Scratch scratch;
    const Bytes before = exists() ? entry()->string().bytes(scratch) : Bytes();
    install(make_chunks(before, size, resolved_expiry(Expiry::keep())), Change::kEdit);
  }
  Epoch& epoch = keyspace_.epoch();
  writable().chunks().thaw(epoch).write(size, at, bytes, epoch);
  changed();
}

char* KeyWriter::edit_inline(Bytes before, size_t size, int64_t at_ms) {
  const size_t size_before = before.size();
  if (Entry* same = reuse(Entry::Form::kInline, size, at_ms, Change::kEdit)) {
    if (size > size_before) std::memset(same->inline_bytes() + size_before, 0, size - size_before);
    same->set_edited(true);
    return same->inline_bytes();
  }
  Entry* made = make(Type::kString, Entry::Form::kInline, size, at_ms);
  fill(made->inline_bytes(), size, before);
  made->set_edited(true);
  install(made, Change::kEdit);
  return made->inline_bytes();
}

void KeyWriter::mark_edited() {
  const Entry::Form form = entry()->form();
  if (entry()->edited() || form == Entry::Form::kBody || form == Entry::Form::kChunks) return;
  if (form == Entry::Form::kInline) return writable().set_edited(true);
  StringValue::Scratch scratch;
  const Bytes text = entry()->string().bytes(scratch);
  edit_inline(text, text.size(), resolved_expiry(Expiry::keep()));
}

// `size` bytes that begin with `before`; the rest is zero.
void KeyWriter::fill(char* out, size_t size, Bytes before) {
  const size_t kept = std::min(size, before.size());
  if (kept != 0) std::memcpy(out, before.data(), kept);
  std::memset(out + kept, 0, size - kept);
}

char* KeyWriter::edit_new_body(Bytes before, size_t size, int64_t at_ms) {
  Entry* made = make_body(size, grown_capacity(size), at_ms);
  char* bytes = text_of(*made);
  fill(bytes, size, before);
  made->set_edited(true);
  install(made, Change::kEdit);
  return bytes;
}

char* KeyWriter::edit_body(size_t size) {
  const StringBody& before = *entry()->body();
  if (size > before.capacity) {
    return edit_new_body(before.view(), size, resolved_expiry(Expiry::keep()));
  }
  StringBody& body = writable().body().thaw(keyspace_.epoch());
  if (size > body.size) std::memset(body.data() + body.size, 0, size - body.size);
  body.size = size;
  return body.data();
}

// ---- Collections.

Owned<Collection>& KeyWriter::edit(Type type) {
  if (!place_) {
    keyspace_.epoch().reserve();
    install(make(type, Entry::Form::kCollection, 0, kNoExpiry), Change::kEdit);
    unfinished_ = true;
  }
  VERIFY(is(type));
  if (entry()->has_element_expiry()) keyspace_.element_expiries().reserve();
  return writable().collection();
}

Owned<Collection>& KeyWriter::edit_expiring(Type type) {
  edit(type);
  if (!entry()->has_element_expiry()) {
    reshape(entry()->has_expiry() ? entry()->expiry().at_ms : kNoExpiry, true);
    keyspace_.element_expiries().reserve();
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
  Owned<Entry> gone = take();
  gone.drop(keyspace_.epoch());
  return true;
}

Owned<Entry> KeyWriter::take() {
  VERIFY(exists());
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

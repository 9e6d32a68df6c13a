// KeyWriter's strings: in the entry, in a body beside it, or in chunks (core/keyspace/entry.h).

#include "core/base/check.h"
#include "core/base/number.h"
#include "core/keyspace/key_writer.h"
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

void KeyWriter::put_chunks(Owned<ChunkedString>&& made, Expiry expiry) {
  keyspace_.epoch().reserve();
  Entry* entry = make(Type::kString, Entry::Form::kChunks, 0, resolved_expiry(expiry));
  entry->chunks() = std::move(made);
  install(entry, Change::kOverwrite);
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

}  // namespace sorrel

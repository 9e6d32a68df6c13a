// KeyWriter: the only way to change a key.
//
// A command makes one for a key, looks at what is there, changes it, and says what happened
// (notify). The bookkeeping that every change owes (count it, tell watchers, keep the expiry index
// and the access clock right, thaw what a snapshot can see) happens here and can't be forgotten.
// One writer at a time per database: another key's mutation may move the place this one stands at.
//
// It is not the journal: what a command writes there is the command itself, or what its handler
// says (Context::journal_as), when the command ends.
#pragma once

#include "core/keyspace/keyspace.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

namespace sorrel {

/// What a new value does with the key's expiry.
struct Expiry {
  enum class Kind : uint8_t { kKeep, kNone, kAt };
  Kind kind = Kind::kNone;
  int64_t at_ms = 0;

  static Expiry keep() { return {Kind::kKeep, 0}; }
  static Expiry none() { return {Kind::kNone, 0}; }
  static Expiry at(int64_t ms) { return {Kind::kAt, ms}; }
};

class KeyWriter {
 public:
  /// An expired key is deleted first and counts as absent. Sets the access clock, as a look-up for
  /// writing does in Redis (no hit or miss is counted); Touch::kPeek leaves it, for a command that
  /// has read the key before.
  KeyWriter(Bookkeeping& books, Keyspace& keyspace, Bytes key, uint64_t hash,
            Touch touch = Touch::kCount);
  ~KeyWriter() {
    if (unfinished_ || scheduled_ || (changed_ && books_.changes_wanted)) [[unlikely]]
      finish();
  }
  KeyWriter(const KeyWriter&) = delete;
  KeyWriter& operator=(const KeyWriter&) = delete;

  /// nullptr when the key is absent. Valid until the next change.
  const Entry* entry() const { return place_ ? &keyspace_.table().item(place_) : nullptr; }
  bool exists() const { return static_cast<bool>(place_); }
  bool is(Type type) const { return exists() && entry()->type() == type; }
  Bytes key() const { return key_; }

  // ---- Strings that replace whatever was there, of any type: an "overwritten" key.
  /// Stores the canonical form: a decimal integer's text is kept as 64 bits.
  void put_string(Bytes value, Expiry expiry);
  void put_integer(int64_t value, Expiry expiry);
  /// One that is longer than kPlainStringMax, as it is.
  void put_chunks(Owned<ChunkedString>&& made, Expiry expiry);
  /// A string of `size` bytes without expiry. `fill` writes those of it that begin at `from`, piece
  /// by piece in order; until the last is written the old value is still there to be read.
  using Fill = std::function<void(char* out, size_t from, size_t bytes)>;
  void put_edited(size_t size, const Fill& fill);

  // ---- Strings that change: the key holds a string or is absent. Its expiry stays.
  void change_integer(int64_t value);
  /// Bytes as they are, even if they spell an integer.
  void change_text(Bytes text);
  /// The string gets `size` bytes, of which the caller edits any through the returned pointer:
  /// earlier bytes stay, new ones are zero. For short strings: a long one becomes one piece.
  char* edit_string(size_t size);
  /// The string gets `size` bytes, no fewer than it has, of which `bytes` are written at `at`; the
  /// other earlier ones stay, the other new ones are zero.
  void write_string(size_t size, size_t at, Bytes bytes);
  /// The bytes stay, but OBJECT ENCODING answers "raw", as after an edit. Nobody else sees a
  /// change.
  void mark_edited();

  // ---- Collections. A value class (core/value/hash.h and its siblings) does the change; what is
  // said here is that there was one.
  /// The key's collection, to be changed: the entry is thawed, the collection itself isn't. An
  /// absent key is made first, and the reference is empty: whoever asked puts a collection in, or
  /// the key is gone again with the writer. Another type must not be there.
  Owned<Collection>& edit(Type type);
  /// The same for an edit after which elements may expire that didn't before.
  Owned<Collection>& edit_expiring(Type type);
  /// Those of the named elements whose time has come go now: for a command that does another thing
  /// to an element that is there than to one that isn't. Whoever reads the journal must find what
  /// the command finds.
  void settle(std::span<const Bytes> elements);
  /// Ends an edit: `changes` elements changed (or 0: nothing happened, nobody is told). A
  /// collection that was left without elements goes with its key, and "del" is announced; but a
  /// stream stays.
  void edited(EventClass event_class, Bytes event, uint64_t changes = 1);
  /// The same for a command that announces its events itself, or several: `close` when it is done.
  void count_edit(uint64_t changes);
  void close_edit();
  /// There is more in the key for whoever waits for it. A key that came to be says so by itself.
  void has_grown() { books_.ready(key_, keyspace_.number()); }
  /// Puts a collection in the place of whatever was there, without an expiry: an "overwritten" key.
  void put_collection(Type type, Owned<Collection>&& made);
  ValueContext& values() { return keyspace_.values(); }

  // ---- The key itself.
  /// Deletes it; false when it was absent.
  bool erase();
  void set_expiry(int64_t at_ms);
  /// False when there was none.
  bool clear_expiry();
  /// The value of `from` becomes this key's too (COPY), with the given expiry; replaces what was
  /// there.
  void put_copy(const Entry& from, Expiry expiry);
  /// Takes the key out of the database with its value, for put_moved() under another key or
  /// database.
  Owned<Entry> take();
  /// The value of an entry that take() gave; consumes it. On std::bad_alloc the entry is whole, and
  /// for put_back() where it came from.
  void put_moved(Owned<Entry>&& from, Expiry expiry);
  void put_back(Owned<Entry>&& taken);

  /// Whoever watches the key hears of a change, though nothing is counted.
  void seem_changed() { changed_ = true; }
  /// One more change for rdb_changes_since_last_save than the one each mutation counts.
  void count_changes(uint64_t more) { books_.dirty += more; }
  void notify(EventClass event_class, Bytes event) {
    if ((books_.event_mask & event_class) != 0) [[unlikely]]
      announce(event_class, event);
  }

 private:
  static constexpr int64_t kNoExpiry = -1;  // command arguments before 1970 never get here

  /// Whether a key that was there counts as overwritten, as replaced by a new one (which gets a
  /// value that another key had), or as changed: the events tell them apart.
  enum class Change : uint8_t { kOverwrite, kReplace, kEdit };

  [[gnu::always_inline]] Entry& writable() {
    if (!keyspace_.epoch().frozen()) [[likely]]
      return keyspace_.table().thaw(place_);
    return thawed();
  }
  Entry& thawed();
  void announce(EventClass event_class, Bytes event);
  Entry* make(Type type, Entry::Form form, size_t inline_size, int64_t expiry_at_ms,
              int64_t element_expiry_at_ms = kNever);
  Entry* make_shaped(const Entry::Shape& shape, int64_t expiry_at_ms);
  Entry* make_text(size_t size, int64_t expiry_at_ms);
  Entry* make_body(size_t size, size_t capacity, int64_t expiry_at_ms);
  Entry* make_chunks(Bytes head, size_t size, int64_t expiry_at_ms);
  char* text_of(Entry& made);
  Entry* reuse(Entry::Form form, size_t inline_size, int64_t expiry_at_ms, Change change);
  void install(Entry* made, Change change);
  void store_text(Bytes text, int64_t at_ms, Change change);
  void reshape(int64_t at_ms, bool expiring_elements);
  void move_expiry(Entry& now, int64_t at_ms);
  char* edit_inline(Bytes before, size_t size, int64_t at_ms);
  char* edit_new_body(Bytes before, size_t size, int64_t at_ms);
  char* edit_body(size_t size);
  static void fill(char* out, size_t size, Bytes before);
  int64_t resolved_expiry(Expiry expiry) const;
  Owned<Entry> extract();
  bool has_content() const;
  void finish();
  bool expire_due();
  void keep_element_expiry();
  void make_room_for_schedule();
  void changed();

  Bookkeeping& books_;
  Keyspace& keyspace_;
  const Bytes key_;
  const uint64_t hash_;
  Table<Entry>::Place place_;
  bool changed_ = false;
  bool unfinished_ = false;  // edit() made the entry
  bool scheduled_ = false;   // a stream that may have something else to do after the edit
};

}  // namespace sorrel

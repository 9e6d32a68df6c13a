// What the commands that let the elements of a collection expire have in common: fields of a hash,
// members of a set. Sources: https://redis.io/docs/latest/commands/hexpire/ and its siblings; the
// commands of sets do to members what those of hashes do to fields.
//
// The journal gets absolute times, or a removal when the time has passed, with the elements that
// were changed.
#pragma once

#include "core/command/arguments.h"
#include "core/command/context.h"
#include "core/command/expire_time.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sorrel {

/// A kind of elements that may expire: its words, and what is done to one.
struct ElementFamily {
  Type type;
  Bytes keyword;  // stands before the number of elements
  Bytes keyword_missing;
  Bytes count_missing;
  Bytes count_mismatch;

  EventClass event_class;
  Bytes expire_event;
  Bytes persist_event;
  Bytes removal_event;
  Bytes expire_command;  // of the journal
  Bytes removal_command;

  /// kNever: it doesn't expire; nothing: it isn't there.
  std::optional<int64_t> (*expires_ms)(Context& context, const Entry& entry, Bytes element);
  /// It must be there.
  void (*set_expiry)(Context& context, Owned<Collection>& collection, Bytes element, int64_t at_ms);
  void (*remove)(Context& context, Owned<Collection>& collection, Bytes element);
};

extern const ElementFamily kHashFields;
extern const ElementFamily kSetMembers;

/// Unix milliseconds of `text`, which must not be negative; otherwise an error was answered.
std::optional<int64_t> parse_element_time(Context& context, Bytes text, TimeUnit unit);

/// Reads `KEYWORD count element [element ...]` from argument 2 to the end; nothing when an error
/// was answered.
std::optional<std::span<const Bytes>> parse_elements(Context& context, const ElementFamily& family);

// ---- Whole commands.
void expire_elements(Context& context, const ElementFamily& family, TimeUnit unit);
void persist_elements(Context& context, const ElementFamily& family);
void reply_element_times(Context& context, const ElementFamily& family, TimeUnit unit);

// The same as handlers: expire_handler<kHashFields, kEx> is HEXPIRE.
template <const ElementFamily& family, TimeUnit unit>
void expire_handler(Context& context) {
  expire_elements(context, family, unit);
}
template <const ElementFamily& family>
void persist_handler(Context& context) {
  persist_elements(context, family);
}
template <const ElementFamily& family, TimeUnit unit>
void time_handler(Context& context) {
  reply_element_times(context, family, unit);
}

/// Lets elements of one collection expire at one time. When that has passed they are removed
/// instead.
class ElementExpirer {
 public:
  ElementExpirer(Context& context, const ElementFamily& family, KeyWriter& key, int64_t at_ms);

  bool removes() const { return removes_; }
  /// The element must be there.
  void apply(Bytes element);
  /// Event, journal and count, when any element was changed.
  void finish();

 private:
  void journal() const;

  Context& context_;
  const ElementFamily& family_;
  KeyWriter& key_;
  const int64_t at_ms_;
  const bool removes_;
  Owned<Collection>* collection_ = nullptr;  // from the first element on
  std::vector<Bytes> changed_;
};

}  // namespace sorrel

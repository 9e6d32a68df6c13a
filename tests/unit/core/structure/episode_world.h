// The data of the episode test: two databases of records with bodies and nested tables, small
// enough that every kind of block is met within a few hundred operations, and the plain model
// beside them.
#pragma once

#include "core/base/random.h"
#include "core/structure/table.h"

#include <cstdint>
#include <cstring>
#include <map>
#include <new>
#include <optional>
#include <string>
#include <string_view>

namespace sorrel::episode {

/// Segments of at most 21 items, pages of at most 4 words.
struct TinyLimits {
  static constexpr unsigned kPageBits = 2;
  static constexpr std::array<uint8_t, 3> kSteps = {1, 2, 3};
};

inline uint64_t hash_of(uint64_t key) {
  return Random(key).next();
}
inline std::string_view key_bytes(const uint64_t& key) {
  return {reinterpret_cast<const char*>(&key), sizeof key};
}

struct Field {
  static constexpr uint8_t kKind = 13;
  uint64_t key;
  uint64_t value;

  std::string_view table_key() const { return key_bytes(key); }
  static uint64_t rehash(const Field& field, const void*) { return hash_of(field.key); }
  static size_t bytes(const Field&) { return sizeof(Field); }
};
using Fields = Table<Field, TinyLimits>;

/// Plain bytes.
struct Body {
  static constexpr uint8_t kKind = 11;
  uint64_t size;

  char* data() { return reinterpret_cast<char*>(this + 1); }
  std::string_view view() const { return {reinterpret_cast<const char*>(this + 1), size}; }
  static size_t bytes(const Body& body) { return sizeof(Body) + body.size; }
};

/// A value that is a table.
struct Box {
  static constexpr uint8_t kKind = 12;
  Fields fields;

  static size_t bytes(const Box&) { return sizeof(Box); }
  static size_t weight(const Box& box) { return box.fields.weight(); }
  static Remains next_child(Box& box, size_t& position) {
    return position++ == 0 ? box.fields.remains() : Remains{};
  }
  static Box* clone(const Box& original, Epoch& epoch) {
    return ::new (epoch.heap().allocate(sizeof(Box)))
        Box{Fields(Fields::Inherit{}, original.fields)};
  }
};

struct Record {
  static constexpr uint8_t kKind = 10;
  uint64_t key;
  uint64_t version;
  Owned<Body> body;
  Owned<Box> box;

  std::string_view table_key() const { return key_bytes(key); }
  static uint64_t rehash(const Record& record, const void*) { return hash_of(record.key); }
  static size_t bytes(const Record&) { return sizeof(Record); }
  static size_t weight(const Record& record) {
    return (record.body ? 1 : 0) + (record.box ? 1 + Box::weight(*record.box) : 0);
  }
  static Remains next_child(Record& record, size_t& position) {
    while (position < 2) {
      const Remains child = position++ == 0 ? record.body.remains() : record.box.remains();
      if (child) return child;
    }
    return Remains{};
  }
  static Record* clone(const Record& original, Epoch& epoch) {
    return ::new (epoch.heap().allocate(sizeof(Record)))
        Record{original.key, original.version, original.body.inherit(), original.box.inherit()};
  }
};
using Records = Table<Record, TinyLimits>;

struct RecordModel {
  uint64_t version = 0;
  std::optional<std::string> body;
  std::optional<std::map<uint64_t, uint64_t>> fields;
};
using Model = std::map<uint64_t, RecordModel>;

/// Whether a record is what the model says. Reads only what a snapshot's thread may read.
inline bool equals(const Record& record, const RecordModel& model) {
  if (record.version != model.version) return false;
  if (static_cast<bool>(record.body) != model.body.has_value()) return false;
  if (record.body && record.body->view() != *model.body) return false;
  if (static_cast<bool>(record.box) != model.fields.has_value()) return false;
  if (!record.box) return true;
  size_t matching = 0;
  record.box->fields.for_each([&](const Field& field) {
    const auto found = model.fields->find(field.key);
    matching += found != model.fields->end() && found->second == field.value;
  });
  return matching == model.fields->size() && matching == record.box->fields.size();
}

}  // namespace sorrel::episode

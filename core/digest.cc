#include "core/digest.h"

#include "core/base/sha1.h"
#include "core/engine.h"
#include "core/value/hash.h"
#include "core/value/list_cursor.h"
#include "core/value/set.h"
#include "core/value/stream_cursor.h"
#include "core/value/zset.h"

namespace sorrel {
namespace {

Bytes view(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// Order doesn't matter: the hash of the bytes is folded in.
void fold(Digest& digest, Bytes bytes) {
  const Sha1::Digest hash = sha1(bytes);
  for (size_t i = 0; i < digest.size(); ++i) digest[i] ^= hash[i];
}

// Order matters: and the whole is hashed again.
void mix(Digest& digest, Bytes bytes) {
  fold(digest, bytes);
  digest = sha1(view(digest));
}

void mix_number(Digest& digest, uint32_t number) {
  const char bytes[] = {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
                        static_cast<char>(number >> 8), static_cast<char>(number)};
  mix(digest, Bytes(bytes, sizeof bytes));
}

void mix_string(Digest& digest, const Entry& entry) {
  StringValue::Scratch scratch;
  mix(digest, entry.string().bytes(scratch));
}

void fold_hash(Digest& digest, const Entry& entry, Engine& engine) {
  const HashReader hash(*entry.collection(), engine.value_context(),
                        engine.books().expired_until_ms);
  PackElement::Scratch scratch;
  hash.for_each([&](const HashItem& item) {
    Digest element{};
    mix(element, item.field.bytes(scratch));
    mix(element, item.value.bytes(scratch));
    if (item.expires_ms != kNever) fold(element, "!!hexpire!!");
    fold(digest, view(element));
  });
}

void fold_set(Digest& digest, const Entry& entry, Engine& engine) {
  const SetValue set(*entry.collection(), engine.books().expired_until_ms);
  set.for_each([&](const SetElement& member) {
    SetElement::Scratch scratch;
    const Bytes text = member.bytes(scratch);
    if (!entry.has_element_expiry() || set.expires_ms(text) == kNever) return fold(digest, text);
    Digest element{};
    fold(element, text);
    fold(element, "!!sexpire!!");
    fold(digest, view(element));
  });
}

void fold_zset(Digest& digest, const Zset& set) {
  set.for_each([&](Bytes member, double score) {
    Digest pair{};
    mix(pair, member);
    mix(pair, LongRealText(score).view());
    fold(digest, view(pair));
  });
}

void mix_list(Digest& digest, const Collection& list) {
  PackElement::Scratch scratch;
  for (ListCursor at(list, 0); at; at.next()) mix(digest, at.get().bytes(scratch));
}

void mix_stream(Digest& digest, const Stream& stream) {
  PackElement::Scratch scratch;
  for (auto at = StreamCursor::at_or_after(stream, {}); at; at.next()) {
    std::string id(StreamIdText(at.id()).view());
    id[id.find('-')] = '.';
    mix(digest, id);
    at.for_each_pair([&](Bytes field, const PackElement& value) {
      mix(digest, field);
      mix(digest, value.bytes(scratch));
    });
  }
}

void mix_value(Digest& digest, const Entry& entry, Engine& engine) {
  mix_number(digest, static_cast<uint32_t>(entry.type()));
  switch (entry.type()) {
    case Type::kList:
      mix_list(digest, *entry.collection());
      break;
    case Type::kString:
      mix_string(digest, entry);
      break;
    case Type::kHash:
      fold_hash(digest, entry, engine);
      break;
    case Type::kSet:
      fold_set(digest, entry, engine);
      break;
    case Type::kZset:
      fold_zset(digest, Zset(*entry.collection()));
      break;
    case Type::kStream:
      mix_stream(digest, Stream::of(*entry.collection()));
      break;
  }
  if (entry.has_expiry()) fold(digest, "!!expire!!");
}

}  // namespace

Digest digest_all(Engine& engine) {
  Digest total{};
  for (int number = 0; number < engine.database_count(); ++number) {
    const Keyspace& db = engine.database(number);
    if (db.size() == 0) continue;
    mix_number(total, static_cast<uint32_t>(number));
    db.table().for_each([&](const Entry& entry) {
      Digest digest{};
      mix(digest, entry.key());
      mix_value(digest, entry, engine);
      fold(total, view(digest));
    });
  }
  return total;
}

Digest digest_value(Engine& engine, const Entry& entry) {
  Digest digest{};
  mix_value(digest, entry, engine);
  return digest;
}

}  // namespace sorrel

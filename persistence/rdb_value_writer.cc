#include "persistence/rdb_value_writer.h"

#include "core/base/check.h"
#include "core/structure/int_pack.h"
#include "core/structure/pack.h"
#include "core/value/hash_pack.h"
#include "core/value/hash_table.h"
#include "core/value/list_tree.h"
#include "core/value/set.h"
#include "core/value/set_table.h"
#include "core/value/zset_tree.h"
#include "persistence/rdb_format.h"
#include "persistence/rdb_member_expiry.h"
#include "persistence/rdb_stream_extras.h"
#include "persistence/rdb_stream_schedule.h"
#include "persistence/rdb_write_stream.h"

namespace sorrel {
namespace {

using Tag = Collection::Tag;

/// A list's element of more bytes than this, which is a block of its own, is written without the
/// listpack around it.
constexpr size_t kPackedElementBytesMax = 64 * 1024;

const Pack& pack_of(const Collection& collection) {
  return reinterpret_cast<const Pack&>(collection);
}

uint8_t hash_type(const Collection& hash) {
  const bool expires = hash.next_expiry() != kNever;
  if (hash.tag() == Tag::kPack) return rdb::kHashListpack;
  if (!expires) return rdb::kHash;
  return HashPack::is(hash) ? rdb::kHashListpackExpiring : rdb::kHashExpiring;
}

uint8_t set_type(const Collection& set, int version) {
  if (set.tag() == Tag::kIntPack) return rdb::kSetIntset;
  const bool packed = set.tag() == Tag::kPack && version >= rdb::kVersionOfSetListpack;
  return packed ? rdb::kSetListpack : rdb::kSet;
}

// ---- Lists.

void write_list_block(const Pack& block, RdbOutput& output) {
  if (block.size() == 1) {
    const PackElement only = block.get(block.begin());
    if (only.size() > kPackedElementBytesMax) {
      output.length(rdb::kPlainNode);
      return output.string(only);
    }
  }
  output.length(rdb::kPackedNode);
  output.blob(block.listpack());
}

void write_list(const Collection& list, RdbOutput& output) {
  if (list.tag() == Tag::kPack) {
    output.length(1);
    return write_list_block(pack_of(list), output);
  }
  const ListTree::Blocks& blocks = static_cast<const ListTree&>(list).blocks();
  output.length(blocks.slots());
  for (auto at = blocks.begin(); at; at.next()) write_list_block(**at, output);
}

// ---- Sets.

void write_set(const Collection& set, int version, RdbOutput& output) {
  if (set.tag() == Tag::kIntPack) {
    return output.blob(reinterpret_cast<const IntPack&>(set).intset());
  }
  if (set_type(set, version) == rdb::kSetListpack) return output.blob(pack_of(set).listpack());
  const SetValue value(set);
  output.length(value.size());
  value.for_each([&](const SetElement& member) { output.string(member); });
}

// ---- Sorted sets.

void write_zset(const Collection& zset, RdbOutput& output) {
  if (zset.tag() == Tag::kPack) return output.blob(pack_of(zset).listpack());
  const auto& tree = static_cast<const ZsetTree&>(zset);
  output.length(tree.size());
  // The greatest first: Redis is quicker when each goes to the front.
  tree.for_each({0, tree.size()}, true, [&](const ZsetMember& member) {
    output.string(member.text());
    output.real(member.score());
  });
}

// ---- Hashes.

void write_fields(const HashTable& hash, RdbOutput& output) {
  output.length(hash.elements().size());
  hash.elements().for_each([&](const HashField& field) {
    output.string(field.field());
    output.string(field.value());
  });
}

// Times count from one before the first; 0 is none.
void write_expiring_fields(const HashTable& hash, RdbOutput& output) {
  const int64_t first = hash.next_expiry();
  output.little64(static_cast<uint64_t>(first));
  output.length(hash.elements().size());
  hash.elements().for_each([&](const HashField& field) {
    output.length(field.expires() ? static_cast<uint64_t>(field.expires_ms() - first) + 1 : 0);
    output.string(field.field());
    output.string(field.value());
  });
}

// Triples of which none has a time.
void write_pairs(const HashPack& hash, RdbOutput& output) {
  output.length(hash.size());
  for (auto at = hash.begin(); at != hash.end(); at = hash.next(at)) {
    output.string(hash.field(at));
    output.string(hash.value(at));
  }
}

void write_hash(const Collection& hash, RdbOutput& output) {
  switch (hash_type(hash)) {
    case rdb::kHashListpack:
      return output.blob(pack_of(hash).listpack());
    case rdb::kHashListpackExpiring:
      output.little64(static_cast<uint64_t>(hash.next_expiry()));
      return output.blob(pack_of(hash).listpack());
    case rdb::kHashExpiring:
      return write_expiring_fields(HashTable::of(hash), output);
    default:
      break;
  }
  HashTable::is(hash) ? write_fields(HashTable::of(hash), output)
                      : write_pairs(HashPack(hash), output);
}

}  // namespace

uint8_t rdb_type_of(const Entry& entry, int version) {
  switch (entry.type()) {
    case Type::kString:
      return rdb::kString;
    case Type::kList:
      return rdb::kListQuicklist2;
    case Type::kSet:
      return set_type(*entry.collection(), version);
    case Type::kZset:
      return entry.collection()->tag() == Tag::kPack ? rdb::kZsetListpack : rdb::kZset;
    case Type::kHash:
      return hash_type(*entry.collection());
    case Type::kStream:
      return version >= rdb::kVersionOfStream3 ? rdb::kStream3 : rdb::kStream2;
  }
  VERIFY(false);
}

void write_rdb_value(const Entry& entry, int version, RdbOutput& output) {
  switch (entry.type()) {
    case Type::kString:
      return output.string(entry.string());
    case Type::kList:
      return write_list(*entry.collection(), output);
    case Type::kSet:
      return write_set(*entry.collection(), version, output);
    case Type::kZset:
      return write_zset(*entry.collection(), output);
    case Type::kHash:
      return write_hash(*entry.collection(), output);
    case Type::kStream:
      return write_rdb_stream(Stream::of(*entry.collection()), version, output);
  }
}

void write_rdb_extras_before(const Entry& entry, RdbOutput& output) {
  if (entry.type() != Type::kStream) return;
  write_stream_extras(Stream::of(*entry.collection()),
                      [&output](Bytes name, Bytes value) { output.aux(name, value); });
}

void write_rdb_extras_behind(Bytes key, const Entry& entry, RdbOutput& output) {
  const auto put = [&output](Bytes name, Bytes value) { output.aux(name, value); };
  if (entry.type() == Type::kStream) {
    write_stream_schedule(key, Stream::of(*entry.collection()), put);
  } else if (entry.type() == Type::kSet) {
    write_member_expiries(key, *entry.collection(), put);
  }
}

}  // namespace sorrel

#include "core/value/collection.h"

#include "core/structure/int_pack.h"
#include "core/structure/pack.h"
#include "core/value/hash.h"
#include "core/value/list_tree.h"
#include "core/value/set.h"
#include "core/value/stream.h"
#include "core/value/zset_tree.h"

namespace sorrel {
namespace {

const Pack& pack_of(const Collection& collection) {
  return reinterpret_cast<const Pack&>(collection);
}
const IntPack& int_pack_of(const Collection& collection) {
  return reinterpret_cast<const IntPack&>(collection);
}
const ZsetTree& zset_tree_of(const Collection& collection) {
  return static_cast<const ZsetTree&>(collection);
}

const ListTree& list_tree_of(const Collection& collection) {
  return static_cast<const ListTree&>(collection);
}

const Stream& stream_of(const Collection& collection) {
  return static_cast<const Stream&>(collection);
}

/// Elements of a pack that make one of the collection's.
size_t pack_elements_per_item(Type type) {
  return type == Type::kHash || type == Type::kZset ? 2 : 1;
}

}  // namespace

size_t Collection::size(Type type) const {
  switch (tag_) {
    case Tag::kPack:
      return pack_of(*this).size() / pack_elements_per_item(type);
    case Tag::kIntPack:
      return int_pack_of(*this).size();
    case Tag::kSetTable:
    case Tag::kSetTableExpiring:
      return SetTable::of(*this).elements().size();
    case Tag::kZsetTree:
      return zset_tree_of(*this).size();
    case Tag::kListTree:
      return list_tree_of(*this).size();
    case Tag::kHashTable:
    case Tag::kHashPackExpiring:
    case Tag::kHashTableExpiring:
      return HashReader::size_of(*this);
    case Tag::kStream:
      return stream_of(*this).size();
  }
  VERIFY(false);
}

Bytes Collection::encoding_name() const {
  switch (tag_) {
    case Tag::kPack:
      return "listpack";
    case Tag::kIntPack:
      return "intset";
    case Tag::kHashPackExpiring:
      return "listpackex";
    case Tag::kHashTable:
    case Tag::kHashTableExpiring:
    case Tag::kSetTable:
    case Tag::kSetTableExpiring:
      return "hashtable";
    case Tag::kListTree:
      return "quicklist";
    case Tag::kZsetTree:
      return "skiplist";
    case Tag::kStream:
      return "stream";
  }
  VERIFY(false);
}

int64_t Collection::next_expiry() const {
  switch (tag_) {
    case Tag::kHashPackExpiring:
    case Tag::kHashTableExpiring:
      return HashReader::next_expiry(*this);
    case Tag::kSetTableExpiring:
      return SetTable::of(*this).next_expiry();
    case Tag::kStream:
      return stream_of(*this).next_due_ms();
    default:
      return kNever;
  }
}

bool Collection::does_things() const {
  return tag_ == Tag::kStream && stream_of(*this).schedule() != nullptr;
}

size_t Collection::due(int64_t now_ms) const {
  switch (tag_) {
    case Tag::kHashPackExpiring:
    case Tag::kHashTableExpiring:
      return HashReader::due(*this, now_ms);
    case Tag::kSetTableExpiring:
      return SetTable::of(*this).due(now_ms);
    default:
      return 0;
  }
}

size_t Collection::live_size(Type type, int64_t now_ms) const {
  return size(type) - due(now_ms);
}

std::vector<std::string> Collection::expire(Type type, Owned<Collection>& collection,
                                            int64_t now_ms, size_t count, ValueContext& values) {
  if (type == Type::kHash) return HashWriter::expire(collection, now_ms, count, values);
  return SetTable::thawed(collection, values.epoch).expire(now_ms, count, values);
}

bool Collection::erase_due(Type type, Owned<Collection>& collection, Bytes element, int64_t now_ms,
                           ValueContext& values) {
  if (type == Type::kHash) return HashWriter::erase_due(collection, element, now_ms, values);
  return SetTable::thawed(collection, values.epoch).erase_due(element, now_ms, values);
}

size_t Collection::footprint(Type type, const Heap& heap, size_t samples) const {
  if (type == Type::kHash) return HashReader::footprint(*this, heap, samples);
  if (tag_ == Tag::kListTree) return list_tree_of(*this).footprint(heap, samples);
  if (SetTable::is(*this)) return SetTable::of(*this).footprint(heap, samples);
  if (tag_ == Tag::kZsetTree) return zset_tree_of(*this).footprint(heap, samples);
  if (tag_ == Tag::kStream) return stream_of(*this).footprint(heap, samples);
  return heap.footprint(bytes(*this));
}

Owned<Collection> Collection::copy(Type type, const Collection& from, ValueContext& values) {
  if (from.tag_ == Tag::kListTree) return ListTree::copy(list_tree_of(from), values.epoch);
  if (SetTable::is(from)) return SetTable::copy(SetTable::of(from), values);
  if (from.tag_ == Tag::kZsetTree) return ZsetTree::copy(zset_tree_of(from), values);
  if (from.tag_ == Tag::kStream) return Stream::copy(stream_of(from), values);
  if (type == Type::kHash && HashTable::is(from)) {
    return HashTable::copy(HashTable::of(from), values);
  }
  VERIFY(weight(from) == 0);  // a pack: its bytes are all
  return Owned<Collection>::adopt(clone(from, values.epoch), values.epoch);
}

uint64_t Collection::compact(Owned<Collection>& collection, uint64_t position, Compaction& step) {
  switch (collection->tag_) {
    case Tag::kPack:
    case Tag::kHashPackExpiring:
    case Tag::kIntPack:
      step.move(collection);
      return 0;
    case Tag::kSetTable:
    case Tag::kSetTableExpiring:
      return SetTable::compact(collection, position, step);
    case Tag::kZsetTree:
      return ZsetTree::compact(collection, position, step);
    case Tag::kListTree:
      step.move(collection);
      return static_cast<ListTree&>(collection.thaw(step.epoch)).compact(position, step);
    case Tag::kHashTable:
    case Tag::kHashTableExpiring:
      return HashTable::compact(collection, position, step);
    case Tag::kStream:
      return Stream::compact(collection, position, step);
  }
  VERIFY(false);
}

size_t Collection::bytes(const Collection& collection) {
  switch (collection.tag_) {
    case Tag::kPack:
    case Tag::kHashPackExpiring:
      return Pack::bytes(pack_of(collection));
    case Tag::kIntPack:
      return IntPack::bytes(int_pack_of(collection));
    case Tag::kSetTable:
    case Tag::kSetTableExpiring:
      return SetTable::bytes(SetTable::of(collection));
    case Tag::kZsetTree:
      return sizeof(ZsetTree);
    case Tag::kListTree:
      return sizeof(ListTree);
    case Tag::kHashTable:
    case Tag::kHashTableExpiring:
      return HashTable::bytes(HashTable::of(collection));
    case Tag::kStream:
      return sizeof(Stream);
  }
  VERIFY(false);
}

Collection* Collection::clone(const Collection& from, Epoch& epoch) {
  switch (from.tag_) {
    case Tag::kPack:
    case Tag::kHashPackExpiring:
    case Tag::kIntPack: {
      const size_t size = bytes(from);
      return static_cast<Collection*>(std::memcpy(epoch.heap().allocate(size), &from, size));
    }
    case Tag::kSetTable:
    case Tag::kSetTableExpiring:
      return SetTable::clone(SetTable::of(from), epoch);
    case Tag::kZsetTree:
      return ZsetTree::clone(zset_tree_of(from), epoch);
    case Tag::kListTree:
      return ListTree::clone(list_tree_of(from), epoch);
    case Tag::kHashTable:
    case Tag::kHashTableExpiring:
      return HashTable::clone(HashTable::of(from), epoch);
    case Tag::kStream:
      return Stream::clone(stream_of(from), epoch);
  }
  VERIFY(false);
}

size_t Collection::weight(const Collection& collection) {
  switch (collection.tag_) {
    case Tag::kPack:
    case Tag::kHashPackExpiring:
    case Tag::kIntPack:
      return 0;
    case Tag::kSetTable:
    case Tag::kSetTableExpiring:
      return SetTable::weight(SetTable::of(collection));
    case Tag::kZsetTree:
      return ZsetTree::weight(zset_tree_of(collection));
    case Tag::kListTree:
      return list_tree_of(collection).weight_of_blocks();
    case Tag::kHashTable:
    case Tag::kHashTableExpiring:
      return HashTable::weight(HashTable::of(collection));
    case Tag::kStream:
      return Stream::weight(stream_of(collection));
  }
  VERIFY(false);
}

Remains Collection::next_child(Collection& collection, size_t& position) {
  switch (collection.tag_) {
    case Tag::kPack:
    case Tag::kHashPackExpiring:
    case Tag::kIntPack:
      return {};
    case Tag::kSetTable:
    case Tag::kSetTableExpiring:
      return SetTable::next_child(static_cast<SetTable&>(collection), position);
    case Tag::kZsetTree:
      return ZsetTree::next_child(static_cast<ZsetTree&>(collection), position);
    case Tag::kListTree:
      return position++ == 0 ? static_cast<ListTree&>(collection).remains() : Remains{};
    case Tag::kHashTable:
    case Tag::kHashTableExpiring:
      return HashTable::next_child(static_cast<HashTable&>(collection), position);
    case Tag::kStream:
      return Stream::next_child(static_cast<Stream&>(collection), position);
  }
  VERIFY(false);
}

}  // namespace sorrel

// Lists: element by element (Redis 1), as one ziplist, or as a list of ziplists, listpacks and
// single big elements.

#include "core/value/list.h"
#include "persistence/rdb_format.h"
#include "persistence/rdb_value_reader.h"

namespace sorrel {

void RdbValueReader::append_element(RdbValue& list) {
  const uint64_t from = input_.offset();
  input_.string(first_);
  if (first_.size() > List::kElementBytesMax) input_.fail_at(from, "an element is too long");
  if (!input_.ok()) return;
  const Bytes element = first_;
  List::push(list.collection(), ListEnd::kTail, std::span(&element, 1), values_);
}

void RdbValueReader::append_block(RdbValue& list, Packing packing) {
  RdbValue block(values_.epoch);
  if (!read_packed(block, Type::kList, packing, Collection::Tag::kPack)) return;
  List::append_block(list.collection(), as<Pack>(block.collection()), values_);
}

void RdbValueReader::read_list(RdbValue& value) {
  value.become(Type::kList, {});
  rest_ = {&RdbValueReader::append_element, nullptr, input_.length()};
}

void RdbValueReader::read_list_pack(RdbValue& value) {
  value.become(Type::kList, {});
  append_block(value, Packing::kZiplist);
}

void RdbValueReader::read_quicklist(RdbValue& value, Packing packing) {
  value.become(Type::kList, {});
  packing_ = packing;
  rest_ = {&RdbValueReader::read_list_node, nullptr, input_.length()};
}

void RdbValueReader::read_list_node(RdbValue& value) {
  const uint64_t from = input_.offset();
  const uint64_t node =
      packing_ == Packing::kListpack ? input_.length() : uint64_t{rdb::kPackedNode};
  if (node == rdb::kPackedNode) {
    append_block(value, packing_);
  } else if (node == rdb::kPlainNode) {
    append_element(value);
  } else {
    input_.fail_at(from, "a list's node is of kind " + std::to_string(node));
  }
}

}  // namespace sorrel

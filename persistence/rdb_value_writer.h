// Writes a key's value in the RDB format: its type, and then what RdbValueReader reads. What the
// format has no place for stands around it, in aux fields (RdbValue::apply_extra): in a file before
// the key's type or behind its value, in a payload of DUMP all of it behind the value.
//
// A value keeps its form: a pack goes out as the listpack that it is, a tree or table element by
// element, as servers of the chosen version know it. Const access alone: for a snapshot's thread.
#pragma once

#include "core/keyspace/entry.h"
#include "persistence/rdb_output.h"

#include <cstdint>

namespace sorrel {

/// The byte before the value, for a file of `version`.
uint8_t rdb_type_of(const Entry& entry, int version);
/// The value, without the byte.
void write_rdb_value(const Entry& entry, int version, RdbOutput& output);

/// Fields of which hardly any value needs one: those that belong to the key that follows,
void write_rdb_extras_before(const Entry& entry, RdbOutput& output);
/// and those that say which key they belong to.
void write_rdb_extras_behind(Bytes key, const Entry& entry, RdbOutput& output);

}  // namespace sorrel

// Writes a key's value in the RDB format: its type, and then what RdbValueReader reads.
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

}  // namespace sorrel

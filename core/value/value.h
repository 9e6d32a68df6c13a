// The types a key can hold, and the names their users know.
//
// A value's encoding is private to the value's class (core/value/string.h and its siblings); what
// the rest of the engine sees is the type, and the name that OBJECT ENCODING answers.
#pragma once

#include "core/base/bytes.h"

#include <cstdint>

namespace sorrel {

enum class Type : uint8_t { kString = 0, kList = 1, kSet = 2, kZset = 3, kHash = 4, kStream = 6 };

/// The word of TYPE and of SCAN's TYPE filter.
constexpr Bytes type_name(Type type) {
  switch (type) {
    case Type::kString:
      return "string";
    case Type::kList:
      return "list";
    case Type::kSet:
      return "set";
    case Type::kZset:
      return "zset";
    case Type::kHash:
      return "hash";
    case Type::kStream:
      return "stream";
  }
  return "none";
}

}  // namespace sorrel

// Modules: whose data they are and where they end, which is all that can be known without them.

#include "persistence/rdb_format.h"
#include "persistence/rdb_value_reader.h"

namespace sorrel {

std::string module_name(uint64_t id) {
  constexpr Bytes kCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  constexpr size_t kNameChars = 9;
  constexpr unsigned kVersionBits = 10;
  constexpr unsigned kCharBits = 6;
  std::string name(kNameChars, '\0');
  id >>= kVersionBits;
  for (size_t i = kNameChars; i-- > 0; id >>= kCharBits) name[i] = kCharacters[id & 63];
  return name;
}

void skip_module_parts(RdbInput& input) {
  while (input.ok()) {
    const uint64_t from = input.offset();
    const uint64_t part = input.length();
    switch (part) {
      case rdb::kModuleEof:
        return;
      case rdb::kModuleSigned:
      case rdb::kModuleUnsigned:
        input.length();
        break;
      case rdb::kModuleFloat:
        input.skip(sizeof(float));
        break;
      case rdb::kModuleDouble:
        input.skip(sizeof(double));
        break;
      case rdb::kModuleString:
        input.skip_string();
        break;
      default:
        input.fail_at(from, "a module's data has a part of kind " + std::to_string(part));
    }
  }
}

void RdbValueReader::refuse_module() {
  const uint64_t from = input_.offset();
  const uint64_t id = input_.length();
  if (!input_.ok()) return;
  input_.fail_at(from, "the value belongs to the module type \"" + module_name(id) +
                           "\", and modules can't be loaded");
}

}  // namespace sorrel

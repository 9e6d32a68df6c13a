// The names of flags, key flags and ACL categories, and the categories that follow from flags.
#pragma once

#include "core/command/spec.h"

#include <optional>
#include <span>

namespace sorrel {

struct BitName {
  uint32_t bit;
  Bytes name;
};
/// In the order in which COMMAND INFO lists them.
std::span<const BitName> command_flag_names();
std::span<const BitName> key_flag_names();
std::span<const BitName> category_names();

/// The row's own categories and those that its flags imply.
uint32_t categories_of(const CommandSpec& spec);
std::optional<uint32_t> category_named(Bytes name);

}  // namespace sorrel

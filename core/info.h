// INFO: an instance told as text, section by section, in the fields and the order that tools know.
// Fields of our own stand at the end of their section.
#pragma once

#include "core/base/bytes.h"

#include <span>
#include <string>

namespace sorrel {

class Engine;

/// The sections asked for (none: the default ones; also "all", "default", "everything").
std::string info_text(Engine& engine, std::span<const Bytes> sections);

}  // namespace sorrel

// sorrel_options: settings before there is a server, and what redis.conf has no words for.
//
// A host owns it and may make several servers of it: each takes a copy.
#pragma once

#include "core/base/allocator.h"
#include "core/settings/settings.h"
#include "server/process_facts.h"
#include "sorrel/sorrel.h"

#include <string>

namespace sorrel {

/// What an embedded server gets unless its host says otherwise.
Allocator embed_allocator();

}  // namespace sorrel

struct sorrel_options {
  /// A library's defaults, or, of the server program, those of redis.conf.
  enum class Defaults { kLibrary, kProgram };
  explicit sorrel_options(Defaults defaults = Defaults::kLibrary);

  sorrel::Settings settings;
  sorrel::Allocator allocator = sorrel::embed_allocator();
  sorrel_log_function log = nullptr;
  void* log_user = nullptr;
  bool any_port = false;
  /// Loads what it finds, and while it runs.
  const bool is_program;
  sorrel::ProgramFacts program;
  std::string error;
};

// Rows that are alike: of commands without keys, as most subcommands of the server's are. What a
// row is, says core/command/spec.h.
#pragma once

#include "core/command/spec.h"

#include <cstdint>

namespace sorrel {

constexpr CommandSpec keyless_row(Bytes group, Bytes name, Handler handler, int arity,
                                  uint32_t flags, Bytes since, Bytes summary, Bytes complexity,
                                  Bytes syntax = {}, Bytes tips = {}) {
  return {.name = name,
          .handler = handler,
          .arity = arity,
          .flags = flags,
          .categories = 0,
          .keys = {},
          .group = group,
          .since = since,
          .summary = summary,
          .complexity = complexity,
          .syntax = syntax,
          .tips = tips};
}

constexpr CommandSpec server_row(Bytes name, Handler handler, int arity, uint32_t flags,
                                 Bytes since, Bytes summary, Bytes complexity, Bytes syntax = {},
                                 Bytes tips = {}) {
  return keyless_row("server", name, handler, arity, flags, since, summary, complexity, syntax,
                     tips);
}

}  // namespace sorrel

#include "core/commands/multi_pop.h"

#include "core/command/arguments.h"

namespace sorrel {

std::optional<MultiPop> parse_multi_pop(Context& context, size_t at, Bytes first_word,
                                        Bytes last_word) {
  const std::optional<int64_t> keys = parse_integer(context.arg(at));
  if (!keys || *keys <= 0) return context.fail("ERR numkeys should be greater than 0");
  Arguments arguments(context, at + 1);
  if (static_cast<uint64_t>(*keys) >= arguments.left()) return context.fail(errors::kSyntax);
  MultiPop parsed;
  parsed.keys = arguments.next(static_cast<size_t>(*keys));
  parsed.last = arguments.take(last_word);
  if (!parsed.last && !arguments.take(first_word)) return context.fail(errors::kSyntax);
  Bytes word;
  if (arguments.take("COUNT", word)) {
    const std::optional<int64_t> count = parse_integer(word);
    if (!count || *count <= 0) return context.fail("ERR count should be greater than 0");
    parsed.count = static_cast<uint64_t>(*count);
  }
  if (!arguments.done()) return context.fail(errors::kSyntax);
  return parsed;
}

}  // namespace sorrel

#include "core/hot_keys.h"

#include "core/base/number.h"
#include "core/command/context.h"
#include "core/command/keys.h"
#include "core/command/table.h"
#include "core/engine.h"

#include <algorithm>

namespace sorrel {

void HotKeys::start(const Options& options, int64_t now_ms, Cpu cpu) {
  const size_t counters = options.shown * kCountersPerShown;
  const int64_t ends_ms = options.duration_ms == 0 ? INT64_MAX : now_ms + options.duration_ms;
  collection_.reset(new Collection{options, now_ms, ends_ms, cpu, std::nullopt, 0, 0,
                                   TopNames(counters), TopNames(counters)});
  counting_ = true;
}

void HotKeys::stop(int64_t now_ms, Cpu cpu) {
  counting_ = false;
  collection_->ends_ms = std::min(collection_->ends_ms, now_ms);
  collection_->cpu_after = cpu;
}

namespace {

size_t digits(size_t number) {
  return IntegerText(static_cast<int64_t>(number)).view().size();
}

/// What the request took on its way here: "*2\r\n$3\r\nGET\r\n…".
size_t request_bytes(std::span<const Bytes> args) {
  size_t bytes = 3 + digits(args.size());
  for (const Bytes arg : args) bytes += 5 + digits(arg.size()) + arg.size();
  return bytes;
}

}  // namespace

void HotKeys::add(const Context& context, int64_t ns, uint64_t reply_bytes) {
  Collection& to = *collection_;
  const auto microseconds = static_cast<uint64_t>(ns / 1000);
  const uint64_t bytes = request_bytes(context.args) + reply_bytes;
  to.microseconds += microseconds;
  to.bytes += bytes;
  const auto one_in = static_cast<uint64_t>(to.options.sample_one_in);
  if (one_in > 1 && context.engine.random().below(one_in) != 0) return;
  const auto keys = keys_of(*context.command.spec, context.args);
  if (!keys) return;
  for (const KeyReference& key : *keys) {
    if (to.options.by_time) to.by_time.add(context.arg(key.index), microseconds);
    if (to.options.by_bytes) to.by_bytes.add(context.arg(key.index), bytes);
  }
}

}  // namespace sorrel

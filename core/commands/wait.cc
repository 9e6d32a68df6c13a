#include "core/base/number.h"
#include "core/command/context.h"
#include "core/command/spec.h"
#include "core/commands/commands.h"
#include "core/engine.h"

namespace sorrel {
namespace {

std::optional<int64_t> parse_wait_timeout(Context& context, Bytes text) {
  const std::optional<int64_t> ms = parse_integer(text);
  if (!ms) {
    context.error("ERR timeout is not an integer or out of range");
    return std::nullopt;
  }
  if (*ms < 0) {
    context.error("ERR timeout is negative");
    return std::nullopt;
  }
  if (*ms > INT64_MAX - context.now_ms()) {
    context.error("ERR timeout is out of range");
    return std::nullopt;
  }
  return ms;
}

// Waits for the disk, or, with nobody to wait for, for the end of its time.
void wait_on(Context& context, int64_t timeout_ms) {
  BlockRequest request;
  request.timeout_ms = timeout_ms;
  request.for_disk = true;
  context.block(request);
}

void wait_command(Context& context) {
  const std::optional<int64_t> replicas = parse_integer(context.arg(1));
  if (!replicas) return context.error(errors::kNotAnInteger);
  const std::optional<int64_t> timeout_ms = parse_wait_timeout(context, context.arg(2));
  if (!timeout_ms) return;
  // There are no replicas.
  const bool must_wait = *replicas > 0 && context.may_wait() && !context.time_is_up();
  if (must_wait) return wait_on(context, *timeout_ms);
  context.reply.integer(0);
}

void waitaof_command(Context& context) {
  const std::optional<int64_t> local = parse_integer(context.arg(1));
  if (!local) return context.error(errors::kNotAnInteger);
  if (*local < 0 || *local > 1) {
    return context.error("ERR value is out of range, value must between 0 and 1");
  }
  const std::optional<int64_t> replicas = parse_integer(context.arg(2));
  if (!replicas) return context.error(errors::kNotAnInteger);
  if (*replicas < 0) return context.error(errors::kPositive);
  const std::optional<int64_t> timeout_ms = parse_wait_timeout(context, context.arg(3));
  if (!timeout_ms) return;
  Durability* const durability = context.engine.durability();
  const bool keeps = durability != nullptr && durability->keeps_journal();
  if (*local > 0 && !keeps) {
    return context.error(
        "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.");
  }
  const std::optional<uint64_t> durable = keeps ? durability->durable_offset() : std::nullopt;
  const bool there = durable && *durable >= context.session.write_offset;
  const bool enough = (there || *local == 0) && *replicas == 0;
  if (!enough && context.may_wait() && !context.time_is_up()) {
    if (keeps && !there) durability->hasten();
    return wait_on(context, *timeout_ms);
  }
  context.reply.array(2);
  context.reply.integer(there);
  context.reply.integer(0);
}

constexpr CommandSpec kRows[] = {
    {.name = "wait",
     .handler = wait_command,
     .arity = 3,
     .flags = kBlocking,
     .categories = kCategoryConnection,
     .group = "generic",
     .since = "3.0.0",
     .summary = "Waits until so many replicas have what the connection has written.",
     .complexity = "O(1)",
     .syntax = "numreplicas timeout",
     .tips = "request_policy:all_shards response_policy:agg_min"},
    {.name = "waitaof",
     .handler = waitaof_command,
     .arity = 4,
     .flags = kNoscript | kBlocking,
     .categories = kCategoryConnection,
     .group = "generic",
     .since = "7.2.0",
     .summary = "Waits until what the connection has written is in the append-only file, on the "
                "disk, here and on so many replicas.",
     .complexity = "O(1)",
     .syntax = "numlocal numreplicas timeout",
     .tips = "request_policy:all_shards response_policy:agg_min"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> wait_commands() {
  return kRows;
}

}  // namespace sorrel

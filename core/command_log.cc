#include "core/command_log.h"

#include "core/engine.h"

namespace sorrel {
namespace {

std::vector<std::string> shortened(const Context& context) {
  std::vector<std::string> arguments;
  const size_t count = std::min(context.argc(), CommandLog::kArgumentsMax);
  arguments.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    if (i + 1 == count && context.argc() > count) {
      arguments.push_back("... (" + std::to_string(context.argc() - count + 1) +
                          " more arguments)");
      break;
    }
    const Bytes full = context.arg(i);
    if (context.redacted(i)) {
      arguments.emplace_back("(redacted)");
    } else if (full.size() > CommandLog::kArgumentBytesMax) {
      arguments.push_back(std::string(full.substr(0, CommandLog::kArgumentBytesMax)) + "... (" +
                          std::to_string(full.size() - CommandLog::kArgumentBytesMax) +
                          " more bytes)");
    } else {
      arguments.emplace_back(full);
    }
  }
  return arguments;
}

}  // namespace

void CommandLog::set(Kind kind, int64_t threshold, size_t length_max) {
  Log& log = logs_[static_cast<size_t>(kind)];
  log.threshold = length_max == 0 ? -1 : threshold;
  log.length_max = length_max;
  while (log.entries.size() > length_max) log.entries.pop_back();
}

void CommandLog::add(Kind kind, int64_t amount, const Context& context, int64_t unix_seconds) {
  Log& log = logs_[static_cast<size_t>(kind)];
  const Session& session = context.session;
  log.entries.push_front(
      Entry{log.next_id++, unix_seconds, amount, shortened(context),
            std::string(session.transport != nullptr ? session.transport->address() : Bytes("?:0")),
            session.name});
  while (log.entries.size() > log.length_max) log.entries.pop_back();
}

}  // namespace sorrel

#include "core/transaction.h"

#include "core/command/table.h"

#include <numeric>

namespace sorrel {

namespace {

size_t bytes_of(std::span<const Bytes> args) {
  return std::accumulate(args.begin(), args.end(), size_t{0},
                         [](size_t sum, Bytes arg) { return sum + arg.size(); });
}

}  // namespace

Transaction::Call Transaction::keep(Command& command, std::span<const Bytes> args) {
  const size_t size = bytes_of(args);
  Call call{&command, {}, std::make_unique_for_overwrite<char[]>(size), size};
  call.args.reserve(args.size());
  char* at = call.bytes.get();
  for (const Bytes arg : args) {
    arg.copy(at, arg.size());
    call.args.emplace_back(at, arg.size());
    at += arg.size();
  }
  return call;
}

void Transaction::queue(Command& command, std::span<const Bytes> args) {
  calls_.push_back(keep(command, args));
  command_flags_ |= command.spec->flags;
  queued_bytes_ += calls_.back().held_bytes();
}

}  // namespace sorrel

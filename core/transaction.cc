#include "core/transaction.h"

#include "core/command/table.h"

#include <numeric>

namespace sorrel {

void Transaction::queue(Command& command, std::span<const Bytes> args) {
  const size_t size = std::accumulate(args.begin(), args.end(), size_t{0},
                                      [](size_t sum, Bytes arg) { return sum + arg.size(); });
  Call call{&command, {}, std::make_unique_for_overwrite<char[]>(size)};
  call.args.reserve(args.size());
  char* at = call.bytes.get();
  for (const Bytes arg : args) {
    arg.copy(at, arg.size());
    call.args.emplace_back(at, arg.size());
    at += arg.size();
  }
  calls_.push_back(std::move(call));
  command_flags_ |= command.spec->flags;
  queued_bytes_ += size + sizeof(Call) + args.size() * sizeof(Bytes);
}

}  // namespace sorrel

#include "core/monitor.h"

#include "core/base/quoted_words.h"
#include "core/engine.h"

#include <algorithm>
#include <cstdio>

namespace sorrel {
namespace {

std::string source_of(const Session& session) {
  if (session.transport == nullptr) return "lua";
  const Bytes address = session.transport->address();
  if (!session.has(Session::kUnixSocket)) return std::string(address);
  return "unix:" + std::string(address.substr(0, address.rfind(':')));
}

}  // namespace

void Monitors::add(Session& session) {
  session.set(Session::kMonitor);
  sessions_.push_back(&session);
}

void Monitors::remove(Session& session) {
  if (!session.has(Session::kMonitor)) return;
  session.unset(Session::kMonitor);
  sessions_.erase(std::find(sessions_.begin(), sessions_.end(), &session));
}

void Monitors::feed(Context& context, int db, int64_t unix_us) {
  char stamp[48];
  std::snprintf(stamp, sizeof stamp, "+%lld.%06lld [%d ",
                static_cast<long long>(unix_us / 1'000'000),
                static_cast<long long>(unix_us % 1'000'000), db);
  std::string line = stamp + source_of(context.session) + "]";
  for (size_t i = 0; i < context.argc(); ++i) {
    line += ' ';
    line += quote_word(context.redacted(i) ? Bytes("(redacted)") : context.arg(i));
  }
  line += "\r\n";
  const auto message = std::make_shared<const std::string>(std::move(line));
  for (Session* monitor : sessions_) {
    if (!monitor->has(Session::kSilent)) context.engine.push(*monitor, message);
  }
}

}  // namespace sorrel

#include "core/monitor.h"

#include "core/engine.h"

#include <algorithm>
#include <cstdio>

namespace sorrel {
namespace {

std::string source_of(const Session& session) {
  if (session.transport == nullptr) return "lua";
  const Transport::Info info = session.transport->info(session);
  return info.unix_socket ? "unix:" + info.local_address.substr(0, info.local_address.rfind(':'))
                          : info.address;
}

}  // namespace

void append_quoted(std::string& out, Bytes text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\\\";
        break;
      case '"':
        out += "\\\"";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\a':
        out += "\\a";
        break;
      case '\b':
        out += "\\b";
        break;
      default: {
        const unsigned char byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f) {
          out += c;
        } else {
          out += "\\x";
          out += kHex[byte >> 4];
          out += kHex[byte & 15];
        }
      }
    }
  }
  out += '"';
}

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
    append_quoted(line, context.redacted(i) ? Bytes("(redacted)") : context.arg(i));
  }
  line += "\r\n";
  for (Session* monitor : sessions_) {
    monitor->output.append(line);
    context.engine.mark_pending(*monitor);
  }
}

}  // namespace sorrel

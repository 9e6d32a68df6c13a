#include "core/output_limit.h"

#include "core/engine.h"

namespace sorrel {
namespace {

// Output up to this isn't counted against the limits: every client may have that much.
constexpr size_t kUncountedOutputBytes = 16 * 1024;

const OutputBufferLimit& limit_of(const Session& session, const SettingValues& values) {
  if (session.has(Session::kReplica)) return values.output_limit_replica;
  if (session.has(Session::kSubscribed)) return values.output_limit_pubsub;
  return values.output_limit_normal;
}

int64_t held_output(const Session& session) {
  const Output& output = session.output;
  const size_t counted = output.size() <= kUncountedOutputBytes ? 0 : output.memory_bytes();
  return static_cast<int64_t>(counted);
}

// Old messages go instead of the client, an eighth more than must, so that it isn't done for each
// new one. False when that may not be, or isn't enough.
bool drop_messages(Engine& engine, Session& session, int64_t limit_bytes) {
  if (!engine.values().pubsub_drops_oldest || !session.has(Session::kSubscribed)) return false;
  const int64_t over = held_output(session) - limit_bytes + limit_bytes / 8;
  const size_t dropped = session.output.drop_oldest(static_cast<size_t>(over));
  session.dropped_messages += dropped;
  engine.stats().dropped_messages += dropped;
  return held_output(session) < limit_bytes;
}

}  // namespace

bool exceeds_output_limit(Engine& engine, Session& session) {
  if (session.has(Session::kInProcess | Session::kInternal)) return false;
  const OutputBufferLimit& limit = limit_of(session, engine.values());
  int64_t held = held_output(session);
  // Whoever hasn't said the password gets no more memory by not reading than every client has.
  if (held != 0 && !session.authenticated) return true;
  if (limit.hard_bytes != 0 && held >= limit.hard_bytes) {
    if (!drop_messages(engine, session, limit.hard_bytes)) return true;
    held = held_output(session);
  }
  if (limit.soft_bytes == 0 || held < limit.soft_bytes) {
    session.soft_limit_since_ms = 0;
    return false;
  }
  const int64_t now_ms = engine.now_ms();
  if (session.soft_limit_since_ms == 0) session.soft_limit_since_ms = now_ms;
  if (now_ms - session.soft_limit_since_ms <= limit.soft_seconds * 1000) return false;
  return !drop_messages(engine, session, limit.soft_bytes);
}

}  // namespace sorrel

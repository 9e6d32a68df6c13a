#include "core/reply_hold.h"

#include <algorithm>

namespace sorrel {

uint64_t ReplyHold::look(Session& session) {
  HeldReplies& held = session.held;
  const uint64_t end = session.output.end_offset();
  const uint64_t waits_for = journal_.offset();
  const bool waits = mode_ == Mode::kAll || session.write_offset > durable_;
  if (waits && waits_for > durable_) {
    held.hold(end, waits_for);
  } else {
    held.pass(end);
  }
  if (held.empty()) return kAllOfIt;
  if (!session.held_hook.linked()) held_.push_back(session);
  return held.shown();
}

void ReplyHold::set_durable(uint64_t journal_offset) {
  durable_ = std::max(durable_, journal_offset);
  release(durable_);
}

// Whoever is woken looks again, and may hold something again: behind those that are looked at here.
void ReplyHold::release(uint64_t durable) {
  held_.for_each([durable](Session& session) {
    if (!session.held.release(durable)) return;
    if (session.held.empty()) session.held_hook.unlink();
    if (session.transport != nullptr) session.transport->wake(session);
  });
}

void ReplyHold::set_mode(Mode mode) {
  if (mode == mode_) return;
  mode_ = mode;
  if (mode == Mode::kOff) return release(kAllOfIt);
  if (mode == Mode::kOwnWrites) let_readers_go();
}

void ReplyHold::let_readers_go() {
  held_.for_each([this](Session& session) {
    if (session.write_offset <= durable_) session.held.lower(durable_);
  });
  release(durable_);
}

size_t ReplyHold::count() {
  return static_cast<size_t>(std::distance(held_.begin(), held_.end()));
}

}  // namespace sorrel

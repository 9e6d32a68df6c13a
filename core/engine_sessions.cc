// The engine's sessions: how they come and go, and what they are told without having asked now.

#include "core/client_info.h"
#include "core/engine.h"
#include "core/output_limit.h"

#include <new>
#include <utility>

namespace sorrel {
namespace {

// A subscriber that has less than this to read is not slow: its messages are copied together.
constexpr size_t kBacklogBytes = 16 * 1024;

}  // namespace

void Engine::open_session(Session& session) {
  session.id = next_session_id_++;
  session.created_ms = session.last_interaction_ms = now_ms();
  give_opening_terms(session);
  sessions_by_id_.emplace(session.id, &session);
  sessions_.push_back(session);
  ++session_count_;
}

// The host has the data in its hands: there is nobody to ask it for a password.
void Engine::give_opening_terms(Session& session) {
  const bool in_process = session.has(Session::kInProcess);
  session.db = 0;
  session.protocol = in_process ? Protocol::kResp3 : Protocol::kResp2;
  session.user = "default";
  session.authenticated = in_process || default_user_.is_open();
}

void Engine::close_session(Session& session) {
  monitors_.remove(session);
  pubsub_.unsubscribe_all(session);
  tracking_.stop(session);
  blocking_.release(session);
  take_transaction(session);
  drop_deferred(session);
  memory_limit_.clients().forget(session);
  session.pending_hook.unlink();
  session.held_hook.unlink();
  session.all_hook.unlink();
  sessions_by_id_.erase(session.id);
  --session_count_;
}

Session* Engine::session(uint64_t id) const {
  const auto it = sessions_by_id_.find(id);
  return it == sessions_by_id_.end() ? nullptr : it->second;
}

void Engine::mark_pending(Session& session) {
  if (!session.pending_hook.linked()) pending_.push_back(session);
  if (session.transport != nullptr) session.transport->wake(session);
}

void Engine::cut_off(Session& session) {
  session.set(Session::kCloseNow);
  mark_pending(session);
}

void Engine::enforce_output_limit(Session& session) {
  if (session.has(Session::kCloseNow) || !exceeds_output_limit(*this, session)) return;
  host_.log(LogLevel::kWarning,
            "Client " + client_line(session, now_ms()) +
                " scheduled to be closed ASAP for overcoming of output buffer limits.");
  ++stats_.output_buffer_limit_disconnections;
  cut_off(session);
}

Output& Engine::output_of(Session& session) {
  constexpr uint32_t kUnheard = Session::kReplyOff | Session::kReplySkip | Session::kCloseNow;
  if (__builtin_expect(!session.has(kUnheard), 1)) {
    return session.output;
  }
  discarded_.consume(discarded_.size());
  return discarded_;
}

std::unique_ptr<Transaction> Engine::take_transaction(Session& session) {
  unwatch(session);
  session.unset(Session::kMulti);
  return std::move(session.transaction);
}

void Engine::watch(Session& session, Bytes key) {
  key_observers_.watches().add(session, database(session.db), key, now_ms());
  look_at_observers();
}

void Engine::unwatch(Session& session) {
  key_observers_.watches().remove_all(session);
  look_at_observers();
}

// ---- Pushes.

void Engine::push(Session& session, const Output::Message& message) {
  if (session.has(Session::kCloseNow)) return;
  if (is_executing(session)) {
    deferred_pushes_.emplace_back(&session, message);
    return expect_follow_up();
  }
  session.output.append_shared(message);
  enforce_output_limit(session);
  mark_pending(session);
}

const Session* Engine::executing() const {
  return executing_ == nullptr ? nullptr : &executing_->session;
}

bool Engine::is_executing(const Session& session) const {
  for (const Context* one = executing_; one != nullptr; one = one->outside_) {
    if (&one->session == &session) return true;
  }
  return false;
}

void Engine::push_message(Session& session, const Output::Message& message) {
  const bool droppable = values().pubsub_drops_oldest && session.output.size() >= kBacklogBytes;
  if (!droppable || is_executing(session)) return push(session, message);
  session.output.append_droppable(message);
  enforce_output_limit(session);
  mark_pending(session);
}

// A command has ended: what was put off until then. One inside a host's command is no end of it:
// whoever waits for keys is served when the outermost is through.
void Engine::follow_up(Context& context) {
  follow_up_expected_ = executing_ != nullptr;
  try {
    deliver_to(context);
    if (executing_ == nullptr && blocking_.has_ready()) blocking_.serve();
  } catch (const std::bad_alloc&) {
    host_.log(LogLevel::kWarning, "Out of memory: not every message could be delivered");
  }
}

// What the session must hear behind its reply: of its own changes first, then the messages.
void Engine::deliver_to(Context& context) {
  Session& session = context.session;
  if (session.tracking) tracking_.remember(context);
  tracking_.send_own(session);
  if (deferred_pushes_.empty()) return;
  for (const auto& [to, message] : deferred_pushes_) {
    if (to == &session) session.output.append_shared(message);
  }
  drop_deferred(session);
  mark_pending(session);
}

void Engine::drop_deferred(const Session& session) {
  std::erase_if(deferred_pushes_, [&](const auto& push) { return push.first == &session; });
}

}  // namespace sorrel

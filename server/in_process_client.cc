#include "server/in_process_client.h"

#include "core/engine.h"
#include "core/resp/reply_reader.h"
#include "server/embed_reply.h"
#include "server/instance.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <new>
#include <utility>

namespace sorrel {
namespace {

// The engine's own words: as long, and as many, as they may be.
constexpr ReplyLimits kLimits = {.text_bytes_max = std::numeric_limits<int64_t>::max(),
                                 .nodes_max = std::numeric_limits<int64_t>::max()};

constexpr Bytes kAddress = "in-process:0";

// Calls that are run before the loop gets its turn; as many as a connection's.
constexpr int kCallsAtOnce = 1024;

// The queue is being run up the stack, however that ends.
class Running {
 public:
  explicit Running(bool& running) : running_(running), before_(std::exchange(running, true)) {}
  ~Running() { running_ = before_; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  bool& running_;
  const bool before_;
};

}  // namespace

void InProcessCall::keep() {
  size_t bytes = 0;
  for (const Bytes arg : args) bytes += arg.size();
  kept.reserve(bytes);
  for (Bytes& arg : args) {
    const size_t at = kept.size();
    kept.append(arg);
    arg = Bytes(kept.data() + at, arg.size());
  }
}

InProcessClient::InProcessClient(std::shared_ptr<InstanceLink> link)
    : link_(std::move(link)), session_(this) {}

// ---- The host's side.

sorrel_status InProcessClient::call(std::span<const Bytes> args, int timeout_ms,
                                    sorrel_reply** reply) {
  const auto call = std::make_shared<InProcessCall>(args);
  call->awaited = true;
  if (link_->on_loop_thread()) return call_here(call, reply);
  call->keep();
  if (const sorrel_status status = submit(call); status != SORREL_OK) return status;
  return wait(call, timeout_ms, reply);
}

sorrel_status InProcessClient::call_here(const CallPointer& call, sorrel_reply** reply) {
  const auto self = shared_from_this();
  if (!enqueue(call)) return SORREL_CLOSED;
  {
    const Running running(runs_queue_);
    while (!is_finished(call) && run_next()) {
    }
  }
  if (!is_finished(call) && holds_reply() && !link_->in_transaction()) {
    // Nobody but this thread could bring it to the disk. (Not half of a transaction, which a power
    // cut would take back.)
    Durability* const durability = link_->instance()->engine().durability();
    if (durability != nullptr) durability->commit();
    read_output();
  }
  if (!is_finished(call)) give_up(call);
  run_queue();
  *reply = call->reply;
  return call->status;
}

// What hasn't begun won't, and what waits for a key waits no more: it leaves the queue, and the
// arguments are the caller's again. A reply that waits for the disk comes yet, and finds its call.
void InProcessClient::give_up(const CallPointer& call) {
  if (!holds_reply()) {
    if (call->running && open_) link_->instance()->engine().blocking().release(session_);
    std::erase(queue_, call);
    if (queue_.empty()) session_.unset(Session::kPaused);
  }
  finish(call, SORREL_WOULD_BLOCK, nullptr);
}

// Nobody waits any more for a call that may have begun to wait itself. Where it isn't the first, it
// is passed over when it would be its turn.
void InProcessClient::drop(const CallPointer& call) {
  if (queue_.empty() || queue_.front() != call) return;
  give_up(call);
  run_queue();
}

// Whether the running call is answered, but the disk isn't that far.
bool InProcessClient::holds_reply() {
  return open_ && !queue_.empty() && queue_.front()->running && !session_.output.empty() &&
         !session_.has(Session::kBlocked);
}

sorrel_status InProcessClient::wait(const CallPointer& call, int timeout_ms, sorrel_reply** reply) {
  std::unique_lock lock(mutex_);
  const auto finished = [&] { return call->finished; };
  if (timeout_ms < 0) {
    answered_.wait(lock, finished);
  } else if (!answered_.wait_for(lock, std::chrono::milliseconds(timeout_ms), finished)) {
    lock.unlock();
    finish(call, SORREL_TIMEOUT, nullptr);
    // When there is no loop any more, nothing waits in it.
    static_cast<void>(link_->post([self = shared_from_this(), call] { self->drop(call); }));
  }
  *reply = call->reply;
  return call->status;
}

sorrel_status InProcessClient::send(std::span<const Bytes> args, sorrel_reply_function done,
                                    void* user) {
  const auto call = std::make_shared<InProcessCall>(args);
  call->done = done;
  call->user = user;
  call->keep();
  if (!link_->on_loop_thread()) return submit(call);
  const auto self = shared_from_this();
  if (!enqueue(call)) return SORREL_CLOSED;
  run_queue();
  return SORREL_OK;
}

// On the loop's thread, behind what others have handed over.
bool InProcessClient::enqueue(const CallPointer& call) {
  take_inbox();
  const std::lock_guard lock(mutex_);
  if (!open_ || abandoned_) return false;
  unfinished_.push_back(call);
  queue_.push_back(call);
  return true;
}

// From another thread: one piece of work for the loop brings all calls that wait by then.
sorrel_status InProcessClient::submit(const CallPointer& call) {
  {
    const std::lock_guard lock(mutex_);
    if (abandoned_) return SORREL_CLOSED;
    inbox_.push_back(call);
    unfinished_.push_back(call);
    if (inbox_.size() > 1) return SORREL_OK;
  }
  if (link_->post([self = shared_from_this()] { self->take_inbox(); })) return SORREL_OK;
  const std::lock_guard lock(mutex_);
  if (call->finished) return SORREL_OK;  // abandoned meanwhile, which has told
  std::erase(inbox_, call);
  std::erase(unfinished_, call);
  return SORREL_CLOSED;
}

void InProcessClient::on_push(sorrel_push_function push, void* user) {
  const std::lock_guard telling(telling_);
  const std::lock_guard lock(mutex_);
  push_ = push;
  push_user_ = user;
}

void InProcessClient::abandon() {
  std::deque<CallPointer> unfinished;
  {
    const std::lock_guard telling(telling_);
    const std::lock_guard lock(mutex_);
    push_ = nullptr;
    abandoned_ = true;
    unfinished.swap(unfinished_);
    for (const CallPointer& call : unfinished) call->finished = true;
    answered_.notify_all();
  }
  // Without a lock: they may wait for the loop, which may wait for one of ours.
  for (const CallPointer& call : unfinished) {
    if (call->done != nullptr) call->done(call->user, SORREL_CLOSED, nullptr);
  }
  const auto self = shared_from_this();
  if (link_->on_loop_thread()) return close();
  // When the loop takes no work any more, the instance's end has closed, or closes, this client.
  static_cast<void>(link_->post([self] { self->close(); }));
}

// ---- The loop's side.

void InProcessClient::open() {
  Instance* const instance = link_->instance();
  if (instance == nullptr) return;
  session_.set(Session::kInProcess | Session::kLocal);
  instance->engine().open_session(session_);
  open_ = true;
  link_->enroll(shared_from_this());
}

void InProcessClient::close() {
  const auto self = shared_from_this();
  if (open_) {
    open_ = false;
    link_->instance()->engine().close_session(session_);
    link_->strike_out(*this);
    tell(nullptr);
  }
  take_inbox();
  while (!queue_.empty()) {
    const CallPointer call = queue_.front();
    queue_.pop_front();
    finish(call, SORREL_CLOSED, nullptr);
  }
}

void InProcessClient::take_inbox() {
  std::vector<CallPointer> arrived;
  {
    const std::lock_guard lock(mutex_);
    arrived.swap(inbox_);
  }
  if (open_) {
    queue_.insert(queue_.end(), arrived.begin(), arrived.end());
    return run_queue();
  }
  for (const CallPointer& call : arrived) finish(call, SORREL_CLOSED, nullptr);
}

void InProcessClient::run_queue() {
  if (runs_queue_) return;
  const Running running(runs_queue_);
  for (int runs = 0; run_next(); ++runs) {
    if (runs == kCallsAtOnce) return wake(session_);
  }
}

// The first of the queue; false when there is nothing to run now. Callbacks may come back here, so
// each round looks at everything anew.
bool InProcessClient::run_next() {
  if (!open_ || queue_.empty() || queue_.front()->running) return false;
  const CallPointer call = queue_.front();
  if (!is_finished(call)) return run(call);
  queue_.pop_front();  // nobody waits for it any more
  return true;
}

// False when the engine put it off.
bool InProcessClient::run(const CallPointer& call) {
  Instance& instance = *link_->instance();
  Engine& engine = instance.engine();
  read_output();
  if (!open_) return false;
  if (!link_->nested()) engine.begin_turn();
  session_.last_interaction_ms = engine.now_ms();
  call->running = true;
  try {
    call->running = engine.execute(session_, call->args) == Engine::Outcome::kDone;
  } catch (const std::bad_alloc&) {
    fail_for_memory();
  }
  if (!call->running) return false;
  instance.request_turn();
  if (!open_) return false;
  read_output();
  if (holds_reply()) return true;
  // Neither answered nor blocked: there is no answer.
  if (!queue_.empty() && queue_.front() == call && !session_.has(Session::kBlocked)) {
    hand_out(Reply());
  }
  if (open_ && session_.closing()) close();
  return true;
}

void InProcessClient::wake(Session&) {
  if (woken_) return;
  woken_ = link_->post([self = shared_from_this()] { self->attend(); });
}

// What happened outside of our own calls.
void InProcessClient::attend() {
  woken_ = false;
  if (!open_) return;
  session_.pending_hook.unlink();
  read_output();
  if (!open_) return;
  if (session_.closing()) return close();
  run_queue();
}

void InProcessClient::read_output() {
  Output& output = session_.output;
  if (output.empty()) return;
  const uint64_t until = std::min(link_->instance()->engine().reply_hold().visible_until(session_),
                                  output.end_offset());
  if (until <= output.begin_offset()) return;
  const auto self = shared_from_this();
  try {
    for (Reply& reply : take_replies(until)) hand_out(std::move(reply));
  } catch (const std::bad_alloc&) {
    fail_for_memory();
  }
}

// All that the output holds up to that offset.
std::vector<Reply> InProcessClient::take_replies(uint64_t until) {
  Output& output = session_.output;
  std::string bytes = output.to_string();
  bytes.resize(until - output.begin_offset());
  output.consume(bytes.size());
  std::vector<Reply> replies;
  ReplyReader reader(kLimits);
  for (;;) {
    VERIFY(reader.next(bytes) == ReplyReader::Outcome::kReply);
    if (reader.reply_end() == bytes.size()) break;
    replies.push_back(reader.take(bytes));
  }
  replies.push_back(reader.take_last(std::move(bytes)));
  return replies;
}

// Which replies were lost can't be told: what came of the call that runs isn't known, and the
// client can't go on.
void InProcessClient::fail_for_memory() {
  if (!queue_.empty() && queue_.front()->running) {
    const CallPointer call = queue_.front();
    queue_.pop_front();
    finish(call, SORREL_NO_MEMORY, nullptr);
  }
  if (open_) close();
}

// To the call that waits for a reply, or, unasked, to the host's callback.
void InProcessClient::hand_out(Reply reply) {
  const bool is_push = reply.root().type() == ReplyType::kPush;
  sorrel_reply* const handle = ReplyTree::make(std::move(reply));
  if (is_push || queue_.empty() || !queue_.front()->running) return tell(handle);
  const CallPointer call = queue_.front();
  queue_.pop_front();
  finish(call, SORREL_OK, handle);
}

void InProcessClient::finish(const CallPointer& call, sorrel_status status, sorrel_reply* reply) {
  std::unique_lock telling(telling_, std::defer_lock);
  if (call->done != nullptr) telling.lock();
  {
    const std::lock_guard lock(mutex_);
    if (call->finished) return sorrel_reply_free(reply);
    call->finished = true;
    // Answers come in order: it is nearly always the first.
    unfinished_.erase(std::find(unfinished_.begin(), unfinished_.end(), call));
    call->status = status;
    if (call->awaited) {
      call->reply = reply;
      return answered_.notify_all();
    }
  }
  if (call->done == nullptr) return sorrel_reply_free(reply);
  call->done(call->user, status, reply);
}

void InProcessClient::tell(sorrel_reply* push) {
  const std::lock_guard telling(telling_);
  sorrel_push_function told = nullptr;
  void* user = nullptr;
  {
    const std::lock_guard lock(mutex_);
    told = push_;
    user = push_user_;
  }
  if (told == nullptr) return sorrel_reply_free(push);
  told(user, push);
}

bool InProcessClient::is_finished(const CallPointer& call) {
  const std::lock_guard lock(mutex_);
  return call->finished;
}

Bytes InProcessClient::address() const {
  return kAddress;
}

Transport::Info InProcessClient::info(const Session&) const {
  Info info;
  info.address = std::string(kAddress);
  info.local_address = std::string(kAddress);
  info.total_memory = sizeof *this - sizeof session_;
  return info;
}

}  // namespace sorrel

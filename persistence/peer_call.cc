#include "persistence/peer_call.h"

namespace sorrel {

bool PeerCall::run_step() {
  bool more = false;
  if (!aborted()) {
    if (link_ == nullptr) {
      more = connect();
    } else {
      more = sent_ < terms_.requests.size() ? send() : receive();
    }
  }
  if (more || (step_ == Step::kEnd && received_.empty())) return more;
  link_.reset();
  return begin_anew();
}

// The other side closes connections that nobody uses, and then nothing has been heard on this one.
bool PeerCall::begin_anew() {
  if (!link_is_used_ || timed_out_ || aborted() || !replies_.empty()) return false;
  link_is_used_ = false;
  step_ = Step::kConnect;
  sent_ = 0;
  idle_ms_ = 0;
  received_.clear();
  return true;
}

void PeerCall::completed() {
  ended_ = true;
  terms_.done();
}

bool PeerCall::connect() {
  Result<std::unique_ptr<PeerLink>> made = network_.connect(terms_.host, terms_.port);
  if (!made) return false;
  link_ = std::move(made.value());
  return true;
}

// False when it has taken too long.
bool PeerCall::waited(size_t progress) {
  idle_ms_ = progress != 0 ? 0 : idle_ms_ + kWaitMs;
  timed_out_ = idle_ms_ >= terms_.timeout_ms;
  return !timed_out_;
}

bool PeerCall::send() {
  const Result<size_t> taken = link_->send(Bytes(terms_.requests).substr(sent_), kWaitMs);
  // One that is refused is told when something is to be sent; as in Redis it counts as that.
  if (!taken || taken.value() != 0) step_ = Step::kSend;
  if (!taken) return false;
  sent_ += taken.value();
  if (sent_ == terms_.requests.size()) step_ = Step::kReceive;
  return waited(taken.value());
}

bool PeerCall::receive() {
  const size_t before = received_.size();
  received_.resize(before + kReceiveBytes);
  const Result<size_t> got = link_->receive(received_.data() + before, kReceiveBytes, kWaitMs);
  received_.resize(before + (got ? got.value() : 0));
  if (!got || !take_lines()) return false;
  if (replies_.size() < terms_.replies) return waited(got.value());
  step_ = Step::kEnd;
  return false;
}

// False for what is no such reply.
bool PeerCall::take_lines() {
  size_t begin = 0;
  size_t end;
  while (replies_.size() < terms_.replies &&
         (end = received_.find("\r\n", begin)) != std::string::npos) {
    const std::string line = received_.substr(begin, end - begin);
    if (line.empty() || (line[0] != '+' && line[0] != '-' && line[0] != ':')) return false;
    replies_.push_back(line);
    begin = end + 2;
  }
  received_.erase(0, begin);
  return received_.size() <= kReplyBytesMax;
}

}  // namespace sorrel

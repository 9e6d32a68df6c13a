#include "tests/support/engine_peer.h"

#include "core/resp/parser.h"
#include "core/resp/reply_reader.h"

namespace sorrel::test {
namespace {

/// How far time moves between two looks for a reply.
constexpr int64_t kStepMs = 10;

class EngineChannel final : public Channel, private Transport, private EnginePeer::Waiting {
 public:
  EngineChannel(Engine& engine, EnginePeer& peer) : engine_(engine), peer_(peer), session_(this) {
    session_.set(Session::kLocal);
    engine_.begin_turn();
    engine_.open_session(session_);
  }
  ~EngineChannel() override {
    engine_.close_session(session_);
    peer_.forget(*this);
  }

  Status send(Bytes bytes) override {
    input_ += bytes;
    execute();
    return Status::ok();
  }

  ReadResult read(std::chrono::milliseconds timeout) override {
    for (int64_t waited_ms = 0;; waited_ms += kStepMs) {
      execute();
      take_output();
      switch (reader_.next(output_)) {
        case ReplyReader::Outcome::kReply:
          return {ReadResult::Kind::kReply, reader_.take(output_)};
        case ReplyReader::Outcome::kError:
          return {ReadResult::Kind::kMalformed, {}};
        case ReplyReader::Outcome::kNeedMore:
          break;
      }
      output_.erase(0, reader_.take_consumed());
      if (session_.closing()) return {ReadResult::Kind::kClosed, {}};
      if (waited_ms >= timeout.count()) return {ReadResult::Kind::kTimeout, {}};
      peer_.advance_ms(kStepMs);
    }
  }

 private:
  void wake(Session&) override {
    if (!input_.empty()) peer_.wake(*this);
  }
  void go_on() override { execute(); }
  Bytes address() const override { return "127.0.0.1:1"; }
  Info info(const Session&) const override {
    Info info;
    info.address = std::string(address());
    info.local_address = "127.0.0.1:2";
    return info;
  }

  void execute() {
    bool ran = false;
    while (may_run() && execute_batch()) ran = true;
    if (!ran) return;
    engine_.tick();
    peer_.run_woken();
  }

  /// What a call that waits has behind it waits, too.
  bool may_run() const {
    return !session_.closing() && !session_.has(Session::kBlocked | Session::kPaused);
  }

  /// False when nothing more can run now: the input ends, or its next command must wait.
  bool execute_batch() {
    RequestLimits limits;
    limits.bulk_bytes_max = static_cast<size_t>(engine_.values().proto_max_bulk_len);
    limits.authenticated = session_.authenticated;
    batch_.clear();
    if (parser_.fill(input_, limits, batch_) == RequestParser::Outcome::kError) return refuse();
    engine_.begin_turn();
    const size_t ran = batch_.empty() ? 0 : engine_.execute_batch(session_, batch_, 0);
    if (ran < batch_.size()) parser_.rewind(ran == 0 ? 0 : batch_.input_end(ran - 1));
    input_.erase(0, parser_.take_consumed());
    return ran > 0;
  }

  bool refuse() {
    ReplyWriter(session_.output, session_.protocol).error(parser_.error());
    session_.set(Session::kCloseAfterReply);
    return false;
  }

  void take_output() {
    if (session_.has(Session::kCloseNow)) return;
    output_ += session_.output.to_string();
    session_.output.consume(session_.output.size());
  }

  Engine& engine_;
  EnginePeer& peer_;
  Session session_;
  RequestParser parser_;
  RequestBatch batch_;
  std::string input_;  // not executed yet
  ReplyReader reader_;
  std::string output_;  // not read yet
};

/// `--name value ...` pairs into settings.
Status load_options(const Words& options, Settings& settings) {
  for (size_t i = 0; i < options.size();) {
    const std::string name = options[i++].substr(2);
    Words values;
    while (i < options.size() && !options[i].starts_with("--")) values.push_back(options[i++]);
    if (Status status = settings.load(name, values); !status) return status.with(name);
  }
  return Status::ok();
}

}  // namespace

Result<std::unique_ptr<EnginePeer>> EnginePeer::start(const Words& options, int64_t unix_us) {
  std::unique_ptr<EnginePeer> peer(new EnginePeer(unix_us));
  if (Status status = load_options(options, peer->settings_); !status) return status;
  peer->engine_ = std::make_unique<Engine>(
      Engine::Options{.clock = &peer->clock_, .host = &peer->host_, .settings = &peer->settings_});
  Persistence::Options persistence;
  persistence.engine = peer->engine_.get();
  persistence.files = &peer->files_;
  persistence.executor = persistence.log_executor = &peer->executor_;
  peer->persistence_ = std::make_unique<Persistence>(persistence);
  if (Status started = peer->persistence_->start_recovery(); !started) return started;
  return peer;
}

Result<std::unique_ptr<Channel>> EnginePeer::connect(Protocol protocol) {
  std::unique_ptr<Channel> channel = std::make_unique<EngineChannel>(*engine_, *this);
  if (protocol == Protocol::kResp2) return channel;
  const Result<Reply> hello = channel->call({"HELLO", "3"});
  if (!hello) return hello.status();
  return channel;
}

Status EnginePeer::reload() {
  const std::string path = "reload.rdb";
  engine_->begin_turn();
  if (Status saved = persistence_->rdb().save_copy(path); !saved) return saved.with("saving");
  return persistence_->reload(path, {}).with("loading");
}

void EnginePeer::advance_ms(int64_t ms) {
  clock_.advance_ms(ms);
  engine_->begin_turn();
  engine_->tick();
  persistence_->tick();
  persistence_->end_turn(true);
  executor_.drain();
  run_woken();
}

// Those that are woken meanwhile stand behind the others.
void EnginePeer::run_woken() {
  if (runs_woken_) return;
  runs_woken_ = true;
  while (!woken_.empty()) {
    Waiting& first = *woken_.front();
    woken_.erase(woken_.begin());
    first.go_on();
  }
  runs_woken_ = false;
}

}  // namespace sorrel::test

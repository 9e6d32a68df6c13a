// messages: the server's CPU per delivered message and per woken client.
#include "tools/bench/exchange.h"
#include "tools/bench/request_set.h"
#include "tools/bench/sections/section.h"

namespace sorrel::bench {
namespace {

using Of = Target::Of;

constexpr size_t kBodyBytes = 64;
constexpr uint64_t kPatterns = 10'000;
constexpr uint64_t kPatternsAtOnce = 500;
constexpr uint64_t kPublishesARound = 8;
constexpr uint64_t kPushesARound = 10;

std::string encoded(const std::vector<std::string_view>& words) {
  RequestSet set;
  set.add(words);
  return std::string(set.stretch(0, 1));
}

std::string repeated(const std::string& text, uint64_t times) {
  std::string all;
  for (; times > 0; times--) all += text;
  return all;
}

/// One publisher, client 0, and listeners; each round some messages reach them all.
Result<Sample> publish_to(ServerProcess& server, size_t listeners, const Plan& plan) {
  Result<Exchange> connected = Exchange::connect_to(server.port(), listeners + 1);
  if (!connected) return connected.status();
  Exchange& exchange = connected.value();
  const std::string subscribe = encoded({"SUBSCRIBE", "news"});
  for (size_t i = 1; i <= listeners; i++) {
    if (Status status = exchange.say(i, subscribe); !status) return status;
    exchange.expect(i, 1);
  }
  if (Status status = exchange.finish_round(); !status) return status;
  const std::string body(kBodyBytes, 'x');
  const std::string publish = repeated(encoded({"PUBLISH", "news", body}), kPublishesARound);
  return cpu_per_event(server, kPublishesARound * listeners, plan, [&] {
    for (size_t i = 0; i <= listeners; i++) exchange.expect(i, kPublishesARound);
    Status status = exchange.say(0, publish);
    return status ? exchange.finish_round() : status;
  });
}

/// A listener with many patterns of which each message matches one.
Result<Sample> publish_past_patterns(ServerProcess& server, const Plan& plan) {
  Result<Exchange> connected = Exchange::connect_to(server.port(), 2);
  if (!connected) return connected.status();
  Exchange& exchange = connected.value();
  for (uint64_t i = 0; i < kPatterns;) {
    std::vector<std::string> patterns;
    for (const uint64_t end = i + kPatternsAtOnce; i < end; i++) {
      patterns.push_back(numbered_key("user:", i, 12) + ":*");
    }
    std::vector<std::string_view> words = {"PSUBSCRIBE"};
    words.insert(words.end(), patterns.begin(), patterns.end());
    exchange.expect(1, kPatternsAtOnce);
    if (Status status = exchange.say(1, encoded(words)); !status) return status;
    if (Status status = exchange.finish_round(); !status) return status;
  }
  const std::string body(kBodyBytes, 'x');
  const std::string channel = numbered_key("user:", kPatterns / 2, 12) + ":in";
  const std::string publish = repeated(encoded({"PUBLISH", channel, body}), kPublishesARound);
  return cpu_per_event(server, kPublishesARound, plan, [&] {
    exchange.expect(0, kPublishesARound);
    exchange.expect(1, kPublishesARound);
    Status status = exchange.say(0, publish);
    return status ? exchange.finish_round() : status;
  });
}

/// Waiters take turns at one list: whoever is woken goes to the end of the queue.
Result<Sample> wake_waiters(ServerProcess& server, size_t waiters, const Plan& plan) {
  Result<Exchange> connected = Exchange::connect_to(server.port(), waiters + 1);
  if (!connected) return connected.status();
  Exchange& exchange = connected.value();
  const std::string wait = encoded({"BLPOP", "queue", "0"});
  for (size_t i = 1; i <= waiters; i++) {
    if (Status status = exchange.say(i, wait); !status) return status;
    // So that they queue up in this order.
    exchange.expect(0, 1);
    if (Status status = exchange.say(0, encoded({"PING"})); !status) return status;
    if (Status status = exchange.finish_round(); !status) return status;
  }
  const std::string push = repeated(encoded({"RPUSH", "queue", "job"}), kPushesARound);
  size_t next = 1;
  return cpu_per_event(server, kPushesARound, plan, [&] {
    const size_t first = next;
    const auto after = [&](size_t waiter) { return waiter == waiters ? 1 : waiter + 1; };
    exchange.expect(0, kPushesARound);
    for (uint64_t i = 0; i < kPushesARound; i++, next = after(next)) exchange.expect(next, 1);
    Status status = exchange.say(0, push);
    if (status) status = exchange.finish_round();
    for (size_t i = first; status && i != next; i = after(i)) status = exchange.say(i, wait);
    // Nobody is pushed to before all wait again.
    exchange.expect(0, 1);
    if (status) status = exchange.say(0, encoded({"PING"}));
    return status ? exchange.finish_round() : status;
  });
}

struct Line {
  std::string name;
  Target target;
  std::function<Result<Sample>(ServerProcess&, const Plan&)> play;
};

std::vector<Line> lines() {
  const auto listeners = [](size_t count) {
    return [count](ServerProcess& server, const Plan& plan) {
      return publish_to(server, count, plan);
    };
  };
  const auto waiters = [](size_t count) {
    return [count](ServerProcess& server, const Plan& plan) {
      return wake_waiters(server, count, plan);
    };
  };
  constexpr Target kDelivered{Of::kRatio, 0.8, 0.7};
  constexpr Target kWoken{Of::kRatio, 0.9, 0.8};
  constexpr Target kPast{Of::kRatio, 0.1, 0.05};
  return {{"a message to 100 subscribers, each", kDelivered, listeners(100)},
          {"a message to 1,000 subscribers, each", kDelivered, listeners(1000)},
          {"PUBLISH past 10,000 patterns", kPast, publish_past_patterns},
          {"RPUSH that wakes one of 50 in BLPOP", kWoken, waiters(50)},
          {"RPUSH that wakes one of 1,000 in BLPOP", kWoken, waiters(1000)}};
}

}  // namespace

Status run_messages(const Plan& plan, const Reporter& report) {
  Result<Contest> contest = Contest::start(plan);
  if (!contest) return contest.status();
  for (const Line& line : lines()) {
    Measure measure;
    measure.name = line.name;
    measure.unit = Unit::kNanoseconds;
    measure.target = line.target;
    const Status status = play_rounds(plan.rounds, measure, [&](Side side) {
      return line.play(contest.value().server(side), plan);
    });
    if (!status) return status.with(line.name);
    report(std::move(measure));
  }
  return Status::ok();
}

}  // namespace sorrel::bench

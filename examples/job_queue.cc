// A job queue on a stream: producers, a group of workers, retries after a delay, dead letters, and
// everything since a moment done once more.
//
// A worker asks for new jobs, and (CLAIM) for those that were handed back or whose worker died. A
// job that fails is handed back with a delay; one that fails for the third time, or can't be done
// at all, moves to the dead letters.
#include <atomic>
#include <cassert>
#include <chrono>
#include <iostream>
#include <map>
#include <mutex>
#include <sorrel/sorrel.hpp>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int kProducers = 2;
constexpr int kWorkers = 3;
constexpr int kJobsOfAProducer = 50;
constexpr int kRetryAfterMs = 20;

enum class Outcome { kDone, kFailed, kImpossible };

// What the jobs of this example do: most succeed, some only when tried again, some never.
Outcome work_on(const std::string& job, long long tries) {
  if (job.ends_with("7")) return tries == 0 ? Outcome::kFailed : Outcome::kDone;
  if (job.ends_with("13")) return Outcome::kFailed;
  if (job.ends_with("26")) return Outcome::kImpossible;
  return Outcome::kDone;
}

struct Tally {
  std::mutex mutex;
  std::map<std::string, int> done;
  std::atomic<int> settled = 0;
};

void produce(sorrel::server& server, int number) {
  sorrel::client client = server.connect();
  for (int i = 0; i < kJobsOfAProducer; ++i) {
    const std::string job = std::to_string(number) + "-" + std::to_string(100 + i);
    assert(!client.call("XADD", "jobs", "*", "job", job).is_error());
  }
}

void settle(sorrel::client& client, const sorrel::reply& entry, Tally& tally) {
  const std::string id(entry[0].text());
  const std::string job(entry[1][1].text());
  // A claimed entry tells how often it was delivered before.
  const long long tries = entry.size() > 2 ? entry[3].integer() : 0;
  switch (work_on(job, tries)) {
    case Outcome::kDone: {
      assert(client.get<int>("XACK", "jobs", "workers", id) == 1);
      const std::lock_guard lock(tally.mutex);
      ++tally.done[job];
      ++tally.settled;
      break;
    }
    case Outcome::kFailed:
      assert(client.get<int>("XNACK", "jobs", "workers", "FAIL", "IDS", 1, id, "DELAY",
                             kRetryAfterMs) == 1);
      if (tries == 2) ++tally.settled;  // the third time
      break;
    case Outcome::kImpossible:
      assert(client.get<int>("XNACK", "jobs", "workers", "FATAL", "IDS", 1, id) == 1);
      ++tally.settled;
      break;
  }
}

void work(sorrel::server& server, int number, Tally& tally) {
  sorrel::client client = server.connect();
  const std::string name = "worker-" + std::to_string(number);
  while (tally.settled < kProducers * kJobsOfAProducer) {
    const sorrel::reply jobs = client.call("XREADGROUP", "GROUP", "workers", name, "COUNT", 4,
                                           "BLOCK", 50, "CLAIM", 60'000, "STREAMS", "jobs", ">");
    assert(!jobs.is_error());
    if (jobs.is_null()) continue;
    const sorrel::reply entries = jobs[1];
    for (std::size_t i = 0; i < entries.size(); ++i) settle(client, entries[i], tally);
  }
}

// Another group reads from a moment on: IDs begin with the time.
std::size_t replay_since(sorrel::client& client, const std::string& unix_ms) {
  client.call("XGROUP", "CREATE", "jobs", "replay", unix_ms);
  const sorrel::reply jobs =
      client.call("XREADGROUP", "GROUP", "replay", "me", "NOACK", "STREAMS", "jobs", ">");
  return jobs.is_null() ? 0 : jobs[1].size();
}

}  // namespace

int main() {
  sorrel::server server;
  server.start_thread();
  sorrel::client client = server.connect();
  assert(client.get<bool>("XGROUP", "CREATE", "jobs", "workers", "$", "MKSTREAM", "MAXDELIVERIES",
                          3, "DEADLETTER", "jobs:dead"));
  const auto began = client.get<std::vector<std::string>>("TIME");

  Tally tally;
  std::vector<std::thread> threads;
  for (int i = 0; i < kWorkers; ++i) threads.emplace_back([&, i] { work(server, i, tally); });
  for (int i = 0; i < kProducers; ++i) threads.emplace_back([&, i] { produce(server, i); });
  for (std::thread& thread : threads) thread.join();

  for (const auto& [job, times] : tally.done) assert(times == 1);
  const sorrel::reply dead = client.call("XRANGE", "jobs:dead", "-", "+");
  std::cout << "done: " << tally.done.size() << ", dead letters: " << dead.size() << "\n";
  for (std::size_t i = 0; i < dead.size(); ++i) {
    const auto fields = dead[i][1].as<std::map<std::string, std::string>>();
    std::cout << "  " << fields.at("job") << " " << fields.at("deadletter-reason") << " after "
              << fields.at("deadletter-deliveries") << " deliveries\n";
  }
  assert(tally.done.size() + dead.size() == kProducers * kJobsOfAProducer);
  assert(dead.size() == 2 * kProducers);
  assert(client.call("XPENDING", "jobs", "workers")[0].integer() == 0);

  const std::string since = std::to_string(std::stoll(began[0]) * 1000);
  const std::size_t again = replay_since(client, since);
  std::cout << "to be done again since then: " << again << "\n";
  assert(again == kProducers * kJobsOfAProducer);
  return 0;
}

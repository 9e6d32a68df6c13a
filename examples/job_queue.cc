// A job queue on a stream: producers, a group of workers, retries after a delay, dead letters, and
// everything since a moment done once more.
//
// A worker asks for new jobs, and (CLAIM) for those that were handed back, or that a worker has had
// for a minute without a word: it died. A job that fails is handed back with a delay; one that
// fails for the third time, or can't be done at all, moves to the dead letters: the group was made
// with MAXDELIVERIES and DEADLETTER. docs/streams.md has all of these words.
#include <atomic>
#include <chrono>
#include <iostream>
#include <map>
#include <mutex>
#include <sorrel/sorrel.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int kProducers = 2;
constexpr int kWorkers = 3;
constexpr int kJobsOfAProducer = 50;
constexpr int kRetryAfterMs = 20;
constexpr int kDeliveriesMax = 3;
constexpr int kWorkerDiedAfterMs = 60'000;

enum class Outcome { kDone, kFailed, kImpossible };

// An example that doesn't do what it says fails, however it was built.
void expect(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(std::string("not so: ") + what);
}

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
    expect(!client.call("XADD", "jobs", "*", "job", job).is_error(), "a job is added");
  }
}

void settle(sorrel::client& client, const sorrel::reply& entry, Tally& tally) {
  const std::string id(entry[0].text());
  const std::string job(entry[1][1].text());
  // A claimed entry tells how often it was delivered before.
  const long long tries = entry.size() > 2 ? entry[3].integer() : 0;
  switch (work_on(job, tries)) {
    case Outcome::kDone: {
      expect(client.get<int>("XACK", "jobs", "workers", id) == 1, "it was this worker's");
      const std::lock_guard lock(tally.mutex);
      ++tally.done[job];
      ++tally.settled;
      break;
    }
    case Outcome::kFailed:
      expect(client.get<int>("XNACK", "jobs", "workers", "FAIL", "IDS", 1, id, "DELAY",
                             kRetryAfterMs) == 1,
             "it is handed back");
      if (tries + 1 == kDeliveriesMax) ++tally.settled;  // it was the last time
      break;
    case Outcome::kImpossible:
      expect(client.get<int>("XNACK", "jobs", "workers", "FATAL", "IDS", 1, id) == 1,
             "it is refused");
      ++tally.settled;
      break;
  }
}

void work(sorrel::server& server, int number, Tally& tally) {
  sorrel::client client = server.connect();
  const std::string name = "worker-" + std::to_string(number);
  while (tally.settled < kProducers * kJobsOfAProducer) {
    const sorrel::reply jobs =
        client.call("XREADGROUP", "GROUP", "workers", name, "COUNT", 4, "BLOCK", 50, "CLAIM",
                    kWorkerDiedAfterMs, "STREAMS", "jobs", ">");
    expect(!jobs.is_error(), "jobs can be read");
    if (jobs.is_null()) continue;  // none in 50 ms
    // A map from stream to entries, in RESP3; here of one stream.
    const sorrel::reply entries = jobs[1];
    for (std::size_t i = 0; i < entries.size(); ++i) settle(client, entries[i], tally);
  }
}

// Another group reads from a moment on: IDs begin with the time. NOACK: nobody will acknowledge.
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
  expect(client.get<bool>("XGROUP", "CREATE", "jobs", "workers", "$", "MKSTREAM", "MAXDELIVERIES",
                          kDeliveriesMax, "DEADLETTER", "jobs:dead"),
         "the group is made");
  const auto began = client.get<std::vector<std::string>>("TIME");

  Tally tally;
  std::vector<std::thread> threads;
  for (int i = 0; i < kWorkers; ++i) threads.emplace_back([&, i] { work(server, i, tally); });
  for (int i = 0; i < kProducers; ++i) threads.emplace_back([&, i] { produce(server, i); });
  for (std::thread& thread : threads) thread.join();

  for (const auto& [job, times] : tally.done) expect(times == 1, "each job is done once");
  const sorrel::reply dead = client.call("XRANGE", "jobs:dead", "-", "+");
  std::cout << "done: " << tally.done.size() << ", dead letters: " << dead.size() << "\n";
  for (std::size_t i = 0; i < dead.size(); ++i) {
    const auto fields = dead[i][1].as<std::map<std::string, std::string>>();
    std::cout << "  job " << fields.at("job") << ": " << fields.at("deadletter-reason")
              << ", deliveries: " << fields.at("deadletter-deliveries") << "\n";
  }
  expect(tally.done.size() + dead.size() == kProducers * kJobsOfAProducer, "no job is lost");
  expect(dead.size() == 2 * kProducers, "two of each producer can't be done");
  expect(client.call("XPENDING", "jobs", "workers")[0].integer() == 0, "nobody has a job left");

  const std::string since_ms = std::to_string(std::stoll(began[0]) * 1000);  // TIME says seconds
  const std::size_t again = replay_since(client, since_ms);
  std::cout << "read once more, from the beginning: " << again << "\n";
  expect(again == kProducers * kJobsOfAProducer, "all are still there");
  return 0;
}

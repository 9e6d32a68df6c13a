// stream-groups: the server's CPU per command of consumer groups, and how long a page of a million
// pending entries takes.
#include "tools/bench/collection_loads.h"
#include "tools/bench/pause_watch.h"

namespace sorrel::bench {
namespace {

constexpr uint64_t kEntries = 100;  // of a stream, and of a read
constexpr uint64_t kPending = 1'000'000;
constexpr Target kHalf{Target::Of::kRatio, 0.5, 0.4};

std::string id_of(uint64_t number) {
  return std::to_string(number + 1) + "-1";
}

void add_stream(RequestSet& requests, const std::string& key, uint64_t entries) {
  for (uint64_t i = 0; i < entries; ++i) requests.add({"XADD", key, id_of(i), "field", "value"});
  requests.add({"XGROUP", "CREATE", key, "group", "0"});
}

RequestSet many_streams() {
  RequestSet requests;
  for (uint64_t i = 0; i < kSmallCollections; ++i) {
    add_stream(requests, collection_key("stream", i), kEntries);
  }
  return requests;
}

std::string any_stream(Random& random) {
  return collection_key("stream", random.below(kSmallCollections));
}

void acknowledge(RequestSet& out, const std::string& key, uint64_t first, uint64_t end) {
  std::vector<std::string> words = {"XACK", key, "group"};
  for (uint64_t i = first; i < end; ++i) words.push_back(id_of(i));
  append(out, words);
}

/// The group goes back first, so that there is always something new.
CollectionGroup reads() {
  return {"100 entries",
          many_streams(),
          {1, 32},
          kSmallRequests,
          {
              {"XGROUP SETID, XREADGROUP COUNT 100 NOACK",
               [](RequestSet& out, Random& random) {
                 const std::string key = any_stream(random);
                 out.add({"XGROUP", "SETID", key, "group", "0"});
                 out.add({"XREADGROUP", "GROUP", "group", "consumer", "COUNT", "100", "NOACK",
                          "STREAMS", key, ">"});
               },
               kHalf, kFewClients},
              {"XGROUP SETID, XREADGROUP COUNT 100, XACK of them",
               [](RequestSet& out, Random& random) {
                 const std::string key = any_stream(random);
                 out.add({"XGROUP", "SETID", key, "group", "0"});
                 out.add({"XREADGROUP", "GROUP", "group", "consumer", "COUNT", "100", "STREAMS",
                          key, ">"});
                 acknowledge(out, key, 0, kEntries / 2);
                 acknowledge(out, key, kEntries / 2, kEntries);
               },
               kHalf, kFewClients},
          }};
}

RequestSet million_pending() {
  RequestSet requests;
  add_stream(requests, "stream", kPending);
  requests.add({"XREADGROUP", "GROUP", "group", "consumer", "COUNT", std::to_string(kPending),
                "STREAMS", "stream", ">"});
  return requests;
}

}  // namespace

Status run_stream_groups(const Plan& plan, const Reporter& report) {
  if (Status status = run_collections(plan, reads(), report); !status) return status;
  Result<Contest> contest = Contest::start(plan);
  if (!contest) return contest.status();
  const RequestSet fill = million_pending();
  const std::vector<std::string_view> pages[] = {
      {"XPENDING", "stream", "group", "IDLE", "1", "500000-0", "+", "100"},
      {"XAUTOCLAIM", "stream", "group", "other", "0", "500000-0", "COUNT", "100"}};
  for (const auto& page : pages) {
    const Scenario scenario{
        std::string(page[0]) + " of 100 of a million pending",
        [&fill](ServerProcess& server) {
          if (Status status = server.control().call({"FLUSHALL"}).status(); !status) return status;
          return load_all(server, fill);
        },
        [&page](ServerProcess& server) { return server.control().call(page).status(); },
        kShortPause};
    Result<Measure> measure = measure_pause(contest.value(), scenario, plan);
    if (!measure) return measure.status();
    report(std::move(measure.value()));
  }
  return Status::ok();
}

}  // namespace sorrel::bench

// bench: measures Sorrel and redis-server side by side. See docs/benchmarks.md.
#include "tools/bench/contest.h"
#include "tools/bench/plan.h"
#include "tools/bench/report.h"
#include "tools/bench/sections/section.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace sorrel::bench {
namespace {

constexpr int kFailed = 1;
constexpr int kMissed = 2;

std::string utc_now() {
  const time_t now = time(nullptr);
  tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// The last core serves and the one before it asks; on a single core there is nothing to pin.
void choose_cores(Plan& plan, const Machine& machine) {
  const size_t count = machine.cores.size();
  if (plan.server_cpu < 0 && count > 1) plan.server_cpu = machine.cores[count - 1];
  if (plan.client_cpu < 0 && count > 1) plan.client_cpu = machine.cores[count - 2];
}

/// Starts each side once: a missing program is found before anything is measured.
Result<std::string> version_of(const Plan& plan, Side side) {
  Result<ServerProcess> server = ServerProcess::start(launch_of(plan, side));
  if (!server && side == Side::kRedis) {
    return server.status().with("redis-server (on Debian: apt-get install redis-server)");
  }
  if (!server) return server.status().with("Sorrel (build it with: tools/bench/run)");
  for (const char* field : {"sorrel_version", "redis_version"}) {
    Result<std::string> version = server.value().info_text(field);
    if (version) return version;
  }
  return std::string("of unknown version");
}

Status fill_heading(Report& report, const Plan& plan) {
  Result<std::string> sorrel = version_of(plan, Side::kSorrel);
  if (!sorrel) return sorrel.status();
  Result<std::string> redis = version_of(plan, Side::kRedis);
  if (!redis) return redis.status();
  report.sorrel_version = sorrel.value();
  report.redis_version = redis.value();
  report.revision = plan.revision;
  report.quick = plan.quick;
  report.server_cpu = plan.server_cpu;
  report.client_cpu = plan.client_cpu;
  report.started_at = utc_now();
  return Status::ok();
}

void show_progress(const Section& section, const Measure& measure) {
  const std::string_view verdict = name_of(measure.verdict());
  fprintf(stderr, "  %-12s %6.3f %-8s %s\n", std::string(section.name).c_str(),
          measure.ratio().middle, std::string(verdict).c_str(), measure.name.c_str());
}

/// A section that fails doesn't keep the others from being measured, nor its own measures so far.
void run_section(Report& report, const Plan& plan, const Section& section) {
  SectionResult& result = report.sections.emplace_back();
  result.name = section.name;
  result.title = section.title;
  result.picture = section.picture;
  const Status status = section.run(plan, [&](Measure measure) {
    show_progress(section, measure);
    result.measures.push_back(std::move(measure));
  });
  if (status) return;
  report.failures.push_back(status.with(std::string(section.name)).message());
}

/// Measures, with what the machine did besides as a part of the result.
void measure_all(Report& report, const Plan& plan, const std::vector<Section>& sections) {
  const auto started = std::chrono::steady_clock::now();
  const double busy_before = busy_seconds();
  const double own_before = own_seconds();
  for (const Section& section : sections) run_section(report, plan, section);
  report.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  const double others = (busy_seconds() - busy_before) - (own_seconds() - own_before);
  const double cores = static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN));
  report.others_share = std::max(0.0, others / (report.seconds * cores));
}

Status write_picture(const Report& report, const std::string& stem, std::string_view picture) {
  const std::string svg = to_svg(report, picture);
  if (svg.empty()) return Status::ok();
  const std::string name = stem + (picture.empty() ? "" : "-") + std::string(picture) + ".svg";
  return write_file(name, svg);
}

Status write_results(const Report& report, const Plan& plan) {
  const std::string stem =
      plan.output_directory + (plan.callgrind ? "/result-callgrind" : "/result");
  if (Status status = write_file(stem + ".json", to_json(report)); !status) return status;
  for (const std::string_view picture : {kMainPicture, kTypesPicture}) {
    if (Status status = write_picture(report, stem, picture); !status) return status;
  }
  printf("%s\nwrote %s.json and its pictures (%s*.svg)\n", to_table(report).c_str(), stem.c_str(),
         stem.c_str());
  return Status::ok();
}

Status run(Plan plan, Report& report) {
  const Result<std::vector<Section>> sections = chosen_sections(plan);
  if (!sections) return sections.status();
  std::error_code error;
  const std::string work = std::filesystem::absolute(plan.output_directory).string() + "/work";
  std::filesystem::create_directories(work, error);
  if (error) return Status::failure(work + ": " + error.message());
  plan.output_directory = std::filesystem::absolute(plan.output_directory).string();
  report.machine = Machine::look();
  choose_cores(plan, report.machine);
  raise_descriptor_limit();
  signal(SIGPIPE, SIG_IGN);
  if (Status status = set_niceness(plan.niceness); !status) return status;
  if (Status status = pin_this_thread(plan.client_cpu); !status) return status;
  if (Status status = fill_heading(report, plan); !status) return status;
  measure_all(report, plan, sections.value());
  if (plan.niceness != 0) reset_session_niceness();
  return write_results(report, plan);
}

int main_with(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word != "--help" && word != "-h") continue;
    printf("bench [options]\n%s\nsections:", usage().c_str());
    for (const Section& section : all_sections()) printf(" %s", std::string(section.name).c_str());
    printf("\n");
    return 0;
  }
  Result<Plan> plan = parse_plan(words);
  Report report;
  const Status status = plan ? run(plan.value(), report) : plan.status();
  if (!status) {
    fprintf(stderr, "bench: %s\n", status.message().c_str());
    return kFailed;
  }
  for (const std::string& failure : report.failures) {
    fprintf(stderr, "bench: %s\n", failure.c_str());
  }
  const size_t missed = plan.value().strict ? count_misses(report) : 0;
  printf("bench: %zu passed, %zu failed\n", count_measures(report) - missed,
         missed + report.failures.size());
  if (!report.failures.empty()) return kFailed;
  return missed > 0 ? kMissed : 0;
}

}  // namespace
}  // namespace sorrel::bench

int main(int argc, char** argv) {
  return sorrel::bench::main_with(std::vector<std::string>(argv + 1, argv + argc));
}

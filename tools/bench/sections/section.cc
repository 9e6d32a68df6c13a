#include "tools/bench/sections/section.h"

#include <algorithm>

namespace sorrel::bench {
namespace {

using Mode = Section::Mode;

constexpr Section kSections[] = {
    {"strings", "CPU of the server per command", Mode::kTimed, kMainPicture, run_strings},
    {"memory", "Memory per key", Mode::kTimed, kMainPicture, run_memory},
    {"churn", "Memory after shifting sizes, and after compaction", Mode::kTimed, kMainPicture,
     run_churn},
    {"pauses", "Longest pause of the loop", Mode::kTimed, kMainPicture, run_pauses},
    {"snapshots", "Saving and loading", Mode::kTimed, kMainPicture, run_snapshots},
    {"snapshot-latency", "Clients while the server saves", Mode::kTimed, kMainPicture,
     run_snapshot_latency},
    {"append-only", "The append-only file", Mode::kTimed, kMainPicture, run_append_only},
    {"hashes", "Hashes: CPU per command", Mode::kTimed, kTypesPicture, run_hashes},
    {"lists", "Lists: CPU per command", Mode::kTimed, kTypesPicture, run_lists},
    {"sets", "Sets: CPU per command", Mode::kTimed, kTypesPicture, run_sets},
    {"sorted-sets", "Sorted sets: CPU per command", Mode::kTimed, kTypesPicture, run_sorted_sets},
    {"streams", "Streams: CPU per command", Mode::kTimed, kTypesPicture, run_streams},
    {"stream-groups", "Consumer groups: CPU per command, and pages of a million pending entries",
     Mode::kTimed, kTypesPicture, run_stream_groups},
    {"hyperloglogs", "HyperLogLogs: CPU per command", Mode::kTimed, kTypesPicture,
     run_hyperloglogs},
    {"places", "Geo: CPU per command", Mode::kTimed, kTypesPicture, run_places},
    {"messages", "Messages and waiting: CPU per message, per client woken", Mode::kTimed,
     kTypesPicture, run_messages},
    {"elements", "Memory per element", Mode::kTimed, kTypesPicture, run_element_memory},
    {"collection-pauses", "Longest pause of the loop for one big collection", Mode::kTimed,
     kTypesPicture, run_collection_pauses},
    {"instructions", "User instructions per command (callgrind)", Mode::kCallgrind, kMainPicture,
     run_instructions},
};

}  // namespace

std::span<const Section> all_sections() {
  return kSections;
}

Result<std::vector<Section>> chosen_sections(const Plan& plan) {
  for (const std::string& name : plan.sections) {
    const bool known = std::any_of(std::begin(kSections), std::end(kSections),
                                   [&](const Section& section) { return section.name == name; });
    if (!known) return Status::failure("no section is named " + name);
  }
  const auto mode = plan.callgrind ? Section::Mode::kCallgrind : Section::Mode::kTimed;
  std::vector<Section> chosen;
  for (const Section& section : kSections) {
    const bool wanted = plan.sections.empty() ? section.mode == mode : plan.wants(section.name);
    if (wanted) chosen.push_back(section);
  }
  return chosen;
}

}  // namespace sorrel::bench

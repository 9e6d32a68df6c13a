#include "tools/bench/sections/section.h"

#include <algorithm>

namespace sorrel::bench {
namespace {

constexpr Section kSections[] = {
    {"strings", "CPU of the server per command", Section::Mode::kTimed, run_strings},
    {"memory", "Memory per key", Section::Mode::kTimed, run_memory},
    {"churn", "Memory after shifting sizes, and after compaction", Section::Mode::kTimed,
     run_churn},
    {"pauses", "Longest pause of the loop", Section::Mode::kTimed, run_pauses},
    {"instructions", "User instructions per command (callgrind)", Section::Mode::kCallgrind,
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

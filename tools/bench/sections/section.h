// Section: one group of measurements, and the list of all of them.
//
// A new one is a file in this folder, a declaration here and a row in section.cc. It starts the
// servers it needs (Contest), takes its sizes from the plan, and reports each measure as soon as it
// is complete; what it started ends when it returns.
#pragma once

#include "core/base/result.h"
#include "tools/bench/measure.h"
#include "tools/bench/plan.h"

#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace sorrel::bench {

/// Takes a finished measure: keeps it and shows it to who waits.
using Reporter = std::function<void(Measure)>;

struct Section {
  enum class Mode : uint8_t { kTimed, kCallgrind };
  std::string_view name;
  std::string_view title;
  Mode mode;
  std::string_view picture;  // the one it is drawn in, of a run's
  Status (*run)(const Plan& plan, const Reporter& report);
};

Status run_strings(const Plan& plan, const Reporter& report);
Status run_memory(const Plan& plan, const Reporter& report);
Status run_messages(const Plan& plan, const Reporter& report);
Status run_churn(const Plan& plan, const Reporter& report);
Status run_pauses(const Plan& plan, const Reporter& report);
Status run_append_only(const Plan& plan, const Reporter& report);
Status run_snapshots(const Plan& plan, const Reporter& report);
Status run_snapshot_latency(const Plan& plan, const Reporter& report);
Status run_hashes(const Plan& plan, const Reporter& report);
Status run_lists(const Plan& plan, const Reporter& report);
Status run_sets(const Plan& plan, const Reporter& report);
Status run_sorted_sets(const Plan& plan, const Reporter& report);
Status run_streams(const Plan& plan, const Reporter& report);
Status run_stream_groups(const Plan& plan, const Reporter& report);
Status run_hyperloglogs(const Plan& plan, const Reporter& report);
Status run_places(const Plan& plan, const Reporter& report);
Status run_element_memory(const Plan& plan, const Reporter& report);
Status run_collection_pauses(const Plan& plan, const Reporter& report);
Status run_instructions(const Plan& plan, const Reporter& report);

/// Of sections that are about strings and the server as a whole, and of those about the types.
inline constexpr std::string_view kMainPicture = "";
inline constexpr std::string_view kTypesPicture = "types";

std::span<const Section> all_sections();
/// Those the plan names, or all of its mode; a name that no section has is a failure.
Result<std::vector<Section>> chosen_sections(const Plan& plan);

}  // namespace sorrel::bench

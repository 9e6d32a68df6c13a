#include "tools/bench/report.h"

#include <catch2/catch.hpp>

using namespace sorrel::bench;

namespace {

Report small_report() {
  Measure get;
  get.name = "GET & \"SET\" <hot>";
  get.unit = Unit::kNanoseconds;
  get.target = {Target::Of::kRatio, 0.42, 0.33};
  get.sorrel = {{150, {{"user", Unit::kNanoseconds, 90}}},
                {170, {{"user", Unit::kNanoseconds, 80}}}};
  get.redis = {{500, {{"user", Unit::kNanoseconds, 300}}},
               {500, {{"user", Unit::kNanoseconds, 310}}}};
  Report report;
  report.started_at = "2024-05-06T07:08:09Z";
  report.sorrel_version = "0.1.0";
  report.redis_version = "7.0.15";
  report.sections = {{"strings", "CPU per command", "", {get}}};
  return report;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("report: the table says the ratio, the bound and the verdict") {
  const std::string table = to_table(small_report());
  CHECK(has(table, "0.320"));
  CHECK(has(table, "0.300–0.340"));
  CHECK(has(table, "≤ 0.42"));
  CHECK(has(table, "reaches"));
  CHECK(has(table, "85.0 ns / 305 ns"));
  CHECK_FALSE(has(table, "not to be trusted"));
}

TEST_CASE("report: a busy machine is mentioned") {
  Report report = small_report();
  report.others_share = 0.4;
  CHECK(has(to_table(report), "Other processes took 40 % of the machine"));
}

TEST_CASE("report: JSON keeps every round and escapes names") {
  const std::string json = to_json(small_report());
  CHECK(has(json, R"("name": "GET & \"SET\" <hot>")"));
  CHECK(has(json, R"("sorrel_rounds": [{"value": 150, "user": 90}, {"value": 170, "user": 80}])"));
  CHECK(has(json, R"("verdict": "reaches")"));
}

TEST_CASE("report: the picture escapes names and marks the bound") {
  const std::string svg = to_svg(small_report(), "");
  CHECK(has(svg, "GET &amp; &quot;SET&quot; &lt;hot&gt;"));
  CHECK(has(svg, "class=\"must\""));
  CHECK(has(svg, "class=\"good\""));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(to_svg(small_report(), "another") == "");
}

TEST_CASE("report: a missed bound counts, a line without one doesn't") {
  Report report = small_report();
  CHECK(count_misses(report) == 0);
  Measure& measure = report.sections[0].measures[0];
  measure.target.must = 0.1;
  CHECK(count_misses(report) == 1);
  measure.target = kNoTarget;
  CHECK(count_misses(report) == 0);
}

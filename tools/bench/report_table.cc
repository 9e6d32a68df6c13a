// The report as text: one table a section, ratios first, names last so that they may be long.
#include "tools/bench/report.h"

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace sorrel::bench {
namespace {

constexpr double kNoisyShare = 0.10;

using Row = std::vector<std::string>;

std::string printed(const char* format, double value) {
  char text[64];
  snprintf(text, sizeof text, format, value);
  return text;
}

std::string ratio_text(double ratio) {
  return printed(ratio >= 10 ? "%.1f" : ratio >= 0.01 ? "%.3f" : "%.4f", ratio);
}

/// Columns on a terminal: UTF-8 continuation bytes take none.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string bound_text(const Measure& measure, double bound) {
  if (measure.target.of == Target::Of::kNothing) return "";
  const std::string sign = measure.higher_is_better ? "≥ " : "≤ ";
  if (measure.target.of == Target::Of::kRatio) return sign + printed("%.2f", bound);
  return sign + format_quantity(bound, measure.unit);
}

Row heading_of(const SectionResult& section) {
  Row row = {"ratio", "spread", "must", "reach", "verdict", "Sorrel", "Redis"};
  const Measure& first = section.measures.front();
  if (!first.sorrel.empty()) {
    for (const Detail& detail : first.sorrel.front().details) row.push_back(detail.name);
  }
  row.emplace_back("");
  return row;
}

std::string details_text(const Measure& measure, size_t index, Unit unit) {
  return format_quantity(measure.detail(Side::kSorrel, index), unit) + " / " +
         format_quantity(measure.detail(Side::kRedis, index), unit);
}

Row row_of(const Measure& measure) {
  const Spread ratio = measure.ratio();
  Row row = {ratio_text(ratio.middle),
             ratio_text(ratio.low) + "–" + ratio_text(ratio.high),
             bound_text(measure, measure.target.must),
             bound_text(measure, measure.target.reach),
             std::string(name_of(measure.verdict())),
             format_quantity(measure.value(Side::kSorrel), measure.unit),
             format_quantity(measure.value(Side::kRedis), measure.unit)};
  for (size_t i = 0; i < measure.sorrel.front().details.size(); i++) {
    row.push_back(details_text(measure, i, measure.sorrel.front().details[i].unit));
  }
  row.push_back(measure.name);
  return row;
}

std::string lay_out(const std::vector<Row>& rows) {
  std::vector<size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i + 1 < row.size(); i++) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (const Row& row : rows) {
    for (size_t i = 0; i + 1 < row.size(); i++) {
      text.append(widths[i] - width_of(row[i]), ' ').append(row[i]).append("  ");
    }
    text.append(row.back()).append("\n");
  }
  return text;
}

std::string heading(const Report& report) {
  std::string text = "Sorrel " + report.sorrel_version;
  if (!report.revision.empty()) text += " (" + report.revision + ")";
  text += " against Redis " + report.redis_version + ", " + report.started_at + "\n";
  text += report.machine.processor + ", " + std::to_string(report.machine.cores.size()) +
          " cores, " + report.machine.kernel + "; server on core " +
          std::to_string(report.server_cpu) + ", client on core " +
          std::to_string(report.client_cpu) + "; " + printed("%.0f s", report.seconds) + "\n";
  text += "ratio = Sorrel / Redis, median of the rounds; lower is better unless the bound says ≥\n";
  if (report.quick) text += "--quick: these sizes show that everything works, not how fast it is\n";
  if (report.others_share > kNoisyShare) {
    text += "Other processes took " + format_quantity(report.others_share, Unit::kFraction) +
            " of the machine: rates and pauses are not to be trusted, ratios less than usual\n";
  }
  return text;
}

}  // namespace

std::string to_table(const Report& report) {
  std::string text = heading(report);
  for (const SectionResult& section : report.sections) {
    if (section.measures.empty()) continue;
    std::vector<Row> rows = {heading_of(section)};
    for (const Measure& measure : section.measures) rows.push_back(row_of(measure));
    text += "\n" + section.title + "\n" + lay_out(rows);
  }
  return text;
}

size_t count_measures(const Report& report) {
  size_t count = 0;
  for (const SectionResult& section : report.sections) count += section.measures.size();
  return count;
}

size_t count_misses(const Report& report) {
  size_t count = 0;
  for (const SectionResult& section : report.sections) {
    count += static_cast<size_t>(
        std::count_if(section.measures.begin(), section.measures.end(),
                      [](const Measure& m) { return m.verdict() == Verdict::kMisses; }));
  }
  return count;
}

Status write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  return file ? Status::ok() : Status::failure("cannot write " + path);
}

}  // namespace sorrel::bench

// The report as JSON: everything the table shows, and every round behind it.
#include "tools/bench/report.h"

#include <cmath>
#include <cstdio>

namespace sorrel::bench {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  return out += '"';
}

std::string number(double value) {
  if (!std::isfinite(value)) return "null";
  char text[40];
  snprintf(text, sizeof text, "%.9g", value);
  return text;
}

/// An object or array under construction; members are given as finished JSON.
class Members {
 public:
  explicit Members(char open) : text_(1, open) {}
  Members& add(std::string_view name, const std::string& json) {
    return add(quoted(name) + ": " + json);
  }
  Members& add(const std::string& json) {
    text_ += empty_ ? "" : ", ";
    empty_ = false;
    text_ += json;
    return *this;
  }
  std::string close() { return text_ + (text_[0] == '{' ? '}' : ']'); }

 private:
  std::string text_;
  bool empty_ = true;
};

std::string json_of(const Sample& sample) {
  Members members('{');
  members.add("value", number(sample.value));
  for (const Detail& detail : sample.details) members.add(detail.name, number(detail.value));
  return members.close();
}

std::string json_of(const Spread& spread) {
  return Members('{')
      .add("middle", number(spread.middle))
      .add("low", number(spread.low))
      .add("high", number(spread.high))
      .close();
}

std::string rounds_of(const Measure& measure, Side side) {
  Members members('[');
  for (const Sample& sample : measure.rounds(side)) members.add(json_of(sample));
  return members.close();
}

std::string json_of(const Measure& measure) {
  Members members('{');
  members.add("name", quoted(measure.name))
      .add("unit", quoted(name_of(measure.unit)))
      .add("ratio", json_of(measure.ratio()))
      .add("sorrel", number(measure.value(Side::kSorrel)))
      .add("redis", number(measure.value(Side::kRedis)));
  if (measure.target.of != Target::Of::kNothing) {
    members.add("target_of", quoted(measure.target.of == Target::Of::kRatio ? "ratio" : "sorrel"))
        .add("must", number(measure.target.must))
        .add("reach", number(measure.target.reach))
        .add("verdict", quoted(name_of(measure.verdict())));
  }
  members.add("stands", quoted(measure.stands == Measure::Stands::kMedian ? "median" : "lowest"))
      .add("higher_is_better", measure.higher_is_better ? "true" : "false")
      .add("sorrel_rounds", rounds_of(measure, Side::kSorrel))
      .add("redis_rounds", rounds_of(measure, Side::kRedis));
  return "\n    " + members.close();
}

std::string json_of(const SectionResult& section) {
  Members measures('[');
  for (const Measure& measure : section.measures) measures.add(json_of(measure));
  return "\n  " + Members('{')
                      .add("section", quoted(section.name))
                      .add("title", quoted(section.title))
                      .add("measures", measures.close())
                      .close();
}

std::string json_of(const Machine& machine) {
  return Members('{')
      .add("processor", quoted(machine.processor))
      .add("kernel", quoted(machine.kernel))
      .add("cores", std::to_string(machine.cores.size()))
      .add("memory_bytes", number(machine.memory_bytes))
      .close();
}

}  // namespace

std::string to_json(const Report& report) {
  Members sections('[');
  for (const SectionResult& section : report.sections) sections.add(json_of(section));
  Members failures('[');
  for (const std::string& failure : report.failures) failures.add(quoted(failure));
  return Members('{')
             .add("format", "1")
             .add("started_at", quoted(report.started_at))
             .add("seconds", number(report.seconds))
             .add("sorrel_version", quoted(report.sorrel_version))
             .add("redis_version", quoted(report.redis_version))
             .add("revision", quoted(report.revision))
             .add("quick", report.quick ? "true" : "false")
             .add("server_cpu", std::to_string(report.server_cpu))
             .add("client_cpu", std::to_string(report.client_cpu))
             .add("others_share", number(report.others_share))
             .add("machine", json_of(report.machine))
             .add("sections", sections.close())
             .add("failures", failures.close())
             .close() +
         "\n";
}

}  // namespace sorrel::bench

#include "tools/bench/plan.h"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace sorrel::bench {
namespace {

struct Option {
  std::string_view name;
  std::string_view value;  // what the value is called, empty for a switch
  std::string_view help;
  Status (*apply)(Plan&, const std::string& value);
};

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) {
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

template <typename Number>
Status take_number(Number& into, const std::string& text, int64_t low, int64_t high) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < low || number > high) {
    return Status::failure("'" + text + "' is not a number from " + std::to_string(low) + " to " +
                           std::to_string(high));
  }
  into = static_cast<Number>(number);
  return Status::ok();
}

Status take(std::string& into, const std::string& text) {
  into = text;
  return Status::ok();
}

Status take_list(std::vector<std::string>& into, const std::string& text, char separator) {
  into = split(text, separator);
  return Status::ok();
}

/// Small enough to end within two minutes, the builds apart; its figures only show that all works.
Status make_quick(Plan& plan) {
  plan.quick = true;
  plan.rounds = 2;
  plan.warm_up_ms = 20;
  plan.window_ms = 80;
  plan.cold_keys = 200'000;
  plan.memory_keys = 100'000;
  plan.memory_rounds = 1;
  plan.pause_keys = 200'000;
  plan.expiring_keys = 50'000;
  plan.pause_rounds = 1;
  plan.big_elements = 20'000;
  plan.giant_elements = 200'000;
  plan.heavy_elements = 200'000;
  plan.stored_elements = 100'000;
  plan.memory_elements = 100'000;
  return Status::ok();
}

constexpr Option kOptions[] = {
    {"--server", "PATH", "the Sorrel binary",
     [](Plan& plan, const std::string& v) { return take(plan.sorrel_program, v); }},
    {"--redis", "PATH", "the redis-server to compare with (default: from PATH)",
     [](Plan& plan, const std::string& v) { return take(plan.redis_program, v); }},
    {"--server-args", "WORDS", "further command line of Sorrel, split at spaces",
     [](Plan& plan, const std::string& v) { return take_list(plan.sorrel_arguments, v, ' '); }},
    {"--redis-args", "WORDS", "further command line of Redis, split at spaces",
     [](Plan& plan, const std::string& v) { return take_list(plan.redis_arguments, v, ' '); }},
    {"--sections", "A,B", "only these sections",
     [](Plan& plan, const std::string& v) { return take_list(plan.sections, v, ','); }},
    {"--lines", "TEXT", "of the sections of CPU per command only lines with this text",
     [](Plan& plan, const std::string& v) { return take(plan.lines, v); }},
    {"--output", "DIR", "where result.json and result.svg go",
     [](Plan& plan, const std::string& v) { return take(plan.output_directory, v); }},
    {"--revision", "TEXT", "what was built, for the report",
     [](Plan& plan, const std::string& v) { return take(plan.revision, v); }},
    {"--quick", "", "small sizes: under two minutes, for a smoke test",
     [](Plan& plan, const std::string&) { return make_quick(plan); }},
    {"--callgrind", "", "count instructions under valgrind instead of measuring time",
     [](Plan& plan, const std::string&) {
       plan.callgrind = true;
       return Status::ok();
     }},
    {"--strict", "", "exit with 2 when a 'must' is missed",
     [](Plan& plan, const std::string&) {
       plan.strict = true;
       return Status::ok();
     }},
    {"--rounds", "N", "rounds of the CPU measurements",
     [](Plan& plan, const std::string& v) { return take_number(plan.rounds, v, 1, 1000); }},
    {"--window", "MS", "length of one round",
     [](Plan& plan, const std::string& v) { return take_number(plan.window_ms, v, 20, 60'000); }},
    {"--keys", "N", "keys of the cold and pause measurements",
     [](Plan& plan, const std::string& v) {
       Status status = take_number(plan.cold_keys, v, 1000, 100'000'000);
       plan.pause_keys = plan.cold_keys;
       plan.expiring_keys = plan.cold_keys / 2;
       return status;
     }},
    {"--pause-rounds", "N", "rounds of the pause measurements",
     [](Plan& plan, const std::string& v) { return take_number(plan.pause_rounds, v, 1, 100); }},
    {"--port", "N", "the first port to try",
     [](Plan& plan, const std::string& v) { return take_number(plan.first_port, v, 1024, 65000); }},
    {"--nice", "N", "niceness of servers and clients; below 0 on a machine that others use, too",
     [](Plan& plan, const std::string& v) { return take_number(plan.niceness, v, -20, 19); }},
    {"--server-cpu", "N", "the core of the servers",
     [](Plan& plan, const std::string& v) { return take_number(plan.server_cpu, v, 0, 1023); }},
    {"--client-cpu", "N", "the core of the clients",
     [](Plan& plan, const std::string& v) { return take_number(plan.client_cpu, v, 0, 1023); }},
};

}  // namespace

bool Plan::wants(std::string_view section) const {
  return std::find(sections.begin(), sections.end(), section) != sections.end();
}

Result<Plan> parse_plan(const std::vector<std::string>& words) {
  Plan plan;
  for (size_t i = 0; i < words.size(); i++) {
    const auto* const option =
        std::find_if(std::begin(kOptions), std::end(kOptions),
                     [&](const Option& candidate) { return candidate.name == words[i]; });
    if (option == std::end(kOptions)) return Status::failure("unknown option " + words[i]);
    std::string value;
    if (!option->value.empty()) {
      if (i + 1 == words.size()) return Status::failure(words[i] + " needs a value");
      value = words[++i];
    }
    if (Status status = option->apply(plan, value); !status) {
      return status.with(std::string(option->name));
    }
  }
  return plan;
}

std::string usage() {
  std::string text;
  for (const Option& option : kOptions) {
    std::string left = "  " + std::string(option.name) + " " + std::string(option.value);
    left.resize(std::max<size_t>(left.size() + 1, 24), ' ');
    text += left + std::string(option.help) + "\n";
  }
  return text;
}

}  // namespace sorrel::bench

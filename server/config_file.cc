#include "server/config_file.h"

#include "core/base/quoted_words.h"

namespace sorrel {
namespace {

constexpr size_t kShownLineBytesMax = 512;
constexpr Bytes kBlanks = " \t\r\n\v\f";

Bytes trim(Bytes line) {
  const size_t first = line.find_first_not_of(kBlanks);
  if (first == Bytes::npos) return Bytes();
  return line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
}

/// Takes the next line off `text`.
Bytes take_line(Bytes& text) {
  const size_t end = text.find('\n');
  const Bytes line = text.substr(0, end);
  text.remove_prefix(end == Bytes::npos ? text.size() : end + 1);
  return line;
}

ConfigProblem problem_at(const std::string& source, size_t number, Bytes line, std::string reason) {
  return {source, number, std::string(line.substr(0, kShownLineBytesMax)), std::move(reason)};
}

}  // namespace

std::string ConfigProblem::sentence() const {
  if (line == 0) return source + ": " + reason;
  return source + ", line " + std::to_string(line) + ": '" + text + "': " + reason;
}

std::string ConfigProblem::fatal_report(std::string_view program) const {
  std::string report = "\n*** FATAL CONFIG FILE ERROR (" + std::string(program) + ") ***\n";
  if (line == 0) return report + "Reading the configuration " + source + "\n" + reason + "\n";
  return report + "Reading the configuration " + source + ", at line " + std::to_string(line) +
         "\n>>> '" + text + "'\n" + reason + "\n";
}

std::optional<ConfigProblem> ConfigReader::read_file(const std::string& path) {
  const std::string source = "file " + path;
  Result<std::string> text = files_.read(path);
  if (!text) return ConfigProblem{source, 0, "", text.status().message()};
  return read_text(text.value(), source);
}

std::optional<ConfigProblem> ConfigReader::read_text(Bytes text, const std::string& source) {
  for (size_t number = 1; !text.empty(); ++number) {
    const Bytes line = take_line(text);
    if (line.size() > kConfigLineBytesMax) {
      return problem_at(
          source, number, line,
          "The line is longer than " + std::to_string(kConfigLineBytesMax) + " bytes");
    }
    if (auto problem = read_line(trim(line), source, number)) return problem;
  }
  return std::nullopt;
}

std::optional<ConfigProblem> ConfigReader::read_line(Bytes line, const std::string& source,
                                                     size_t number) {
  if (line.empty() || line.front() == '#') return std::nullopt;
  if (line.find('\0') != Bytes::npos) {
    return problem_at(source, number, line, "The line contains a zero byte");
  }
  const std::optional<std::vector<std::string>> words = split_quoted_words(line);
  if (!words) {
    return problem_at(source, number, line, "Unbalanced quotes in configuration line");
  }
  const std::string& name = words->front();
  if (equals_ignore_case(name, "include") && words->size() == 2) {
    if (depth_ == kConfigIncludeDepthMax) {
      return problem_at(source, number, line, "Files include each other too deeply");
    }
    return include(words->back());
  }
  const Status status = settings_.load(name, SettingArguments(*words).subspan(1));
  if (!status) return problem_at(source, number, line, status.message());
  return std::nullopt;
}

std::optional<ConfigProblem> ConfigReader::include(const std::string& pattern) {
  const bool is_pattern = pattern.find_first_of("*?[") != std::string::npos;
  const auto paths = is_pattern ? files_.expand(pattern) : std::vector<std::string>{pattern};
  ++depth_;
  std::optional<ConfigProblem> problem;
  for (const std::string& path : paths) {
    problem = read_file(path);
    if (problem) break;
  }
  --depth_;
  return problem;
}

}  // namespace sorrel

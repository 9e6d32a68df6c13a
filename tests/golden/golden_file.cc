#include "tests/golden/golden_file.h"

#include <fstream>
#include <sstream>

namespace sorrel::test {
namespace {

using Kind = GoldenStep::Kind;

struct Directive {
  Bytes name;
  Kind kind;
  size_t arguments;
};
constexpr Directive kDirectives[] = {
    {"@client", Kind::kClient, 1},
    {"@advance", Kind::kAdvance, 1},
    {"@config", Kind::kConfig, 2},
    {"@capture", Kind::kCapture, 1},
};

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

Status bad_line(size_t number, const std::string& what) {
  return Status::failure("line " + std::to_string(number) + ": " + what);
}

}  // namespace

Result<GoldenFile> GoldenFile::load(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Status::failure("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return parse(path, text.str());
}

Result<GoldenFile> GoldenFile::parse(std::string name, const std::string& text) {
  GoldenFile file;
  file.name_ = std::move(name);
  file.lines_ = split_lines(text);
  if (Status status = file.parse_lines(); !status) return status.with(file.name_);
  return file;
}

Status GoldenFile::parse_lines() {
  for (size_t index = 0; index < lines_.size();) {
    if (Status status = parse_line(index); !status) return status;
  }
  return block_is_open_ ? Status::failure("a block lacks its @end") : Status::ok();
}

/// Reads the step that begins at `index` and moves that past it.
Status GoldenFile::parse_line(size_t& index) {
  const std::string& line = lines_[index];
  const size_t number = ++index;
  if (line.empty() || line[0] == '#') return Status::ok();
  if (line[0] == '@') return parse_directive(line, number);

  struct Prefix {
    Bytes text;
    Kind kind;
  };
  constexpr Prefix kPrefixes[] = {
      {"> ", Kind::kCommand}, {">> ", Kind::kSend}, {">raw ", Kind::kRaw}};
  for (const Prefix& prefix : kPrefixes) {
    if (!line.starts_with(prefix.text)) continue;
    Result<Words> words = split_words(line.substr(prefix.text.size()));
    if (!words) return bad_line(number, words.status().message());
    if (words.value().empty()) return bad_line(number, "no command");
    add_step(prefix.kind, std::move(words.value()), number);
    if (prefix.kind == Kind::kCommand) read_expectation(steps_.back(), index);
    return Status::ok();
  }
  if (line == "< nothing" || line == "< closed") {
    add_step(line == "< closed" ? Kind::kReadClosed : Kind::kReadNothing, {}, number);
    return Status::ok();
  }
  if (line == "<") {
    add_step(Kind::kRead, {}, number);
    read_expectation(steps_.back(), index);
    return Status::ok();
  }
  return bad_line(number, "neither a step nor the reply to one: " + line);
}

bool GoldenFile::ends_expectation(const std::string& line) {
  return line.empty() || line[0] == '#' || line[0] == '<' || line.starts_with("> ") ||
         line.starts_with(">> ") || line.starts_with(">raw ") ||
         (line[0] == '@' && line != "@resp3");
}

void GoldenFile::read_expectation(GoldenStep& step, size_t& index) {
  std::string* text = &step.expected;
  for (; index < lines_.size() && !ends_expectation(lines_[index]); ++index) {
    if (lines_[index] == "@resp3") {
      text = &step.expected_resp3;
      continue;
    }
    if (!text->empty()) text->push_back('\n');
    *text += lines_[index];
  }
  expectation_end_[step.line] = index;
}

void GoldenFile::add_step(Kind kind, Words words, size_t number) {
  GoldenStep step;
  step.kind = kind;
  step.line = number;
  step.words = std::move(words);
  step.sorrel_only = block_.sorrel_only;
  step.needs = block_.needs;
  step.only = block_.only;
  step.unordered = next_is_unordered_;
  next_is_unordered_ = false;
  steps_.push_back(std::move(step));
}

Status GoldenFile::parse_directive(const std::string& line, size_t number) {
  constexpr Bytes kSorrelOnly = "@sorrel-only ";
  if (line.starts_with(kSorrelOnly)) {
    // The reason is prose: it may hold an apostrophe.
    return open_block("@sorrel-only", {line.substr(kSorrelOnly.size())}, number);
  }
  Result<Words> split = split_words(line);
  if (!split) return bad_line(number, split.status().message());
  const std::string name = split.value()[0];
  const Words arguments(split.value().begin() + 1, split.value().end());
  for (const Directive& directive : kDirectives) {
    if (name != directive.name) continue;
    if (arguments.size() != directive.arguments) return bad_line(number, "arguments of " + name);
    add_step(directive.kind, arguments, number);
    return Status::ok();
  }
  if (name == "@unordered") {
    next_is_unordered_ = true;
    return Status::ok();
  }
  if (name == "@server") {
    if (!steps_.empty()) return bad_line(number, "@server comes before the first step");
    wants_own_server_ = true;
    server_options_ = arguments;
    return Status::ok();
  }
  return open_block(name, arguments, number);
}

Status GoldenFile::open_block(const std::string& name, const Words& arguments, size_t number) {
  if (name == "@end") {
    if (!block_is_open_) return bad_line(number, "@end without a block");
    block_is_open_ = false;
    block_ = Block();
    return Status::ok();
  }
  if (arguments.empty()) return bad_line(number, name + " says nothing");
  if (name == "@sorrel-only") {
    block_.sorrel_only = true;
  } else if (name == "@needs") {
    block_.needs = arguments;
  } else if (name == "@only") {
    block_.only = arguments;
  } else {
    return bad_line(number, "no such directive: " + name);
  }
  block_is_open_ = true;
  return Status::ok();
}

std::string GoldenFile::with_recordings(const std::map<size_t, Recording>& by_line) const {
  std::string text;
  for (size_t index = 0; index < lines_.size();) {
    text += lines_[index] + "\n";
    const size_t number = ++index;
    const auto recording = by_line.find(number);
    if (recording == by_line.end()) continue;
    text += recording->second.resp2 + "\n";
    if (recording->second.resp3 != recording->second.resp2) {
      text += "@resp3\n" + recording->second.resp3 + "\n";
    }
    index = expectation_end_.at(number);
  }
  return text;
}

}  // namespace sorrel::test

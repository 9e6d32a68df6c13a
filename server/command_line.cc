#include "server/command_line.h"

#include "core/base/quoted_words.h"

#include <algorithm>

namespace sorrel {
namespace {

constexpr std::string_view kSaveOption = "--save";

bool is_any_of(const std::string& argument, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), argument) != words.end();
}

/// Collects options as configuration lines.
class OptionLines {
 public:
  /// Whether an argument that begins with dashes starts a new line: not right after a bare name.
  bool expects_name() const { return !pending_name_; }

  void add_name(const std::string& argument) {
    if (!text_.empty()) text_ += '\n';
    text_ += argument.substr(2);
    text_ += ' ';
    const auto words = split_quoted_words(argument);
    pending_name_ = !words || words->size() == 1;
    save_pending_ = equals_ignore_case(argument, kSaveOption);
  }

  void add_value(const std::string& argument) {
    text_ += quote_word(argument);
    text_ += ' ';
    pending_name_ = false;
  }

  /// `--save` followed by another option, or by nothing, means no save points.
  bool takes_empty_value(const std::string* next) const {
    return pending_name_ && save_pending_ && (!next || next->starts_with("--"));
  }

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  bool pending_name_ = false;  // a name whose value hasn't come yet
  bool save_pending_ = false;
};

}  // namespace

CommandLine parse_command_line(std::span<const std::string> arguments) {
  CommandLine line;
  if (arguments.empty()) return line;
  const std::string& first = arguments.front();
  if (is_any_of(first, {"-v", "--version"})) line.request = CommandLine::Request::kShowVersion;
  if (is_any_of(first, {"-h", "--help"})) line.request = CommandLine::Request::kShowHelp;
  if (line.request != CommandLine::Request::kServe) return line;

  size_t i = 0;
  if (!first.starts_with('-')) line.config_file = arguments[i++];
  OptionLines options;
  for (; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const bool is_last = i + 1 == arguments.size();
    if (argument == "-" && (i == 0 || is_last)) {
      line.reads_stdin = true;
    } else if (options.expects_name() && argument.starts_with("--")) {
      options.add_name(argument);
      if (options.takes_empty_value(is_last ? nullptr : &arguments[i + 1])) options.add_value("");
    } else {
      options.add_value(argument);
    }
  }
  line.options = options.take();
  return line;
}

std::optional<ConfigProblem> load_configuration(
    const CommandLine& line, ConfigFiles& files,
    const std::function<Result<std::string>()>& read_stdin, Settings& settings) {
  ConfigReader reader(settings, files);
  if (!line.config_file.empty()) {
    if (auto problem = reader.read_file(line.config_file)) return problem;
  }
  if (line.reads_stdin) {
    const Result<std::string> text = read_stdin();
    if (!text) return ConfigProblem{"from standard input", 0, "", text.status().message()};
    if (auto problem = reader.read_text(text.value(), "from standard input")) return problem;
  }
  return reader.read_text(line.options, "from the command line");
}

}  // namespace sorrel

#include "server/config_rewrite.h"

#include "core/base/quoted_words.h"
#include "server/posix_config_files.h"

#include <unistd.h>

#include <cerrno>
#include <map>
#include <system_error>
#include <vector>

namespace sorrel {
namespace {

constexpr Bytes kBrokenLineMark = "# ??? ";

struct Line {
  std::string text;
  bool is_dropped = false;
  std::vector<std::string> added;  // further lines of the same directive, right below
};

bool is_rewritten(const SettingSpec& spec) {
  return !spec.has(kStartOnly);
}

/// The old lines and where each directive stands in them.
class ConfigLines {
 public:
  explicit ConfigLines(Bytes text) {
    while (!text.empty()) {
      const size_t end = text.find('\n');
      add(text.substr(0, end));
      text.remove_prefix(end == Bytes::npos ? text.size() : end + 1);
    }
  }

  void rewrite(const SettingSpec& spec, const Settings& settings, RewriteScope scope) {
    std::vector<std::string> lines = setting_lines(spec, settings.values());
    for (std::string& line : lines) line.insert(0, std::string(spec.name) + ' ');
    const auto found = places_.find(&spec);
    if (found != places_.end()) {
      replace(spec, found->second, std::move(lines), settings);
    } else if (scope == RewriteScope::kAll || !same_setting(spec, settings.values(), defaults_)) {
      append(std::move(lines));
    }
  }

  std::string text() const {
    std::string out;
    for (const Line& line : lines_) {
      if (!line.is_dropped) (out += line.text) += '\n';
      for (const std::string& added : line.added) (out += added) += '\n';
    }
    return out;
  }

 private:
  void add(Bytes line) {
    const std::optional<std::vector<std::string>> words = split_quoted_words(line);
    if (line == kRewriteSignature) has_signature_ = true;
    const size_t first = line.find_first_not_of(" \t\r\v\f");
    const bool is_comment = first == Bytes::npos || line[first] == '#';
    if (is_comment || (words && !words->empty())) {
      lines_.push_back({std::string(line), false, {}});
    } else {
      lines_.push_back({std::string(kBrokenLineMark) + std::string(line), false, {}});
      return;
    }
    if (is_comment) return;
    const SettingSpec* spec = find_setting(words->front());
    if (spec && is_rewritten(*spec)) places_[spec].push_back(lines_.size() - 1);
  }

  /// Whether the old lines, taken alone, say what is to be said.
  bool is_current(const SettingSpec& spec, const std::vector<size_t>& places,
                  const Settings& settings) const {
    Settings said;
    for (size_t place : places) {
      const auto words = split_quoted_words(lines_[place].text);
      if (!said.load(words->front(), SettingArguments(*words).subspan(1))) return false;
    }
    return same_setting(spec, said.values(), settings.values());
  }

  void replace(const SettingSpec& spec, const std::vector<size_t>& places,
               std::vector<std::string> lines, const Settings& settings) {
    const bool could_stay = places.size() == 1 || places.size() == lines.size();
    if (could_stay && is_current(spec, places, settings)) return;
    for (size_t i = 0; i < places.size(); ++i) {
      Line& line = lines_[places[i]];
      line.is_dropped = i >= lines.size();
      if (!line.is_dropped) line.text = std::move(lines[i]);
    }
    for (size_t i = places.size(); i < lines.size(); ++i) {
      lines_[places.back()].added.push_back(std::move(lines[i]));
    }
  }

  void append(std::vector<std::string> lines) {
    if (!has_signature_) lines_.push_back({std::string(kRewriteSignature), false, {}});
    has_signature_ = true;
    for (std::string& line : lines) lines_.push_back({std::move(line), false, {}});
  }

  const SettingValues defaults_;
  std::vector<Line> lines_;
  std::map<const SettingSpec*, std::vector<size_t>> places_;
  bool has_signature_ = false;
};

}  // namespace

std::string rewritten_config(Bytes old_text, const Settings& settings, RewriteScope scope) {
  ConfigLines lines(old_text);
  for (const SettingSection* section : setting_sections()) {
    for (const SettingSpec& spec : section->rows) {
      if (is_rewritten(spec)) lines.rewrite(spec, settings, scope);
    }
  }
  return lines.text();
}

Status rewrite_config_file(const std::string& path, const Settings& settings, RewriteScope scope) {
  std::string old_text;
  if (::access(path.c_str(), F_OK) == 0) {
    Result<std::string> read = PosixConfigFiles().read(path);
    if (!read) return read.status();
    old_text = std::move(read.value());
  } else if (errno != ENOENT) {
    return Status::failure(std::generic_category().message(errno));
  }
  return replace_file(path, rewritten_config(old_text, settings, scope));
}

}  // namespace sorrel

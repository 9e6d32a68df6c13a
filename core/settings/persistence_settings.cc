#include "core/settings/persistence_settings.h"

#include "core/base/number.h"

namespace sorrel::setting_rows {
namespace {

constexpr size_t kWordsPerPoint = 2;

bool parse_points(SettingArguments words, std::vector<SavePoint>& points) {
  if (words.size() % kWordsPerPoint != 0) return false;
  for (size_t i = 0; i < words.size(); i += kWordsPerPoint) {
    const std::optional<int64_t> seconds = parse_integer(words[i]);
    const std::optional<int64_t> changes = parse_integer(words[i + 1]);
    if (!seconds || !changes || *seconds < 1 || *changes < 0) return false;
    points.push_back({*seconds, *changes});
  }
  return true;
}

bool is_path(std::string_view value) {
  return value.find_first_of("/\\") != std::string_view::npos;
}

}  // namespace

SettingRefusal assign_save(SettingArguments arguments, bool again, SettingValues& values) {
  const bool none = arguments.size() == 1 && arguments.front().empty();
  std::vector<SavePoint> points;
  if (!none && !parse_points(arguments, points)) return "Invalid save parameters";
  if (!again || none) values.save.clear();
  values.save.insert(values.save.end(), points.begin(), points.end());
  return std::nullopt;
}

std::string format_save(const SettingValues& values) {
  std::string out;
  for (const SavePoint& point : values.save) {
    if (!out.empty()) out += ' ';
    out += std::to_string(point.seconds) + ' ' + std::to_string(point.changes);
  }
  return out;
}

std::vector<std::string> save_lines(const SettingValues& values) {
  if (values.save.empty()) return {"\"\""};
  std::vector<std::string> lines;
  for (const SavePoint& point : values.save) {
    lines.push_back(std::to_string(point.seconds) + ' ' + std::to_string(point.changes));
  }
  return lines;
}

SettingRefusal check_dbfilename(std::string_view value) {
  if (is_path(value)) return "dbfilename can't be a path, just a filename";
  return std::nullopt;
}

SettingRefusal check_appendfilename(std::string_view value) {
  if (value.empty()) return "appendfilename can't be empty";
  if (is_path(value)) return "appendfilename can't be a path, just a filename";
  return std::nullopt;
}

SettingRefusal check_appenddirname(std::string_view value) {
  if (value.empty()) return "appenddirname can't be empty";
  if (is_path(value)) return "appenddirname can't be a path, just a dirname";
  return std::nullopt;
}

SettingRefusal check_backupdirname(std::string_view value) {
  if (value.empty() || value == "." || value == "..") {
    return "backupdirname must name a directory of its own";
  }
  if (is_path(value)) return "backupdirname can't be a path, just a dirname";
  return std::nullopt;
}

SettingRefusal check_preload_file(std::string_view value) {
  const bool typed = value.starts_with("aof:") || value.starts_with("rdb:");
  if (value.empty() || (typed && value.size() > 4)) return std::nullopt;
  return "preload-file must be aof:<path> or rdb:<path>";
}

}  // namespace sorrel::setting_rows

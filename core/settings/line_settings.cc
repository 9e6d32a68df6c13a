#include "core/settings/line_settings.h"

#include "core/base/quoted_words.h"

namespace sorrel::setting_rows {

SettingRefusal refuse_include(SettingArguments /*arguments*/, bool /*again*/,
                              SettingValues& /*values*/) {
  return "Bad directive or wrong number of arguments";
}

std::string format_nothing(const SettingValues& /*values*/) {
  return std::string();
}

SettingRefusal append_line(SettingLines member, size_t words_min, size_t words_max,
                           SettingArguments arguments, SettingValues& values) {
  if (arguments.size() < words_min || arguments.size() > words_max) {
    return "Bad directive or wrong number of arguments";
  }
  (values.*member).emplace_back(arguments.begin(), arguments.end());
  return std::nullopt;
}

std::string format_lines(SettingLines member, const SettingValues& values) {
  std::string out;
  for (const SettingValues::Words& words : values.*member) {
    if (!out.empty()) out += '\n';
    out += join_quoted_words(words);
  }
  return out;
}

}  // namespace sorrel::setting_rows

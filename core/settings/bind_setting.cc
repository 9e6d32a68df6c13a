#include "core/settings/bind_setting.h"

#include "core/base/quoted_words.h"

namespace sorrel::setting_rows {

SettingRefusal assign_bind(SettingArguments arguments, bool /*again*/, SettingValues& values) {
  if (arguments.size() > kBindAddressesMax) return "Too many bind addresses specified.";
  values.bind.assign(arguments.begin(), arguments.end());
  if (values.bind.size() == 1 && values.bind.front().empty()) values.bind.clear();
  return std::nullopt;
}

std::string format_bind(const SettingValues& values) {
  std::string out;
  for (const std::string& address : values.bind) {
    if (!out.empty()) out += ' ';
    out += address;
  }
  return out;
}

std::vector<std::string> bind_lines(const SettingValues& values) {
  return {values.bind.empty() ? quote_word("") : join_quoted_words(values.bind)};
}

}  // namespace sorrel::setting_rows

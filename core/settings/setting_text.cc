// How the value of each kind of setting is read and written: assign_setting, format_setting,
// setting_lines. The refusals are Redis's words: clients and test suites match them.
#include "core/base/bytes.h"
#include "core/base/number.h"
#include "core/base/quoted_words.h"
#include "core/settings/setting_spec.h"
#include "core/settings/setting_units.h"

#include <algorithm>
#include <type_traits>

namespace sorrel {
namespace {

constexpr uint64_t kPercentMax = 100;

SettingRefusal out_of_bounds(const std::string& min, const std::string& max) {
  return "argument must be between " + min + " and " + max + " inclusive";
}

SettingRefusal assign(const YesNoSetting& kind, std::string_view text, SettingValues& values) {
  const bool yes = equals_ignore_case(text, "yes");
  if (!yes && !equals_ignore_case(text, "no")) return "argument must be 'yes' or 'no'";
  values.*kind.member = yes;
  return std::nullopt;
}

SettingRefusal assign(const IntegerSetting& kind, std::string_view text, SettingValues& values) {
  const std::optional<int64_t> value = parse_integer(text);
  if (!value) return "argument couldn't be parsed into an integer";
  if (*value < kind.min || *value > kind.max) {
    return out_of_bounds(std::to_string(kind.min), std::to_string(kind.max));
  }
  values.*kind.member = *value;
  return std::nullopt;
}

SettingRefusal assign(const MemorySetting& kind, std::string_view text, SettingValues& values) {
  const std::optional<uint64_t> value = memory_from_text(text);
  if (!value) return "argument must be a memory value";
  if (*value < static_cast<uint64_t>(kind.min) || *value > static_cast<uint64_t>(kind.max)) {
    return out_of_bounds(std::to_string(kind.min), std::to_string(kind.max));
  }
  values.*kind.member = std::max(static_cast<int64_t>(*value), kind.floor);
  return std::nullopt;
}

SettingRefusal assign(const MemoryShareSetting& kind, std::string_view text,
                      SettingValues& values) {
  if (text.ends_with('%')) {
    const std::optional<uint64_t> percent = parse_unsigned(text.substr(0, text.size() - 1));
    if (!percent) return "argument must be a memory or percent value";
    if (*percent > kPercentMax) return "percentage argument must be less or equal to 100";
    values.*kind.member = MemoryShare{0, static_cast<int64_t>(*percent)};
    return std::nullopt;
  }
  const std::optional<int64_t> bytes = int64_memory_from_text(text);
  if (!bytes) return "argument must be a memory or percent value";
  values.*kind.member = MemoryShare{*bytes, 0};
  return std::nullopt;
}

SettingRefusal assign(const OctalSetting& kind, std::string_view text, SettingValues& values) {
  const std::optional<int64_t> value = octal_from_text(text);
  if (!value) return "argument couldn't be parsed as an octal number";
  if (*value < 0 || *value > kind.max) return out_of_bounds("0", octal_text(kind.max));
  values.*kind.member = *value;
  return std::nullopt;
}

SettingRefusal assign(const StringSetting& kind, std::string_view text, SettingValues& values) {
  if (kind.check) {
    if (SettingRefusal refusal = kind.check(text)) return refusal;
  }
  values.*kind.member = text;
  return std::nullopt;
}

std::string none_of(std::span<const EnumSetting::Name> names) {
  std::string refusal = "argument(s) must be one of the following: ";
  for (const EnumSetting::Name& entry : names) {
    if (&entry != names.data()) refusal += ", ";
    refusal += entry.word;
  }
  return refusal;
}

SettingRefusal assign_words(const EnumSetting& kind, SettingArguments arguments,
                            SettingValues& values) {
  if (arguments.empty()) return none_of(kind.names);
  uint32_t value = 0;
  for (const std::string& argument : arguments) {
    const auto name = std::find_if(kind.names.begin(), kind.names.end(), [&](const auto& entry) {
      return equals_ignore_case(entry.word, argument);
    });
    if (name == kind.names.end()) return none_of(kind.names);
    value |= name->value;
  }
  if (kind.check) {
    if (SettingRefusal refusal = kind.check(value)) return refusal;
  }
  kind.write(values, value);
  return std::nullopt;
}

std::string format(const YesNoSetting& kind, const SettingValues& values) {
  return values.*kind.member ? "yes" : "no";
}
std::string format(const IntegerSetting& kind, const SettingValues& values) {
  return std::to_string(values.*kind.member);
}
std::string format(const MemorySetting& kind, const SettingValues& values) {
  return std::to_string(values.*kind.member);
}
std::string format(const MemoryShareSetting& kind, const SettingValues& values) {
  const MemoryShare& share = values.*kind.member;
  return share.percent ? std::to_string(share.percent) + "%" : std::to_string(share.bytes);
}
std::string format(const OctalSetting& kind, const SettingValues& values) {
  return octal_text(values.*kind.member);
}
std::string format(const StringSetting& kind, const SettingValues& values) {
  return values.*kind.member;
}
std::string format(const EnumSetting& kind, const SettingValues& values) {
  const uint32_t value = kind.read(values);
  std::string out;
  for (const EnumSetting::Name& name : kind.names) {
    if (name.value == value) return std::string(name.word);
    if (!kind.bits || name.value == 0 || (value & name.value) != name.value) continue;
    if (!out.empty()) out += ' ';
    out += name.word;
  }
  return out;
}
std::string format(const SpecialSetting& kind, const SettingValues& values) {
  return kind.format(values);
}

template <typename Kind>
std::vector<std::string> lines(const Kind& kind, const SettingValues& values) {
  return {format(kind, values)};
}
std::vector<std::string> lines(const MemorySetting& kind, const SettingValues& values) {
  return {memory_in_units(values.*kind.member)};
}
std::vector<std::string> lines(const MemoryShareSetting& kind, const SettingValues& values) {
  const MemoryShare& share = values.*kind.member;
  if (share.percent) return {format(kind, values)};
  return {memory_in_units(share.bytes)};
}
std::vector<std::string> lines(const StringSetting& kind, const SettingValues& values) {
  const std::string& value = values.*kind.member;
  if (value.empty() && !kind.keeps_empty) return {};
  return {quote_word(value)};
}
std::vector<std::string> lines(const SpecialSetting& kind, const SettingValues& values) {
  if (kind.lines) return kind.lines(values);
  return {kind.format(values)};
}

}  // namespace

SettingRefusal assign_setting(const SettingSpec& spec, SettingArguments arguments, bool again,
                              SettingValues& values) {
  if (!spec.has(kManyArguments) && arguments.size() != 1) return "wrong number of arguments";
  return std::visit(
      [&](const auto& kind) -> SettingRefusal {
        using Kind = std::remove_cvref_t<decltype(kind)>;
        if constexpr (std::is_same_v<Kind, SpecialSetting>) {
          return kind.assign(arguments, again, values);
        } else if constexpr (std::is_same_v<Kind, EnumSetting>) {
          return assign_words(kind, arguments, values);
        } else {
          return assign(kind, arguments.front(), values);
        }
      },
      spec.kind);
}

std::string format_setting(const SettingSpec& spec, const SettingValues& values) {
  return std::visit([&](const auto& kind) { return format(kind, values); }, spec.kind);
}

std::vector<std::string> setting_lines(const SettingSpec& spec, const SettingValues& values) {
  return std::visit([&](const auto& kind) { return lines(kind, values); }, spec.kind);
}

bool same_setting(const SettingSpec& spec, const SettingValues& a, const SettingValues& b) {
  return format_setting(spec, a) == format_setting(spec, b);
}

}  // namespace sorrel

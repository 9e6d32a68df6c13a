// The rows of the settings table, section by section, and what the rows files are written with.
// Only setting_spec.cc reads this; everybody else asks for setting_sections() or find_setting().
#pragma once

#include "core/settings/setting_spec.h"

namespace sorrel::setting_rows {

extern const SettingSection kNetwork;
extern const SettingSection kTls;
extern const SettingSection kProcess;
extern const SettingSection kLogging;
extern const SettingSection kClients;
extern const SettingSection kMemory;
extern const SettingSection kEncodings;
extern const SettingSection kObservation;
extern const SettingSection kSecurity;
extern const SettingSection kExtensions;
extern const SettingSection kSnapshots;
extern const SettingSection kAppendOnly;
extern const SettingSection kBackup;
extern const SettingSection kReplication;
extern const SettingSection kCluster;

using V = SettingValues;

constexpr int64_t kMaxInt64 = std::numeric_limits<int64_t>::max();
constexpr int64_t kMaxUint32 = std::numeric_limits<uint32_t>::max();
constexpr int64_t kPortMax = 65535;

/// An EnumSetting over a member of any enumerated (or, for bits, unsigned) type.
template <auto Member>
constexpr EnumSetting one_of(std::span<const EnumSetting::Name> names) {
  using Value = std::remove_cvref_t<decltype(std::declval<V>().*Member)>;
  return EnumSetting{names, [](const V& v) { return static_cast<uint32_t>(v.*Member); },
                     [](V& v, uint32_t value) { v.*Member = static_cast<Value>(value); }};
}

template <auto Member>
constexpr EnumSetting any_of(std::span<const EnumSetting::Name> names,
                             SettingRefusal (*check)(uint32_t value)) {
  EnumSetting setting = one_of<Member>(names);
  setting.bits = true;
  setting.check = check;
  return setting;
}

/// The uint32_t that stands for an enumerator in a name list.
template <typename Enum>
constexpr EnumSetting::Name word(std::string_view spelling, Enum value) {
  return {spelling, static_cast<uint32_t>(value)};
}

}  // namespace sorrel::setting_rows

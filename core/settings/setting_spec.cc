#include "core/settings/setting_spec.h"

#include "core/base/bytes.h"
#include "core/settings/setting_rows.h"

namespace sorrel {

namespace {

constexpr const SettingSection* kSections[] = {
    &setting_rows::kNetwork,    &setting_rows::kTls,         &setting_rows::kProcess,
    &setting_rows::kLogging,    &setting_rows::kClients,     &setting_rows::kMemory,
    &setting_rows::kEncodings,  &setting_rows::kObservation, &setting_rows::kSecurity,
    &setting_rows::kExtensions, &setting_rows::kSnapshots,   &setting_rows::kAppendOnly,
    &setting_rows::kBackup,     &setting_rows::kReplication, &setting_rows::kCluster,
};

}  // namespace

std::span<const SettingSection* const> setting_sections() {
  return kSections;
}

const SettingSpec* find_setting(std::string_view name) {
  for (const SettingSection* section : kSections) {
    for (const SettingSpec& spec : section->rows) {
      if (equals_ignore_case(spec.name, name)) return &spec;
      for (std::string_view alias : spec.aliases) {
        if (!alias.empty() && equals_ignore_case(alias, name)) return &spec;
      }
    }
  }
  return nullptr;
}

}  // namespace sorrel

#include "core/settings/settings.h"

#include "core/base/glob.h"
#include "core/command/errors.h"

#include <algorithm>
#include <variant>

namespace sorrel {
namespace {

/// Directives without a meaning any more, which old files still hold.
constexpr std::string_view kRetired[] = {"list-max-ziplist-entries", "list-max-ziplist-value",
                                         "lua-replicate-commands"};

bool is_retired(std::string_view name) {
  return std::any_of(std::begin(kRetired), std::end(kRetired),
                     [&](std::string_view retired) { return equals_ignore_case(retired, name); });
}

/// A list given as one argument ("3600 1 300 100") is split at every blank, as Redis does: two
/// blanks in a row make an empty word, which most lists refuse.
std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  size_t start = 0;
  for (size_t blank = text.find(' '); blank != std::string_view::npos;
       blank = text.find(' ', start)) {
    words.emplace_back(text.substr(start, blank - start));
    start = blank + 1;
  }
  words.emplace_back(text.substr(start));
  return words;
}

std::string set_failed(std::string_view name, std::string_view reason) {
  return "ERR CONFIG SET failed (possibly related to argument '" + std::string(name) + "') - " +
         std::string(reason);
}

/// The spelling of the table for a name or alias in any case.
std::string_view table_name(const SettingSpec& spec, std::string_view name) {
  for (std::string_view alias : spec.aliases) {
    if (equals_ignore_case(alias, name)) return alias;
  }
  return spec.name;
}

void match_names(Bytes pattern, const SettingValues& values, std::set<Bytes>& taken,
                 std::vector<Settings::NamedValue>& found) {
  const auto add = [&](const SettingSpec& spec, Bytes name) {
    if (name.empty() || !glob_match(pattern, name, Case::kIgnored)) return;
    if (taken.insert(name).second) found.emplace_back(name, format_setting(spec, values));
  };
  for (const SettingSection* section : setting_sections()) {
    for (const SettingSpec& spec : section->rows) {
      if (spec.has(kHidden) || spec.has(kStartOnly)) continue;
      add(spec, spec.name);
      for (Bytes alias : spec.aliases) add(spec, alias);
    }
  }
}

/// Such a setting is refused before anything else that may be wrong, as Redis does.
bool touches_loading(std::span<const Settings::NamedValue> assignments) {
  return std::any_of(assignments.begin(), assignments.end(), [](const auto& assignment) {
    const SettingSpec* spec = find_setting(assignment.first);
    return spec && spec->has(kDenyLoading);
  });
}

bool is_allowed(Permission permission, bool is_local) {
  return permission == Permission::kYes || (permission == Permission::kLocal && is_local);
}

}  // namespace

SettingRefusal Settings::assign(const SettingSpec& spec, SettingArguments arguments, bool again,
                                SettingValues& values) const {
  if (spec.has(kManyArguments) && arguments.size() == 1) {
    return assign_setting(spec, split_words(arguments.front()), again, values);
  }
  if (!spec.has(kDirectory) || !resolver_ || arguments.size() != 1) {
    return assign_setting(spec, arguments, again, values);
  }
  const Result<std::string> path = resolver_(arguments.front());
  if (!path) return path.status().message();
  return assign_setting(spec, SettingArguments(&path.value(), 1), again, values);
}

Status Settings::load(std::string_view name, SettingArguments arguments) {
  if (is_retired(name) && arguments.size() == 1) return Status::ok();
  const SettingSpec* spec = find_setting(name);
  const bool takes_words =
      spec && spec->has(kManyArguments) && std::holds_alternative<EnumSetting>(spec->kind);
  if (!spec || (arguments.empty() && !takes_words)) {
    return Status::failure(spec && !spec->has(kStartOnly)
                               ? "wrong number of arguments"
                               : "Bad directive or wrong number of arguments");
  }
  SettingValues next = values_;
  const bool again = loaded_.contains(spec);
  if (SettingRefusal refusal = assign(*spec, arguments, again, next)) {
    return Status::failure(std::move(*refusal));
  }
  values_ = std::move(next);
  loaded_.insert(spec);
  return Status::ok();
}

std::vector<Settings::NamedValue> Settings::get(std::span<const Bytes> patterns) const {
  std::vector<NamedValue> found;
  std::set<Bytes> taken;
  for (Bytes pattern : patterns) {
    if (pattern.find_first_of("[*?") != Bytes::npos) {
      match_names(pattern, values_, taken, found);
    } else if (const SettingSpec* spec = find_setting(pattern); spec && !spec->has(kStartOnly)) {
      if (taken.insert(table_name(*spec, pattern)).second) {
        found.emplace_back(pattern, format_setting(*spec, values_));
      }
    }
  }
  return found;
}

std::optional<std::string> Settings::get_one(Bytes name) const {
  const SettingSpec* spec = find_setting(name);
  if (!spec || spec->has(kStartOnly)) return std::nullopt;
  return format_setting(*spec, values_);
}

std::optional<std::string> Settings::resolve(std::span<const NamedValue> assignments, Caller caller,
                                             std::vector<Change>& changes) const {
  if (caller.is_loading && touches_loading(assignments)) {
    return "LOADING Redis is loading the dataset in memory";
  }
  for (const auto& [name, value] : assignments) {
    const SettingSpec* spec = find_setting(name);
    if (!spec || spec->has(kStartOnly)) {
      return "ERR Unknown option or number of arguments for CONFIG SET - '" + errors::shown(name) +
             "'";
    }
    if (spec->has(kImmutable)) return set_failed(name, "can't set immutable config");
    if (spec->has(kProtected) && !is_allowed(values_.enable_protected_configs, caller.is_local)) {
      return set_failed(name, "can't set protected config");
    }
    const std::string_view canonical = table_name(*spec, name);
    const bool duplicate = std::any_of(changes.begin(), changes.end(),
                                       [&](const Change& c) { return c.name == canonical; });
    if (duplicate) return set_failed(name, "duplicate parameter");
    changes.push_back({spec, canonical, &value});
  }
  return std::nullopt;
}

std::optional<std::string> Settings::set_many(std::span<const NamedValue> assignments,
                                              Caller caller) {
  std::vector<Change> changes;
  if (auto error = resolve(assignments, caller, changes)) return error;
  SettingValues next = values_;
  for (const Change& change : changes) {
    const SettingArguments arguments(change.value, 1);
    if (SettingRefusal refusal = assign(*change.spec, arguments, false, next)) {
      return set_failed(change.name, *refusal);
    }
  }
  std::swap(values_, next);
  return apply(changes, next);
}

/// Tells the observers; on a refusal restores `before` and tells those already told.
std::optional<std::string> Settings::apply(const std::vector<Change>& changes,
                                           const SettingValues& before) {
  std::vector<const Watch*> told;
  for (const Watch& watch : watches_) {
    const auto touched = std::find_if(changes.begin(), changes.end(), [&](const Change& change) {
      const bool watched = watch.specs.empty() || std::find(watch.specs.begin(), watch.specs.end(),
                                                            change.spec) != watch.specs.end();
      return watched && !same_setting(*change.spec, before, values_);
    });
    if (touched == changes.end()) continue;
    SettingRefusal refusal = watch.observer(before, values_);
    if (!refusal) {
      told.push_back(&watch);
      continue;
    }
    const SettingValues refused = std::exchange(values_, before);
    // The way back was the state a moment ago; an observer that can't return says so itself.
    for (auto earlier = told.rbegin(); earlier != told.rend(); ++earlier) {
      static_cast<void>((*earlier)->observer(refused, values_));
    }
    return set_failed(touched->name, *refusal);
  }
  return std::nullopt;
}

void Settings::on_change(std::initializer_list<std::string_view> names, Observer observer) {
  Watch watch;
  for (std::string_view name : names) {
    const SettingSpec* spec = find_setting(name);
    VERIFY(spec != nullptr);
    watch.specs.push_back(spec);
  }
  watch.observer = std::move(observer);
  watches_.push_back(std::move(watch));
}

std::vector<std::string_view> Settings::unserved() const {
  const SettingValues defaults;
  std::vector<std::string_view> names;
  for (const SettingSection* section : setting_sections()) {
    for (const SettingSpec& spec : section->rows) {
      if (!spec.has(kNotServed) || same_setting(spec, values_, defaults)) continue;
      // An empty value asks for nothing: `save ""` is served by not saving.
      if (!format_setting(spec, values_).empty()) names.push_back(spec.name);
    }
  }
  return names;
}

}  // namespace sorrel

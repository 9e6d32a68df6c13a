// SettingSpec: one row of the settings table, the whole of what a directive is.
//
// The configuration file, the command line, CONFIG, the embedding API and redis.conf.example all
// derive from the rows; a directive exists because a row says so. Rows are constexpr and grouped in
// sections (one rows_*.cc file each, listed by setting_sections()); the order of the sections and
// rows is the order of redis.conf.example.
//
// A row binds its name to members of SettingValues through its kind. Most kinds are bounds around
// one member; SpecialSetting is two or three functions for the few directives whose value is a list
// or that have a grammar of their own. The default isn't here: it is the member's initialiser.
#pragma once

#include "core/settings/setting_values.h"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sorrel {

/// Values of a directive, one string an argument.
using SettingArguments = std::span<const std::string>;
/// Why a value was refused; nothing when it was taken. The words are part of the protocol.
using SettingRefusal = std::optional<std::string>;

/// yes or no.
struct YesNoSetting {
  bool SettingValues::*member;
};

/// A decimal integer within bounds.
struct IntegerSetting {
  int64_t SettingValues::*member;
  int64_t min = 0;
  int64_t max = std::numeric_limits<int32_t>::max();
};

/// Bytes, with the units b k kb m mb g gb (k is 1000, kb is 1024).
struct MemorySetting {
  int64_t SettingValues::*member;
  int64_t min = 0;
  int64_t max = std::numeric_limits<int64_t>::max();
  /// Less than this is taken, and raised to it.
  int64_t floor = 0;
};

/// Bytes, or a percentage of maxmemory.
struct MemoryShareSetting {
  MemoryShare SettingValues::*member;
};

/// A file mode.
struct OctalSetting {
  int64_t SettingValues::*member;
  int64_t max;
};

struct StringSetting {
  std::string SettingValues::*member;
  /// An empty value is written to a configuration file as "", and not by leaving the line out.
  bool keeps_empty = false;
  /// Refuses a value, with the reason; null: everything goes.
  SettingRefusal (*check)(std::string_view value) = nullptr;
};

/// One word out of a list, or for `bits`, any number of them or'ed together.
struct EnumSetting {
  struct Name {
    std::string_view word;
    uint32_t value;
  };
  std::span<const Name> names;
  uint32_t (*read)(const SettingValues& values);
  void (*write)(SettingValues& values, uint32_t value);
  bool bits = false;
  SettingRefusal (*check)(uint32_t value) = nullptr;
};

/// A value with a grammar of its own.
struct SpecialSetting {
  /// `again` is true for the second and later lines of this directive in one start: they add to the
  /// first where a directive may be given more than once.
  SettingRefusal (*assign)(SettingArguments arguments, bool again, SettingValues& values);
  /// As CONFIG GET shows it.
  std::string (*format)(const SettingValues& values);
  /// As configuration lines hold it, without the name: one string a line. Null: one line, `format`.
  std::vector<std::string> (*lines)(const SettingValues& values) = nullptr;
};

using SettingKind = std::variant<YesNoSetting, IntegerSetting, MemorySetting, MemoryShareSetting,
                                 OctalSetting, StringSetting, EnumSetting, SpecialSetting>;

enum SettingFlag : uint32_t {
  kImmutable = 1u << 0,      // only at start
  kProtected = 1u << 1,      // at run time only as enable-protected-configs allows
  kSensitive = 1u << 2,      // keep the value out of logs
  kHidden = 1u << 3,         // CONFIG GET shows it only under its full name
  kManyArguments = 1u << 4,  // a value of several words
  kNotServed = 1u << 5,      // accepted, no effect yet; said in the log at start
  kDenyLoading = 1u << 6,    // not while a data set is loading
  kStartOnly = 1u << 7,      // a line of a file or an option, unknown to CONFIG
  kDirectory = 1u << 8,      // a path, kept as the directory resolver gives it
  kNoEffect = 1u << 9,       // accepted, and there is nothing here that it could change
};

struct SettingSpec {
  std::string_view name;
  SettingKind kind;
  /// For people, in redis.conf.example: what it does, in which unit, what the special values mean.
  std::string_view doc;
  uint32_t flags = 0;
  /// Older or other names, as good as the first in every place; empty when unused.
  std::array<std::string_view, 2> aliases = {};

  constexpr bool has(SettingFlag flag) const { return (flags & flag) != 0; }
};

struct SettingSection {
  std::string_view title;
  std::string_view intro;
  std::span<const SettingSpec> rows;
};

/// All sections, in the order of redis.conf.example.
std::span<const SettingSection* const> setting_sections();

/// The row of a name or an alias, upper or lower case; null when there is none.
const SettingSpec* find_setting(std::string_view name);

/// Gives `values` the value that `arguments` spell. On refusal `values` may be half changed: the
/// caller works on a copy.
SettingRefusal assign_setting(const SettingSpec& spec, SettingArguments arguments, bool again,
                              SettingValues& values);

/// As CONFIG GET shows it.
std::string format_setting(const SettingSpec& spec, const SettingValues& values);

/// As configuration lines hold it, without the name: quoted where needed, memory in units. Usually
/// one; none for a list that is empty and may be absent.
std::vector<std::string> setting_lines(const SettingSpec& spec, const SettingValues& values);

/// Whether two sets of values agree on this directive.
bool same_setting(const SettingSpec& spec, const SettingValues& a, const SettingValues& b);

}  // namespace sorrel

// Settings: the settings of one instance, and the only way to change them.
//
// Before the instance starts, load() takes directives one at a time, as they stand in a file, on
// the command line or in an embedding program's options; anything may be set. Afterwards set_many()
// is CONFIG SET: all of its assignments or none, immutable ones refused, and everybody who acts on
// a setting (a listener on `port`, the engine on `maxmemory`) asked to follow through on_change()
// and able to refuse.
//
// Invariants: (1) values() always satisfies every row; (2) an observer that has accepted a change
// which another observer refuses is called again with the change reversed; (3) a failed call leaves
// values() as it was. Settings is not thread-safe: it belongs to the instance's loop. It reads and
// writes no files: server/config_file.h and server/config_rewrite.h do.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/settings/setting_spec.h"
#include "core/settings/setting_values.h"

#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sorrel {

class Settings {
 public:
  using NamedValue = std::pair<std::string, std::string>;
  /// Follows a change of settings, or leaves everything as it was and says why: the change is then
  /// undone. Not called by load(): whoever starts reads values().
  using Observer =
      std::function<SettingRefusal(const SettingValues& before, const SettingValues& after)>;

  /// Makes a path absolute, or says why it can't be used: given in, since core knows no files.
  using DirectoryResolver = std::function<Result<std::string>(Bytes path)>;

  /// What decides whether some settings may be changed.
  struct Caller {
    bool is_local = true;  // a Unix socket, the loopback device, or the process itself
    bool is_loading = false;
  };

  Settings() = default;
  Settings(const Settings&) = delete;
  Settings& operator=(const Settings&) = delete;

  const SettingValues& values() const { return values_; }

  /// Without a resolver `dir` is kept as it is given.
  void resolve_directories_with(DirectoryResolver resolver) { resolver_ = std::move(resolver); }

  /// One directive at start, with its arguments: what a line of redis.conf says. The failure is the
  /// bare reason ("argument must be 'yes' or 'no'").
  Status load(std::string_view name, SettingArguments arguments);

  /// Takes over all that `other` was loaded with, and nothing of who follows it.
  void adopt(const Settings& other) {
    values_ = other.values_;
    loaded_ = other.loaded_;
  }

  /// CONFIG GET: names and values of what any pattern matches, each name once. A name without a
  /// pattern character is answered as it was spelled, hidden ones too; the rest are in the order of
  /// the table, with the older names as entries of their own.
  std::vector<NamedValue> get(std::span<const Bytes> patterns) const;
  /// One value, under any of its names; nothing for an unknown name.
  std::optional<std::string> get_one(Bytes name) const;

  /// CONFIG SET: nothing, or the error reply, "ERR " included.
  std::optional<std::string> set_many(std::span<const NamedValue> assignments, Caller caller);
  std::optional<std::string> set_many(std::span<const NamedValue> assignments) {
    return set_many(assignments, Caller());
  }

  /// Calls `observer` once for every change that touches any of `names`, or for every change when
  /// none are given.
  void on_change(std::initializer_list<std::string_view> names, Observer observer);

  /// Directives that differ from their default and have no effect yet: the log names them at start.
  std::vector<std::string_view> unserved() const;

 private:
  struct Watch {
    std::vector<const SettingSpec*> specs;
    Observer observer;
  };
  /// An assignment whose name has been looked up.
  struct Change {
    const SettingSpec* spec;
    std::string_view name;  // as the table spells the name or alias that was given
    const std::string* value;
  };

  SettingRefusal assign(const SettingSpec& spec, SettingArguments arguments, bool again,
                        SettingValues& values) const;
  std::optional<std::string> resolve(std::span<const NamedValue> assignments, Caller caller,
                                     std::vector<Change>& changes) const;
  std::optional<std::string> apply(const std::vector<Change>& changes, const SettingValues& before);

  SettingValues values_;
  DirectoryResolver resolver_;
  std::set<const SettingSpec*> loaded_;  // seen by load(): a further line adds to a list
  std::vector<Watch> watches_;
};

}  // namespace sorrel

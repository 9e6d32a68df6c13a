// KeptEngine: an engine whose data are kept on a file system that the test brings, with its
// background work done when the test says so.
#pragma once

#include "core/digest.h"
#include "persistence/executor.h"
#include "persistence/file_system.h"
#include "persistence/persistence.h"
#include "tests/support/local_engine.h"

#include <span>
#include <string>
#include <vector>

namespace sorrel {

class KeptEngine {
 public:
  /// The append-only file's work is stepped by `executor`, too, or else by `log_executor`.
  explicit KeptEngine(FileSystem& files, bool own_log_executor = false)
      : persistence({.engine = &local.engine,
                     .files = &files,
                     .executor = &executor,
                     .log_executor = own_log_executor ? &log_executor : &executor}) {}

  template <typename... Words>
  std::string run(const Words&... words) {
    return local.run(words...);
  }
  std::string run_words(const std::vector<std::string>& words) {
    const std::vector<Bytes> args(words.begin(), words.end());
    return local.run_in(local.session, args);
  }
  /// As an instance does at its start; the failure's text, or nothing.
  std::string recover() {
    Status status = persistence.start_recovery();
    while (status && persistence.recovering()) status = persistence.recover();
    return status.message();
  }
  Digest digest() { return digest_all(local.engine); }
  std::string info(const std::string& field) {
    const std::string text = local.run("INFO", "everything");
    const size_t at = text.find("\r\n" + field + ":");
    if (at == std::string::npos) return "no such field";
    const size_t begin = at + field.size() + 3;
    return text.substr(begin, text.find("\r\n", begin) - begin);
  }
  /// As a line of its configuration file.
  void load(const std::string& name, const std::string& value) {
    VERIFY(local.settings.load(name, SettingArguments(&value, 1)));
  }
  void set(const std::string& name, const std::string& value) {
    VERIFY(run("CONFIG", "SET", name, value) == "+OK\r\n");
  }
  /// Turns of the loop until nothing retired is left to be freed.
  void settle() {
    while (local.engine.tick()) {
    }
  }

  LocalEngine local;
  SteppedExecutor executor;
  SteppedExecutor log_executor;
  Persistence persistence;
};

}  // namespace sorrel

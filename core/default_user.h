// DefaultUser: the one user there is so far, who may do everything once it is let in.
//
// It is on or off; it has no password, so that any will do, or any number of them, known by their
// digests alone. `requirepass` sets the one password it has at start; ACL SETUSER changes it after
// that, and nothing of that is written back to the setting.
//
// Owned by the engine. Rights (commands, keys, channels) and other users are not here.
#pragma once

#include "core/base/bytes.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sorrel {

class DefaultUser {
 public:
  static constexpr Bytes kName = "default";
  static constexpr size_t kPasswordsMax = 1024;

  /// What `requirepass` says: this password and no other; empty: none is needed.
  void require(Bytes password);
  /// Whoever connects is let in without a word.
  bool is_open() const { return on_ && needs_none_; }
  bool needs_password() const { return !needs_none_; }
  bool admits(Bytes password) const;
  /// The words of ACL SETUSER: all, or none and the error reply's text.
  std::optional<std::string> change(std::span<const Bytes> rules);

  /// As ACL GETUSER lists them.
  std::vector<Bytes> flags() const;
  /// SHA-256 in hexadecimal digits, in the order they were added.
  const std::vector<std::string>& passwords() const { return passwords_; }

 private:
  std::optional<std::string> apply(Bytes rule);
  bool add(std::string digest);
  bool remove(const std::string& digest);

  bool on_ = true;
  bool needs_none_ = true;
  bool sanitizes_ = true;
  std::vector<std::string> passwords_;
};

}  // namespace sorrel

#include "core/default_user.h"

#include "core/base/sha256.h"
#include "core/command/errors.h"

#include <algorithm>

namespace sorrel {
namespace {

constexpr size_t kDigestDigits = 64;

constexpr Bytes kSyntax = "Syntax error";
constexpr Bytes kNoSuchPassword =
    "The password you are trying to remove from the user does not exist";
constexpr Bytes kNotADigest =
    "The password hash must be exactly 64 characters and contain only lowercase hexadecimal "
    "characters";
constexpr Bytes kTooMany = "The user has too many passwords";
constexpr Bytes kAllOrNothing =
    "Only the rules of all rights (+@all, ~*, &*) are served for the default user so far";

bool is_digest(Bytes text) {
  return text.size() == kDigestDigits && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool is_one_of(Bytes rule, std::initializer_list<Bytes> words) {
  return std::ranges::any_of(words, [&](Bytes word) { return equals_ignore_case(rule, word); });
}

// Rules that leave the user's rights what they are: all.
bool grants_all(Bytes rule) {
  return is_one_of(rule, {"allkeys", "~*", "%RW~*", "allchannels", "&*", "allcommands", "+@all",
                          "clearselectors", ""});
}

// A rule of rights that this user can't be given yet.
bool restricts(Bytes rule) {
  constexpr Bytes kKinds = "+-~%&(";
  return (!rule.empty() && kKinds.find(rule[0]) != Bytes::npos) ||
         is_one_of(rule, {"nocommands", "reset", "resetkeys", "resetchannels"});
}

// Takes the same time wherever two digests differ.
bool same_digest(Bytes a, Bytes b) {
  unsigned difference = 0;
  for (size_t i = 0; i < kDigestDigits; ++i) {
    difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  }
  return difference == 0;
}

}  // namespace

void DefaultUser::require(Bytes password) {
  passwords_.clear();
  needs_none_ = password.empty();
  if (!needs_none_) passwords_.push_back(sha256_hex(password));
}

bool DefaultUser::admits(Bytes password) const {
  if (!on_) return false;
  if (needs_none_) return true;
  const std::string digest = sha256_hex(password);
  bool known = false;
  for (const std::string& one : passwords_) known |= same_digest(one, digest);
  return known;
}

std::optional<std::string> DefaultUser::change(std::span<const Bytes> rules) {
  DefaultUser changed = *this;
  for (const Bytes rule : rules) {
    const std::optional<std::string> failure = changed.apply(rule);
    if (!failure) continue;
    return "ERR Error in ACL SETUSER modifier '" + errors::shown(rule) + "': " + *failure;
  }
  *this = std::move(changed);
  return std::nullopt;
}

// The rest of the error, if there is one.
std::optional<std::string> DefaultUser::apply(Bytes rule) {
  const Bytes rest = rule.empty() ? rule : rule.substr(1);
  const char first = rule.empty() ? '\0' : rule[0];
  if (is_one_of(rule, {"on"})) {
    on_ = true;
  } else if (is_one_of(rule, {"off"})) {
    on_ = false;
  } else if (is_one_of(rule, {"nopass"})) {
    passwords_.clear();
    needs_none_ = true;
  } else if (is_one_of(rule, {"resetpass"})) {
    passwords_.clear();
    needs_none_ = false;
  } else if (is_one_of(rule, {"sanitize-payload", "skip-sanitize-payload"})) {
    sanitizes_ = rule.size() == Bytes("sanitize-payload").size();
  } else if (first == '>' || first == '#') {
    if (first == '#' && !is_digest(rest)) return std::string(kNotADigest);
    if (!add(first == '>' ? sha256_hex(rest) : std::string(rest))) return std::string(kTooMany);
  } else if (first == '<' || first == '!') {
    if (first == '!' && !is_digest(rest)) return std::string(kNotADigest);
    if (!remove(first == '<' ? sha256_hex(rest) : std::string(rest))) {
      return std::string(kNoSuchPassword);
    }
  } else if (!grants_all(rule)) {
    return std::string(restricts(rule) ? kAllOrNothing : kSyntax);
  }
  return std::nullopt;
}

bool DefaultUser::add(std::string digest) {
  needs_none_ = false;
  if (std::ranges::find(passwords_, digest) != passwords_.end()) return true;
  if (passwords_.size() == kPasswordsMax) return false;
  passwords_.push_back(std::move(digest));
  return true;
}

bool DefaultUser::remove(const std::string& digest) {
  return std::erase(passwords_, digest) != 0;
}

std::vector<Bytes> DefaultUser::flags() const {
  std::vector<Bytes> flags = {on_ ? "on" : "off"};
  if (needs_none_) flags.push_back("nopass");
  flags.push_back(sanitizes_ ? "sanitize-payload" : "skip-sanitize-payload");
  return flags;
}

}  // namespace sorrel

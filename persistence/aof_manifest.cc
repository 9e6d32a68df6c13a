#include "persistence/aof_manifest.h"

#include "core/base/number.h"
#include "core/base/quoted_words.h"

#include <algorithm>
#include <limits>

namespace sorrel {
namespace {

constexpr size_t kShownBytes = 128;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

Bytes trimmed(Bytes line) {
  while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
  while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
  return line;
}

bool is_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
}

// Names of keys that are not known are those of newer versions, and are passed over.
Result<AofFileInfo> parse_line(Bytes line) {
  const auto words = split_quoted_words(line);
  const Status malformed = Status::failure("Invalid AOF manifest file format");
  if (!words || words->size() < 6 || words->size() % 2 != 0) return malformed;
  AofFileInfo info;
  char type = 0;
  for (size_t i = 0; i < words->size(); i += 2) {
    const std::string& value = (*words)[i + 1];
    if (equals_ignore_case((*words)[i], "file")) {
      info.name = value;
    } else if (equals_ignore_case((*words)[i], "seq")) {
      const auto number = parse_unsigned(value);
      if (!number || *number >= std::numeric_limits<int64_t>::max()) return malformed;
      info.sequence = *number;
    } else if (equals_ignore_case((*words)[i], "type")) {
      type = value.empty() ? '\0' : value[0];
    }
  }
  if (info.name.empty() || info.sequence == 0 || type == 0) return malformed;
  if (!is_name(info.name)) return Status::failure("File can't be a path, just a filename");
  if (type != 'b' && type != 'i' && type != 'h') return Status::failure("Unknown AOF file type");
  info.type = static_cast<AofFileInfo::Type>(type);
  return info;
}

Status add(AofManifest& manifest, const AofFileInfo& info) {
  if (manifest.history.size() + manifest.increments.size() >= AofManifest::kFilesMax) {
    return Status::failure("Too many files");
  }
  switch (info.type) {
    case AofFileInfo::Type::kBase:
      if (manifest.base) return Status::failure("Found duplicate base file information");
      manifest.base = info;
      manifest.base_sequence = info.sequence;
      return Status::ok();
    case AofFileInfo::Type::kHistory:
      manifest.history.push_back(info);
      return Status::ok();
    case AofFileInfo::Type::kIncrement:
      break;
  }
  if (info.sequence <= manifest.increment_sequence) {
    return Status::failure("Found a non-monotonic sequence number");
  }
  manifest.increments.push_back(info);
  manifest.increment_sequence = info.sequence;
  return Status::ok();
}

void append_line(const AofFileInfo& info, std::string& text) {
  const std::string words[] = {"file", info.name,
                               "seq",  std::to_string(info.sequence),
                               "type", std::string(1, static_cast<char>(info.type))};
  text += join_quoted_words(words) + "\n";
}

Status at_line(size_t number, Bytes line, Bytes reason) {
  return Status::failure("line " + std::to_string(number) + ": " + std::string(reason) + ": " +
                         quote_word(line.substr(0, kShownBytes)));
}

}  // namespace

Result<AofManifest> AofManifest::parse(Bytes text) {
  if (text.empty()) return Status::failure("Found an empty AOF manifest");
  AofManifest manifest;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    const Bytes line = text.substr(0, end);
    if (!line.empty() && line[0] == '#') {
      text.remove_prefix(end == Bytes::npos ? text.size() : end + 1);
      continue;
    }
    if (end == Bytes::npos || end >= kLineBytesMax) {
      return at_line(number, line, "The AOF manifest file contains too long line");
    }
    text.remove_prefix(end + 1);
    const Result<AofFileInfo> info = parse_line(trimmed(line));
    if (!info) return at_line(number, line, info.status().message());
    if (const Status added = add(manifest, info.value()); !added) {
      return at_line(number, line, added.message());
    }
  }
  return manifest;
}

std::string AofManifest::format() const {
  std::string text;
  if (base) append_line(*base, text);
  for (const AofFileInfo& info : history) append_line(info, text);
  for (const AofFileInfo& info : increments) append_line(info, text);
  return text;
}

bool AofManifest::is_history(const std::string& name) const {
  return std::any_of(history.begin(), history.end(),
                     [&name](const AofFileInfo& info) { return info.name == name; });
}

AofFileInfo& AofManifest::add_base(const std::string& stem, bool is_rdb) {
  const Bytes suffix = is_rdb ? ".base.rdb" : ".base.aof";
  std::string name;
  do {
    name = stem + "." + std::to_string(++base_sequence) + std::string(suffix);
  } while (is_history(name));
  base = AofFileInfo{std::move(name), base_sequence, AofFileInfo::Type::kBase};
  return *base;
}

AofFileInfo& AofManifest::add_increment(const std::string& stem) {
  std::string name;
  do {
    name = stem + "." + std::to_string(++increment_sequence) + ".incr.aof";
  } while (is_history(name));
  increments.push_back({std::move(name), increment_sequence, AofFileInfo::Type::kIncrement});
  return increments.back();
}

void AofManifest::retire_base() {
  if (!base) return;
  history.push_back(*base);
  history.back().type = AofFileInfo::Type::kHistory;
  base.reset();
}

void AofManifest::retire_increments_but_last() {
  while (increments.size() > 1) retire_first_increment();
}

void AofManifest::retire_increments() {
  while (!increments.empty()) retire_first_increment();
}

void AofManifest::retire_first_increment() {
  history.push_back(increments.front());
  history.back().type = AofFileInfo::Type::kHistory;
  increments.erase(increments.begin());
}

}  // namespace sorrel

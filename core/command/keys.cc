#include "core/command/keys.h"

#include "core/base/number.h"

namespace sorrel {
namespace {

// Where the search begins; nothing when there is no such place in this call (an optional keyword).
std::optional<int> begin_of(const KeySpec& spec, std::span<const Bytes> args) {
  if (spec.begin == KeySpec::Begin::kIndex) return spec.index;
  if (spec.begin != KeySpec::Begin::kKeyword) return std::nullopt;
  const int count = static_cast<int>(args.size());
  const bool backward = spec.index < 0;
  for (int i = backward ? count + spec.index : spec.index; i > 0 && i < count;
       i += backward ? -1 : 1) {
    if (equals_ignore_case(args[static_cast<size_t>(i)], spec.keyword)) return i + 1;
  }
  return std::nullopt;
}

struct Run {
  int first;
  int last;
  int step;
};

std::optional<Run> run_of(const KeySpec& spec, int begin, std::span<const Bytes> args) {
  const int count = static_cast<int>(args.size());
  if (spec.find == KeySpec::Find::kRange) {
    int last = spec.last >= 0 ? begin + spec.last : count + spec.last;
    if (spec.last < 0 && spec.limit > 1) last = begin + (count - begin) / spec.limit + spec.last;
    return Run{begin, last, spec.step};
  }
  const int count_at = begin + spec.count_index;
  if (spec.find != KeySpec::Find::kCount || count_at >= count) return std::nullopt;
  const std::optional<int64_t> keys = parse_integer(args[static_cast<size_t>(count_at)]);
  if (!keys || *keys < 1 || *keys > count) return std::nullopt;
  const int first = begin + spec.first;
  return Run{first, first + (static_cast<int>(*keys) - 1) * spec.step, spec.step};
}

}  // namespace

size_t key_spec_count(const CommandSpec& spec) {
  size_t count = 0;
  while (count < kKeySpecsMax && spec.keys[count].begin != KeySpec::Begin::kNone) ++count;
  return count;
}

std::optional<std::vector<KeyReference>> keys_of(const CommandSpec& spec,
                                                 std::span<const Bytes> args) {
  std::vector<KeyReference> keys;
  const size_t from = spec.keys_from_of == nullptr ? 0 : spec.keys_from_of(args);
  if (from != 0) {
    for (size_t at = from; at < args.size(); ++at) keys.push_back({at, spec.keys[0].flags});
    return keys;
  }
  for (size_t i = 0; i < key_spec_count(spec); ++i) {
    const KeySpec& key = spec.keys[i];
    // Whether it holds for a call is more than it can say; keys_from_of() has said that it doesn't.
    if ((key.flags & kKeyIncomplete) != 0) break;
    const std::optional<int> begin = begin_of(key, args);
    if (!begin) continue;
    const std::optional<Run> run = run_of(key, *begin, args);
    if (!run || run->last >= static_cast<int>(args.size())) return std::nullopt;
    const bool varies = (key.flags & kKeyVariableFlags) != 0 && spec.key_flags_of != nullptr;
    const uint16_t flags = varies ? spec.key_flags_of(args) : key.flags;
    for (int at = run->first; at <= run->last; at += run->step) {
      keys.push_back(KeyReference{static_cast<size_t>(at), flags});
    }
  }
  const size_t found = spec.unknown_key_of == nullptr ? 0 : spec.unknown_key_of(args);
  if (found != 0) keys.push_back({found, spec.keys[key_spec_count(spec) - 1].flags});
  return keys;
}

KeyRange legacy_range(const CommandSpec& spec) {
  KeyRange range;
  for (size_t i = 0; i < key_spec_count(spec); ++i) {
    const KeySpec& key = spec.keys[i];
    if (key.begin != KeySpec::Begin::kIndex || key.find != KeySpec::Find::kRange) continue;
    if (range.first == 0) {
      range = KeyRange{key.index, key.last >= 0 ? key.index + key.last : key.last, key.step};
    } else if (range.step == 1 && key.step == 1 && key.index == range.last + 1) {
      range.last = key.last >= 0 ? key.index + key.last : key.last;
    }
  }
  return range;
}

}  // namespace sorrel

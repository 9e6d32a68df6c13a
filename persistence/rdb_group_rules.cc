#include "persistence/rdb_group_rules.h"

#include "core/base/number.h"
#include "core/base/quoted_words.h"
#include "core/value/stream_groups.h"

#include <optional>

namespace sorrel {

std::vector<std::string> group_rules_of(const Stream& stream) {
  std::vector<std::string> fields;
  if (stream.groups() == nullptr) return fields;
  stream.groups()->for_each([&](const StreamGroup& group) {
    const GroupRules& rules = group.rules();
    const std::string dead_letter(group.dead_letter());
    if (rules.max_deliveries == 0 && rules.consumer_idle_ms == 0 && dead_letter.empty()) return;
    std::vector<std::string> words = {std::string(group.name()),
                                      std::to_string(rules.max_deliveries),
                                      std::to_string(rules.consumer_idle_ms)};
    if (!dead_letter.empty()) words.push_back(dead_letter);
    fields.push_back(join_quoted_words(words));
  });
  return fields;
}

bool apply_group_rules(Bytes field, Stream& stream, Epoch& epoch) {
  constexpr size_t kWordsMin = 3;
  const std::optional<std::vector<std::string>> words = split_quoted_words(field);
  if (!words || words->size() < kWordsMin || words->size() > kWordsMin + 1) return false;
  const std::optional<int64_t> deliveries = parse_integer((*words)[1]);
  const std::optional<int64_t> idle_ms = parse_integer((*words)[2]);
  if (!deliveries || *deliveries < 0 || !idle_ms || *idle_ms < 0) return false;
  if (!stream.groups_reference()) return false;
  StreamGroup* group = stream.groups_reference().thaw(epoch).edit(words->front());
  if (group == nullptr) return false;
  group->set_rules({*deliveries, *idle_ms});
  if (words->size() > kWordsMin) group->set_dead_letter(words->back(), epoch);
  return true;
}

}  // namespace sorrel

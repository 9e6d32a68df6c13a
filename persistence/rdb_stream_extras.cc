#include "persistence/rdb_stream_extras.h"

#include "core/base/number.h"
#include "core/base/quoted_words.h"
#include "core/value/stream_producers.h"
#include "persistence/rdb_group_rules.h"

#include <optional>
#include <string>
#include <vector>

namespace sorrel {
namespace {

constexpr Bytes kProducersField = "sorrel-producers";
constexpr Bytes kProducerField = "sorrel-producer";

void write_producers(const StreamProducers& producers,
                     const std::function<void(Bytes name, Bytes value)>& put) {
  put(kProducersField,
      std::to_string(producers.duration_s()) + " " + std::to_string(producers.receipts_max()) +
          " " + std::to_string(producers.added()) + " " + std::to_string(producers.repeated()));
  std::vector<std::string> words;
  const auto finish = [&] {
    if (!words.empty()) put(kProducerField, join_quoted_words(words));
    words.clear();
  };
  producers.for_each([&](Bytes name, Bytes message, StreamId id) {
    if (words.empty() || words.front() != name) {
      finish();
      words.emplace_back(name);
    }
    words.emplace_back(message);
    words.emplace_back(StreamIdText(id).view());
  });
  finish();
}

bool apply_producers(const std::vector<std::string>& words, StreamProducers& producers) {
  constexpr size_t kWords = 4;
  if (words.size() != kWords) return false;
  const auto duration_s = parse_unsigned(words[0]);
  const auto receipts_max = parse_unsigned(words[1]);
  const auto added = parse_unsigned(words[2]);
  const auto repeated = parse_unsigned(words[3]);
  if (!duration_s || !receipts_max || !added || !repeated) return false;
  if (*duration_s == 0 || *duration_s > StreamProducers::kDurationMax) return false;
  if (*receipts_max == 0 || *receipts_max > StreamProducers::kReceiptsMax) return false;
  producers.configure(static_cast<uint32_t>(*duration_s), static_cast<uint32_t>(*receipts_max));
  producers.set_counts(*added, *repeated);
  return true;
}

bool apply_producer(const std::vector<std::string>& words, StreamProducers& producers) {
  if (words.size() % 2 == 0 || words.size() < 3) return false;
  if (producers.knows(words.front())) return false;
  const uint64_t added = producers.added();
  const uint64_t repeated = producers.repeated();
  // In any order, and a message may stand there twice: commands allow both.
  for (size_t i = 1; i < words.size(); i += 2) {
    const std::optional<StreamId> id = parse_stream_id(words[i + 1], 0);
    if (!id) return false;
    // Long ago: nothing is too old yet.
    producers.add(words.front(), words[i], *id, 0);
  }
  producers.set_counts(added, repeated);
  return true;
}

}  // namespace

void write_stream_extras(const Stream& stream,
                         const std::function<void(Bytes name, Bytes value)>& put) {
  for (const std::string& field : group_rules_of(stream)) put(kGroupRulesField, field);
  if (stream.producers() != nullptr) write_producers(*stream.producers(), put);
}

bool is_stream_extra(Bytes name) {
  return name == kGroupRulesField || name == kProducersField || name == kProducerField;
}

bool apply_stream_extra(Bytes name, Bytes value, Stream& stream, Epoch& epoch) {
  if (name == kGroupRulesField) return apply_group_rules(value, stream, epoch);
  const std::optional<std::vector<std::string>> words = split_quoted_words(value);
  if (!words) return false;
  StreamProducers& producers = stream.edit_producers(epoch);
  return name == kProducersField ? apply_producers(*words, producers)
                                 : apply_producer(*words, producers);
}

}  // namespace sorrel

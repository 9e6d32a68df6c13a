#include "persistence/rdb_stream_schedule.h"

#include "core/base/number.h"
#include "core/base/quoted_words.h"
#include "core/value/stream_schedule.h"

#include <optional>
#include <span>

namespace sorrel {
namespace {

constexpr size_t kRetentionWords = 5;
constexpr size_t kDelayedWordsMin = 4;

std::string retention_of(Bytes key, const StreamRetention& retention) {
  const std::string words[] = {
      std::string(key), std::to_string(retention.max_length), std::to_string(retention.max_bytes),
      std::to_string(retention.max_age_ms), retention.acknowledged ? "ACKED" : "ALL"};
  return join_quoted_words(words);
}

std::string delayed_of(Bytes key, const StreamSlot& slot) {
  std::vector<std::string> words{std::string(key), std::string(StreamIdText(slot.first).view())};
  StreamEntryTexts texts;
  for (const Bytes text : texts.read(*slot.block, slot.block->begin())) words.emplace_back(text);
  return join_quoted_words(words);
}

bool apply_retention(const std::vector<std::string>& words, Stream& stream, Epoch& epoch) {
  if (words.size() != kRetentionWords) return false;
  const std::optional<int64_t> length = parse_integer(words[1]);
  const std::optional<int64_t> bytes = parse_integer(words[2]);
  const std::optional<int64_t> age_ms = parse_integer(words[3]);
  const bool acknowledged = words[4] == "ACKED";
  if (!length || *length < 0 || !bytes || *bytes < 0 || !age_ms || *age_ms < 0) return false;
  if (!acknowledged && words[4] != "ALL") return false;
  stream.set_retention(
      {static_cast<uint64_t>(*length), static_cast<uint64_t>(*bytes), *age_ms, acknowledged},
      epoch);
  return true;
}

bool apply_delayed(const std::vector<std::string>& words, Stream& stream, Epoch& epoch) {
  if (words.size() < kDelayedWordsMin || words.size() % 2 != 0) return false;
  const std::optional<StreamId> id = parse_stream_id(words[1], 0);
  if (!id || id->ms > INT64_MAX || id->seq == UINT64_MAX) return false;
  if (stream.schedule() != nullptr && stream.schedule()->contains(*id)) return false;
  const std::vector<Bytes> entry(words.begin() + 2, words.end());
  size_t bytes = 0;
  for (const Bytes text : entry) bytes += text.size();
  if (bytes > StreamBlock::kEntryTextMax) return false;
  stream.delay(*id, entry, epoch);
  return true;
}

}  // namespace

void write_stream_schedule(Bytes key, const Stream& stream,
                           const std::function<void(Bytes name, Bytes value)>& put) {
  const StreamSchedule* schedule = stream.schedule();
  if (schedule == nullptr) return;
  if (schedule->retention() != StreamRetention()) {
    put(kStreamRetentionField, retention_of(key, schedule->retention()));
  }
  schedule->delayed().for_each(
      [&](const StreamSlot& slot) { put(kStreamDelayedField, delayed_of(key, slot)); });
}

bool is_stream_schedule(Bytes name) {
  return name == kStreamRetentionField || name == kStreamDelayedField;
}

std::vector<std::string> stream_schedule_words(Bytes value) {
  std::optional<std::vector<std::string>> words = split_quoted_words(value);
  return words ? std::move(*words) : std::vector<std::string>();
}

bool apply_stream_schedule(Bytes name, const std::vector<std::string>& words, Stream& stream,
                           Epoch& epoch) {
  return name == kStreamRetentionField ? apply_retention(words, stream, epoch)
                                       : apply_delayed(words, stream, epoch);
}

}  // namespace sorrel

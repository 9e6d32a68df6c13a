#include "core/commands/stream_consumer_expiry.h"

#include "core/commands/stream_journal.h"

#include <string>
#include <vector>

namespace sorrel {
namespace {

class ConsumerExpiry {
 public:
  ConsumerExpiry(Context& context, KeyWriter& key, StreamGroup& group)
      : context_(context), key_(key), group_(group) {}

  /// Hands back what there is room for; the consumer goes when it has nothing pending.
  void run(uint32_t consumer) {
    PendingEntries& pending = group_.pending();
    std::vector<PendingEntry> handed_back;
    while (left_ != 0) {
      const auto at = pending.of(consumer, StreamId::min());
      if (!at || at->consumer != consumer) break;
      PendingEntry entry = *pending.find(at->id);
      entry.consumer = PendingEntry::kNobody;
      entry.time_ms = 0;
      pending.update(entry);
      handed_back.push_back(entry);
      --left_;
    }
    key_.count_changes(handed_back.size());
    journal_handed_back(context_, {key_.key(), group_.name()}, handed_back);
    if (!handed_back.empty()) context_.books().ready(key_.key(), context_.session.db);
    if (pending.count_of(consumer) == 0) erase(consumer);
  }

 private:
  void erase(uint32_t consumer) {
    const std::string name(group_.consumers().at(consumer).name());
    group_.consumers().erase(consumer);
    key_.count_changes(1);
    key_.notify(kEventStream, "xgroup-delconsumer");
    context_.journal_as({"XGROUP", "DELCONSUMER", key_.key(), group_.name(), name});
  }

  Context& context_;
  KeyWriter& key_;
  StreamGroup& group_;
  size_t left_ = kEntriesHandedBack;
};

}  // namespace

void expire_idle_consumers(Context& context, KeyWriter& key, StreamGroup& group, uint32_t asking) {
  const int64_t idle_ms = group.rules().consumer_idle_ms;
  // A journal that is replayed tells who went, whatever the clock says now.
  if (idle_ms == 0 || context.session.has(Session::kInternal)) return;
  ConsumerExpiry expiry(context, key, group);
  for (size_t i = 0; i < kConsumersLookedAt; ++i) {
    const StreamConsumer& consumer = group.next_looked_at();
    if (consumer.number == asking || context.now_ms() - consumer.seen_ms < idle_ms) continue;
    expiry.run(consumer.number);
  }
}

}  // namespace sorrel

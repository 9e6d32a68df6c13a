#include "core/commands/stream_journal.h"

#include <string>
#include <vector>

namespace sorrel {
namespace {

/// A command's words as they come.
class Words {
 public:
  Words(std::initializer_list<Bytes> words) {
    for (const Bytes word : words) words_.emplace_back(word);
  }
  void add(Bytes word) { words_.emplace_back(word); }
  void add(StreamId id) { words_.emplace_back(StreamIdText(id).view()); }
  void add(Bytes option, int64_t value) {
    words_.emplace_back(option);
    words_.emplace_back(IntegerText(value).view());
  }
  void journal(Context& context) const {
    const std::vector<Bytes> views(words_.begin(), words_.end());
    context.journal_as(views);
  }

 private:
  std::vector<std::string> words_;
};

using Entries = std::span<const PendingEntry>;

/// `tell` is called with each run of entries of one time and count.
template <class Tell>
void for_each_run(Entries entries, Tell&& tell) {
  for (size_t first = 0; first < entries.size();) {
    size_t end = first + 1;
    while (end < entries.size() && entries[end].time_ms == entries[first].time_ms &&
           entries[end].deliveries == entries[first].deliveries) {
      ++end;
    }
    tell(entries.subspan(first, end - first));
    first = end;
  }
}

}  // namespace

void journal_claimed(Context& context, const GroupName& name, Bytes consumer, Entries entries,
                     StreamId last_delivered) {
  if (!context.journaled()) return;
  for_each_run(entries, [&](Entries run) {
    Words words{"XCLAIM", name.key, name.group, consumer, "0"};
    for (const PendingEntry& entry : run) words.add(entry.id);
    words.add("TIME", run[0].time_ms);
    words.add("RETRYCOUNT", run[0].deliveries);
    words.add("FORCE");
    words.add("JUSTID");
    words.add("LASTID");
    words.add(last_delivered);
    words.journal(context);
  });
}

void journal_handed_back(Context& context, const GroupName& name, Entries entries) {
  if (!context.journaled()) return;
  for_each_run(entries, [&](Entries run) {
    Words words{"XNACK", name.key, name.group, "FAIL"};
    words.add("IDS", static_cast<int64_t>(run.size()));
    for (const PendingEntry& entry : run) words.add(entry.id);
    words.add("RETRYCOUNT", run[0].deliveries);
    words.add("FORCE");
    if (run[0].time_ms != 0) words.add("AT", run[0].time_ms);
    words.journal(context);
  });
}

void journal_acknowledged(Context& context, const GroupName& name, std::span<const StreamId> ids) {
  if (ids.empty() || !context.journaled()) return;
  Words words{"XACK", name.key, name.group};
  for (const StreamId id : ids) words.add(id);
  words.journal(context);
}

void journal_position(Context& context, const GroupName& name, const StreamGroup& group) {
  if (!context.journaled()) return;
  Words words{"XGROUP", "SETID", name.key, name.group};
  words.add(group.last_delivered());
  words.add("ENTRIESREAD", group.entries_read());
  words.journal(context);
}

}  // namespace sorrel

#include "core/acl_log.h"

#include <algorithm>
#include <utility>

namespace sorrel {

void AclLog::add(Entry entry, int64_t now_ms, size_t length_max) {
  ++denied_;
  entry.user.resize(std::min(entry.user.size(), kNameBytesMax));
  const auto same = std::ranges::find_if(entries_, [&](const Entry& one) {
    return one.user == entry.user && one.object == entry.object && one.context == entry.context &&
           now_ms - one.last_ms <= kGroupMs;
  });
  if (same != entries_.end()) {
    Entry again = std::move(*same);
    entries_.erase(same);
    ++again.count;
    again.last_ms = now_ms;
    again.client = std::move(entry.client);
    entries_.push_front(std::move(again));
  } else {
    entry.id = next_id_++;
    entry.count = 1;
    entry.first_ms = entry.last_ms = now_ms;
    entries_.push_front(std::move(entry));
  }
  while (entries_.size() > length_max) entries_.pop_back();
}

}  // namespace sorrel

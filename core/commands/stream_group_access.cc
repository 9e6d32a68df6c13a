#include "core/commands/stream_group_access.h"

#include <string>

namespace sorrel {
namespace {

GroupView view_of(const Entry* entry, Bytes group) {
  GroupView view;
  if (entry == nullptr) return view;
  view.stream = &Stream::of(*entry->collection());
  const StreamGroups* groups = view.stream->groups();
  if (groups != nullptr) view.group = groups->find(group);
  return view;
}

}  // namespace

bool read_group(Context& context, Bytes key, Bytes group, GroupView& view) {
  const Entry* entry;
  if (!context.read(key, Type::kStream, entry)) return false;
  view = view_of(entry, group);
  return true;
}

GroupView view_group(const KeyWriter& key, Bytes group) {
  return view_of(key.entry(), group);
}

Stream& edit_stream(KeyWriter& key) {
  Epoch& epoch = key.values().epoch;
  return Stream::thaw(key.edit(Type::kStream), epoch);
}

StreamGroup& edit_group(KeyWriter& key, Bytes group) {
  Owned<StreamGroups>& groups = edit_stream(key).groups_reference();
  return *groups.thaw(key.values().epoch).edit(group);
}

void answer_no_group(Context& context, Bytes key, Bytes group, Bytes where) {
  context.error("NOGROUP No such key '" + errors::shown(key) + "' or consumer group '" +
                errors::shown(group) + "'" + std::string(where));
}

bool require_named_group(Context& context, const KeyWriter& key) {
  if (!context.require(key, Type::kStream)) return false;
  if (view_group(key, context.arg(2)).group != nullptr) return true;
  answer_no_group(context, key.key(), context.arg(2));
  return false;
}

uint32_t consumer_of(Context& context, KeyWriter& key, StreamGroup& group, Bytes name) {
  const StreamConsumer* consumer = group.consumers().find(name);
  if (consumer != nullptr) return consumer->number;
  const uint32_t number = group.consumers().insert(name, context.now_ms());
  key.notify(kEventStream, "xgroup-createconsumer");
  key.count_changes(1);
  context.journal_as({"XGROUP", "CREATECONSUMER", key.key(), group.name(), name});
  return number;
}

}  // namespace sorrel

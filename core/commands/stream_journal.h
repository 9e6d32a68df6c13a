// What the journal is told of consumer groups, in commands that mean the same whenever they are
// read: who owns an entry since when, not who claimed it.
//
// Entries of which the same is to be said share one command. Nothing is done without a journal.
#pragma once

#include "core/command/context.h"
#include "core/value/stream_group.h"

#include <span>

namespace sorrel {

/// Whose group, and of which stream.
struct GroupName {
  Bytes key;
  Bytes group;
};

/// XCLAIM: the entries are the consumer's, as they stand here.
void journal_claimed(Context& context, const GroupName& name, Bytes consumer,
                     std::span<const PendingEntry> entries, StreamId last_delivered);
/// XNACK: the entries are pending without an owner, as they stand here.
void journal_handed_back(Context& context, const GroupName& name,
                         std::span<const PendingEntry> entries);
/// XACK: they are no longer pending.
void journal_acknowledged(Context& context, const GroupName& name, std::span<const StreamId> ids);
/// XGROUP SETID: how far the group has read.
void journal_position(Context& context, const GroupName& name, const StreamGroup& group);

}  // namespace sorrel

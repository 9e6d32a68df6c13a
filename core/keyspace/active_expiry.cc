#include "core/keyspace/active_expiry.h"

#include "core/keyspace/keyspace.h"

namespace sorrel {

void ActiveExpiry::tick(Bookkeeping& books, size_t& budget) {
  for (size_t left = keyspaces_.size(); left > 0 && budget != 0; --left) {
    if (next_ >= keyspaces_.size()) next_ = 0;
    Keyspace& keyspace = *keyspaces_[next_];
    keyspace.expire_due(books, budget);
    if (keyspace.expires()) {
      ++next_;
      continue;
    }
    keyspace.leave_active_expiry();
    keyspaces_[next_] = keyspaces_.back();
    keyspaces_.pop_back();
  }
}

}  // namespace sorrel

// IntrusiveList: a doubly linked list of objects that carry their own links.
//
// The list owns nothing and allocates nothing; an object is in at most one list per hook, leaves it
// in O(1), and must have left it before it dies.
#pragma once

#include "core/base/check.h"

#include <cstddef>

namespace sorrel {

class ListHook {
 public:
  ListHook() = default;
  ListHook(const ListHook&) = delete;
  ListHook& operator=(const ListHook&) = delete;
  ~ListHook() { VERIFY(!linked()); }
  bool linked() const { return next_ != nullptr; }

 private:
  template <typename T, ListHook T::*>
  friend class IntrusiveList;
  ListHook* next_ = nullptr;
  ListHook* previous_ = nullptr;
  void* owner_ = nullptr;
};

template <typename T, ListHook T::*Hook>
class IntrusiveList {
 public:
  IntrusiveList() { head_.next_ = head_.previous_ = &head_; }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;
  ~IntrusiveList() {
    VERIFY(empty());
    head_.next_ = nullptr;
  }

  bool empty() const { return head_.next_ == &head_; }
  T& front() { return *static_cast<T*>(head_.next_->owner_); }
  void push_back(T& object) {
    ListHook& hook = object.*Hook;
    VERIFY(!hook.linked());
    hook.owner_ = &object;
    hook.previous_ = head_.previous_;
    hook.next_ = &head_;
    head_.previous_->next_ = &hook;
    head_.previous_ = &hook;
  }
  void erase(T& object) {
    ListHook& hook = object.*Hook;
    VERIFY(hook.linked());
    hook.previous_->next_ = hook.next_;
    hook.next_->previous_ = hook.previous_;
    hook.next_ = hook.previous_ = nullptr;
  }
  /// `visit` may erase the object it is given, and no other.
  template <typename F>
  void for_each(F&& visit) {
    for (ListHook* hook = head_.next_; hook != &head_;) {
      ListHook* const next = hook->next_;
      visit(*static_cast<T*>(hook->owner_));
      hook = next;
    }
  }

 private:
  ListHook head_;
};

}  // namespace sorrel

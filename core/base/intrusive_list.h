// IntrusiveList: a doubly linked list whose links live inside the elements.
//
//   struct Client { ListHook blocked; … };
//   IntrusiveList<Client, &Client::blocked> blocked_clients;
//
// No allocation, and an element leaves in O(1) without knowing its list: client.blocked.unlink().
// Elements are owned by somebody else. An element's hook is in one list at a time and unlinks
// itself when the element is destroyed; a list unlinks its elements when it is destroyed. There is
// no size(): unlink() couldn't keep it.
#pragma once

#include "core/base/check.h"

#include <bit>
#include <cstddef>
#include <iterator>

namespace sorrel {

class ListHook {
 public:
  ListHook() = default;
  ~ListHook() { unlink(); }
  ListHook(const ListHook&) = delete;
  ListHook& operator=(const ListHook&) = delete;

  bool linked() const { return next_ != nullptr; }
  /// Does nothing when not linked.
  void unlink() {
    if (!linked()) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = nullptr;
  }

 private:
  template <typename T, ListHook T::*kHook>
  friend class IntrusiveList;

  void insert_before(ListHook& position) {
    VERIFY(!linked());
    previous_ = position.previous_;
    next_ = &position;
    previous_->next_ = this;
    position.previous_ = this;
  }

  ListHook* previous_ = nullptr;
  ListHook* next_ = nullptr;
};

template <typename T, ListHook T::*kHook>
class IntrusiveList {
 public:
  class Iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = T;
    using difference_type = ptrdiff_t;
    using pointer = T*;
    using reference = T&;

    Iterator() = default;
    explicit Iterator(ListHook* at) : at_(at) {}
    T& operator*() const { return owner(*at_); }
    T* operator->() const { return &owner(*at_); }
    Iterator& operator++() {
      at_ = at_->next_;
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    Iterator& operator--() {
      at_ = at_->previous_;
      return *this;
    }
    Iterator operator--(int) {
      const Iterator before = *this;
      --*this;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    ListHook* at_ = nullptr;
  };

  IntrusiveList() { end_.previous_ = end_.next_ = &end_; }
  ~IntrusiveList() { clear(); }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;

  bool empty() const { return end_.next_ == &end_; }
  // Of a list that isn't empty.
  T& front() { return owner(*checked(end_.next_)); }
  T& back() { return owner(*checked(end_.previous_)); }

  void push_front(T& element) { (element.*kHook).insert_before(*end_.next_); }
  void push_back(T& element) { (element.*kHook).insert_before(end_); }
  /// Makes a linked or unlinked element the last one.
  void move_to_back(T& element) {
    (element.*kHook).unlink();
    push_back(element);
  }
  void pop_front() { checked(end_.next_)->unlink(); }
  /// The same as (element.*kHook).unlink(), for an element that must be in this list.
  void erase(T& element) {
    VERIFY((element.*kHook).linked());
    (element.*kHook).unlink();
  }
  void clear() {
    while (!empty()) pop_front();
  }

  /// `visit` may unlink the element it is given, and no other.
  template <typename Visit>
  void for_each(Visit&& visit) {
    for (Iterator at = begin(); at != end();) visit(*at++);
  }

  /// To unlink while iterating, advance first.
  Iterator begin() { return Iterator(end_.next_); }
  Iterator end() { return Iterator(&end_); }

 private:
  // In the C++ ABI of everything but MSVC a pointer to a data member is the member's offset.
  static T& owner(ListHook& hook) {
    return *reinterpret_cast<T*>(reinterpret_cast<char*>(&hook) - std::bit_cast<ptrdiff_t>(kHook));
  }
  ListHook* checked(ListHook* hook) {
    VERIFY(hook != &end_);
    return hook;
  }

  ListHook end_;  // its neighbours are the last and the first element
};

}  // namespace sorrel

#pragma once
#include "core/structure/epoch.h"
namespace sorrel {
template <class T>
class Owned {
 public:
  Owned() = default;
  Owned(Owned&& o) noexcept : p_(o.p_) { o.p_ = nullptr; }
  Owned& operator=(Owned&& o) noexcept {
    p_ = o.p_;
    o.p_ = nullptr;
    return *this;
  }
  const T* get() const { return p_; }
  const T* operator->() const { return p_; }
  const T& operator*() const { return *p_; }
  explicit operator bool() const { return p_ != nullptr; }
  T& thaw(Epoch&) { return *p_; }
  void drop(Epoch& e) {
    if (p_) T::free_shallow(p_, e);
    p_ = nullptr;
  }
  Owned transfer(Epoch&) { return std::move(*this); }
  Owned share() const {
    Owned o;
    o.p_ = p_;
    return o;
  }
  static Owned adopt(T* p, Epoch&) {
    Owned o;
    o.p_ = p;
    return o;
  }

 private:
  T* p_ = nullptr;
};
}  // namespace sorrel

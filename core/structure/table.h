#pragma once
#include "core/base/random.h"
#include "core/structure/owned.h"

#include <string>
#include <unordered_map>
#include <vector>
namespace sorrel {
template <class T>
class Table {
 public:
  explicit Table(Epoch& e) : epoch_(&e) {}
  class Place {
   public:
    explicit operator bool() const { return slot != nullptr; }
    Owned<T>* slot = nullptr;
  };
  size_t size() const { return map_.size(); }
  const T* find(std::string_view k, uint64_t) const {
    auto it = map_.find(std::string(k));
    return it == map_.end() ? nullptr : it->second.get();
  }
  void prefetch_bucket(uint64_t) const {}
  void prefetch_entry(uint64_t) const {}
  Place locate(std::string_view k, uint64_t) {
    auto it = map_.find(std::string(k));
    Place p;
    if (it != map_.end()) p.slot = &it->second;
    return p;
  }
  const T& item(Place p) const { return **p.slot; }
  T& thaw(Place p) { return p.slot->thaw(*epoch_); }
  Place insert(Owned<T>&& o, uint64_t) {
    std::string k(o->table_key());
    Place p;
    p.slot = &(map_[k] = std::move(o));
    return p;
  }
  void replace(Place p, Owned<T>&& o) {
    p.slot->drop(*epoch_);
    *p.slot = std::move(o);
  }
  Owned<T> extract(Place p) {
    Owned<T> o = std::move(*p.slot);
    map_.erase(std::string(o->table_key()));
    return o;
  }
  template <class F>
  uint64_t scan(uint64_t, size_t, F&& f) const {
    for (auto& [k, v] : map_) f(*v);
    return 0;
  }
  template <class F>
  void for_each(F&& f) const {
    for (auto& [k, v] : map_) f(*v);
  }
  const T* random(Random& r) const {
    if (map_.empty()) return nullptr;
    auto it = map_.begin();
    std::advance(it, static_cast<long>(r.below(map_.size())));
    return it->second.get();
  }
  void clear() {
    for (auto& [k, v] : map_) v.drop(*epoch_);
    map_.clear();
  }
  ~Table() { clear(); }
  Table(Table&&) = default;
  Table& operator=(Table&&) = default;

 private:
  Epoch* epoch_;
  std::unordered_map<std::string, Owned<T>> map_;
};
}  // namespace sorrel

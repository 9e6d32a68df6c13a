#include "core/top_names.h"

namespace sorrel {

void TopNames::add(Bytes name, uint64_t amount) {
  auto found = sums_.find(name);
  if (found == sums_.end() && sums_.size() == counters_) {
    const auto smallest = order_.begin();
    amount += smallest->first;
    const auto replaced = sums_.find(smallest->second);
    order_.erase(smallest);
    sums_.erase(replaced);
  }
  if (found == sums_.end()) {
    found = sums_.emplace(name, 0).first;
  } else {
    order_.erase({found->second, found->first});
  }
  found->second += amount;
  order_.emplace(found->second, found->first);
}

std::vector<std::pair<Bytes, uint64_t>> TopNames::largest(size_t count) const {
  std::vector<std::pair<Bytes, uint64_t>> names;
  for (auto at = order_.rbegin(); at != order_.rend() && names.size() < count; ++at) {
    names.emplace_back(at->second, at->first);
  }
  return names;
}

}  // namespace sorrel

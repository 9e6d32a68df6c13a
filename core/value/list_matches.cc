#include "core/value/list_matches.h"

namespace sorrel {

size_t count_matches(const Pack& pack, Bytes element) {
  size_t matches = 0;
  for (auto at = pack.find(element, pack.begin()); at != pack.end(); ++matches) {
    at = pack.find(element, pack.next(at));
  }
  return matches;
}

void erase_matches(Owned<Pack>& pack, Bytes element, size_t spared, size_t count, Epoch& epoch) {
  auto at = pack->find(element, pack->begin());
  for (; spared != 0; --spared) at = pack->find(element, pack->next(at));
  for (; count != 0; --count) {
    at = pack->find(element, at);
    Pack::erase(pack, at, 1, epoch);
  }
}

}  // namespace sorrel

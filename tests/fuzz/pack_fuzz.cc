// Any bytes as a listpack and as an intset: refused, or a pack that is walked both ways, searched
// and edited, and whose bytes are well formed after each step.
#include "core/base/allocator.h"
#include "core/base/check.h"
#include "core/structure/int_pack.h"
#include "core/structure/pack.h"
#include "core/structure/pass_through_heap.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace {

using namespace sorrel;

std::vector<Pack::Position> walk(const Pack& pack) {
  std::vector<Pack::Position> positions;
  for (auto at = pack.begin(); at != pack.end(); at = pack.next(at)) positions.push_back(at);
  auto at = pack.end();
  for (size_t i = positions.size(); i-- > 0;) {
    at = pack.previous(at);
    VERIFY(at == positions[i]);
  }
  VERIFY(at == pack.begin());
  VERIFY(pack.size() == positions.size());
  return positions;
}

void search(const Pack& pack, const std::vector<Pack::Position>& positions) {
  PackElement::Scratch scratch;
  size_t looked_for = 0;
  for (const auto at : positions) {
    const PackElement element = pack.get(at);
    const Bytes text = element.bytes(scratch);
    VERIFY(text.size() == element.size());
    VERIFY(element == text);
    // Quadratic: a hundred say as much as all.
    if (++looked_for > 100) continue;
    const auto found = pack.find(text, pack.begin());
    VERIFY(found == pack.end() || pack.get(found) == text);
  }
}

void edit(Owned<Pack>& pack, Bytes text, size_t choice, Epoch& epoch) {
  const size_t size = pack->size();
  const auto at = pack->at(choice % (size + 1));
  Pack::insert(pack, at, text, epoch);
  VERIFY(pack->get(at) == text && pack->size() == size + 1);
  VERIFY(Pack::valid(pack->listpack()));
  Pack::replace(pack, at, text.substr(0, text.size() / 2), epoch);
  VERIFY(Pack::valid(pack->listpack()));
  Owned<Pack> tail = Pack::split(pack, at, epoch);
  VERIFY(Pack::valid(pack->listpack()) && Pack::valid(tail->listpack()));
  Pack::join(pack, *tail, epoch);
  tail.drop(epoch);
  Pack::erase(pack, at, 1 + choice / 16, epoch);
  VERIFY(Pack::valid(pack->listpack()));
}

void try_listpack(Bytes input, size_t choice, Epoch& epoch) {
  Owned<Pack> pack = Pack::from_listpack(epoch, 0, input);
  VERIFY(static_cast<bool>(pack) == Pack::valid(input));
  if (!pack) return;
  VERIFY(pack->listpack() == input);
  search(*pack, walk(*pack));
  edit(pack, input.substr(0, choice), choice, epoch);
  walk(*pack);
  pack.drop(epoch);
}

void try_intset(Bytes input, int64_t member, Epoch& epoch) {
  Owned<IntPack> pack = IntPack::from_intset(epoch, 0, input);
  if (!pack) return;
  VERIFY(pack->intset() == input);
  for (size_t i = 0; i < pack->size(); ++i) VERIFY(pack->contains(pack->at(i)));
  const bool was_there = pack->contains(member);
  VERIFY(IntPack::insert(pack, member, epoch) != was_there);
  VERIFY(IntPack::erase(pack, member, epoch));
  VERIFY(!pack->contains(member));
  pack.drop(epoch);
}

/// The same bytes with the header that they would need: most of them get past the first look.
std::string as_listpack(Bytes elements) {
  const auto size = static_cast<uint32_t>(7 + elements.size());
  std::string bytes(reinterpret_cast<const char*>(&size), sizeof size);
  return bytes + "\xff\xff" + std::string(elements) + '\xff';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  PassThroughHeap heap(system_allocator(), 0);
  Epoch epoch(heap);
  const std::string input(reinterpret_cast<const char*>(data) + 1, size - 1);
  try_listpack(input, data[0], epoch);
  try_listpack(as_listpack(input), data[0], epoch);
  try_intset(input, int64_t{data[0]} << data[0] % 56, epoch);
  VERIFY(heap.used() == 0);
  return 0;
}

// Any bytes, expanded: refused or exactly the promised size, and in pieces the same. The same
// bytes, compressed: they expand to themselves, whatever room there was.
#include "core/base/check.h"
#include "core/base/lzf.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

namespace {

using sorrel::Bytes;

// Exactly as large as asked for, so that the sanitizer sees any byte beyond.
std::unique_ptr<char[]> memory(size_t size) {
  return std::make_unique_for_overwrite<char[]>(size);
}

void expand(Bytes input, size_t size) {
  const auto output = memory(size);
  if (sorrel::lzf_decompress(input, output.get(), size)) std::string(output.get(), size);
}

void expand_in_pieces(const Bytes whole, size_t piece_bytes) {
  Bytes input = whole;
  sorrel::LzfExpander expander(piece_bytes);
  std::string all;
  while (expander.expand(input)) {
    all += expander.piece();
    if (!expander.full()) break;
    expander.next();
  }
  // What is well-formed expands to the same in one piece.
  if (!input.empty()) return;
  const auto output = memory(all.size());
  VERIFY(sorrel::lzf_decompress(whole, output.get(), all.size()));
  VERIFY(Bytes(output.get(), all.size()) == all);
}

void round_trip(Bytes input, size_t capacity) {
  const auto compressed = memory(capacity);
  const size_t size = sorrel::lzf_compress(input, compressed.get(), capacity);
  VERIFY(size <= capacity);
  if (size == 0) return;
  const auto expanded = memory(input.size());
  VERIFY(sorrel::lzf_decompress(Bytes(compressed.get(), size), expanded.get(), input.size()));
  VERIFY(std::memcmp(expanded.get(), input.data(), input.size()) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const Bytes input(reinterpret_cast<const char*>(data) + 2, size - 2);
  const size_t chosen = static_cast<size_t>(data[0]) * 256 + data[1];
  expand(input, chosen);
  expand_in_pieces(input, 1 + chosen);
  round_trip(input, chosen);
  round_trip(input, input.size() + input.size() / 32 + 1);
  return 0;
}

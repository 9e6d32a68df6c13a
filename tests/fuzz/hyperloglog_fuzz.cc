// Any bytes as the registers of a HyperLogLog: refused by all or by none, and what comes of adding
// and merging is sound again, and never less.
#include "core/base/check.h"
#include "core/value/hyperloglog.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace {

using namespace sorrel;

constexpr size_t kSparseBytesMax = 3000;

// Reads beyond its end are seen when it ends with its allocation.
class Exact {
 public:
  explicit Exact(const std::string& bytes)
      : memory_(std::make_unique_for_overwrite<char[]>(bytes.size())), size_(bytes.size()) {
    bytes.copy(memory_.get(), size_);
  }
  Bytes view() const { return {memory_.get(), size_}; }
  char* data() { return memory_.get(); }

 private:
  std::unique_ptr<char[]> memory_;
  size_t size_;
};

void verify_no_less(const HyperLogLog::Registers& before, const HyperLogLog& after) {
  const auto registers = std::make_unique<HyperLogLog::Registers>();
  VERIFY(after.merge_into(*registers));
  for (size_t i = 0; i < registers->size(); ++i) VERIFY((*registers)[i] >= before[i]);
}

void add(Exact& exact, Bytes element, const HyperLogLog::Registers* before) {
  const HyperLogLog one(exact.view());
  const HyperLogLog::Change change =
      one.add({&element, 1}, kSparseBytesMax, [&] { return exact.data(); });
  if (before == nullptr) return;
  VERIFY(!change.corrupt);
  const Exact replaced(change.replacement);
  const Bytes after = change.replacement.empty() ? exact.view() : replaced.view();
  VERIFY(HyperLogLog::is_one(after));
  verify_no_less(*before, HyperLogLog(after));
}

void try_all(const std::string& string, Bytes element) {
  Exact exact(string);
  if (!HyperLogLog::is_one(exact.view())) return;
  const HyperLogLog one(exact.view());
  const auto registers = std::make_unique<HyperLogLog::Registers>();
  const bool sound = one.merge_into(*registers);
  VERIFY(one.cardinality().has_value() == sound);
  VERIFY(one.to_dense().has_value() == sound);
  (void)one.runs_text();
  (void)one.cached_cardinality();
  if (sound) {
    const HyperLogLog::Change merged = one.merge(*registers, true, kSparseBytesMax);
    VERIFY(!merged.corrupt);
    verify_no_less(*registers, HyperLogLog(merged.replacement));
  }
  add(exact, element, sound ? registers.get() : nullptr);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const Bytes input(reinterpret_cast<const char*>(data), size);
  const Bytes element = input.substr(0, 4);
  std::string string = HyperLogLog::empty().substr(0, HyperLogLog::kHeaderBytes);
  string += input.substr(4);
  try_all(string, element);
  // The rest filled up to 16384 registers where that is possible, and as a dense one.
  string += "\x7f\xff";
  try_all(string, element);
  string[4] = 0;
  string.resize(HyperLogLog::kDenseBytes);
  try_all(string, element);
  return 0;
}

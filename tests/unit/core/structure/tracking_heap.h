// TrackingHeap: a heap that knows every block, for tests.
//
// It finds what a sanitizer would find only by luck of timing, and in every build: a block freed
// twice, with the wrong size, or while a snapshot contains it; writes to freed memory (freed blocks
// are filled with a pattern and kept until release_quarantine). It can be told to run out of
// memory. The first fault is kept as a sentence; tests ask for it.
#pragma once

#include "core/structure/heap.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace sorrel {

class TrackingHeap final : public Heap {
 public:
  ~TrackingHeap() override {
    for (const Block& block : quarantine_) std::free(block.address);
    for (const auto& [address, bytes] : live_) std::free(address);
  }

  size_t footprint(size_t bytes) const override { return bytes; }
  size_t reserved() const override { return used_; }

  /// A snapshot contains the block; counted.
  void freeze(const void* block) { ++frozen_[block]; }
  void unfreeze(const void* block) {
    if (--frozen_[block] == 0) frozen_.erase(block);
  }
  bool is_frozen(const void* block) const { return frozen_.count(block) != 0; }

  /// Gives freed blocks back, after a look at whether somebody wrote to them.
  void release_quarantine() {
    for (const Block& block : quarantine_) {
      const auto* bytes = static_cast<const unsigned char*>(block.address);
      for (size_t i = 0; i < block.bytes; ++i) {
        if (bytes[i] != kPattern) note("written after it was freed");
      }
      std::free(block.address);
    }
    quarantine_.clear();
  }

  /// After so many allocations more there is no memory.
  void run_out_after(size_t allocations) { allocations_left_ = allocations; }
  void never_run_out() { allocations_left_ = SIZE_MAX; }

  size_t blocks() const { return live_.size(); }
  uint64_t calls() const { return calls_; }
  const std::string& fault() const { return fault_; }
  void note(const std::string& fault) {
    if (fault_.empty()) fault_ = fault;
  }

 private:
  static constexpr unsigned char kPattern = 0xdb;

  void* make_block(size_t bytes) override {
    ++calls_;
    if (allocations_left_ == 0) return nullptr;
    --allocations_left_;
    void* block = std::malloc(bytes);
    live_[block] = bytes;
    used_ += bytes;
    return block;
  }
  void free_block(void* block, size_t bytes) override {
    ++calls_;
    const auto found = live_.find(block);
    if (found == live_.end()) return note("freed twice, or never allocated");
    if (found->second != bytes) return note("freed with a size that wasn't asked for");
    if (frozen_.count(block) != 0) note("freed while a snapshot contains it");
    live_.erase(found);
    used_ -= bytes;
    std::memset(block, kPattern, bytes);
    quarantine_.push_back(Block{block, bytes});
  }

  struct Block {
    void* address;
    size_t bytes;
  };
  std::map<void*, size_t> live_;
  std::map<const void*, size_t> frozen_;
  std::vector<Block> quarantine_;
  size_t allocations_left_ = SIZE_MAX;
  uint64_t calls_ = 0;
  std::string fault_;
};

}  // namespace sorrel

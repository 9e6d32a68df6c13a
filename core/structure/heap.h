#pragma once
#include "core/base/allocator.h"

#include <cstddef>
#include <new>
namespace sorrel {
class Heap {
 public:
  virtual ~Heap() = default;
  virtual void* allocate(size_t bytes) = 0;
  virtual void free(void* p, size_t bytes) = 0;
  virtual size_t footprint(size_t bytes) const = 0;
  virtual size_t used() const = 0;
};
class PassThroughHeap final : public Heap {
 public:
  explicit PassThroughHeap(const Allocator& a) : a_(a) {}
  void* allocate(size_t bytes) override {
    void* p = a_.allocate(a_.context, bytes);
    if (!p) throw std::bad_alloc();
    used_ += footprint(bytes);
    return p;
  }
  void free(void* p, size_t bytes) override {
    used_ -= footprint(bytes);
    a_.free(a_.context, p, bytes);
  }
  size_t footprint(size_t bytes) const override { return a_.footprint(a_.context, bytes); }
  size_t used() const override { return used_; }

 private:
  Allocator a_;
  size_t used_ = 0;
};
}  // namespace sorrel

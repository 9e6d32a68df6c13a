#include "server/jemalloc_allocator.h"

#include "core/base/glob.h"
#include "server/page_discard.h"

#ifdef SORREL_JEMALLOC

#include <errno.h>
#include <jemalloc/jemalloc.h>

#include <algorithm>
#include <span>
#include <system_error>

namespace sorrel {
namespace {

// mallctl believes what it is told: a number where it expects a pointer, or an index that isn't
// there, is the end of the process. So only these are taken for texts, and only these are set.
constexpr Bytes kTexts[] = {
    "version",         "config.malloc_conf", "opt.dss",     "opt.metadata_thp",
    "opt.thp",         "opt.percpu_arena",   "arena.*.dss", "stats.arenas.*.dss",
    "opt.zero_realloc"};
constexpr Bytes kTextsToSet[] = {"arena.*.dss"};
constexpr Bytes kNumbersToSet[] = {"epoch",
                                   "background_thread",
                                   "max_background_threads",
                                   "thread.tcache.enabled",
                                   "arenas.dirty_decay_ms",
                                   "arenas.muzzy_decay_ms",
                                   "arena.*.dirty_decay_ms",
                                   "arena.*.muzzy_decay_ms",
                                   "arena.*.retain_grow_limit",
                                   "prof.active",
                                   "prof.gdump",
                                   "prof.thread_active_init",
                                   "thread.prof.active"};

bool is_among(std::span<const Bytes> patterns, Bytes name) {
  return std::ranges::any_of(patterns, [&](Bytes pattern) { return glob_match(pattern, name); });
}

Status failure(int error) {
  return Status::failure(std::generic_category().message(error));
}

// How large a number is, jemalloc doesn't tell by name: it refuses the wrong sizes.
class MallctlControls final : public AllocatorControls {
 public:
  Result<std::optional<int64_t>> number(const std::string& name,
                                        std::optional<int64_t> value) override {
    if (is_among(kTexts, name)) return failure(EINVAL);
    if (value && !is_among(kNumbersToSet, name)) return failure(EPERM);
    int error = EINVAL;
    for (size_t size = sizeof(int64_t); size != 0 && error == EINVAL; size /= 2) {
      int64_t before = 0;
      size_t before_size = size;
      int64_t now = value.value_or(0);
      void* const set = value ? &now : nullptr;
      error = mallctl(name.c_str(), &before, &before_size, set, value ? size : 0);
      if (error == 0) return std::optional<int64_t>(before);
      if (error != EPERM || !value) continue;
      // It may be one that can only be set.
      error = mallctl(name.c_str(), nullptr, nullptr, set, size);
      if (error == 0) return std::optional<int64_t>();
    }
    return failure(error);
  }

  Result<std::optional<std::string>> text(const std::string& name,
                                          std::optional<std::string> value) override {
    if (!is_among(kTexts, name)) return failure(EINVAL);
    if (value && !is_among(kTextsToSet, name)) return failure(EPERM);
    if (value) {
      const char* now = value->c_str();
      const int error = mallctl(name.c_str(), nullptr, nullptr, &now, sizeof now);
      if (error != 0) return failure(error);
      return std::optional<std::string>();
    }
    const char* before = nullptr;
    size_t size = sizeof before;
    const int error = mallctl(name.c_str(), &before, &size, nullptr, 0);
    if (error != 0) return failure(error);
    return std::optional<std::string>(before == nullptr ? "" : before);
  }
};

}  // namespace

Allocator program_allocator() {
  Allocator table = system_allocator();
  table.allocate = [](void*, size_t bytes) { return bytes == 0 ? nullptr : mallocx(bytes, 0); };
  table.free = [](void*, void* pointer, size_t bytes) {
    if (pointer != nullptr) sdallocx(pointer, bytes, 0);
  };
  table.footprint = [](void*, size_t bytes) { return bytes == 0 ? 0 : nallocx(bytes, 0); };
  table.discard = discard_pages;
  table.purge = [](void*) {
    static_assert(MALLCTL_ARENAS_ALL == 4096);
    mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0);
  };
  return table;
}

// "5.3.0-0-g54eaed1d8b56b1aa528be3bdd1877e59c56fa90c": the release is enough.
ProgramAllocator describe_program_allocator() {
  const std::string version = JEMALLOC_VERSION;
  size_t never = size_t{1} << 62;
  // Of the first arena, which is the main thread's; before 5.3 it can't be set, and stays.
  mallctl("arena.0.oversize_threshold", nullptr, nullptr, &never, sizeof never);
  return {
      "jemalloc-" + version.substr(0, version.find('-')),
      [](bool on) { return mallctl("background_thread", nullptr, nullptr, &on, sizeof on) == 0; },
      std::make_unique<MallctlControls>()};
}

}  // namespace sorrel

#else

namespace sorrel {

Allocator program_allocator() {
  Allocator table = system_allocator();
  table.discard = discard_pages;
  return table;
}

ProgramAllocator describe_program_allocator() {
  return {"libc", [](bool on) { return !on; }, nullptr};
}

}  // namespace sorrel

#endif

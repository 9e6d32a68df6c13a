#include "core/structure/teardown.h"

#include "core/base/check.h"

namespace sorrel {

void Teardown::begin(const Remains& top) {
  VERIFY(!busy());
  descend(top);
}

void Teardown::descend(const Remains& remains) {
  VERIFY(depth_ < kDepthMax);
  path_[depth_++] = Frame{remains, 0};
}

size_t Teardown::run(size_t blocks) {
  size_t done = 0;
  while (done < blocks && busy()) {
    Frame& top = path_[depth_ - 1];
    const Remains child = top.remains.kind->next_child(top.remains.block, top.position);
    if (child && weight_of(child) != 0) {
      descend(child);
      continue;
    }
    if (child) {
      free_block(child);
    } else {
      free_block(top.remains);
      --depth_;
    }
    ++done;
  }
  return done;
}

}  // namespace sorrel

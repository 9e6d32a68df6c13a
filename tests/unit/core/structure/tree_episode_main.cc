// The tree's episodes as a program of their own, for the mutation lane: compiled once with the tree
// as it is, which must pass, and once with each planted bug, which must be found. A bug may also be
// found by a crash.
#include "tests/unit/core/structure/tree_episode.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

using namespace sorrel::tree_world;

namespace {

template <class Policy>
void run(TreeEpisodeOptions options, size_t episodes) {
  for (uint64_t seed = 1; seed <= 2; ++seed) {
    auto runner = std::make_unique<TreeEpisodes<Policy>>(seed, options);
    const std::string fault = runner->run(episodes);
    if (fault.empty()) continue;
    std::printf("found with seed %d: %s\n", static_cast<int>(seed), fault.c_str());
    std::fflush(stdout);
    std::_Exit(1);  // what the bug left behind can't be taken down in order
  }
}

template <class Policy>
void run_all() {
  run<Policy>({false, false}, 40);
  run<Policy>({true, false}, 80);
  run<Policy>({false, true}, 15);
  run<Policy>({true, true}, 15);
}

}  // namespace

int main() {
  run_all<Plain>();
  run_all<Blocks>();
  run_all<Keyed>();
  std::puts("nothing found");
  return 0;
}

#include "tests/unit/core/structure/tree_episode.h"

#include <catch2/catch.hpp>
#include <memory>

using namespace sorrel;
using namespace sorrel::tree_world;

namespace {

template <class Policy>
void run_episodes(TreeEpisodeOptions options, size_t episodes) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    auto runner = std::make_unique<TreeEpisodes<Policy>>(seed, options);
    const std::string fault = runner->run(episodes);
    // What a fault leaves behind can't be taken down in order.
    if (!fault.empty()) static_cast<void>(runner.release());
    REQUIRE(fault == "");
  }
}

}  // namespace

TEMPLATE_TEST_CASE("a tree is what a vector is", "[tree]", Plain, Blocks, Keyed) {
  run_episodes<TestType>({false, false}, 300);
}

TEMPLATE_TEST_CASE("snapshots of a tree equal their vectors, walked late", "[tree]", Plain, Blocks,
                   Keyed) {
  run_episodes<TestType>({true, false}, 300);
}

TEMPLATE_TEST_CASE("without memory a tree stays as it was", "[tree]", Plain, Blocks, Keyed) {
  run_episodes<TestType>({false, true}, 60);
  run_episodes<TestType>({true, true}, 60);
}

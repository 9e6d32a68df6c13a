// The episode test as a program of its own, for the mutation lane: it is compiled once with the
// structure as it is, which must pass, and once with each planted bug, which must be found. A bug
// may also be found by a crash.
#include "tests/unit/core/structure/episode.h"

#include <cstdio>
#include <cstdlib>

int main() {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    sorrel::episode::Runner runner(seed);
    const std::string fault = runner.run(100);
    if (fault.empty()) continue;
    std::printf("found with seed %d: %s\n", static_cast<int>(seed), fault.c_str());
    std::fflush(stdout);
    std::_Exit(1);  // what the bug left behind can't be taken down in order
  }
  std::puts("nothing found");
  return 0;
}

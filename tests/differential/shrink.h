// Shrink: from a stream that fails to a minimal one that still fails.
//
// Everything after the failing command goes first, then blocks of halving size, down to single
// commands, then the arguments of what is left. The result can't lose any single command and still
// fail, unless the trials ran out, as they do when a failure comes and goes.
#pragma once

#include "tests/differential/generator.h"

#include <functional>

namespace sorrel::test {

/// Does this stream still show a difference?
using StillFails = std::function<bool(const Stream&)>;

constexpr int kShrinkTrialsMax = 1500;

Stream shrink(Stream stream, const StillFails& still_fails, int trials_max = kShrinkTrialsMax);

}  // namespace sorrel::test

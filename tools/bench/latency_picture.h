// The picture of client latency over time while a server saves: a panel a server, one above the
// other on the same axes.
//
// A point is the longest answer of a few milliseconds, on a logarithmic axis; the time of the save
// is shaded. Made by the section snapshot-latency out of what a probe saw.
#pragma once

#include "tools/bench/measure.h"
#include "tools/bench/probe.h"

#include <string>
#include <vector>

namespace sorrel::bench {

struct SaveTimeline {
  std::vector<ProbeAnswer> answers;  // in the order of their times
  double begun_s = 0;                // of the save, on the same clock
  double ended_s = 0;
};

/// `subtitle` says what was saved, under which load, on which machine.
std::string draw_latency(const SaveTimeline& sorrel, const SaveTimeline& redis,
                         const std::string& subtitle);

}  // namespace sorrel::bench

#include "tools/bench/latency_picture.h"

#include "tools/bench/svg_canvas.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace sorrel::bench {
namespace {

using Anchor = SvgCanvas::Anchor;

constexpr double kWidth = 1000;
constexpr double kHeight = 520;
constexpr double kMargin = 28;
constexpr double kPlotLeft = 100;
constexpr double kPlotRight = kWidth - kMargin;
constexpr double kPanelHeight = 170;
constexpr double kPanelTops[] = {90, 300};
constexpr double kBucketS = 0.02;
// From 10 µs to 1 s.
constexpr int kDecadeFirst = 4;
constexpr int kDecadeLast = 9;

class LatencyPicture {
 public:
  LatencyPicture(double from_s, double to_s) : from_s_(from_s), to_s_(to_s) {}
  void draw_panel(Side side, double top, const SaveTimeline& timeline);
  std::string finish(const std::string& subtitle);

 private:
  double x(double at_s) const {
    const double part = std::clamp((at_s - from_s_) / (to_s_ - from_s_), 0.0, 1.0);
    return kPlotLeft + (kPlotRight - kPlotLeft) * part;
  }
  static double y(double wait_ns, double top) {
    const double decades = std::log10(std::max(wait_ns, 1.0)) - kDecadeFirst;
    const double part = std::clamp(decades / (kDecadeLast - kDecadeFirst), 0.0, 1.0);
    return top + kPanelHeight * (1 - part);
  }
  void draw_grid(double top);
  std::vector<Point> curve_of(const SaveTimeline& timeline, double top) const;

  const double from_s_;  // counted from the beginning of the save
  const double to_s_;
  SvgCanvas canvas_;
};

void LatencyPicture::draw_grid(double top) {
  for (int decade = kDecadeFirst; decade <= kDecadeLast; ++decade) {
    const double value = std::pow(10, decade);
    canvas_.line("grid", {kPlotLeft, y(value, top)}, {kPlotRight, y(value, top)});
    canvas_.text("note", {kPlotLeft - 8, y(value, top) + 4}, Anchor::kEnd,
                 format_quantity(value, Unit::kNanoseconds));
  }
  const double step = to_s_ - from_s_ > 12 ? 5 : 1;
  for (double at = std::ceil(from_s_ / step) * step; at <= to_s_; at += step) {
    char text[32];
    snprintf(text, sizeof text, "%.0f s", at);
    canvas_.text("note", {x(at), top + kPanelHeight + 16}, Anchor::kMiddle, text);
  }
}

// The longest of each few milliseconds: what a mean, or a sample, would hide.
std::vector<Point> LatencyPicture::curve_of(const SaveTimeline& timeline, double top) const {
  std::vector<Point> points;
  double bucket_end = -HUGE_VAL;
  for (const ProbeAnswer& answer : timeline.answers) {
    const double at = answer.sent_s - timeline.begun_s;
    if (at < from_s_ || at > to_s_) continue;
    if (at >= bucket_end) {
      bucket_end = at + kBucketS;
      points.push_back({x(at), y(answer.wait_ns, top)});
    }
    points.back().y = std::min(points.back().y, y(answer.wait_ns, top));
  }
  return points;
}

void LatencyPicture::draw_panel(Side side, double top, const SaveTimeline& timeline) {
  const double end = x(timeline.ended_s - timeline.begun_s);
  canvas_.rectangle("while", {x(0), top}, end - x(0), kPanelHeight, 0);
  draw_grid(top);
  canvas_.curve(side == Side::kSorrel ? "ours" : "theirs", curve_of(timeline, top));
  double longest = 0;
  for (const ProbeAnswer& answer : timeline.answers) {
    if (answer.sent_s + answer.wait_ns / 1e9 < timeline.begun_s) continue;
    if (answer.sent_s > timeline.ended_s) break;
    longest = std::max<double>(longest, answer.wait_ns);
  }
  canvas_.text("panel", {kPlotLeft, top - 8}, Anchor::kStart, name_of(side));
  canvas_.text("note", {kPlotRight, top - 8}, Anchor::kEnd,
               "longest answer during the save: " + format_quantity(longest, Unit::kNanoseconds));
}

std::string LatencyPicture::finish(const std::string& subtitle) {
  canvas_.text("title", {kMargin, kMargin + 14}, Anchor::kStart,
               "Time to an answer while the server saves");
  canvas_.text("note", {kMargin, kMargin + 34}, Anchor::kStart, subtitle);
  canvas_.text("note", {kMargin, kHeight - 14}, Anchor::kStart,
               "Shaded: from BGSAVE to its end. Each point is the longest answer in 20 ms.");
  SvgCanvas card;
  card.rectangle("card", {0.5, 0.5}, kWidth - 1, kHeight - 1, 10);
  card.add(canvas_);
  return card.finish(kWidth, kHeight, "Client latency while Sorrel and Redis save");
}

}  // namespace

std::string draw_latency(const SaveTimeline& sorrel, const SaveTimeline& redis,
                         const std::string& subtitle) {
  const double longer = std::max(sorrel.ended_s - sorrel.begun_s, redis.ended_s - redis.begun_s);
  LatencyPicture picture(-1, longer + 1);
  picture.draw_panel(Side::kSorrel, kPanelTops[0], sorrel);
  picture.draw_panel(Side::kRedis, kPanelTops[1], redis);
  return picture.finish(subtitle);
}

}  // namespace sorrel::bench

// The report as a picture: a panel a section, a row a measure, all on one card.
//
// A section of ratios is drawn as bars from 0, with a line at 1 where Redis is and a mark at each
// "must". A section whose bounds are on Sorrel's own figure (pauses, instructions) is drawn as two
// dots on a logarithmic scale, Sorrel's filled and Redis's open, because there the distance is the
// message.
#include "tools/bench/report.h"
#include "tools/bench/svg_canvas.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace sorrel::bench {
namespace {

using Anchor = SvgCanvas::Anchor;

constexpr double kWidth = 1000;
constexpr double kMargin = 28;
constexpr double kPlotLeft = 345;
constexpr double kPlotRight = 790;
constexpr double kRowHeight = 24;
constexpr double kBarHeight = 13;
constexpr double kRatioShownMax = 1.25;
constexpr double kPanelGap = 34;

std::string printed(const char* format, double value) {
  char text[64];
  snprintf(text, sizeof text, format, value);
  return text;
}

std::string_view style_of(Verdict verdict) {
  if (verdict == Verdict::kNone) return "plain";
  return verdict == Verdict::kMisses ? "bad" : "good";
}

double ratio_x(double ratio) {
  const double shown = std::clamp(ratio, 0.0, kRatioShownMax);
  return kPlotLeft + (kPlotRight - kPlotLeft) * shown / kRatioShownMax;
}

/// A logarithmic axis over whole decades that holds every figure of a section.
class DecadeAxis {
 public:
  explicit DecadeAxis(const SectionResult& section) {
    double low = HUGE_VAL;
    double high = 0;
    const auto hold = [&](double value) {
      if (value <= 0) return;
      low = std::min(low, value);
      high = std::max(high, value);
    };
    for (const Measure& measure : section.measures) {
      hold(measure.value(Side::kSorrel));
      hold(measure.value(Side::kRedis));
      if (measure.target.of == Target::Of::kSorrel) hold(measure.target.must);
    }
    first_ = high > 0 ? static_cast<int>(std::floor(std::log10(low))) : 0;
    last_ = high > 0 ? static_cast<int>(std::ceil(std::log10(high))) : 1;
    if (last_ == first_) last_++;
  }

  double x(double value) const {
    const double place = value <= 0 ? first_ : std::log10(value);
    const double part = std::clamp((place - first_) / (last_ - first_), 0.0, 1.0);
    return kPlotLeft + (kPlotRight - kPlotLeft) * part;
  }
  int first() const { return first_; }
  int last() const { return last_; }

 private:
  int first_ = 0;
  int last_ = 1;
};

bool is_drawn_as_figures(const SectionResult& section) {
  return std::any_of(section.measures.begin(), section.measures.end(), [](const Measure& measure) {
    return measure.target.of == Target::Of::kSorrel;
  });
}

class Picture {
 public:
  std::string draw(const Report& report, std::string_view picture);

 private:
  void draw_heading(const Report& report);
  void draw_panel(const SectionResult& section);
  void draw_ratio_axis(double top, double bottom);
  void draw_figure_axis(const DecadeAxis& axis, Unit unit, double top, double bottom);
  void draw_ratio(const Measure& measure, double middle);
  void draw_figures(const Measure& measure, const DecadeAxis& axis, double middle);
  void draw_labels(const Measure& measure, double middle);
  void draw_legend();

  SvgCanvas canvas_;
  double y_ = kMargin;
};

std::string Picture::draw(const Report& report, std::string_view picture) {
  draw_heading(report);
  bool any = false;
  for (const SectionResult& section : report.sections) {
    if (section.measures.empty() || section.picture != picture) continue;
    draw_panel(section);
    any = true;
  }
  if (!any) return "";
  draw_legend();
  const double height = y_ + kMargin;
  SvgCanvas card;
  card.rectangle("card", {0.5, 0.5}, kWidth - 1, height - 1, 10);
  card.add(canvas_);
  return card.finish(kWidth, height, "Sorrel against Redis: " + report.started_at);
}

void Picture::draw_heading(const Report& report) {
  y_ += 18;
  canvas_.text("title", {kMargin, y_}, Anchor::kStart,
               "Sorrel " + report.sorrel_version + " against Redis " + report.redis_version);
  y_ += 22;
  canvas_.text("note", {kMargin, y_}, Anchor::kStart,
               "Both servers in one run on one core, rounds in turns; " + report.machine.processor +
                   ", " + report.started_at.substr(0, 10) +
                   (report.revision.empty() ? "" : ", " + report.revision));
  if (!report.quick) return;
  y_ += 16;
  canvas_.text("note", {kMargin, y_}, Anchor::kStart,
               "A quick run: these sizes show that everything works, not how fast it is.");
}

void Picture::draw_panel(const SectionResult& section) {
  y_ += kPanelGap;
  const bool figures = is_drawn_as_figures(section);
  canvas_.text("panel", {kMargin, y_}, Anchor::kStart, section.title);
  canvas_.text("note", {kWidth - kMargin, y_}, Anchor::kEnd, "Sorrel : Redis");
  y_ += 26;
  const double top = y_;
  const double bottom = top + kRowHeight * static_cast<double>(section.measures.size());
  const DecadeAxis axis(section);
  if (figures) {
    draw_figure_axis(axis, section.measures.front().unit, top, bottom);
  } else {
    draw_ratio_axis(top, bottom);
  }
  if (!figures) canvas_.line("one", {ratio_x(1), top - 4}, {ratio_x(1), bottom});
  for (const Measure& measure : section.measures) {
    const double middle = y_ + kRowHeight / 2;
    draw_labels(measure, middle);
    if (figures) {
      draw_figures(measure, axis, middle);
    } else {
      draw_ratio(measure, middle);
    }
    y_ += kRowHeight;
  }
}

void Picture::draw_ratio_axis(double top, double bottom) {
  for (double mark = 0; mark <= kRatioShownMax; mark += 0.25) {
    canvas_.line("grid", {ratio_x(mark), top - 4}, {ratio_x(mark), bottom});
    const std::string words = mark == 1 ? "Redis = 1" : printed("%.2f", mark);
    canvas_.text("note", {ratio_x(mark), top - 9}, Anchor::kMiddle, words);
  }
}

void Picture::draw_figure_axis(const DecadeAxis& axis, Unit unit, double top, double bottom) {
  for (int decade = axis.first(); decade <= axis.last(); decade++) {
    const double value = std::pow(10, decade);
    canvas_.line("grid", {axis.x(value), top - 4}, {axis.x(value), bottom});
    canvas_.text("note", {axis.x(value), top - 9}, Anchor::kMiddle, format_quantity(value, unit));
  }
}

void Picture::draw_ratio(const Measure& measure, double middle) {
  const Spread ratio = measure.ratio();
  const double end = ratio_x(ratio.middle);
  canvas_.rectangle(style_of(measure.verdict()), {kPlotLeft, middle - kBarHeight / 2},
                    std::max(1.0, end - kPlotLeft), kBarHeight, 2);
  canvas_.line("span", {ratio_x(ratio.low), middle}, {ratio_x(ratio.high), middle});
  if (measure.target.of == Target::Of::kRatio) {
    const double x = ratio_x(measure.target.must);
    canvas_.line("must", {x, middle - 10}, {x, middle + 10});
  }
  const double right = std::max(end, ratio_x(ratio.high));
  canvas_.text("value", {right + 6, middle + 4}, Anchor::kStart,
               printed(ratio.middle < 0.1 ? "%.3f" : "%.2f", ratio.middle));
}

void Picture::draw_figures(const Measure& measure, const DecadeAxis& axis, double middle) {
  const double sorrel = axis.x(measure.value(Side::kSorrel));
  const double redis = axis.x(measure.value(Side::kRedis));
  canvas_.line("link", {sorrel, middle}, {redis, middle});
  if (measure.target.of == Target::Of::kSorrel) {
    const double x = axis.x(measure.target.must);
    canvas_.line("must", {x, middle - 10}, {x, middle + 10});
  }
  canvas_.circle("redis", {redis, middle}, 5);
  canvas_.circle(style_of(measure.verdict()), {sorrel, middle}, 6);
}

void Picture::draw_labels(const Measure& measure, double middle) {
  canvas_.text("label", {kPlotLeft - 12, middle + 4}, Anchor::kEnd, measure.name);
  canvas_.text("label", {kWidth - kMargin, middle + 4}, Anchor::kEnd,
               format_quantity(measure.value(Side::kSorrel), measure.unit) + " : " +
                   format_quantity(measure.value(Side::kRedis), measure.unit));
}

void Picture::draw_legend() {
  y_ += 34;
  double x = kMargin;
  const auto entry = [&](std::string_view words, double width) {
    canvas_.text("note", {x + 18, y_}, Anchor::kStart, words);
    x += width;
  };
  canvas_.rectangle("good", {x, y_ - 10}, 12, 12, 2);
  entry("meets its bound", 122);
  canvas_.rectangle("bad", {x, y_ - 10}, 12, 12, 2);
  entry("misses its bound", 128);
  canvas_.rectangle("plain", {x, y_ - 10}, 12, 12, 2);
  entry("no bound", 88);
  canvas_.line("must", {x + 6, y_ - 13}, {x + 6, y_ + 5});
  entry("the bound", 92);
  canvas_.line("span", {x, y_ - 4}, {x + 13, y_ - 4});
  entry("lowest to highest round", 170);
  canvas_.circle("redis", {x + 6, y_ - 4}, 5);
  entry("Redis, where the axis is a figure", 0);
  canvas_.text("note", {kWidth - kMargin, y_}, Anchor::kEnd, "shorter is better");
}

}  // namespace

std::string to_svg(const Report& report, std::string_view picture) {
  return Picture().draw(report, picture);
}

}  // namespace sorrel::bench

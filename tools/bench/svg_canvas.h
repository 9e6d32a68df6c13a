// SvgCanvas: the few shapes a plot is made of, as SVG text.
//
// Every shape carries a class; colours live in one style sheet, in a light and a dark set that the
// viewer's preference chooses, so a page's theme doesn't matter. No scripts, no fonts of our own,
// no dependency.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sorrel::bench {

struct Point {
  double x = 0;
  double y = 0;
};

class SvgCanvas {
 public:
  enum class Anchor : uint8_t { kStart, kMiddle, kEnd };

  void rectangle(std::string_view style, Point corner, double width, double height, double radius);
  void line(std::string_view style, Point from, Point to);
  /// Through the points, in their order.
  void curve(std::string_view style, const std::vector<Point>& points);
  void circle(std::string_view style, Point center, double radius);
  void text(std::string_view style, Point at, Anchor anchor, std::string_view words);

  /// All shapes of another canvas, over those that are here.
  void add(const SvgCanvas& shapes) { body_ += shapes.body_; }

  /// The whole document.
  std::string finish(double width, double height, std::string_view title) const;

 private:
  std::string body_;
};

}  // namespace sorrel::bench

#include "tools/bench/svg_canvas.h"

#include <cstdio>

namespace sorrel::bench {
namespace {

// The plain rules are the light set: a viewer that knows no media queries shows that one.
constexpr std::string_view kStyleSheet = R"(<style>
text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
.card { fill: #ffffff; stroke: #d8dee4; }
.title { font-size: 20px; font-weight: 700; fill: #1f2933; }
.panel { font-size: 14px; font-weight: 700; fill: #1f2933; }
.label { font-size: 12px; fill: #323f4b; }
.value { font-size: 12px; font-weight: 700; fill: #1f2933; paint-order: stroke; stroke: #ffffff; stroke-width: 4; }
.note { font-size: 11px; fill: #6b7785; }
.grid { stroke: #e8ecf0; stroke-width: 1; }
.one { stroke: #1f2933; stroke-width: 1.5; }
.must { stroke: #1f2933; stroke-width: 2; }
.span { stroke: #1f2933; stroke-width: 1; stroke-opacity: 0.55; }
.link { stroke: #c3ccd5; stroke-width: 2; }
.good { fill: #17877b; }
.bad { fill: #cf5b34; }
.plain { fill: #8494a6; }
.redis { fill: #ffffff; stroke: #6b7785; stroke-width: 2; }
.ours, .theirs { fill: none; stroke-width: 1.3; stroke-linejoin: round; }
.ours { stroke: #17877b; }
.theirs { stroke: #cf5b34; }
.while { fill: #eef2f5; }
@media (prefers-color-scheme: dark) {
.card { fill: #11171d; stroke: #2c3640; }
.title, .panel, .value { fill: #e6edf3; }
.value { stroke: #11171d; }
.label { fill: #c6d0da; }
.note { fill: #8b98a6; }
.grid { stroke: #212a33; }
.one, .must, .span { stroke: #e6edf3; }
.link { stroke: #3b4754; }
.good { fill: #2fb3a3; }
.bad { fill: #e87b54; }
.plain { fill: #66788a; }
.redis { fill: #11171d; stroke: #8b98a6; }
.ours { stroke: #2fb3a3; }
.theirs { stroke: #e87b54; }
.while { fill: #1b242c; }
}
</style>
)";

std::string number(double value) {
  char text[40];
  snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string attribute(std::string_view name, std::string_view value) {
  std::string text(" ");
  text.append(name).append("=\"").append(value).append("\"");
  return text;
}

std::string attribute(std::string_view name, double value) {
  return attribute(name, std::string_view(number(value)));
}

std::string escaped(std::string_view words) {
  std::string out;
  for (const char c : words) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string_view name_of(SvgCanvas::Anchor anchor) {
  switch (anchor) {
    case SvgCanvas::Anchor::kStart:
      return "start";
    case SvgCanvas::Anchor::kMiddle:
      return "middle";
    case SvgCanvas::Anchor::kEnd:
      return "end";
  }
  return "";
}

}  // namespace

void SvgCanvas::rectangle(std::string_view style, Point corner, double width, double height,
                          double radius) {
  body_ += "<rect" + attribute("class", style) + attribute("x", corner.x) +
           attribute("y", corner.y) + attribute("width", width) + attribute("height", height) +
           attribute("rx", radius) + "/>\n";
}

void SvgCanvas::line(std::string_view style, Point from, Point to) {
  body_ += "<line" + attribute("class", style) + attribute("x1", from.x) + attribute("y1", from.y) +
           attribute("x2", to.x) + attribute("y2", to.y) + "/>\n";
}

void SvgCanvas::curve(std::string_view style, const std::vector<Point>& points) {
  std::string places;
  for (const Point& point : points) {
    if (!places.empty()) places += ' ';
    places += number(point.x) + ',' + number(point.y);
  }
  body_ += "<polyline" + attribute("class", style) + attribute("points", places) + "/>\n";
}

void SvgCanvas::circle(std::string_view style, Point center, double radius) {
  body_ += "<circle" + attribute("class", style) + attribute("cx", center.x) +
           attribute("cy", center.y) + attribute("r", radius) + "/>\n";
}

void SvgCanvas::text(std::string_view style, Point at, Anchor anchor, std::string_view words) {
  body_ += "<text" + attribute("class", style) + attribute("x", at.x) + attribute("y", at.y) +
           attribute("text-anchor", name_of(anchor)) + ">" + escaped(words) + "</text>\n";
}

std::string SvgCanvas::finish(double width, double height, std::string_view title) const {
  std::string view_box("0 0 ");
  view_box.append(number(width)).append(" ").append(number(height));
  std::string text("<svg xmlns=\"http://www.w3.org/2000/svg\"");
  text += attribute("width", width) + attribute("height", height) + attribute("viewBox", view_box) +
          attribute("role", "img") + ">\n";
  text.append("<title>").append(escaped(title)).append("</title>\n");
  return text.append(kStyleSheet).append(body_).append("</svg>\n");
}

}  // namespace sorrel::bench

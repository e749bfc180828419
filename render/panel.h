// What the panels of a figure share: the box and its labels, ranges, marks, and the two kinds of panel.
#ifndef FLYBALL_RENDER_PANEL_H_
#define FLYBALL_RENDER_PANEL_H_

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "render/canvas.h"
#include "render/figure.h"

namespace flyball {

constexpr Color kInk = {0.15, 0.15, 0.15}, kPaper = {1, 1, 1};

// What an axis shows.
struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void Add(double x) {
    if (!std::isfinite(x)) return;
    low = std::min(low, x);
    high = std::max(high, x);
  }
  // Never empty, never a point, with a share `room` of it around.
  void Open(double room);
  // Takes the ends that are given; what is not a number is free.
  void Fix(double given_low, double given_high);
  double At(double x, double from, double to) const {
    return from + (x - low) / (high - low) * (to - from);
  }
};

// A word of the legend and the stroke before it.
struct LegendEntry {
  std::string name;
  Color color;
  bool dashed;
};

// Draws panels on a canvas in one look.
class PanelPainter {
 public:
  // unit: 1 in a picture of 480 x 360, sizes follow it. words: whether there is room for text; without,
  // a panel is its curves alone.
  PanelPainter(Canvas& canvas, double unit, bool words)
      : canvas_(canvas), unit_(unit), words_(words) {}

  // Of a panel's height, what its title and labels take.
  double LabelHeight(bool title, bool x_label) const {
    return AboveCurves(title) + BelowCurves(x_label);
  }

  void Draw(const Plot& plot, const Box& box);     // plot_panel.cc
  void Draw(const FieldMap& map, const Box& box);  // map_panel.cc

 private:
  double AboveCurves(bool title) const { return words_ ? (title ? 1.7 : 0.6) * 9 * unit_ : 1; }
  double BelowCurves(bool x_label) const { return words_ ? (x_label ? 2.7 : 1.6) * 9 * unit_ : 1; }
  // What is left of a panel's box for its curves, below the title and left of and above the labels.
  Box Inside(const Box& box, bool title, bool x_label) const;
  // The title at the left, the legend at the right of the line above `inside`; what finds no room
  // there is left out.
  void Title(const Box& inside, std::string title, const std::vector<LegendEntry>& legend);
  void Axes(const Box& box, const Box& inside, const Range& x, const Range& y,
            const std::string& x_label, const std::string& y_label, bool grid);
  void Line(double x0, double y0, double x1, double y1, const Color& color, double width);
  // On its foot, and twice as wide as `size`.
  void Triangle(double x, double foot, double size, const Color& color);
  void Ring(double x, double y, double radius, const Color& color);

  void Follow(const Curve& curve, const Range& x, const Range& y, const Box& inside,
              const Color& color);
  void MarkPlaces(const std::vector<Mark>& marks, const Range& x, const Range& y,
                  const Box& inside);
  void Scale(const Range& value, const Box& inside);
  double StrokeWidth(double units) const { return std::max(units * unit_, 0.8); }

  Canvas& canvas_;
  double unit_;
  bool words_;
};

}  // namespace flyball

#endif  // FLYBALL_RENDER_PANEL_H_

#include "render/figure.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>

#include "physics/numeric/error.h"
#include "render/canvas.h"
#include "render/scale.h"

namespace flyball {
namespace {

// Okabe and Ito's colours (2008), told apart by colour-blind eyes too; the yellow is left out, which
// white paper swallows.
constexpr Color kPalette[] = {{0.000, 0.447, 0.698}, {0.835, 0.369, 0.000}, {0.000, 0.620, 0.451},
                              {0.800, 0.475, 0.655}, {0.902, 0.624, 0.000}, {0.337, 0.706, 0.914},
                              {0.000, 0.000, 0.000}};
constexpr Color kInk = {0.15, 0.15, 0.15}, kGrid = {0.88, 0.88, 0.88}, kLimit = {0.8, 0.1, 0.1};

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void Add(double x) {
    if (!std::isfinite(x)) return;
    low = std::min(low, x);
    high = std::max(high, x);
  }
  // Never empty, never a point, with a little room around.
  void Open(double room) {
    if (!(low <= high)) low = 0, high = 1;
    if (high - low < 1e-9 * std::max(1.0, std::abs(low))) {
      const double half = std::max(0.5 * std::abs(low), 0.5);
      low -= half;
      high += half;
    }
    const double margin = room * (high - low);
    low -= margin;
    high += margin;
  }
  double At(double x, double from, double to) const {
    return from + (x - low) / (high - low) * (to - from);
  }
};

std::string Number(double x) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.4g", x == 0 ? 0.0 : x);
  return text;
}

// Draws one figure; sizes follow the picture's.
class Painter {
 public:
  Painter(const Figure& figure, int width, int height)
      : figure_(figure), canvas_(width, height),
        unit_(std::clamp(std::min(width / 480.0, height / 360.0), 0.5, 4.0)) {
    const double font = 10 * unit_;
    double top = 4 * unit_;
    if (!figure.title.empty()) {
      canvas_.Text(0.5 * width, top + font, figure.title, 1.1 * font, 0.5, kInk);
      top += 1.6 * font;
    }
    double weights = 0;
    for (const auto& panel : figure.panels) weights += Weight(panel);
    const double room = height - top - 4 * unit_;
    for (const auto& panel : figure.panels) {
      const double share = room * Weight(panel) / weights;
      Panel(panel, {0, top, static_cast<double>(width), top + share});
      top += share;
    }
  }
  void CopyTo(std::span<uint8_t> rgb) const { canvas_.CopyTo(rgb); }

 private:
  using AnyPanel = std::variant<Plot, FieldMap>;
  static double Weight(const AnyPanel& panel) {
    return std::visit([](const auto& p) { return p.weight; }, panel);
  }

  void Panel(const AnyPanel& panel, const Box& box) {
    std::visit([&](const auto& p) { Draw(p, box); }, panel);
  }

  // What is left of a panel's box for its curves, after title and labels.
  Box Inside(const Box& box, const std::string& title, const std::string& x_label) {
    const double font = 9 * unit_;
    if (!title.empty()) {
      canvas_.Text(box.left + 46 * unit_, box.top + 1.2 * font, title, font, 0, kInk);
    }
    return {box.left + 46 * unit_, box.top + (title.empty() ? 0.6 : 1.7) * font,
            box.right - 10 * unit_, box.bottom - (x_label.empty() ? 1.6 : 2.7) * font};
  }

  void Axes(const Box& box, const Box& inside, const Range& x, const Range& y,
            const std::string& x_label, const std::string& y_label, bool grid) {
    const double font = 8 * unit_;
    for (const double tick :
         Ticks(x.low, x.high, std::max(2, int(inside.width() / (60 * unit_))))) {
      const double at = x.At(tick, inside.left, inside.right);
      if (grid) Line(at, inside.top, at, inside.bottom, kGrid, 0.7 * unit_);
      canvas_.Text(at, inside.bottom + 1.2 * font, Number(tick), font, 0.5, kInk);
    }
    for (const double tick :
         Ticks(y.low, y.high, std::max(2, int(inside.height() / (24 * unit_))))) {
      const double at = y.At(tick, inside.bottom, inside.top);
      if (grid) Line(inside.left, at, inside.right, at, kGrid, 0.7 * unit_);
      canvas_.Text(inside.left - 3 * unit_, at + 0.35 * font, Number(tick), font, 1, kInk);
    }
    canvas_.OutlineBox(inside, kInk, 0.8 * unit_);
    if (!x_label.empty()) {
      canvas_.Text(0.5 * (inside.left + inside.right), inside.bottom + 2.5 * font, x_label, font,
                   0.5, kInk);
    }
    if (!y_label.empty()) {
      canvas_.Text(box.left + 1.2 * font, 0.5 * (inside.top + inside.bottom), y_label, font, 0.5,
                   kInk, true);
    }
  }

  void Line(double x0, double y0, double x1, double y1, const Color& color, double width) {
    canvas_.MoveTo(x0, y0);
    canvas_.LineTo(x1, y1);
    canvas_.Stroke(color, width);
  }

  void Draw(const Plot& plot, const Box& box) {
    Range x, y;
    for (const Curve& curve : plot.curves) {
      for (const double value : curve.x) x.Add(value);
      for (const double value : curve.y) y.Add(value);
    }
    for (const double limit : plot.limits) y.Add(limit);
    x.Open(0.0);
    y.Open(0.06);
    if (std::isfinite(plot.x_low)) x.low = plot.x_low;
    if (std::isfinite(plot.x_high)) x.high = plot.x_high;
    if (std::isfinite(plot.y_low)) y.low = plot.y_low;
    if (std::isfinite(plot.y_high)) y.high = plot.y_high;
    const Box inside = Inside(box, plot.title, plot.x_label);
    if (inside.width() <= 4 || inside.height() <= 4) return;
    Axes(box, inside, x, y, plot.x_label, plot.y_label, true);

    canvas_.Clip(inside);
    for (const double limit : plot.limits) {
      const double at = y.At(limit, inside.bottom, inside.top);
      Line(inside.left, at, inside.right, at, kLimit, 1.2 * unit_);
    }
    int next = 0;
    std::vector<Color> colors;
    for (const Curve& curve : plot.curves) {
      const int index = curve.color >= 0 ? curve.color : next++;
      colors.push_back(kPalette[index % std::size(kPalette)]);
      Follow(curve, x, y, inside, colors.back());
    }
    for (const double mark : plot.marks) {
      Triangle(x.At(mark, inside.left, inside.right), inside.bottom, 4 * unit_, kInk);
    }
    for (const double ring : plot.rings) {
      Ring(x.At(ring, inside.left, inside.right), inside.top + 4 * unit_, 3 * unit_, kInk);
    }
    canvas_.Unclip();
    Legend(plot, colors, inside);
  }

  // On its foot, and twice as wide as `size`.
  void Triangle(double x, double foot, double size, const Color& color) {
    canvas_.FillTriangle({x, foot - 1.6 * size, x - size, foot, x + size, foot}, color);
  }
  void Ring(double x, double y, double radius, const Color& color) {
    constexpr int kCorners = 16;
    for (int i = 0; i <= kCorners; ++i) {
      const double angle = 2 * std::numbers::pi * i / kCorners;
      const double px = x + radius * std::cos(angle), py = y + radius * std::sin(angle);
      if (i == 0) {
        canvas_.MoveTo(px, py);
      } else {
        canvas_.LineTo(px, py);
      }
    }
    canvas_.Stroke(color, 1.1 * unit_);
  }

  void Follow(const Curve& curve, const Range& x, const Range& y, const Box& inside,
              const Color& color) {
    bool drawing = false;
    double last = 0;
    for (size_t i = 0; i < curve.y.size(); ++i) {
      if (!std::isfinite(curve.x[i]) || !std::isfinite(curve.y[i])) {
        drawing = false;
        continue;
      }
      // Far outside is as good as anywhere outside, and Cairo's coordinates are 24 bits.
      const double px = std::clamp(x.At(curve.x[i], inside.left, inside.right), -1e5, 1e5);
      const double py = std::clamp(y.At(curve.y[i], inside.bottom, inside.top), -1e5, 1e5);
      if (!drawing) canvas_.MoveTo(px, py);
      if (drawing && curve.steps) canvas_.LineTo(px, last);
      canvas_.LineTo(px, py);
      drawing = true;
      last = py;
    }
    canvas_.Stroke(color, (curve.dashed ? 1.1 : 1.5) * unit_, curve.dashed);
  }

  // In the upper right corner, over a veil.
  void Legend(const Plot& plot, const std::vector<Color>& colors, const Box& inside) {
    const double font = 8 * unit_, line = 1.25 * font, stroke = 14 * unit_;
    double width = 0;
    int entries = 0;
    const int most = std::max(1, static_cast<int>((inside.height() - font) / line));
    for (const Curve& curve : plot.curves) {
      if (curve.name.empty() || entries == most) continue;
      width = std::max(width, canvas_.TextWidth(curve.name, font));
      ++entries;
    }
    if (entries == 0) return;
    const double left = inside.right - width - stroke - 8 * unit_;
    canvas_.FillBox({left - 3 * unit_, inside.top + 2 * unit_, inside.right - 2 * unit_,
                     inside.top + 4 * unit_ + entries * line},
                    {1, 1, 1}, 0.75);
    double at = inside.top + 2 * unit_ + 0.5 * line;
    int shown = 0;
    for (size_t i = 0; i < plot.curves.size() && shown < entries; ++i) {
      const Curve& curve = plot.curves[i];
      if (curve.name.empty()) continue;
      canvas_.MoveTo(left, at);
      canvas_.LineTo(left + stroke, at);
      canvas_.Stroke(colors[i], (curve.dashed ? 1.1 : 1.5) * unit_, curve.dashed);
      canvas_.Text(left + stroke + 4 * unit_, at + 0.35 * font, curve.name, font, 0, kInk);
      at += line;
      ++shown;
    }
  }

  void Draw(const FieldMap& map, const Box& box) {
    Box inside = Inside(box, map.title, map.x_label);
    inside.right -= 40 * unit_;  // for the scale
    if (inside.width() <= 4 || inside.height() <= 4 || map.columns < 1 || map.rows < 1) return;
    Range value;
    for (const double v : map.values) value.Add(v);
    value.Open(0.0);
    // Cairo's pictures are at most 32767 pixels on a side; the panel has fewer anyway.
    const int columns = std::min(map.columns, kMaxPictureSide);
    const int rows = std::min(map.rows, kMaxPictureSide);
    std::vector<Color> pixels;
    pixels.reserve(static_cast<size_t>(columns) * rows);
    for (int row = rows - 1; row >= 0; --row) {
      const size_t from_row = static_cast<size_t>(row) * map.rows / rows;
      for (int column = 0; column < columns; ++column) {
        const size_t from = static_cast<size_t>(column) * map.columns / columns;
        pixels.push_back(
            PerceptualColor(value.At(map.values[from_row * map.columns + from], 0, 1)));
      }
    }
    canvas_.DrawPixels(pixels, columns, rows, inside);
    Axes(box, inside, {map.x_low, map.x_high}, {map.y_low, map.y_high}, map.x_label, map.y_label,
         false);

    // Light on dark parts and dark on light ones: each mark stands on a veil of its own.
    constexpr Color kVeil = {1, 1, 1};
    canvas_.Clip(inside);
    for (const Mark& mark : map.marks) {
      const double x =
          inside.left + (mark.x - map.x_low) / (map.x_high - map.x_low) * inside.width();
      const double y =
          inside.bottom - (mark.y - map.y_low) / (map.y_high - map.y_low) * inside.height();
      if (mark.ring) {
        Ring(x, y, 2.6 * unit_, kVeil);
        Ring(x, y, 1.6 * unit_, kInk);
      } else {
        Triangle(x, y + 4.2 * unit_, 4.6 * unit_, kVeil);
        Triangle(x, y + 3 * unit_, 3 * unit_, kInk);
      }
    }
    canvas_.Unclip();

    // The scale, at the right.
    const Box scale = {inside.right + 6 * unit_, inside.top, inside.right + 14 * unit_,
                       inside.bottom};
    std::vector<Color> shades;
    constexpr int kShades = 64;
    for (int i = 0; i < kShades; ++i) shades.push_back(PerceptualColor(1 - (i + 0.5) / kShades));
    canvas_.DrawPixels(shades, 1, kShades, scale);
    canvas_.OutlineBox(scale, kInk, 0.8 * unit_);
    const double font = 8 * unit_;
    for (const double tick :
         Ticks(value.low, value.high, std::max(2, int(inside.height() / (30 * unit_))))) {
      canvas_.Text(scale.right + 3 * unit_, value.At(tick, scale.bottom, scale.top) + 0.35 * font,
                   Number(tick), font, 0, kInk);
    }
  }

  const Figure& figure_;
  Canvas canvas_;
  double unit_;  // 1 in a picture of 480 x 360
};

void Check(const Figure& figure, const PictureTarget& target) {
  const auto in_range = [](int side) { return side >= 1 && side <= kMaxPictureSide; };
  if (!in_range(target.width) || !in_range(target.height)) {
    throw InputError("width and height are " + std::to_string(target.width) + " and " +
                     std::to_string(target.height) + "; 1 to " + std::to_string(kMaxPictureSide) +
                     " pixels are allowed");
  }
  if (target.rgb.size() != 3ull * target.width * target.height || !target.depth.empty() ||
      !target.segmentation.empty()) {
    throw InputError("a figure is drawn into rgb (height, width, 3) and nothing else");
  }
  for (const auto& panel : figure.panels) {
    if (const auto* plot = std::get_if<Plot>(&panel)) {
      for (const Curve& curve : plot->curves) {
        if (curve.x.size() != curve.y.size()) {
          throw InputError("curve '" + curve.name + "' has " + std::to_string(curve.x.size()) +
                           " x and " + std::to_string(curve.y.size()) + " y");
        }
      }
    } else {
      const auto& map = std::get<FieldMap>(panel);
      if (map.values.size() != static_cast<size_t>(map.columns) * map.rows) {
        throw InputError("field map '" + map.title + "' has " + std::to_string(map.values.size()) +
                         " values for " + std::to_string(map.rows) + " x " +
                         std::to_string(map.columns));
      }
    }
  }
}

}  // namespace

void DrawFigure(const Figure& figure, const PictureTarget& target) {
  Check(figure, target);
  Painter(figure, target.width, target.height).CopyTo(target.rgb);
}

}  // namespace flyball

#include "render/panel.h"

namespace flyball {
namespace {

// Okabe and Ito's colours (2008), told apart by colour-blind eyes too; the yellow is left out, which
// white paper swallows.
constexpr Color kPalette[] = {{0.000, 0.447, 0.698}, {0.835, 0.369, 0.000}, {0.000, 0.620, 0.451},
                              {0.800, 0.475, 0.655}, {0.902, 0.624, 0.000}, {0.337, 0.706, 0.914},
                              {0.000, 0.000, 0.000}};
constexpr Color kLimit = {0.8, 0.1, 0.1};

}  // namespace

void PanelPainter::Draw(const Plot& plot, const Box& box) {
  // What is shown.
  Range x, y;
  for (const Curve& curve : plot.curves) {
    for (const double value : curve.x) x.Add(value);
    for (const double value : curve.y) y.Add(value);
  }
  for (const double limit : plot.limits) y.Add(limit);
  x.Open(0.0);
  y.Open(0.06);
  x.Fix(plot.x_low, plot.x_high);
  y.Fix(plot.y_low, plot.y_high);
  const Box inside = Inside(box, !plot.title.empty(), !plot.x_label.empty());
  if (inside.width() <= 4 || inside.height() <= 4) return;
  Axes(box, inside, x, y, plot.x_label, plot.y_label, true);

  canvas_.Clip(inside);
  for (const double limit : plot.limits) {
    const double at = y.At(limit, inside.bottom, inside.top);
    Line(inside.left, at, inside.right, at, kLimit, StrokeWidth(1.2));
  }
  int next = 0;
  std::vector<LegendEntry> legend;
  for (const Curve& curve : plot.curves) {
    const int index = curve.limit ? 0 : curve.color >= 0 ? curve.color : next++;
    const Color& color = curve.limit ? kLimit : kPalette[index % std::size(kPalette)];
    if (!curve.name.empty()) legend.push_back({curve.name, color, curve.dashed});
    Follow(curve, x, y, inside, color);
  }
  if (words_) {
    for (const double mark : plot.marks) {
      // Wholly inside, also at the first and the last point.
      const double size = 4 * unit_, at = x.At(mark, inside.left, inside.right);
      Triangle(std::clamp(at, inside.left + size, inside.right - size), inside.bottom, size, kInk);
    }
    for (const double ring : plot.rings) {
      Ring(x.At(ring, inside.left, inside.right), inside.top + 4 * unit_, 3 * unit_, kInk);
    }
  }
  MarkPlaces(plot.places, x, y, inside);
  canvas_.Unclip();
  Title(inside, plot.title, legend);
}

void PanelPainter::Follow(const Curve& curve, const Range& x, const Range& y, const Box& inside,
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
  canvas_.Stroke(color, StrokeWidth(curve.dashed || curve.limit ? 1.1 : 1.5), curve.dashed);
}

}  // namespace flyball

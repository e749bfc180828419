#include "render/panel.h"

#include <numbers>

#include "render/scale.h"

namespace flyball {
namespace {

constexpr Color kGrid = {0.88, 0.88, 0.88}, kFrame = {0.8, 0.8, 0.8};

}  // namespace

void Range::Open(double room) {
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

void Range::Fix(double given_low, double given_high) {
  if (std::isfinite(given_low)) low = given_low;
  if (std::isfinite(given_high)) high = given_high;
}

Box PanelPainter::Inside(const Box& box, bool title, bool x_label) const {
  const double left = words_ ? 46 * unit_ : 1, right = words_ ? 10 * unit_ : 1;
  return {box.left + left, box.top + AboveCurves(title), box.right - right,
          box.bottom - BelowCurves(x_label)};
}

void PanelPainter::Title(const Box& inside, std::string title,
                         const std::vector<LegendEntry>& legend) {
  if (!words_) return;
  const double font = 9 * unit_, small = 8 * unit_, stroke = 12 * unit_, gap = 3 * unit_;
  // Of a title too long for its panel, what comes before the first comma.
  if (canvas_.TextWidth(title, font) > inside.width()) title = title.substr(0, title.find(','));
  const double line = inside.top - 0.5 * font;  // of the letters' feet
  canvas_.Text(inside.left, line, title, font, 0, kInk);
  double room = inside.width() - (title.empty() ? 0 : canvas_.TextWidth(title, font) + 4 * gap);
  double width = -2 * gap;  // of all that are shown
  size_t shown = 0;
  std::vector<double> widths;
  for (; shown < legend.size(); ++shown) {
    widths.push_back(stroke + 3 * gap + canvas_.TextWidth(legend[shown].name, small));
    if (width + widths.back() > room) break;
    width += widths.back();
  }
  // How many there is no room for.
  std::string rest;
  double rest_width = 0;
  while (shown < legend.size()) {
    rest = "+" + std::to_string(legend.size() - shown);
    rest_width = 2 * gap + canvas_.TextWidth(rest, small);
    if (width + rest_width <= room || shown == 0) break;
    width -= widths[--shown];
  }
  if (!rest.empty()) canvas_.Text(inside.right, line, rest, small, 1, kInk);
  double at = inside.right - width - rest_width;
  for (size_t i = 0; i < shown; ++i) {
    const LegendEntry& entry = legend[i];
    canvas_.MoveTo(at, line - 0.35 * small);
    canvas_.LineTo(at + stroke, line - 0.35 * small);
    canvas_.Stroke(entry.color, (entry.dashed ? 1.1 : 1.8) * unit_, entry.dashed);
    at += stroke + gap;
    canvas_.Text(at, line, entry.name, small, 0, kInk);
    at += canvas_.TextWidth(entry.name, small) + 2 * gap;
  }
}

void PanelPainter::Axes(const Box& box, const Box& inside, const Range& x, const Range& y,
                        const std::string& x_label, const std::string& y_label, bool grid) {
  if (!words_) {
    canvas_.OutlineBox(inside, kFrame, 0.5);
    return;
  }
  const double font = 8 * unit_;
  const std::vector<double> across =
      Ticks(x.low, x.high, std::max(2, int(inside.width() / (60 * unit_))));
  const std::vector<std::string> across_texts = TickTexts(across);
  for (size_t i = 0; i < across.size(); ++i) {
    const double at = x.At(across[i], inside.left, inside.right);
    if (grid) Line(at, inside.top, at, inside.bottom, kGrid, 0.7 * unit_);
    // The last number stays in the picture.
    const double middle =
        std::min(at, box.right - unit_ - 0.5 * canvas_.TextWidth(across_texts[i], font));
    canvas_.Text(middle, inside.bottom + 1.2 * font, across_texts[i], font, 0.5, kInk);
  }
  double last = std::numeric_limits<double>::infinity();  // a number's height above the next
  const std::vector<double> up =
      Ticks(y.low, y.high, std::max(2, int(inside.height() / (24 * unit_))));
  const std::vector<std::string> up_texts = TickTexts(up);
  for (size_t i = 0; i < up.size(); ++i) {
    const double at = y.At(up[i], inside.bottom, inside.top);
    if (grid) Line(inside.left, at, inside.right, at, kGrid, 0.7 * unit_);
    if (last - at < 1.1 * font) continue;
    canvas_.Text(inside.left - 3 * unit_, at + 0.35 * font, up_texts[i], font, 1, kInk);
    last = at;
  }
  canvas_.OutlineBox(inside, kInk, 0.8 * unit_);
  if (!x_label.empty()) {
    canvas_.Text(0.5 * (inside.left + inside.right), inside.bottom + 2.5 * font, x_label, font, 0.5,
                 kInk);
  }
  if (!y_label.empty()) {
    canvas_.Text(box.left + 1.2 * font, 0.5 * (inside.top + inside.bottom), y_label, font, 0.5,
                 kInk, true);
  }
}

void PanelPainter::Line(double x0, double y0, double x1, double y1, const Color& color,
                        double width) {
  canvas_.MoveTo(x0, y0);
  canvas_.LineTo(x1, y1);
  canvas_.Stroke(color, width);
}

void PanelPainter::Triangle(double x, double foot, double size, const Color& color) {
  canvas_.FillTriangle({x, foot - 1.6 * size, x - size, foot, x + size, foot}, color);
}

void PanelPainter::Ring(double x, double y, double radius, const Color& color) {
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

void PanelPainter::MarkPlaces(const std::vector<Mark>& marks, const Range& x, const Range& y,
                              const Box& inside) {
  if (!words_) return;
  // Light on dark parts and dark on light ones: each mark stands on a veil of its own.
  for (const Mark& mark : marks) {
    const double px = x.At(mark.x, inside.left, inside.right);
    const double py = y.At(mark.y, inside.bottom, inside.top);
    if (mark.ring) {
      Ring(px, py, 2.6 * unit_, kPaper);
      Ring(px, py, 1.6 * unit_, kInk);
    } else {
      Triangle(px, py + 4.2 * unit_, 4.6 * unit_, kPaper);
      Triangle(px, py + 3 * unit_, 3 * unit_, kInk);
    }
  }
}

}  // namespace flyball

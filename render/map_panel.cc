#include "render/panel.h"
#include "render/scale.h"

namespace flyball {

void PanelPainter::Draw(const FieldMap& map, const Box& box) {
  Box inside = Inside(box, !map.title.empty(), !map.x_label.empty());
  if (words_) inside.right -= 40 * unit_;  // for the scale
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
      pixels.push_back(PerceptualColor(value.At(map.values[from_row * map.columns + from], 0, 1)));
    }
  }
  canvas_.DrawPixels(pixels, columns, rows, inside);
  const Range x = {map.x_low, map.x_high}, y = {map.y_low, map.y_high};
  Axes(box, inside, x, y, map.x_label, map.y_label, false);
  canvas_.Clip(inside);
  MarkPlaces(map.marks, x, y, inside);
  canvas_.Unclip();
  Title(inside, map.title, {});
  if (words_) Scale(value, inside);
}

// What the colours mean, at the right.
void PanelPainter::Scale(const Range& value, const Box& inside) {
  const Box scale = {inside.right + 6 * unit_, inside.top, inside.right + 14 * unit_,
                     inside.bottom};
  std::vector<Color> shades;
  constexpr int kShades = 64;
  for (int i = 0; i < kShades; ++i) shades.push_back(PerceptualColor(1 - (i + 0.5) / kShades));
  canvas_.DrawPixels(shades, 1, kShades, scale);
  canvas_.OutlineBox(scale, kInk, 0.8 * unit_);
  const double font = 8 * unit_;
  const std::vector<double> ticks =
      Ticks(value.low, value.high, std::max(2, int(inside.height() / (30 * unit_))));
  const std::vector<std::string> texts = TickTexts(ticks);
  for (size_t i = 0; i < ticks.size(); ++i) {
    canvas_.Text(scale.right + 3 * unit_, value.At(ticks[i], scale.bottom, scale.top) + 0.35 * font,
                 texts[i], font, 0, kInk);
  }
}

}  // namespace flyball

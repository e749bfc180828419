#include "render/figure.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "physics/numeric/error.h"
#include "render/canvas.h"
#include "render/panel.h"

namespace flyball {
namespace {

// Where words would be specks, there are none.
constexpr int kWordsFromWidth = 240, kWordsFromHeight = 180;

using AnyPanel = std::variant<Plot, FieldMap>;

double WeightOf(const AnyPanel& panel) {
  return std::visit([](const auto& p) { return p.weight; }, panel);
}

bool StandsBeside(const AnyPanel& panel) {
  const Plot* plot = std::get_if<Plot>(&panel);
  return plot && plot->beside;
}

// Title, then lines of panels from the top; each line as high as its first panel's share.
void DrawAll(const Figure& figure, Canvas& canvas, int width, int height) {
  const bool words = width >= kWordsFromWidth && height >= kWordsFromHeight;
  const double unit = std::clamp(std::min(width / 480.0, height / 360.0), 0.8, 4.0);
  const double font = 10 * unit, margin = words ? 4 * unit : 0;
  double top = margin;
  if (words && !figure.title.empty()) {
    canvas.Text(0.5 * width, top + font, figure.title, 1.1 * font, 0.5, kInk);
    top += 1.6 * font;
  }
  const auto& panels = figure.panels;
  double weights = 0;
  for (const AnyPanel& panel : panels) weights += StandsBeside(panel) ? 0 : WeightOf(panel);
  PanelPainter painter(canvas, unit, words);
  const auto labels = [&](const AnyPanel& panel) {
    return std::visit(
        [&](const auto& p) { return painter.LabelHeight(!p.title.empty(), !p.x_label.empty()); },
        panel);
  };
  // A line of panels has room for its labels first, and its share of what is left.
  std::vector<double> taken;
  for (size_t i = 0; i < panels.size(); ++i) {
    if (StandsBeside(panels[i])) {
      taken.back() = std::max(taken.back(), labels(panels[i]));
    } else {
      taken.push_back(labels(panels[i]));
    }
  }
  const double room = height - top - margin - std::accumulate(taken.begin(), taken.end(), 0.0);
  const auto draw = [&](const AnyPanel& panel, const Box& box) {
    std::visit([&](const auto& p) { painter.Draw(p, box); }, panel);
  };
  for (size_t i = 0, line = 0; i < panels.size(); ++i, ++line) {
    const double share = taken[line] + room * WeightOf(panels[i]) / weights;
    double right = width;
    if (i + 1 < panels.size() && StandsBeside(panels[i + 1])) {
      right -= std::min(share + (words ? 24 * unit : 0), 0.45 * width);  // the numbers' room
      draw(panels[i + 1], {right, top, static_cast<double>(width), top + share});
    }
    draw(panels[i], {0, top, right, top + share});
    top += share;
    if (right < width) ++i;
  }
}

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
  for (size_t i = 0; i < figure.panels.size(); ++i) {
    if (StandsBeside(figure.panels[i]) && (i == 0 || StandsBeside(figure.panels[i - 1]))) {
      throw InputError("panel " + std::to_string(i) + " has none before it to stand beside");
    }
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
  Canvas canvas(target.width, target.height);
  DrawAll(figure, canvas, target.width, target.height);
  canvas.CopyTo(target.rgb);
}

}  // namespace flyball

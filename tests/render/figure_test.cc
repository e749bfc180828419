#include "render/figure.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <vector>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

struct Drawing {
  int width, height;
  std::vector<uint8_t> rgb;
  bool IsColored(int x, int y) const {  // neither grey nor white
    const uint8_t* p = &rgb[3 * (static_cast<size_t>(y) * width + x)];
    return std::max({p[0], p[1], p[2]}) - std::min({p[0], p[1], p[2]}) > 60;
  }
};

Drawing Draw(const Figure& figure, int width = 480, int height = 360) {
  Drawing drawing{width, height, std::vector<uint8_t>(3ull * width * height)};
  DrawFigure(figure, {.width = width, .height = height, .rgb = drawing.rgb});
  return drawing;
}

// Middle of the coloured pixels of a column of the picture; negative where there are none.
double MiddleOf(const Drawing& drawing, int x) {
  double sum = 0;
  int count = 0;
  for (int y = 0; y < drawing.height; ++y) {
    if (drawing.IsColored(x, y)) sum += y, ++count;
  }
  return count ? sum / count : -1;
}

TEST_CASE("a curve lies where its numbers say", "[render]") {
  // A straight line across the panel: equal steps to the right are equal steps up, and twice the
  // range of y halves them.
  Plot plot{.curves = {{.x = {0, 1}, .y = {0, 1}}}, .y_low = 0, .y_high = 1};
  const Drawing line = Draw({.panels = {plot}});
  const double rise = MiddleOf(line, 150) - MiddleOf(line, 350);
  REQUIRE(MiddleOf(line, 150) > 0);
  CHECK(std::abs(MiddleOf(line, 150) - MiddleOf(line, 250) - 0.5 * rise) < 1.0);  // a pixel
  plot.y_high = 2;
  const Drawing flatter = Draw({.panels = {plot}});
  CHECK(std::abs(MiddleOf(flatter, 150) - MiddleOf(flatter, 350) - 0.5 * rise) < 1.0);
}

TEST_CASE("numbers that are not finite leave a gap", "[render]") {
  const double nan = std::nan("");
  const Plot plot{.curves = {{.x = {0, 1, 2, 3, 4}, .y = {0, 0, nan, 1, 1}}}};
  const Drawing drawing = Draw({.panels = {plot}});
  CHECK(MiddleOf(drawing, 100) > MiddleOf(drawing, 420));
  CHECK(MiddleOf(drawing, 258) < 0);
}

TEST_CASE("a field map shows low values dark and high values light, time upwards", "[render]") {
  FieldMap map{.columns = 2, .rows = 2, .values = {0, 1, 2, 3}};
  const Drawing drawing = Draw({.panels = {map}});
  const auto brightness = [&](int x, int y) {
    const uint8_t* p = &drawing.rgb[3 * (static_cast<size_t>(y) * drawing.width + x)];
    return p[0] + p[1] + p[2];
  };
  CHECK(brightness(120, 260) < brightness(350, 260));
  CHECK(brightness(350, 260) < brightness(120, 80));
  CHECK(brightness(120, 80) < brightness(350, 80));
}

TEST_CASE("actuators and sensors are marked where they are", "[render]") {
  const auto dark = [](const Drawing& drawing, double from, double to) {
    int count = 0;
    for (int y = 0; y < drawing.height; ++y) {
      for (int x = static_cast<int>(from * drawing.width); x < to * drawing.width; ++x) {
        const uint8_t* p = &drawing.rgb[3 * (static_cast<size_t>(y) * drawing.width + x)];
        count += p[0] + p[1] + p[2] < 3 * 90;
      }
    }
    return count;
  };
  // Parts of the left half and of the right one, which is light: what is marked adds ink there alone.
  FieldMap map{.columns = 2, .rows = 2, .values = {0, 1, 0, 1}};
  Plot plot{.curves = {{.x = {0, 1}, .y = {0, 1}}}};
  const Drawing bare = Draw({.panels = {plot, map}});
  for (const bool ring : {false, true}) {
    map.marks = {{.x = 0.75, .y = 0.5, .ring = ring}};
    CHECK(dark(Draw({.panels = {plot, map}}), 0.55, 0.85) > dark(bare, 0.55, 0.85));
    CHECK(dark(Draw({.panels = {plot, map}}), 0.15, 0.45) == dark(bare, 0.15, 0.45));
    map.marks.clear();
    (ring ? plot.rings : plot.marks) = {0.25};
    CHECK(dark(Draw({.panels = {plot, map}}), 0.2, 0.45) > dark(bare, 0.2, 0.45));
    CHECK(dark(Draw({.panels = {plot, map}}), 0.55, 0.85) == dark(bare, 0.55, 0.85));
    plot.marks = plot.rings = {};
  }
}

TEST_CASE("a small picture holds no words, and its curves fill it", "[render]") {
  const Plot plot{
      .title = "title", .x_label = "x", .curves = {{.name = "a", .x = {0, 1}, .y = {0, 1}}}};
  const Drawing words = Draw({.title = "t", .panels = {plot}}),
                small = Draw({.panels = {plot}}, 64, 48);
  CHECK(MiddleOf(words, 20) < 0);  // numbers stand at the left
  // From the lower left corner to the upper right one, with the plot's room of 6 % of the range.
  CHECK(MiddleOf(small, 3) > 40);
  CHECK(MiddleOf(small, 60) < 8);
  Plot bare = plot;
  bare.title = bare.x_label = bare.curves[0].name = "";
  CHECK(Draw({.panels = {bare}}, 64, 48).rgb == small.rgb);
  CHECK(Draw({.panels = {bare}}).rgb != Draw({.panels = {plot}}).rgb);
}

TEST_CASE("a small picture of a field shows means", "[render]") {
  FieldMap map{.columns = 1000, .rows = 1, .values = std::vector<double>(1000)};
  for (size_t i = 0; i < 1000; i += 2) map.values[i] = 1;  // stripes finer than a pixel
  const Drawing drawing = Draw({.panels = {map}}, 64, 48);
  const auto green = [&](int x) { return drawing.rgb[3 * (24ull * 64 + x) + 1]; };
  for (int x = 5; x < 59; ++x) CHECK(std::abs(green(x) - green(30)) < 25);  // of 255
}

TEST_CASE("the legend is as long as there is room", "[render]") {
  Plot plot{.title = "t"};
  for (int i = 0; i < 40; ++i) plot.curves.push_back({.name = "a long name of a curve"});
  const Drawing drawing = Draw({.panels = {plot}});  // and does not run over the title
  const auto dark = [&](int from, int to) {
    int count = 0;
    for (int y = 0; y < 20; ++y) {
      for (int x = from; x < to; ++x) count += drawing.rgb[3ull * (y * 480 + x)] < 100;
    }
    return count;
  };
  CHECK(dark(100, 470) > 100);
  CHECK(dark(471, 480) == 0);
  CHECK(dark(60, 80) == 0);
}

TEST_CASE("a panel may stand beside the one before it", "[render]") {
  const Plot rising{.curves = {{.x = {0, 1}, .y = {0, 1}}}};
  Plot beside{.curves = {{.x = {0, 1}, .y = {1, 0}}}, .beside = true};
  const Drawing drawing = Draw({.panels = {rising, beside}}, 640, 240);
  CHECK(MiddleOf(drawing, 100) > MiddleOf(drawing, 300));
  CHECK(MiddleOf(drawing, 480) < MiddleOf(drawing, 600));
  CHECK_THROWS_WITH(Draw({.panels = {beside}}), Catch::Contains("panel 0 has none before it"));
  CHECK_THROWS_WITH(Draw({.panels = {rising, beside, beside}}),
                    Catch::Contains("panel 2 has none"));
}

TEST_CASE("a panel of little weight has room beside heavy ones", "[render]") {
  Plot heavy{.title = "t", .x_label = "x", .weight = 3};
  Plot light{.title = "t", .x_label = "x", .curves = {{.x = {0, 1}, .y = {0, 1}}}, .weight = 0.8};
  const Drawing drawing =
      Draw({.title = "figure", .panels = {heavy, heavy, heavy, light}}, 320, 240);
  CHECK(MiddleOf(drawing, 100) > MiddleOf(drawing, 250));
  CHECK(MiddleOf(drawing, 250) > 180);
}

TEST_CASE("every allowed size is drawn, down to one pixel", "[render]") {
  const Plot plot{.title = "t", .x_label = "x", .curves = {{.name = "a", .x = {0}, .y = {5}}}};
  const FieldMap map{.columns = 1, .rows = 1, .values = {3}};
  for (const auto& [width, height] : {std::pair{1, 1}, {4096, 2}, {3, 4096}, {30, 20}}) {
    CHECK_NOTHROW(Draw({.title = "figure", .panels = {plot, map}}, width, height));
  }
  CHECK_NOTHROW(Draw({.panels = {Plot{}}}));
}

TEST_CASE("figures that cannot be drawn are refused", "[render]") {
  CHECK_THROWS_WITH(Draw({}, 0, 5), Catch::Contains("width and height are 0 and 5"));
  CHECK_THROWS_WITH(Draw({}, 5, 5000), Catch::Contains("1 to 4096"));
  CHECK_THROWS_WITH(Draw({.panels = {Plot{.curves = {{.name = "a", .x = {1, 2}, .y = {1}}}}}}),
                    Catch::Contains("curve 'a' has 2 x and 1 y"));
  CHECK_THROWS_WITH(Draw({.panels = {FieldMap{.title = "u", .columns = 2, .rows = 2}}}),
                    Catch::Contains("'u' has 0 values for 2 x 2"));
}

TEST_CASE("a legend says how many names it has no room for", "[render]") {
  Plot plot{.title = "a title"};
  for (int k = 0; k < 6; ++k) {
    plot.curves.push_back({.name = "a_long_name_" + std::to_string(k), .x = {0, 1}, .y = {0, 0}});
  }
  // In the right corner of the title's line there is "+n", in ink; names begin farther left.
  const auto ink = [](const Drawing& drawing) {
    int dark = 0;
    for (int y = 0; y < 30; ++y) {
      for (int x = drawing.width - 26; x < drawing.width - 8; ++x) {
        dark += drawing.rgb[3 * (static_cast<size_t>(y) * drawing.width + x)] < 128;
      }
    }
    return dark;
  };
  const Drawing all = Draw({.panels = {plot}}, 320, 240);
  plot.curves.resize(1);
  for (int k = 1; k < 6; ++k) plot.curves.push_back({.x = {0, 1}, .y = {0, 0}});
  plot.curves[0].name = "";
  const Drawing none = Draw({.panels = {plot}}, 320, 240);
  CHECK(ink(all) > ink(none) + 4);  // beyond the frame
}

}  // namespace
}  // namespace flyball

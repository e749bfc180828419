// Figures: pictures of plants without a body, as data. A figure is a column of panels, and a panel
// is a plot of curves or a map of a field; DrawFigure is the one look they all have.
#ifndef FLYBALL_RENDER_FIGURE_H_
#define FLYBALL_RENDER_FIGURE_H_

#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "render/picture.h"

namespace flyball {

// A line through points; a pair with a number that is not finite leaves a gap.
struct Curve {
  std::string name = {};       // shown in the legend; empty: not shown there
  std::vector<double> x = {};  // as many as y
  std::vector<double> y = {};
  bool dashed = false;  // what a curve is meant to follow
  bool limit = false;   // what must not be crossed, in the colour of limits
  bool steps = false;   // holds each value until the next point
  // The colour, counted from 0 in the figure's palette; -1: the next one free. A reference is given
  // the colour of what follows it.
  int color = -1;
};

// A place on a map or a phase plane.
struct Mark {
  double x = 0.0, y = 0.0;
  bool ring = false;  // a sensor's ring, or where a state should be; else an actuator's triangle
};

// Curves over a common x: a time series, a profile in space, a phase plane.
struct Plot {
  static constexpr double kFree = std::numeric_limits<double>::quiet_NaN();

  std::string title = {};
  std::string x_label = {};  // with its unit: "t (s)"
  std::string y_label = {};
  std::vector<Curve> curves = {};
  double x_low = kFree, x_high = kFree;  // what is shown; free ends fit the curves
  double y_low = kFree, y_high = kFree;
  std::vector<double> limits = {};  // y of lines that must not be crossed
  std::vector<double> marks = {};   // x of small triangles at the bottom: actuators
  std::vector<double> rings = {};   // x of small rings at the top: sensors
  std::vector<Mark> places = {};    // anywhere
  double weight = 1.0;              // share of the figure's height
  bool beside = false;  // not below the panel before it but at its right, as wide as that is high
};

// A field over space (across) and time (upwards), or over a plane, as a picture, in a colour map of
// even perceived steps from dark to light.
struct FieldMap {
  std::string title = {};
  std::string x_label = {};
  std::string y_label = {};
  int columns = 0, rows = 0;
  std::vector<double> values = {};  // (rows, columns), the first row at the bottom
  double x_low = 0.0, x_high = 1.0, y_low = 0.0, y_high = 1.0;
  std::vector<Mark> marks = {};
  double weight = 1.0;
};

struct Figure {
  std::string title = {};
  std::vector<std::variant<Plot, FieldMap>> panels = {};
};

// Draws it into target.rgb; other channels must be empty. Anti-aliased; legible from 240 x 180 on,
// and smaller pictures hold curves and maps alone, without a word. Throws InputError for a bad size or for curves
// whose x and y differ in length, Error if there is no Cairo.
void DrawFigure(const Figure& figure, const PictureTarget& target);

}  // namespace flyball

#endif  // FLYBALL_RENDER_FIGURE_H_

// What turns numbers into places and colours of a figure.
#ifndef FLYBALL_RENDER_SCALE_H_
#define FLYBALL_RENDER_SCALE_H_

#include <array>
#include <string>
#include <vector>

namespace flyball {

// Colour map at x in [0, 1] (clamped; not a number: grey), as 0 to 1: viridis by S. van der Walt and
// N. Smith (2015, CC0), from 16 of its entries.
std::array<double, 3> PerceptualColor(double x);

// Round numbers that divide [low, high] into at most `most` parts: 1, 2 or 5 times a power of ten
// apart. low < high, both finite.
std::vector<double> Ticks(double low, double high, int most);

// What is written at ticks: four digits, or as many as it takes to tell where between its neighbours
// each one is.
std::vector<std::string> TickTexts(const std::vector<double>& ticks);

}  // namespace flyball

#endif  // FLYBALL_RENDER_SCALE_H_

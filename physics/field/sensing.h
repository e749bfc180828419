// Where a periodic field is pushed and where it is read.
#ifndef FLYBALL_PHYSICS_FIELD_SENSING_H_
#define FLYBALL_PHYSICS_FIELD_SENSING_H_

#include <span>
#include <vector>

namespace flyball {

// (i + 1/2) / count, i = 0 .. count - 1.
std::vector<double> EvenPositions(int count);
// Throws InputError naming `option` unless all are in [0, 1).
void CheckPositions(std::span<const double> positions, const char* option);

// Shapes of `count` actuators on n points of a periodic domain, (n, count) row after row. Lengths
// are fractions of the domain. Actuator i is centred at (i + 1/2) / count and pushes with 1 over
// `width`, with edges that fall off as tanh over width / 5, so that shapes are the same on every
// grid that resolves them; the integral of each is `width`. Throws InputError if they are wider than
// the domain together, or if a grid cell is longer than an edge.
std::vector<double> SmoothActuators(int n, int count, double width);
// The same centred at `positions`, fractions of the domain.
std::vector<double> SmoothActuators(int n, std::span<const double> positions, double width);
// Bells exp(-(x / s)^2) of integral `width`, s = width / sqrt(pi).
std::vector<double> BellActuators(int n, std::span<const double> positions, double width);

// The same as controlgym places them: 1 on whole cells, all places cut to integers.
std::vector<double> CellActuators(int n, int count, double width);

// The value of the field at (i + 1/2) / count, i = 0 .. count - 1, by trigonometric
// interpolation of n points (exact where that is a grid point): (count, n) row after row.
std::vector<double> InterpolatingSensors(int n, int count);

// The same at `positions`; and averages about them, weighted as a smooth actuator of that width
// pushes.
std::vector<double> InterpolatingSensors(int n, std::span<const double> positions);
std::vector<double> AveragingSensors(int n, std::span<const double> positions, double width);

// The grid points i (n / count), the quotient cut to an integer, as controlgym has them.
std::vector<double> PointSensors(int n, int count);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_SENSING_H_

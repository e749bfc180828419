#include "physics/field/plane_flow.h"

#include <cmath>
#include <numbers>
#include <string>

#include "physics/numeric/error.h"

namespace flyball {

PlaneFlowData MakePlaneFlow(bool burgers, int n, double length, double viscosity, double drag,
                            double step) {
  if (n < 16 || n % 4 != 0) {
    throw InputError("n is " + std::to_string(n) +
                     "; a periodic plane needs a multiple of 4 points a side, at least 16");
  }
  if (!(length > 0.0) || !(viscosity > 0.0) || !(drag >= 0.0)) {
    throw InputError("a plane flow needs a positive length and viscosity, and no negative drag");
  }
  PlaneFlowData d;
  d.n = n;
  d.burgers = burgers;
  d.length = length;
  const double unit = 2 * std::numbers::pi / length;
  std::vector<std::complex<double>> symbol;
  for (int k = 0; k <= n / 2; ++k) {
    for (int row = 0; row < n; ++row) {
      const int l = row <= n / 2 ? row : row - n;
      // Products of modes up to n / 3 have aliases beyond n / 3 only.
      const bool kept = 3 * k < n && 3 * std::abs(l) < n;
      const double x = unit * k, y = unit * l, square = x * x + y * y;
      d.kept.push_back(kept);
      d.wave_x.push_back(kept ? x : 0.0);
      d.wave_y.push_back(kept ? y : 0.0);
      d.inverse_square.push_back(kept && square > 0.0 ? 1.0 / square : 0.0);
      symbol.push_back(-viscosity * square - drag);
    }
  }
  if (burgers) symbol.insert(symbol.end(), symbol.begin(), symbol.begin() + d.modes());
  d.etd = MakeEtdCoefficients(symbol, step);
  return d;
}

}  // namespace flyball

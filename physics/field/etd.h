// Exponential time differencing: the coefficients of Cox and Matthews's fourth-order Runge-Kutta
// scheme for du/dt = L u + N(u) with L diagonal, evaluated as Kassam and Trefethen do.
#ifndef FLYBALL_PHYSICS_FIELD_ETD_H_
#define FLYBALL_PHYSICS_FIELD_ETD_H_

#include <complex>
#include <span>
#include <vector>

namespace flyball {

// Complex numbers, one per mode, as two arrays.
struct ModeArray {
  std::vector<double> re, im;  // (modes)
};

struct EtdCoefficients {
  double step = 0.0;     // h, s
  bool real = true;      // all imaginary parts are zero and need not be read
  ModeArray e, e2;       // exp(L h), exp(L h / 2)
  ModeArray q;           // weight of N in the two half-step stages, s
  ModeArray f1, f2, f3;  // weights of N at the start, of twice the middle two, at the end, s
  int modes() const { return static_cast<int>(e.re.size()); }
};

// The weights are means over a circle about L h, since their closed forms lose all digits near 0.
enum class EtdContour {
  kFullCircle,     // right for every L
  kUpperHalfReal,  // the real part over the upper half: right for real L only, and what controlgym
                   // does for all (which costs KdV three of its four orders)
};

// `symbol`: L of each mode, 1/s. `step` > 0, s. `points` on the circle or half of it, at least 8.
// Throws InputError.
EtdCoefficients MakeEtdCoefficients(std::span<const std::complex<double>> symbol, double step,
                                    EtdContour contour = EtdContour::kFullCircle, int points = 32);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_ETD_H_

// The viscous Burgers equation: u_t = nu u_xx - u u_x + force.
#include <string>

#include "envs/pde/etd_kernel.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

struct Burgers {
  template <class T>
  using Nonlinear = QuadraticFlux<T>;

  // A pulse in the middle. Reset keys: field, init_amplitude, init_spread.
  static void InitialField(const FieldConfig& c, Rng& rng, const ResetValues& values,
                           std::span<double> field) {
    const auto about = [&rng](double mean, double width) {
      return mean + rng.Uniform(-0.5 * width, 0.5 * width);
    };
    double amplitude = about(c.amplitude_mean, c.amplitude_width);
    double spread = about(c.spread_mean, c.spread_width);
    if (values.has(1)) amplitude = values[1][0];
    if (values.has(2)) spread = values[2][0];
    if (!(spread > 0.0)) {
      throw InputError("init_spread is " + std::to_string(spread) + " m; it must be positive");
    }
    for (int j = 0; j < c.n; ++j) {
      const double x = c.length / c.n * j - 0.5 * c.length;
      double shape = 0.0;
      for (int image = -c.images; image <= c.images; ++image) {
        shape += 1.0 / Cosh(1.0 / spread * (x + image * c.length));
      }
      field[j] = amplitude * shape;
    }
  }
};

}  // namespace
}  // namespace flyball

using BurgersKernel = flyball::EtdKernel<flyball::Burgers>;
FLYBALL_KERNEL(burgers, BurgersKernel);

// Rayleigh-Benard convection between two walls, periodic along them, in free-fall units (height,
// temperature difference and free-fall speed are 1):
//   div u = 0,  u_t + u . grad u = -grad p + nu lap u + T e_z,  T_t + u . grad T = kappa lap T,
//   nu = sqrt(Pr / Ra), kappa = 1 / sqrt(Ra Pr),
// u = 0 on both walls, T = 0 on the upper one, T = 1 and what the control adds on the lower one.
// By the stream function, u = (psi_z, -psi_x): Fourier along x (modes up to nx / 3), Chebyshev
// collocation across with psi = psi_z = 0 built in, and the two-stage implicit-explicit Runge-Kutta
// scheme ARS(2,2,2) of Ascher, Ruuth and Spiteri: diffusion implicit, the rest explicit.
#ifndef FLYBALL_PHYSICS_FIELD_CONVECTION_H_
#define FLYBALL_PHYSICS_FIELD_CONVECTION_H_

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "physics/numeric/fft.h"

namespace flyball {

struct ConvectionData {
  int nx = 0, nz = 0;   // points along the walls; Chebyshev intervals across, nz - 1 rows inside
  int kept = 0;         // modes 0 .. kept - 1 along x
  double length = 0.0;  // along the walls, heights
  double step = 0.0;    // free-fall times
  double nu = 0.0, kappa = 0.0;
  std::vector<double> height;  // (nz - 1) of the rows inside, rising from 0 to 1
  std::vector<double> wave;    // (kept) rad per height
  // Matrices on the rows inside, row after row. d1, d2, d3: derivatives of psi with its conditions;
  // t1 (rows, rows + 2): of T, whose first two columns stand for the lower and the upper wall.
  std::vector<double> d1, d2, d3, t1;
  std::vector<double> wall_slope;  // (rows + 2) dT/dz at the lower wall, columns as t1
  // Of each kept mode: y1 = p y0 + q f0 g h; y2 = p y0 + q (...) + r y1; for T also what the lower
  // wall adds in a stage, w (rows).
  struct Implicit {
    std::vector<double> p, q, r, w1, w2;
  };
  std::vector<Implicit> stream, heat;
  std::vector<double> weight;  // (rows) quadrature of functions that vanish on both walls

  int rows() const { return nz - 1; }
  int modes() const { return nx / 2 + 1; }
  size_t row_size() const { return static_cast<size_t>(rows()) * nx; }
};

// Throws InputError for figures that are not positive, nx not a multiple of 4, nz below 12.
ConvectionData MakeConvection(int nx, int nz, double length, double rayleigh, double prandtl,
                              double step);

// Modes of psi and T inside: re, im (rows, kept) each, row after row.
template <class T>
struct ConvectionModes {
  T *psi_re, *psi_im, *heat_re, *heat_im;
};

template <class T>
class Convection {
 public:
  Convection(const ConvectionData& data, const RealFft<T>& fft, T* work)
      : d_(data), fft_(fft), size_(static_cast<size_t>(data.rows()) * data.kept) {
    for (T*& array : f_) work = Take(array, work, size_);
    for (T*& array : g_) work = Take(array, work, size_);
    for (T*& array : first_) work = Take(array, work, size_);
    for (T*& array : line_) work = Take(array, work, std::max(data.nx, data.rows()));
    line_re_ = work;
    line_im_ = line_re_ + data.modes();
    fft_work_ = line_im_ + data.modes();
  }
  static size_t WorkSize(const ConvectionData& d) {
    return 12 * static_cast<size_t>(d.rows()) * d.kept + 7 * std::max(d.nx, d.rows()) +
           2 * d.modes() + 2 * d.nx;
  }

  // One step, under the lower wall's temperature (kept modes).
  void Step(ConvectionModes<T> u, const T* wall_re, const T* wall_im) const {
    Explicit(u, wall_re, wall_im, f_);
    for (int k = 0; k < d_.kept; ++k) {
      Stage1(d_.stream[k], u.psi_re, f_[0], nullptr, k, first_[0]);
      Stage1(d_.stream[k], u.psi_im, f_[1], nullptr, k, first_[1]);
      Stage1(d_.heat[k], u.heat_re, f_[2], wall_re, k, first_[2]);
      Stage1(d_.heat[k], u.heat_im, f_[3], wall_im, k, first_[3]);
    }
    Explicit({first_[0], first_[1], first_[2], first_[3]}, wall_re, wall_im, g_);
    for (int k = 0; k < d_.kept; ++k) {
      Stage2(d_.stream[k], first_[0], f_[0], g_[0], nullptr, k, u.psi_re);
      Stage2(d_.stream[k], first_[1], f_[1], g_[1], nullptr, k, u.psi_im);
      Stage2(d_.heat[k], first_[2], f_[2], g_[2], wall_re, k, u.heat_re);
      Stage2(d_.heat[k], first_[3], f_[3], g_[3], wall_im, k, u.heat_im);
    }
  }

  // Mean heat flux through the lower wall over that of conduction.
  T Nusselt(ConvectionModes<T> u, const T* wall_re) const {
    T slope = d_.wall_slope[0] * wall_re[0];
    for (int j = 0; j < d_.rows(); ++j) {
      slope += d_.wall_slope[2 + j] * u.heat_re[static_cast<size_t>(j) * d_.kept];
    }
    return slope * (-1.0 / d_.nx);
  }

 private:
  static constexpr double kGamma = 0.29289321881345247560;   // 1 - 1 / sqrt(2)
  static constexpr double kDelta = -0.70710678118654752440;  // 1 - 1 / (2 gamma)

  static T* Take(T*& array, T* work, size_t size) {
    array = work;
    return work + size;
  }
  T Dot(const double* row, const T* x, int k) const {
    T sum(0.0);
    for (int j = 0; j < d_.rows(); ++j) sum += row[j] * x[static_cast<size_t>(j) * d_.kept + k];
    return sum;
  }

  void Stage1(const ConvectionData::Implicit& m, const T* y, const T* f, const T* wall, int k,
              T* out) const {
    const int rows = d_.rows();
    for (int i = 0; i < rows; ++i) {
      T sum = Dot(&m.p[static_cast<size_t>(i) * rows], y, k) +
              (kGamma * d_.step) * Dot(&m.q[static_cast<size_t>(i) * rows], f, k);
      if (wall) sum += m.w1[i] * wall[k];
      out[static_cast<size_t>(i) * d_.kept + k] = sum;
    }
  }
  // `y` is overwritten with the result; its old value is still in it.
  void Stage2(const ConvectionData::Implicit& m, const T* y1, const T* f, const T* g, const T* wall,
              int k, T* y) const {
    const int rows = d_.rows();
    T* column = line_[0];  // as long as a row of points: longer than a column
    for (int i = 0; i < rows; ++i) {
      const size_t at = static_cast<size_t>(i) * rows;
      T sum = Dot(&m.p[at], y, k) + (kDelta * d_.step) * Dot(&m.q[at], f, k) +
              ((1.0 - kDelta) * d_.step) * Dot(&m.q[at], g, k) + Dot(&m.r[at], y1, k);
      if (wall) sum += m.w2[i] * wall[k];
      column[i] = sum;
    }
    for (int i = 0; i < rows; ++i) y[static_cast<size_t>(i) * d_.kept + k] = column[i];
  }

  // Advection and buoyancy: out[0..3] as psi_re, psi_im, heat_re, heat_im.
  void Explicit(ConvectionModes<T> u, const T* wall_re, const T* wall_im, T* const* out) const {
    const int rows = d_.rows(), nx = d_.nx;
    for (int i = 0; i < rows; ++i) {
      const size_t at = static_cast<size_t>(i) * rows;
      // u = psi_z, w = -psi_x, zeta = lap psi and its slopes, slopes of T.
      Line(
          0, [&](int k) { return Dot(&d_.d1[at], u.psi_re, k); },
          [&](int k) { return Dot(&d_.d1[at], u.psi_im, k); });
      Line(
          1, [&](int k) { return d_.wave[k] * u.psi_im[static_cast<size_t>(i) * d_.kept + k]; },
          [&](int k) { return -d_.wave[k] * u.psi_re[static_cast<size_t>(i) * d_.kept + k]; });
      const auto zeta = [&](const T* psi, int k) {
        const double square = d_.wave[k] * d_.wave[k];
        return Dot(&d_.d2[at], psi, k) - square * psi[static_cast<size_t>(i) * d_.kept + k];
      };
      Line(
          2, [&](int k) { return -d_.wave[k] * zeta(u.psi_im, k); },
          [&](int k) { return d_.wave[k] * zeta(u.psi_re, k); });
      const auto zeta_z = [&](const T* psi, int k) {
        const double square = d_.wave[k] * d_.wave[k];
        return Dot(&d_.d3[at], psi, k) - square * Dot(&d_.d1[at], psi, k);
      };
      Line(
          3, [&](int k) { return zeta_z(u.psi_re, k); },
          [&](int k) { return zeta_z(u.psi_im, k); });
      Line(
          4, [&](int k) { return -d_.wave[k] * u.heat_im[static_cast<size_t>(i) * d_.kept + k]; },
          [&](int k) { return d_.wave[k] * u.heat_re[static_cast<size_t>(i) * d_.kept + k]; });
      const double* slope = &d_.t1[static_cast<size_t>(i) * (rows + 2)];
      Line(
          5, [&](int k) { return Dot(slope + 2, u.heat_re, k) + slope[0] * wall_re[k]; },
          [&](int k) { return Dot(slope + 2, u.heat_im, k) + slope[0] * wall_im[k]; });

      for (int j = 0; j < nx; ++j) {
        line_[2][j] = line_[0][j] * line_[2][j] + line_[1][j] * line_[3][j];
        line_[4][j] = line_[0][j] * line_[4][j] + line_[1][j] * line_[5][j];
      }
      // zeta_t = ... - T_x.
      Back(line_[2]);
      for (int k = 0; k < d_.kept; ++k) {
        const size_t mode = static_cast<size_t>(i) * d_.kept + k;
        out[0][mode] = d_.wave[k] * u.heat_im[mode] - line_re_[k];
        out[1][mode] = -d_.wave[k] * u.heat_re[mode] - line_im_[k];
      }
      Back(line_[4]);
      for (int k = 0; k < d_.kept; ++k) {
        const size_t mode = static_cast<size_t>(i) * d_.kept + k;
        out[2][mode] = -line_re_[k];
        out[3][mode] = -line_im_[k];
      }
    }
  }

  template <class Re, class Im>
  void Line(int which, const Re& re, const Im& im) const {
    for (int k = 0; k < d_.modes(); ++k) {
      line_re_[k] = k < d_.kept ? re(k) : T(0.0);
      line_im_[k] = k < d_.kept ? im(k) : T(0.0);
    }
    fft_.Inverse(std::span<const T>(line_re_, d_.modes()), std::span<const T>(line_im_, d_.modes()),
                 std::span<T>(line_[which], d_.nx), std::span<T>(fft_work_, 2 * d_.nx));
  }
  void Back(const T* line) const {
    fft_.Forward(std::span<const T>(line, d_.nx), std::span<T>(line_re_, d_.modes()),
                 std::span<T>(line_im_, d_.modes()), std::span<T>(fft_work_, 2 * d_.nx));
  }

  const ConvectionData& d_;
  const RealFft<T>& fft_;
  size_t size_;
  T *f_[4], *g_[4], *first_[4], *line_[7];
  T *line_re_, *line_im_, *fft_work_;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_CONVECTION_H_

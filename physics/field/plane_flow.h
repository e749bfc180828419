// Flow on a periodic plane, pseudo-spectral, without aliases (modes up to n / 3 are kept):
//   Navier-Stokes, as vorticity:  w_t + u . grad w = nu lap w - drag w + force,  lap psi = -w,
//                                 u = (psi_y, -psi_x)
//   viscous Burgers, two fields:  u_t + (u . grad) u = nu lap u + force
#ifndef FLYBALL_PHYSICS_FIELD_PLANE_FLOW_H_
#define FLYBALL_PHYSICS_FIELD_PLANE_FLOW_H_

#include <vector>

#include "physics/field/etdrk4.h"
#include "physics/field/plane_fft.h"

namespace flyball {

struct PlaneFlowData {
  int n = 0;  // points along each side
  bool burgers = false;
  double length = 0.0;                 // of each side, m
  std::vector<double> wave_x, wave_y;  // (modes) rad/m; zero where a mode is not kept
  std::vector<double>
      inverse_square;        // (modes) 1 / |wave|^2; zero for the mean and what is dropped
  std::vector<double> kept;  // (modes) 1 or 0
  EtdCoefficients etd;       // of all fields, one after the other

  int fields() const { return burgers ? 2 : 1; }
  int modes() const { return (n / 2 + 1) * n; }  // of each field
  // T's of workspace of PlaneFlow.
  size_t work_size() const {
    return static_cast<size_t>(2) * modes() + 3 * static_cast<size_t>(n) * n + 8 * n + 16;
  }
};

// Throws InputError for n that is not a multiple of 4 of at least 16, or figures that are not
// positive (drag: negative).
PlaneFlowData MakePlaneFlow(bool burgers, int n, double length, double viscosity, double drag,
                            double step);

template <class T>
class PlaneFlow {
 public:
  // All of these are the caller's to keep. `force`: modes of all fields.
  PlaneFlow(const PlaneFlowData& data, const PlaneFft<T>& fft, Spectrum<T> force, T* work)
      : d_(data), fft_(fft), force_(force), re_(work), im_(work + data.modes()),
        first_(im_ + data.modes()), second_(first_ + fft.points()), sum_(second_ + fft.points()),
        fft_work_(sum_ + fft.points()) {}

  // N(in): minus the advection, plus the force.
  void operator()(Spectrum<T> in, Spectrum<T> out) const {
    const int modes = d_.modes(), points = fft_.points();
    for (int field = 0; field < d_.fields(); ++field) {
      const T* re = in.re + field * modes;
      const T* im = in.im + field * modes;
      for (int direction = 0; direction < 2; ++direction) {
        Velocity(in, direction, first_);
        // i k times the field.
        const double* wave = direction == 0 ? d_.wave_x.data() : d_.wave_y.data();
        for (int k = 0; k < modes; ++k) {
          re_[k] = -wave[k] * im[k];
          im_[k] = wave[k] * re[k];
        }
        fft_.Inverse(re_, im_, second_, fft_work_);
        if (direction == 0) {
          for (int j = 0; j < points; ++j) sum_[j] = first_[j] * second_[j];
        } else {
          for (int j = 0; j < points; ++j) sum_[j] += first_[j] * second_[j];
        }
      }
      T* out_re = out.re + field * modes;
      T* out_im = out.im + field * modes;
      fft_.Forward(sum_, out_re, out_im, fft_work_);
      for (int k = 0; k < modes; ++k) {
        out_re[k] = force_.re[field * modes + k] - d_.kept[k] * out_re[k];
        out_im[k] = force_.im[field * modes + k] - d_.kept[k] * out_im[k];
      }
    }
  }

  // A component of the velocity on the grid.
  void Velocity(Spectrum<T> in, int direction, T* out) const {
    const int modes = d_.modes();
    if (d_.burgers) {
      for (int k = 0; k < modes; ++k) {
        re_[k] = d_.kept[k] * in.re[direction * modes + k];
        im_[k] = d_.kept[k] * in.im[direction * modes + k];
      }
    } else {
      // (psi_y, -psi_x), psi = w / |wave|^2.
      const double* wave = direction == 0 ? d_.wave_y.data() : d_.wave_x.data();
      const double sign = direction == 0 ? 1.0 : -1.0;
      for (int k = 0; k < modes; ++k) {
        const double factor = sign * wave[k] * d_.inverse_square[k];
        re_[k] = -factor * in.im[k];
        im_[k] = factor * in.re[k];
      }
    }
    fft_.Inverse(re_, im_, out, fft_work_);
  }

 private:
  const PlaneFlowData& d_;
  const PlaneFft<T>& fft_;
  Spectrum<T> force_;
  T *re_, *im_, *first_, *second_, *sum_, *fft_work_;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_PLANE_FLOW_H_

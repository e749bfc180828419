#include "physics/field/convection_adjoint.h"

#include <utility>

namespace flyball {
namespace {

constexpr double kGamma = 0.29289321881345247560;  // as in convection.h
constexpr double kDelta = -0.70710678118654752440;

Eigen::MatrixXd Square(const std::vector<double>& flat, int rows) {
  using RowMajor = Eigen::Matrix<double, -1, -1, Eigen::RowMajor>;
  return Eigen::Map<const RowMajor>(flat.data(), rows, rows);
}

}  // namespace

ConvectionAdjoint::ConvectionAdjoint(const ConvectionData& data, int substeps)
    : d_(data), substeps_(substeps), fft_(data.nx), ik_(data.kept) {
  const int rows = d_.rows();
  d1_ = Square(d_.d1, rows);
  d2_ = Square(d_.d2, rows);
  d3_ = Square(d_.d3, rows);
  t1_.resize(rows, rows);
  wall_slope_.resize(rows);
  for (int i = 0; i < rows; ++i) {
    wall_slope_(i) = d_.t1[static_cast<size_t>(i) * (rows + 2)];
    for (int j = 0; j < rows; ++j) t1_(i, j) = d_.t1[static_cast<size_t>(i) * (rows + 2) + 2 + j];
  }
  for (int k = 0; k < d_.kept; ++k) {
    ik_(k) = {0.0, d_.wave[k]};
    const auto convert = [rows](const ConvectionData::Implicit& m) {
      Implicit out{Square(m.p, rows), Square(m.q, rows), Square(m.r, rows),
                   Eigen::VectorXd::Zero(rows), Eigen::VectorXd::Zero(rows)};
      if (!m.w1.empty()) {
        out.w1 = Eigen::Map<const Eigen::VectorXd>(m.w1.data(), rows);
        out.w2 = Eigen::Map<const Eigen::VectorXd>(m.w2.data(), rows);
      }
      return out;
    };
    stream_.push_back(convert(d_.stream[k]));
    heat_.push_back(convert(d_.heat[k]));
  }
}

ConvectionAdjoint::Real ConvectionAdjoint::ToPoints(const Complex& modes) const {
  const int half = d_.modes();
  std::vector<double> re(half), im(half), x(d_.nx), work(fft_.work_size());
  Real points(modes.rows(), d_.nx);
  for (Eigen::Index i = 0; i < modes.rows(); ++i) {
    for (int k = 0; k < half; ++k) {
      re[k] = k < d_.kept ? modes(i, k).real() : 0.0;
      im[k] = k < d_.kept ? modes(i, k).imag() : 0.0;
    }
    fft_.Inverse(std::span<const double>(re), std::span<const double>(im), std::span(x),
                 std::span(work));
    for (int j = 0; j < d_.nx; ++j) points(i, j) = x[j];
  }
  return points;
}

ConvectionAdjoint::Complex ConvectionAdjoint::ToModes(const Real& points) const {
  const int half = d_.modes();
  std::vector<double> re(half), im(half), x(d_.nx), work(fft_.work_size());
  Complex modes(points.rows(), d_.kept);
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    for (int j = 0; j < d_.nx; ++j) x[j] = points(i, j);
    fft_.Forward(std::span<const double>(x), std::span(re), std::span(im), std::span(work));
    for (int k = 0; k < d_.kept; ++k) modes(i, k) = {re[k], im[k]};
  }
  return modes;
}

// Mode 0 stands for itself, the others for their mirror images too; mode nx / 2 is not kept.
ConvectionAdjoint::Complex ConvectionAdjoint::ToPointsTransposed(const Real& by_points) const {
  Complex modes = ToModes(by_points) * (2.0 / d_.nx);
  modes.col(0) *= 0.5;
  modes.col(0) = modes.col(0).real().cast<std::complex<double>>();
  return modes;
}
ConvectionAdjoint::Real ConvectionAdjoint::ToModesTransposed(const Complex& by_modes) const {
  Complex weighted = by_modes * (0.5 * d_.nx);
  weighted.col(0) *= 2.0;
  return ToPoints(weighted);
}

ConvectionAdjoint::State ConvectionAdjoint::Load(std::span<const double> fields) const {
  using RowMajor = Eigen::Matrix<double, -1, -1, Eigen::RowMajor>;
  const Eigen::Map<const RowMajor> heat(fields.data(), d_.rows(), d_.nx);
  const Eigen::Map<const RowMajor> psi(fields.data() + d_.row_size(), d_.rows(), d_.nx);
  return {ToModes(psi), ToModes(heat)};
}

ConvectionAdjoint::Lines ConvectionAdjoint::LinesOf(const State& y,
                                                    const Eigen::VectorXcd& wall) const {
  const Eigen::RowVectorXcd ik = ik_.transpose();
  const Eigen::VectorXcd square = ik_.array().square();  // minus the wave number's
  const auto along = [&](const Complex& modes) { return Complex(modes * ik.asDiagonal()); };
  const Complex slope = d1_ * y.psi;
  Lines lines;
  lines.points[0] = ToPoints(slope);
  lines.points[1] = ToPoints(-along(y.psi));
  lines.points[2] = ToPoints(along(d2_ * y.psi + y.psi * square.asDiagonal()));
  lines.points[3] = ToPoints(d3_ * y.psi + slope * square.asDiagonal());
  lines.points[4] = ToPoints(along(y.heat));
  lines.points[5] = ToPoints(t1_ * y.heat + wall_slope_ * wall.transpose());
  return lines;
}

ConvectionAdjoint::State ConvectionAdjoint::Explicit(const State& y,
                                                     const Eigen::VectorXcd& wall) const {
  const Lines x = LinesOf(y, wall);
  const Real vorticity =
      x.points[0].cwiseProduct(x.points[2]) + x.points[1].cwiseProduct(x.points[3]);
  const Real heat = x.points[0].cwiseProduct(x.points[4]) + x.points[1].cwiseProduct(x.points[5]);
  return {-(y.heat * ik_.asDiagonal()) - ToModes(vorticity), -ToModes(heat)};
}

ConvectionAdjoint::State ConvectionAdjoint::ExplicitTransposed(const State& y,
                                                               const Eigen::VectorXcd& wall,
                                                               const State& by_out,
                                                               Eigen::VectorXcd& by_wall) const {
  const Lines x = LinesOf(y, wall);
  const Real by1 = ToModesTransposed(-by_out.psi), by2 = ToModesTransposed(-by_out.heat);
  const auto pull = [&](const Real& by_points) { return ToPointsTransposed(by_points); };
  const Complex c0 = pull(by1.cwiseProduct(x.points[2]) + by2.cwiseProduct(x.points[4]));
  const Complex c1 = pull(by1.cwiseProduct(x.points[3]) + by2.cwiseProduct(x.points[5]));
  const Complex c2 = pull(by1.cwiseProduct(x.points[0]));
  const Complex c3 = pull(by1.cwiseProduct(x.points[1]));
  const Complex c4 = pull(by2.cwiseProduct(x.points[0]));
  const Complex c5 = pull(by2.cwiseProduct(x.points[1]));

  // Conjugated multipliers: i k becomes -i k.
  const Eigen::VectorXcd back = -ik_;
  const Eigen::VectorXcd square = ik_.array().square();
  const Complex along2 = c2 * back.asDiagonal();
  State by;
  by.psi = d1_.transpose() * c0 - c1 * back.asDiagonal() + d2_.transpose() * along2 +
           along2 * square.asDiagonal() + d3_.transpose() * c3 +
           d1_.transpose() * (c3 * square.asDiagonal());
  by.heat = c4 * back.asDiagonal() + t1_.transpose() * c5 - by_out.psi * back.asDiagonal();
  by_wall += c5.transpose() * wall_slope_;
  return by;
}

void ConvectionAdjoint::Stages(const State& y, const Eigen::VectorXcd& wall, State& middle,
                               State& end) const {
  const double h = d_.step;
  const State f = Explicit(y, wall);
  middle = y;
  for (int k = 0; k < d_.kept; ++k) {
    const Implicit &s = stream_[k], &t = heat_[k];
    middle.psi.col(k) = s.p * y.psi.col(k) + kGamma * h * (s.q * f.psi.col(k));
    middle.heat.col(k) = t.p * y.heat.col(k) + kGamma * h * (t.q * f.heat.col(k)) + t.w1 * wall(k);
  }
  const State g = Explicit(middle, wall);
  end = y;
  for (int k = 0; k < d_.kept; ++k) {
    const Implicit &s = stream_[k], &t = heat_[k];
    end.psi.col(k) = s.p * y.psi.col(k) + s.r * middle.psi.col(k) +
                     s.q * (kDelta * h * f.psi.col(k) + (1 - kDelta) * h * g.psi.col(k));
    end.heat.col(k) = t.p * y.heat.col(k) + t.r * middle.heat.col(k) +
                      t.q * (kDelta * h * f.heat.col(k) + (1 - kDelta) * h * g.heat.col(k)) +
                      t.w2 * wall(k);
  }
}

ConvectionAdjoint::State ConvectionAdjoint::PullSubstep(const State& y,
                                                        const Eigen::VectorXcd& wall,
                                                        const State& by_end,
                                                        Eigen::VectorXcd& by_wall) const {
  const double h = d_.step;
  State middle, end;
  Stages(y, wall, middle, end);
  State by_f = by_end, by_g = by_end, by_middle = by_end, by_y = by_end;
  for (int k = 0; k < d_.kept; ++k) {
    const auto part = [&](const Implicit& m, Complex State::*field) {
      const Eigen::VectorXcd by = (by_end.*field).col(k);
      const Eigen::VectorXcd solved = m.q.transpose() * by;
      (by_f.*field).col(k) = kDelta * h * solved;
      (by_g.*field).col(k) = (1 - kDelta) * h * solved;
      (by_middle.*field).col(k) = m.r.transpose() * by;
      (by_y.*field).col(k) = m.p.transpose() * by;
      by_wall(k) += m.w2.dot(by.real()) + std::complex<double>(0.0, m.w2.dot(by.imag()));
    };
    part(stream_[k], &State::psi);
    part(heat_[k], &State::heat);
  }
  const State through = ExplicitTransposed(middle, wall, by_g, by_wall);
  by_middle.psi += through.psi;
  by_middle.heat += through.heat;
  for (int k = 0; k < d_.kept; ++k) {
    const auto part = [&](const Implicit& m, Complex State::*field) {
      const Eigen::VectorXcd by = (by_middle.*field).col(k);
      (by_f.*field).col(k) += kGamma * h * (m.q.transpose() * by);
      (by_y.*field).col(k) += m.p.transpose() * by;
      by_wall(k) += m.w1.dot(by.real()) + std::complex<double>(0.0, m.w1.dot(by.imag()));
    };
    part(stream_[k], &State::psi);
    part(heat_[k], &State::heat);
  }
  const State first = ExplicitTransposed(y, wall, by_f, by_wall);
  by_y.psi += first.psi;
  by_y.heat += first.heat;
  return by_y;
}

double ConvectionAdjoint::Step(std::span<const double> fields,
                               const std::vector<std::complex<double>>& wall,
                               std::span<double> next) const {
  const Eigen::Map<const Eigen::VectorXcd> held(wall.data(), d_.kept);
  State y = Load(fields), middle, end;
  for (int i = 0; i < substeps_; ++i) {
    Stages(y, held, middle, end);
    std::swap(y, end);
  }
  const Real heat = ToPoints(y.heat), psi = ToPoints(y.psi);
  double slope = d_.wall_slope[0] * wall[0].real();
  for (int i = 0; i < d_.rows(); ++i) {
    slope += d_.wall_slope[2 + i] * y.heat(i, 0).real();
    for (int j = 0; j < d_.nx; ++j) {
      next[static_cast<size_t>(i) * d_.nx + j] = heat(i, j);
      next[d_.row_size() + static_cast<size_t>(i) * d_.nx + j] = psi(i, j);
    }
  }
  return -slope / d_.nx;
}

void ConvectionAdjoint::Pull(std::span<const double> fields,
                             const std::vector<std::complex<double>>& wall,
                             std::span<const double> by_next, double by_nusselt,
                             std::span<double> by_fields,
                             std::vector<std::complex<double>>& by_wall) const {
  using RowMajor = Eigen::Matrix<double, -1, -1, Eigen::RowMajor>;
  const Eigen::Map<const Eigen::VectorXcd> held(wall.data(), d_.kept);
  std::vector<State> starts = {Load(fields)};
  for (int i = 0; i + 1 < substeps_; ++i) {
    State middle, end;
    Stages(starts.back(), held, middle, end);
    starts.push_back(std::move(end));
  }
  const Eigen::Map<const RowMajor> by_heat(by_next.data(), d_.rows(), d_.nx);
  const Eigen::Map<const RowMajor> by_psi(by_next.data() + d_.row_size(), d_.rows(), d_.nx);
  State by{ToPointsTransposed(by_psi), ToPointsTransposed(by_heat)};
  Eigen::Map<Eigen::VectorXcd> pulled(by_wall.data(), d_.kept);
  Eigen::VectorXcd sum = Eigen::VectorXcd::Zero(d_.kept);
  for (int i = 0; i < d_.rows(); ++i) by.heat(i, 0) -= by_nusselt * d_.wall_slope[2 + i] / d_.nx;
  sum(0) -= by_nusselt * d_.wall_slope[0] / d_.nx;
  for (int i = substeps_ - 1; i >= 0; --i) by = PullSubstep(starts[i], held, by, sum);
  pulled += sum;
  const Real heat = ToModesTransposed(by.heat), psi = ToModesTransposed(by.psi);
  for (int i = 0; i < d_.rows(); ++i) {
    for (int j = 0; j < d_.nx; ++j) {
      by_fields[static_cast<size_t>(i) * d_.nx + j] += heat(i, j);
      by_fields[d_.row_size() + static_cast<size_t>(i) * d_.nx + j] += psi(i, j);
    }
  }
}

}  // namespace flyball

#include "physics/drive/flux_map.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

#include "physics/drive/check.h"
#include "physics/numeric/describe.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

void CheckAxis(const char* name, const std::vector<double>& axis) {
  if (axis.size() < 3) {
    throw InputError(std::string("saturation ") + name + ": at least 3 currents expected, got " +
                     std::to_string(axis.size()));
  }
  for (size_t k = 0; k < axis.size(); ++k) {
    RequireFinite(std::string("saturation ") + name, axis[k], "A");
    if (k > 0 && axis[k] <= axis[k - 1]) {
      throw InputError(std::string("saturation ") + name + " [" + std::to_string(k) +
                       "] = " + Describe(axis[k]) + " A: must be above the one before, " +
                       Describe(axis[k - 1]));
    }
  }
  if (axis.front() > 0 || axis.back() <= 0) {
    throw InputError(std::string("saturation ") + name + ": must reach from 0 or below to above");
  }
}

// Slopes of y over x by the parabola through three neighbours.
std::vector<double> Slopes(const std::vector<double>& x, const std::vector<double>& y) {
  const size_t n = x.size();
  std::vector<double> slope(n);
  for (size_t k = 0; k < n; ++k) {
    const size_t m = std::clamp<size_t>(k, 1, n - 2);
    const double h0 = x[m] - x[m - 1], h1 = x[m + 1] - x[m];
    const double s0 = (y[m] - y[m - 1]) / h0, s1 = (y[m + 1] - y[m]) / h1;
    const double curve = (s1 - s0) / (h0 + h1);
    slope[k] = s0 + curve * (2 * x[k] - x[m - 1] - x[m]);
  }
  return slope;
}

// Integrals of y over x from the first node, of the spline with those slopes.
std::vector<double> Integrals(const std::vector<double>& x, const std::vector<double>& y) {
  const std::vector<double> slope = Slopes(x, y);
  std::vector<double> sum(x.size(), 0.0);
  for (size_t k = 0; k + 1 < x.size(); ++k) {
    const double h = x[k + 1] - x[k];
    sum[k + 1] = sum[k] + 0.5 * h * (y[k] + y[k + 1]) + h * h / 12 * (slope[k] - slope[k + 1]);
  }
  return sum;
}

size_t CellOf(const std::vector<double>& axis, double x) {
  const auto above = std::upper_bound(axis.begin() + 1, axis.end() - 1, x);
  return static_cast<size_t>(above - axis.begin()) - 1;
}

// Hermite's four functions on [0, 1], values and slopes at 0 and 1, and their derivatives; those of
// slopes times h.
struct Hermite {
  double value[2], slope[2], value1[2], slope1[2], value2[2], slope2[2];
  Hermite(double t, double h) {
    value[1] = t * t * (3 - 2 * t);
    value[0] = 1 - value[1];
    value1[1] = 6 * t * (1 - t) / h;
    value1[0] = -value1[1];
    value2[1] = (6 - 12 * t) / (h * h);
    value2[0] = -value2[1];
    slope[0] = h * t * (1 - t) * (1 - t);
    slope[1] = h * t * t * (t - 1);
    slope1[0] = (1 - t) * (1 - 3 * t);
    slope1[1] = t * (3 * t - 2);
    slope2[0] = (6 * t - 4) / h;
    slope2[1] = (6 * t - 2) / h;
  }
};

}  // namespace

FluxMap::FluxMap(std::vector<double> i_d, std::vector<double> i_q, std::vector<double> psi_d,
                 std::vector<double> psi_q)
    : d_(std::move(i_d)), q_(std::move(i_q)) {
  CheckAxis("i_d", d_);
  CheckAxis("i_q", q_);
  for (const auto& [name, table] : {std::pair{"psi_d", &psi_d}, {"psi_q", &psi_q}}) {
    if (table->size() != d_.size() * q_.size()) {
      throw InputError(std::string("saturation ") + name + ": " + std::to_string(d_.size()) +
                       " rows of " + std::to_string(q_.size()) + " numbers expected, got " +
                       std::to_string(table->size()) + " in all");
    }
    for (const double psi : *table) RequireFinite(std::string("saturation ") + name, psi, "Wb");
  }
  Mirror(psi_d, psi_q);
  MakeNodes(psi_d, psi_q);
  Check();
}

void FluxMap::Mirror(std::vector<double>& psi_d, std::vector<double>& psi_q) {
  const double largest = std::abs(*std::max_element(
      psi_d.begin(), psi_d.end(), [](double a, double b) { return std::fabs(a) < std::fabs(b); }));
  if (q_.front() == 0) {
    const size_t n = q_.size();
    std::vector<double> axis, even, odd;
    for (size_t j = n - 1; j > 0; --j) axis.push_back(-q_[j]);
    axis.insert(axis.end(), q_.begin(), q_.end());
    for (size_t i = 0; i < d_.size(); ++i) {
      for (size_t j = n - 1; j > 0; --j) {
        even.push_back(psi_d[i * n + j]);
        odd.push_back(-psi_q[i * n + j]);
      }
      for (size_t j = 0; j < n; ++j) {
        even.push_back(psi_d[i * n + j]);
        odd.push_back(psi_q[i * n + j]);
      }
    }
    q_ = axis;
    psi_d = even;
    psi_q = odd;
  }
  const size_t n = q_.size(), middle = n / 2;
  if (d_.front() != 0) return;
  if (std::fabs(psi_d[middle]) > 1e-9 * largest) {
    throw InputError(
        "saturation i_d: begins at 0, but a machine with a magnet is not the same on "
        "both sides; give negative currents too");
  }
  std::vector<double> axis, odd, even;
  for (size_t i = d_.size() - 1; i > 0; --i) {
    axis.push_back(-d_[i]);
    for (size_t j = 0; j < n; ++j) {
      odd.push_back(-psi_d[i * n + j]);
      even.push_back(psi_q[i * n + j]);
    }
  }
  axis.insert(axis.end(), d_.begin(), d_.end());
  odd.insert(odd.end(), psi_d.begin(), psi_d.end());
  even.insert(even.end(), psi_q.begin(), psi_q.end());
  d_ = axis;
  psi_d = odd;
  psi_q = even;
}

void FluxMap::MakeNodes(const std::vector<double>& psi_d, const std::vector<double>& psi_q) {
  const size_t nd = d_.size(), nq = q_.size();
  const auto column = [&](const std::vector<double>& table, size_t j) {
    std::vector<double> values(nd);
    for (size_t i = 0; i < nd; ++i) values[i] = table[i * nq + j];
    return values;
  };
  const auto row = [&](const std::vector<double>& table, size_t i) {
    return std::vector<double>(table.begin() + static_cast<ptrdiff_t>(i * nq),
                               table.begin() + static_cast<ptrdiff_t>((i + 1) * nq));
  };
  // The work of both ways round to each node, along d or along q first; and both cross slopes.
  std::vector<std::vector<double>> along_d, along_q, cross_d, cross_q;
  for (size_t j = 0; j < nq; ++j) {
    along_d.push_back(Integrals(d_, column(psi_d, j)));
    cross_q.push_back(Slopes(d_, column(psi_q, j)));
  }
  for (size_t i = 0; i < nd; ++i) {
    along_q.push_back(Integrals(q_, row(psi_q, i)));
    cross_d.push_back(Slopes(q_, row(psi_d, i)));
  }
  double furthest = 0, largest = 0;
  nodes_.resize(nd * nq);
  for (size_t i = 0; i < nd; ++i) {
    for (size_t j = 0; j < nq; ++j) {
      const double first = along_d[0][i] + along_q[i][j], second = along_q[0][j] + along_d[j][i];
      furthest = std::max(furthest, std::fabs(first - second));
      largest = std::max(largest, std::fabs(first));
      nodes_[i * nq + j] = {0.5 * (first + second), psi_d[i * nq + j], psi_q[i * nq + j],
                            0.5 * (cross_d[i][j] + cross_q[j][i])};
    }
  }
  if (furthest > 0.02 * largest) {
    throw InputError("saturation: the work of two ways to the same currents differs by " +
                     Describe(std::round(1000 * furthest / largest) / 10) +
                     " percent: psi_d and psi_q are not those of one machine (is d psi_d / d i_q "
                     "= d psi_q / d i_d?)");
  }
}

FluxMap::Point FluxMap::Inside(double i_d, double i_q, double* ddq, double* dqq) const {
  const size_t i = CellOf(d_, i_d), j = CellOf(q_, i_q);
  const double h_d = d_[i + 1] - d_[i], h_q = q_[j + 1] - q_[j];
  const Hermite x((i_d - d_[i]) / h_d, h_d), y((i_q - q_[j]) / h_q, h_q);
  Point p = {};
  for (int a = 0; a < 2; ++a) {
    for (int b = 0; b < 2; ++b) {
      const Node& n = node(i + a, j + b);
      const auto sum = [&](const double* xv, const double* xs, const double* yv, const double* ys) {
        return n.w * xv[a] * yv[b] + n.w_d * xs[a] * yv[b] + n.w_q * xv[a] * ys[b] +
               n.w_dq * xs[a] * ys[b];
      };
      p.coenergy += sum(x.value, x.slope, y.value, y.slope);
      p.psi_d += sum(x.value1, x.slope1, y.value, y.slope);
      p.psi_q += sum(x.value, x.slope, y.value1, y.slope1);
      p.l_dd += sum(x.value2, x.slope2, y.value, y.slope);
      p.l_dq += sum(x.value1, x.slope1, y.value1, y.slope1);
      p.l_qq += sum(x.value, x.slope, y.value2, y.slope2);
      *ddq += sum(x.value2, x.slope2, y.value1, y.slope1);
      *dqq += sum(x.value1, x.slope1, y.value2, y.slope2);
    }
  }
  return p;
}

FluxMap::Point FluxMap::At(double i_d, double i_q) const {
  const double c_d = std::clamp(i_d, d_.front(), d_.back());
  const double c_q = std::clamp(i_q, q_.front(), q_.back());
  double ddq = 0, dqq = 0;
  Point p = Inside(c_d, c_q, &ddq, &dqq);
  // Beyond an edge: what it has there, and a parabola; still the slopes of one function.
  const double x = i_d - c_d, y = i_q - c_q;
  if (x != 0) p.l_dd = edge_d_;
  if (y != 0) p.l_qq = edge_q_;
  const Point edge = p;
  p.coenergy += edge.psi_d * x + edge.psi_q * y + edge.l_dq * x * y;
  p.psi_d += edge.l_dq * y;
  p.psi_q += edge.l_dq * x;
  if (x != 0) {
    p.coenergy += 0.5 * edge_d_ * x * x;
    p.psi_d += edge_d_ * x;
    if (y == 0) p.l_qq += dqq * x;
  }
  if (y != 0) {
    p.coenergy += 0.5 * edge_q_ * y * y;
    p.psi_q += edge_q_ * y;
    if (x == 0) p.l_dd += ddq * y;
  }
  return p;
}

void FluxMap::Check() {
  constexpr int kParts = 4;
  for (size_t i = 0; i + 1 < d_.size(); ++i) {
    for (size_t j = 0; j + 1 < q_.size(); ++j) {
      for (int a = 0; a <= kParts; ++a) {
        for (int b = 0; b <= kParts; ++b) {
          const double i_d = d_[i] + (d_[i + 1] - d_[i]) * a / kParts;
          const double i_q = q_[j] + (q_[j + 1] - q_[j]) * b / kParts;
          double unused[2] = {};
          const Point p = Inside(i_d, i_q, unused, unused + 1);
          const bool end_d = i_d == d_.front() || i_d == d_.back();
          const bool end_q = i_q == q_.front() || i_q == q_.back();
          if (end_d) edge_d_ = std::max(edge_d_, p.l_dd);
          if (end_q) edge_q_ = std::max(edge_q_, p.l_qq);
          if (p.l_dd > 0 && p.l_qq > 0 && p.l_dd * p.l_qq > p.l_dq * p.l_dq) continue;
          throw InputError(
              "saturation: at i_d = " + Describe(i_d) + " A, i_q = " + Describe(i_q) +
              " A the fluxes do not grow with the currents (l_dd = " + Describe(p.l_dd) +
              " H, l_qq = " + Describe(p.l_qq) + " H, l_dq = " + Describe(p.l_dq) + " H)");
        }
      }
    }
  }
}

}  // namespace flyball

// Saturation of a synchronous machine: its flux linkages as a table over the currents d and q.
//
// Fluxes that belong to a machine are the slopes of one function, its coenergy W'(i_d, i_q), or
// energy would come from nowhere in a turn about the table. So the table is made into that function, a
// spline of third order in both currents whose slopes at the nodes are the table's fluxes, and fluxes
// and incremental inductances are its first and second derivatives everywhere. A table that is not
// the slopes of one function, or whose fluxes somewhere do not grow with the currents, is refused.
#ifndef FLYBALL_PHYSICS_DRIVE_FLUX_MAP_H_
#define FLYBALL_PHYSICS_DRIVE_FLUX_MAP_H_

#include <cstddef>
#include <vector>

namespace flyball {

class FluxMap {
 public:
  // What the map says at one pair of currents, per phase and amplitude invariant as pmsm.h.
  struct Point {
    double coenergy;          // Wb A: psi = its slopes; 1.5 of it is the machine's, J
    double psi_d, psi_q;      // Wb
    double l_dd, l_dq, l_qq;  // H: slopes of the fluxes
  };

  // Ascending currents (A), at least three each, and fluxes (Wb) in rows of one i_d: (n_d, n_q). A
  // table that begins at i_q = 0 is mirrored (psi_d even, psi_q odd), and one that begins at i_d = 0
  // with no flux there likewise. Throws InputError.
  FluxMap(std::vector<double> i_d, std::vector<double> i_q, std::vector<double> psi_d,
          std::vector<double> psi_q);

  // Outside the table fluxes go on along straight lines.
  Point At(double i_d, double i_q) const;

  double least_d() const { return d_.front(); }
  double most_d() const { return d_.back(); }
  double least_q() const { return q_.front(); }
  double most_q() const { return q_.back(); }

 private:
  struct Node {
    double w, w_d, w_q, w_dq;
  };
  const Node& node(size_t i, size_t j) const { return nodes_[i * q_.size() + j]; }
  // Also the third derivatives of the coenergy, mixed; added to what is there.
  Point Inside(double i_d, double i_q, double* ddq, double* dqq) const;
  void Mirror(std::vector<double>& psi_d, std::vector<double>& psi_q);
  void MakeNodes(const std::vector<double>& psi_d, const std::vector<double>& psi_q);
  void Check();  // that inductances are positive definite; finds those of the edges

  std::vector<double> d_, q_;
  std::vector<Node> nodes_;
  double edge_d_ = 0, edge_q_ = 0;  // H, beyond the table
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_FLUX_MAP_H_

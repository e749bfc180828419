// Boundary feedback by backstepping: designed on the equation, lumped at the end.
#ifndef FLYBALL_PHYSICS_FIELD_BACKSTEPPING_H_
#define FLYBALL_PHYSICS_FIELD_BACKSTEPPING_H_

#include <span>
#include <vector>

#include "physics/field/boundary_plant.h"
#include "physics/field/traffic.h"

namespace flyball {

// U = gain x that makes the plant follow its target system: (n) weights of the state, quadrature in
// them.

// Transport: after X / c seconds u(0) is zero, and the rest empties in as many more. The gain is the
// resolvent of the Volterra equation u(0, t + X/c) = U + (what is on its way); for constant beta its
// kernel is -beta / c exp(beta (X - x) / c).
std::vector<double> BackstepTransport(const Transport& plant);

// Hyperbolic with a load: after X / c seconds r(0) = feedback z, so that the load moves with
// z' = (rate + drive feedback) z and all else follows it. Throws InputError if the load is not
// stable then.
std::vector<double> BackstepHyperbolic(const Hyperbolic& plant, double feedback);

// Reaction-diffusion: the target is w_t = d w_xx - decay w. The kernel solves
//   k_xx - k_yy = (lambda(y) + decay) / d k, k(x, 0) = 0, k(x, x) = -1/2d int_0^x (lambda + decay);
// for constant lambda it is -l y I1(sqrt(l (x^2 - y^2))) / sqrt(l (x^2 - y^2)), l = (lambda + decay)
// / d.
std::vector<double> BackstepReactionDiffusion(const ReactionDiffusion& plant, double decay);

// That kernel on the nodes: (N + 1, N + 1) row after row, k(x_i, y_j) for j <= i.
std::vector<double> ReactionDiffusionKernel(const ReactionDiffusion& plant, double decay);

// Traffic about the steady flow of density `rho`, metered at either end or both: what each meter lets
// through beyond it, (meters, 2 (N + 1)) weights of what density and speed are off it, inlet first.
// Small waves are v~ upstream at c = rho v_max / rho_max - v and w = v~ - V' rho~ downstream at v, both
// with source -w / tau. What v~ will be at the inlet after x / c is there, of what is at x now,
//   p(x) = v~(x) + k int_0^x (v~ - w),   k = 1 / (tau (v + c)),
// with a steady inlet, which turns v~ into w (the resolvent of the transformation of Yu and Krstic,
// Traffic congestion control for Aw-Rascle-Zhang model, Automatica 2019), and
//   p(x) = v~(x) - k int_0^x exp(-k (x - y)) w(y) dy
// with one that lets no w in. The outlet makes p(L) zero, the inlet w(0): the road is even after
// L / c + L / v. `copies_ends`: as in StepTraffic.
std::vector<double> BackstepTraffic(const TrafficData& road, double rho, bool meters_in,
                                    bool meters_out, bool copies_ends);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_BACKSTEPPING_H_

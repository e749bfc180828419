// A baseline for flows in two dimensions: each actuator works against what moves at it.
#ifndef FLYBALL_ENVS_PDE_OPPOSITION_H_
#define FLYBALL_ENVS_PDE_OPPOSITION_H_

#include <functional>
#include <vector>

#include "envs/core/registry.h"
#include "envs/pde/convection_config.h"
#include "envs/pde/plane_config.h"

namespace flyball {

// u = gain x + offset.
struct FlowFeedback {
  std::vector<double> gain;    // (num_actions, state)
  std::vector<double> offset;  // (num_actions)
};

// Each push is -`gain` times the mean, weighted by the actuator's own shape, of the velocity there (of
// Burgers, 1/s) or of the stream function of the vorticity off the target (1/(m^2 s)). The power that
// goes into the deviation is then a sum of negative squares, whatever the flow does. `width` of the
// actuators, part of a side.
FlowFeedback OpposePlane(const PlaneConfig& config, double width, double gain);

// Each heater is colder by `gain` times the mean velocity upwards at half height above it, in units of
// free fall: what rises gets less to rise with (as Tang and Bau, Stabilization of the no-motion state
// in Rayleigh-Benard convection through the use of feedback control, 1993, do with the temperature
// there).
FlowFeedback OpposeConvection(const ConvectionConfig& config, double gain);

// The policy "opposition" with the option `gain`, by default `usual`.
PolicyRegistration Opposition(
    double usual, std::function<FlowFeedback(const EnvSpec& spec, double gain)> feedback);

}  // namespace flyball

#endif  // FLYBALL_ENVS_PDE_OPPOSITION_H_

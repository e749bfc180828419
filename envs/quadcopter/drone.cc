#include "envs/quadcopter/drone.h"

namespace flyball::quadcopter {

Drone::Drone(const Config& config)
    : config_(config), layout_(config), task_(config_.about()), path_(config.path()),
      episode_steps_(config.episode_steps()), hover_rpm_(config.airframe.hover_rpm()),
      max_rpm_(config.airframe.max_rpm()),
      lead_(-1 / Expm1(-config.time_step() / config.airframe.lag())),
      flight_(config.airframe, {.time_step = config.time_step(),
                                .ground_effect = config.ground,
                                .surfaces = SurfacesOf(config),
                                .drag = config.drag}),
      dynamics_(config.airframe, config.time_step()),
      bullet_(config.airframe, {config.ground, config.drag, config.downwash}, config.time_step()),
      downwash_(config.airframe), gust_noise_(config.motor_noise > 0 ? 4 : 0),
      sensor_noise_(gust_noise_ + (config.wind.gusts > 0 ? 3 : 0)),
      dsl_(policies::DslPid::Knows(config.airframe)),
      // The peer flies the plus with the X's mixer.
      pid_(config.airframe, !config.gpd() && config.airframe.plus),
      cascade_(config.airframe, {.period = config.time_step()}) {}

}  // namespace flyball::quadcopter

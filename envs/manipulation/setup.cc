#include "envs/manipulation/setup.h"

#include <cmath>
#include <limits>

namespace flyball {
ManipulationSetup SetupOf(const std::string& preset, Engine engine, bool things, int substeps,
                          const std::string& robot) {
  ManipulationSetup setup;
  setup.robot = RobotNamed(robot);
  setup.world.engine = engine;
  if (preset == "panda_gym") {
    // Force caps that panda-gym asks for, above the robot's; PyBullet's hidden drag of every link; its
    // pose of one substep ago; a target orientation that the neutral pose does not quite have.
    setup.robot.max_force = {87, 87, 87, 87, 12, 120, 120, 170, 170};
    setup.world.timestep = 0.002;
    setup.world.keep_previous_pose = true;
    setup.world.bullet.linear_damping = setup.world.mujoco.linear_damping = 0.04;
    setup.world.bullet.angular_damping = setup.world.mujoco.angular_damping = 0.04;
    setup.world.mujoco.servo_sweeps = setup.world.bullet.iterations;
    setup.world.mujoco.servos_in_solver = true;
    if (engine == Engine::kBullet) setup.world.friction_rule = FrictionRule::kProduct;
    setup.arm = {.ik = kBulletIk,
                 .hold_home_orientation = false,
                 .stale_pose = true,
                 .from_target = false,
                 .timestep = 0.002,
                 .substeps = 20,
                 .servo_gain = 0.1,
                 .max_speed = 0.0,
                 .max_acceleration = 0.0,
                 .finger_speed = 0.0};
    setup.world.bullet.friction_anchors = true;
    setup.touch = engine == Engine::kBullet ? Touch::kSoftHulls : Touch::kHulls;
    setup.as_peer = true;
  } else {
    // The peer's servo jumps to 6 rad/s within 2 ms, which the robot's own torques cannot do: they
    // would saturate, and the end effector leave its way and overshoot. So speeds are shaped: at most
    // the joints' rated ones, gained and lost at what the shoulder can do with the arm out.
    const double timestep = things ? 0.004 : 0.008;
    setup.world.timestep = timestep;
    setup.world.bullet.servo_feedforward = true;
    // A puck slides up to 3 mm in a substep; by Bullet's own 0.7 mm it would lose its contact points.
    setup.world.bullet.contact_reach = 0.01;
    setup.arm = {.ik = kConvergingIk,
                 .hold_home_orientation = true,
                 .stale_pose = false,
                 .from_target = true,
                 .timestep = timestep,
                 .substeps = static_cast<int>(kControlPeriod / timestep + 0.5),
                 .servo_gain = 0.35,
                 .max_speed = setup.robot.max_speed,
                 .max_acceleration =
                     things ? setup.robot.max_acceleration_touching : setup.robot.max_acceleration,
                 .finger_speed = setup.robot.finger_speed};
    setup.touch = Touch::kPrimitives;
    setup.as_peer = false;
  }
  if (substeps > 0) {
    // The servo keeps its rate: what it leaves of an error in a given time.
    const double finer = static_cast<double>(substeps) / setup.arm.substeps;
    setup.arm.servo_gain = 1.0 - std::pow(1.0 - setup.arm.servo_gain, 1.0 / finer);
    setup.arm.substeps = substeps;
    setup.arm.timestep = setup.world.timestep = kControlPeriod / substeps;
  }
  return setup;
}

}  // namespace flyball

#include "envs/quadcopter/scene.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <initializer_list>
#include <numbers>
#include <string>
#include <vector>

#include "envs/core/forwarding_batch.h"
#include "physics/numeric/lanes.h"
#include "physics/world/world.h"
#include "render/picture.h"

namespace flyball::quadcopter {
namespace {

std::string Text(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.17g", value);
  return text;
}
std::string Text(std::initializer_list<double> values) {
  std::string text;
  for (const double value : values) text += (text.empty() ? "" : " ") + Text(value);
  return text;
}

constexpr double kWaypointMarker = 0.08;  // m, radius

constexpr const char* kHead = R"(
  <visual><map znear="0.01" zfar="50"/><global offwidth="1920" offheight="1080"/>
    <headlight ambient="0.35 0.35 0.35" diffuse="0.5 0.5 0.5" specular="0.1 0.1 0.1"/></visual>
  <asset>
    <texture name="grid" type="2d" builtin="checker" rgb1="0.62 0.66 0.7" rgb2="0.7 0.74 0.78"
      width="256" height="256"/>
    <material name="grid" texture="grid" texuniform="true" texrepeat="1 1" specular="0"/>
    <texture name="sky" type="skybox" builtin="gradient" rgb1="0.85 0.9 0.95" rgb2="0.55 0.65 0.75"
      width="64" height="384"/>
  </asset>
  <default><default class="seen"><geom contype="0" conaffinity="0" mass="0" group="2"/></default>
  </default>
  <worldbody>
    <light pos="0 0 5" dir="0.1 0.3 -1" directional="true" diffuse="0.5 0.5 0.5"/>)";

// A camera that has all of the drones' starts before it.
std::string CameraOf(const Config& config) {
  double far_x = 0.0, far_y = 0.0;
  for (int k = 0; k < config.num_drones; ++k) {
    const Place home = HomeOf(config, k);
    const Place goal = GoalOf(config, k);
    const bool swings = config.path().moves() && PartnerOf(config, k) < 0;
    const double swing_x = swings ? std::abs(goal.x) + config.path().amplitude[0] : 0.0;
    const double swing_y = swings ? std::abs(goal.y) + config.path().amplitude[1] : 0.0;
    far_x = std::max({far_x, std::abs(home.x), swing_x});
    far_y = std::max({far_y, std::abs(home.y), swing_y});
  }
  const double far = std::max(far_x, far_y);
  // A goal that swings far along one axis comes near the camera: 1.3 keeps its ends in the picture.
  const double away = std::max(
      0.9 + 4 * config.airframe.arm + (config.about().stages ? 1.7 : 0.0) + 0.8 * far, 1.3 * far);
  return "<camera name=\"overview\" pos=\"" + Text({away, -away, 0.8 + 0.6 * away}) +
         "\" xyaxes=\"0.7071 0.7071 0 -0.26 0.26 0.93\" fovy=\"55\"/>";
}

// What there is to be seen where drones look about, as the peer has it where it gives pictures: four
// things around the origin, of shapes and colours of their own. Nothing flies into them.
constexpr const char* kLandmarks =
    R"(<geom class="seen" name="block" type="box" size=".1 .15 .1" pos="1 0 .1" rgba=".75 .25 .2 1"/>
    <geom class="seen" name="cube" type="box" size=".05 .05 .05" pos="0 1 .1" rgba=".2 .35 .8 1"/>
    <geom class="seen" name="ball" type="sphere" size=".1" pos="-1 0 .1" rgba=".9 .8 .2 1"/>
    <geom class="seen" name="post" type="cylinder" size=".06 .15" pos="0 -1 .15" rgba=".3 .7 .35 1"/>)";

// A drone's own camera, fixed to it: above the middle by an arm's length, so that its rotors are out of
// sight, looking ahead along x. The peer's has the same place and angle of view, but its horizon stays
// level.
std::string CameraOf(const rotorcraft::Airframe& a, int drone) {
  return "<camera name=\"drone" + std::to_string(drone) + "_camera\" pos=\"" + Text({0, 0, a.arm}) +
         "\" xyaxes=\"0 -1 0 0 0 1\" fovy=\"60\"/>";
}

// Four arms with a rotor each, front ones red; the body's plate.
std::string LooksOf(const rotorcraft::Airframe& a) {
  const double radius = a.propeller_radius > 0 ? a.propeller_radius : 0.4 * a.arm;
  const double thick = 0.12 * a.arm;
  std::string xml = "<geom class=\"seen\" type=\"box\" size=\"" +
                    Text({0.4 * a.arm, 0.3 * a.arm, thick}) + "\" rgba=\"0.15 0.15 0.18 1\"/>";
  for (const rotorcraft::Rotor& rotor : a.rotors) {
    xml += "<geom class=\"seen\" type=\"capsule\" size=\"" + Text(0.5 * thick) + "\" fromto=\"" +
           Text({0, 0, 0, rotor.x, rotor.y, 0}) + "\" rgba=\"0.3 0.3 0.33 1\"/>";
    xml += "<geom class=\"seen\" type=\"cylinder\" size=\"" + Text({radius, 0.1 * thick}) +
           "\" pos=\"" + Text({rotor.x, rotor.y, 1.5 * thick}) + "\" rgba=\"" +
           (rotor.x > 1e-6 ? "0.85 0.25 0.2 0.75" : "0.2 0.4 0.75 0.75") + "\"/>";
  }
  return xml;
}

// Frames of gates: two posts and two beams.
std::string LooksOf(const Gate& gate, size_t number) {
  const double middle = 0.5 * (gate.hole + gate.frame), half = 0.5 * (gate.frame - gate.hole);
  std::string xml = "<body name=\"gate" + std::to_string(number) + "\" pos=\"" +
                    Text({gate.x, gate.y, gate.z}) + "\" quat=\"" +
                    Text({Cos(gate.yaw / 2), 0, 0, Sin(gate.yaw / 2)}) + "\">";
  for (const double side : {-1.0, 1.0}) {
    xml += "<geom class=\"seen\" type=\"box\" size=\"" + Text({kFrameDepth / 2, half, gate.frame}) +
           "\" pos=\"" + Text({0, side * middle, 0}) + "\" rgba=\"0.95 0.6 0.15 1\"/>";
    xml += "<geom class=\"seen\" type=\"box\" size=\"" + Text({kFrameDepth / 2, gate.hole, half}) +
           "\" pos=\"" + Text({0, 0, side * middle}) + "\" rgba=\"0.95 0.6 0.15 1\"/>";
  }
  return xml + "</body>";
}

class PicturedBatch final : public ForwardingBatch {
 public:
  PicturedBatch(std::unique_ptr<Batch> batch, const Config& config, int state_size)
      : ForwardingBatch(std::move(batch)), config_(config), state_(state_size) {}

  // One world serves all rows: it is put into the state of the one that is asked for.
  void AddMarkers(int row, std::vector<Marker>& markers) override {
    inner_->ReadState(row, state_);
    MarkGoals(config_, state_, markers);
  }

  World* world(int row) override {
    if (!world_) world_ = World::Make(MakeScene(config_));
    inner_->ReadState(row, state_);
    std::vector<double> qpos, qvel(6 * static_cast<size_t>(config_.num_drones), 0.0);
    for (int k = 0; k < config_.num_drones; ++k) {
      const double* s = state_.data() + 20 * k;
      qpos.insert(qpos.end(), {s[0], s[1], s[2], s[6], s[3], s[4], s[5]});
    }
    world_->SetState(qpos, qvel);
    return world_.get();
  }

 private:
  Config config_;
  std::vector<double> state_;
  std::unique_ptr<World> world_;
};

}  // namespace

std::shared_ptr<const Scene> MakeScene(const Config& config) {
  const rotorcraft::Airframe& a = config.airframe;
  const std::string contact =
      config.preset == Preset::kGpdDyn ? R"( contype="0" conaffinity="0")" : "";
  // The ground has no end for the drones; what is drawn of it has, since an endless one takes twenty
  // times the rest of a small picture.
  std::string xml = R"(<mujoco model="drones"><option timestep=")" + Text(config.time_step()) +
                    R"(" gravity="0 0 -)" + Text(rotorcraft::kGravity) +
                    R"(" integrator="Euler"/>)" + kHead + CameraOf(config) +
                    R"(<geom name="ground" type="plane" size="100 100 25" material="grid")" +
                    R"( friction="0.5 0 0")" + contact + "/>";
  if (!config.gpd()) {
    size_t number = 0;
    for (const Gate& gate : GatesOf(config.task)) xml += LooksOf(gate, number++);
  }
  const bool landing = config.task == TaskId::kLanding && config.pad_speed == 0.0;
  for (int k = 0; landing && k < config.num_drones; ++k) {
    const Place pad = GoalOf(config, k);
    xml += "<geom name=\"pad" + std::to_string(k) + "\" class=\"seen\" type=\"cylinder\" size=\"" +
           Text({kPadRadius, kPadThickness / 2}) + "\" pos=\"" +
           Text({pad.x, pad.y, kPadThickness / 2}) + "\" rgba=\"0.2 0.6 0.3 1\"/>";
  }
  if (!config.pictures.channels.empty()) xml += kLandmarks;
  for (int k = 0; k < config.num_drones; ++k) {
    const std::string name = "\"drone" + std::to_string(k) + "\"";
    xml += "<body name=" + name + " pos=\"" + Text({1.0 * k, 0, 1}) + "\"><freejoint name=" + name +
           "/><inertial pos=\"0 0 0\" mass=\"" + Text(a.mass) + "\" diaginertia=\"" +
           Text({a.inertia_x, a.inertia_y, a.inertia_z}) + "\"/><geom name=" + name +
           " type=\"cylinder\" size=\"" + Text({a.collision_radius, a.collision_height / 2}) +
           "\" pos=\"" + Text({0, 0, a.collision_z}) +
           "\" friction=\"0.5 0 0\" group=\"3\" rgba=\"0.5 0.5 0.5 0.3\"" + contact + "/>" +
           LooksOf(a) + CameraOf(a, k) + "</body>";
  }
  return Scene::FromString(xml + "</worldbody></mujoco>");
}

void MarkGoals(const Config& config, std::span<const double> state, std::vector<Marker>& markers) {
  const size_t drones = static_cast<size_t>(config.num_drones);
  // The farther a goal swings, the farther off is the camera.
  const Path path = config.path();
  double swing = 1.0;  // m
  for (const double amplitude : path.amplitude) swing = std::max(swing, std::abs(amplitude));
  const double radius = 0.5 * config.airframe.arm * swing;
  const auto sphere = [&markers](const double* p, double size, std::array<float, 4> rgba) {
    markers.push_back({.p_W = {p[0], p[1], p[2]}, .size = {size, size, size}, .rgba = rgba});
  };
  constexpr std::array<float, 4> kGoal = {0.1f, 0.9f, 0.1f, 0.3f},
                                 kLater = {0.2f, 0.5f, 0.9f, 0.3f};
  for (size_t k = 0; k < drones; ++k) {
    // Goals come after kinematics (20 numbers a drone), targets after goals (3), waypoints after
    // targets (9).
    const double* goal = state.data() + 20 * drones + 3 * k;
    const double* target = state.data() + 23 * drones + 9 * k;
    if (config.task == TaskId::kLanding && config.pad_speed > 0.0) {
      // The pad drives: it is no part of the scene.
      markers.push_back({.shape = Marker::Shape::kCylinder,
                         .p_W = {target[0], target[1], kPadThickness / 2},
                         .size = {kPadRadius, kPadThickness / 2, 0},
                         .rgba = {0.2f, 0.6f, 0.3f, 1.0f}});
    } else if (config.task == TaskId::kDocking && PartnerOf(config, static_cast<int>(k)) >= 0) {
      // The port beside the first drone of the pair: a disc that faces the second.
      const double half = std::numbers::sqrt2 / 2;
      markers.push_back({.shape = Marker::Shape::kCylinder,
                         .p_W = {target[0], target[1], target[2]},
                         .q_W = {half, 0, half, 0},  // its axis along x
                         .size = {0.04, 0.004, 0},
                         .rgba = {0.95f, 0.6f, 0.15f, 0.8f}});
    } else if (config.task == TaskId::kWaypoints) {
      const double* waypoints = state.data() + 32 * drones + 3 * kNumWaypoints * k;
      const int reached = static_cast<int>(state[(32 + 3 * kNumWaypoints) * drones + k]);
      sphere(target, kWaypointMarker, kGoal);
      for (int i = reached + 1; i < kNumWaypoints; ++i) {
        sphere(waypoints + 3 * i, 0.6 * kWaypointMarker, kLater);
      }
    } else {
      sphere(target, radius, kGoal);
    }
    // The way of a goal that swings, in dots.
    if (!path.moves() || config.task == TaskId::kLanding || config.gpd()) continue;
    double slowest = kInfinity;
    for (int i = 0; i < 3; ++i) {
      if (path.amplitude[i] != 0.0) slowest = std::min(slowest, path.rate[i]);
    }
    constexpr int kDots = 48;
    for (int dot = 0; dot < kDots; ++dot) {
      double p[3];
      for (int i = 0; i < 3; ++i) {
        const double angle = path.rate[i] / slowest * 2 * std::numbers::pi * dot / kDots;
        p[i] = goal[i] + path.amplitude[i] * Sin(angle + path.phase[i]);
      }
      sphere(p, 0.01 * swing, kLater);
    }
  }
}

std::unique_ptr<Batch> WithPictures(std::unique_ptr<Batch> batch, const Config& config,
                                    int state_size) {
  return std::make_unique<PicturedBatch>(std::move(batch), config, state_size);
}

}  // namespace flyball::quadcopter

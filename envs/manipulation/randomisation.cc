#include "envs/manipulation/randomisation.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "physics/numeric/error.h"
#include "physics/numeric/philox.h"
#include "physics/world/camera.h"

namespace flyball {
namespace {

// A key of the option and what may be set.
struct Key {
  const char* name;
  Randomisation::Range Randomisation::*range;  // or null: a deviation
  double Randomisation::*deviation;
  double low, high;
  const char* doc;
};
const Key kKeys[] = {
    {"mass", &Randomisation::mass, nullptr, 0.1, 10, "factor on the objects' masses"},
    {"friction", &Randomisation::friction, nullptr, 0, 10,
     "factor on the objects' friction with all but the fingers"},
    {"servo_gain", &Randomisation::servo_gain, nullptr, 0.1, 1,
     "share of its way that a servo covers in time"},
    {"action_delay", &Randomisation::action_delay, nullptr, 0, 10, "whole control steps"},
    {"light", &Randomisation::light, nullptr, 0, 5, "factor on the lamp's brightness"},
    {"sensor_noise", nullptr, &Randomisation::sensor_noise, 0, 1,
     "standard deviation, in each observed number's unit"},
    {"camera", nullptr, &Randomisation::camera, 0, 0.5,
     "standard deviation of the fixed cameras' displacement, m"},
    {"camera_turn", nullptr, &Randomisation::camera_turn, 0, 0.5,
     "standard deviation of the turn of all cameras, each in its own axes, rad"},
    {"camera_fovy", &Randomisation::camera_fovy, nullptr, 0.5, 1.5,
     "factor on the cameras' field of view"}};

constexpr double kLamp = 0.6;  // diffuse light of the tabletop's lamp
const char* const kFixedCameras[] = {"whole", "overview", "front", "side"};

bool Varies(const Randomisation::Range& range) { return range != Randomisation::Range{1, 1}; }

[[noreturn]] void Refuse(const std::string& place, const Value& value, const Key& key) {
  const std::string bounds = "[" + Value(key.low).ToJson() + ", " + Value(key.high).ToJson() + "]";
  throw InputError(place + ": " + value.ToJson() + "; " +
                   (key.range ? "two numbers, low and high, in " : "a number in ") + bounds +
                   (key.range ? " are needed" : " is needed"));
}

}  // namespace

Randomisation RandomisationOf(const Dict& option, const std::string& id) {
  Randomisation randomisation;
  std::vector<std::string> names;
  for (const Key& key : kKeys) names.push_back(key.name);
  for (const auto& [name, value] : option) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
      throw InputError(id + ", randomise: " + UnknownName("key", name, names));
    const Key& key = kKeys[found - names.begin()];
    const std::string place = id + ", randomise['" + name + "']";
    const auto allowed = [&key](double x) { return x >= key.low && x <= key.high; };
    randomisation.on = true;
    if (!key.range) {
      if (!value.is_number() || !allowed(value.AsNumber())) Refuse(place, value, key);
      randomisation.*key.deviation = value.AsNumber();
      continue;
    }
    if (!value.is_list() || value.AsList().size() != 2) Refuse(place, value, key);
    for (size_t i = 0; i < 2; ++i) {
      const Value& end = value.AsList()[i];
      if (!end.is_number() || !allowed(end.AsNumber())) Refuse(place, value, key);
      (randomisation.*key.range)[i] = end.AsNumber();
    }
    const Randomisation::Range& range = randomisation.*key.range;
    if (range[0] > range[1]) Refuse(place, value, key);
    if (name == "action_delay" &&
        (range[0] != std::floor(range[0]) || range[1] != std::floor(range[1]))) {
      Refuse(place, value, key);
    }
  }
  return randomisation;
}

std::string RandomisationDoc() {
  std::string doc = "drawn at each reset and reported in info; by key:";
  for (const Key& key : kKeys) {
    doc += std::string(" ") + key.name + (key.range ? " [low, high] (" : " (") + key.doc + ");";
  }
  doc.back() = '.';
  return doc;
}

std::vector<Field> RandomisationInfo(const Randomisation& randomisation) {
  if (!randomisation.on) return {};
  const auto factor = [](const char* name, const char* doc) {
    return ScalarField(name, DType::kFloat64, "1", doc, 0);
  };
  return {factor("mass_factor", "on the objects' masses, this episode"),
          factor("friction_factor", "on the objects' friction, this episode"),
          factor("servo_gain", "of this episode"),
          ScalarField("action_delay", DType::kInt64, "steps", "of this episode", 0),
          factor("light_factor", "on the lamp's brightness, this episode"),
          factor("sensor_noise", "standard deviation of what is observed"),
          VectorField("camera_shift", DType::kFloat64,
                      {{.name = "camera_shift", .size = 3, .unit = "m", .doc = "world frame"}},
                      "displacement of the fixed cameras, this episode"),
          VectorField("camera_turn", DType::kFloat64,
                      {{.name = "camera_turn", .size = 3, .unit = "rad", .doc = "its own axes"}},
                      "rotation vector of every camera, this episode"),
          factor("camera_fovy_factor", "on the cameras' field of view, this episode")};
}

Randomiser::Randomiser(const Randomisation& randomisation, const Task& task, World& world, Arm& arm,
                       std::vector<double> idle_action)
    : settings_(randomisation), world_(world), arm_(arm), idle_(std::move(idle_action)) {
  if (!settings_.on) return;
  const Scene& scene = world.scene();
  for (const Thing& thing : task.things) {
    bodies_.push_back(scene.Id(Element::kBody, thing.name));
    geoms_.push_back(scene.Id(Element::kGeom, thing.name));
    masses_.push_back(thing.mass);
    frictions_.push_back(thing.friction);
  }
  for (const char* name : kFixedCameras) {
    fixed_cameras_.push_back(scene.Id(Element::kCamera, name));
  }
  cameras_.resize(scene.Names(Element::kCamera).size());
  std::iota(cameras_.begin(), cameras_.end(), 0);
  lights_.push_back(scene.Id(Element::kLight, "lamp"));
  queue_.resize((static_cast<size_t>(settings_.max_delay()) + 1) * idle_.size());
}

void Randomiser::Reset(Rng& rng) {
  if (!settings_.on) return;
  const auto draw = [&rng](const Randomisation::Range& range) {
    return rng.Uniform(range[0], range[1]);
  };
  drawn_ = {};
  drawn_.mass = draw(settings_.mass);
  drawn_.friction = draw(settings_.friction);
  drawn_.servo_gain = draw(settings_.servo_gain);
  drawn_.light = draw(settings_.light);
  drawn_.delay = rng.Integers(static_cast<int64_t>(settings_.action_delay[0]),
                              static_cast<int64_t>(settings_.action_delay[1]) + 1);
  for (double& x : drawn_.camera) x = settings_.camera * rng.Normal();
  drawn_.noise_seed = rng.NextU64();
  // Later keys draw only where they are asked for: those above keep their values.
  if (settings_.camera_turn > 0) {
    for (double& x : drawn_.camera_turn) x = settings_.camera_turn * rng.Normal();
  }
  if (Varies(settings_.camera_fovy)) drawn_.camera_fovy = draw(settings_.camera_fovy);
  for (size_t i = 0; i < queue_.size(); ++i) queue_[i] = idle_[i % idle_.size()];

  arm_.SetServoGain(drawn_.servo_gain);
  ApplyToThings();
  ApplyToPictures();
}

void Randomiser::ApplyToThings() {
  for (size_t i = 0; i < bodies_.size(); ++i) {
    const double mass = masses_[i] * drawn_.mass;
    world_.Override(Parameter::kBodyMass, bodies_[i], {&mass, 1});
    if (!Varies(settings_.friction)) continue;
    const double friction[3] = {0.5 * frictions_[i] * drawn_.friction, 0, 0};
    world_.Override(Parameter::kGeomFriction, geoms_[i], friction);
  }
}

void Randomiser::ApplyToPictures() {
  if (Varies(settings_.light)) {
    const double light = kLamp * drawn_.light;
    const double diffuse[3] = {light, light, light};
    world_.Override(Parameter::kLightDiffuse, lights_[0], diffuse);
  }
  const Scene& scene = world_.scene();
  if (settings_.camera > 0) {
    for (const int camera : fixed_cameras_) {
      Vec3 p = CameraPosition(scene, camera);
      for (size_t k = 0; k < 3; ++k) p[k] += drawn_.camera[k];
      world_.Override(Parameter::kCameraPosition, camera, p);
    }
  }
  for (const int camera : cameras_) {
    if (settings_.camera_turn > 0) {
      world_.Override(Parameter::kCameraTurn, camera, drawn_.camera_turn);
    }
    if (Varies(settings_.camera_fovy)) {
      const double fovy = drawn_.camera_fovy * CameraFovy(scene, camera);
      world_.Override(Parameter::kCameraFovy, camera, {&fovy, 1});
    }
  }
}

std::span<const double> Randomiser::Delayed(std::span<const double> action) {
  if (settings_.max_delay() == 0) return action;
  const size_t size = queue_.size() / idle_.size();
  const auto slot = [&](int64_t step) {
    return std::span(queue_).subspan(static_cast<size_t>(step) % size * idle_.size(), idle_.size());
  };
  std::copy(action.begin(), action.end(), slot(drawn_.step).begin());
  // Before the first action arrives the ring still holds idle ones.
  const int64_t due = drawn_.step - drawn_.delay;
  return slot(due >= 0 ? due : due + static_cast<int64_t>(size));
}

void Randomiser::Disturb(std::span<double> observation) {
  if (settings_.sensor_noise > 0) {
    NoiseKey<double> key;
    key.Set(0, drawn_.noise_seed, 0, static_cast<uint32_t>(drawn_.step));
    for (size_t i = 0; i < observation.size(); ++i) {
      observation[i] += settings_.sensor_noise * key.Normal(0, static_cast<uint32_t>(i));
    }
  }
  ++drawn_.step;
}

void Randomiser::WriteInfo(std::span<double> out) const {
  if (!settings_.on) return;
  const auto& [mass, friction, servo_gain, light, fovy, shift, turn, seed, delay, step] = drawn_;
  const double values[] = {mass,       friction,
                           servo_gain, static_cast<double>(delay),
                           light,      settings_.sensor_noise,
                           shift[0],   shift[1],
                           shift[2],   turn[0],
                           turn[1],    turn[2],
                           fovy};
  std::copy(std::begin(values), std::end(values), out.begin());
}

void Randomiser::VisitState(StateVisitor& visitor) {
  if (!settings_.on) return;
  visitor("randomised", drawn_);
  visitor("delayed_actions", std::span<double>(queue_));
  if (visitor.loading()) arm_.SetServoGain(drawn_.servo_gain);
}

}  // namespace flyball

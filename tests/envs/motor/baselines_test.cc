// Every baseline holds its drive inside the limits and near the references.
#include <catch2/catch.hpp>
#include <cmath>

#include "envs/core/registry.h"
#include "envs/motor/task.h"
#include "tests/envs/motor/drive_env.h"

namespace flyball {
namespace {

using motor::kControlTags;
using motor::kMachineTags;

struct Outcome {
  int violations = 0;
  double error = 0;  // mean of the scaled error's absolute value, the first half left out
};

Outcome Drive(const std::string& id, const std::string& policy_name, const Options& options,
              int steps, int rows = 8) {
  DriveEnv env = MakeDrive(id, options, rows);
  const std::unique_ptr<Policy> policy = MakePolicy(policy_name, env->spec());
  policy->Resize(rows);
  Outcome outcome;
  int count = 0;
  for (int k = 0; k < steps; ++k) {
    ActAndStep(*env, *policy);
    const Column& error = env->columns().info[2];
    const int size = error.field().size();
    for (int row = 0; row < rows; ++row) {
      outcome.violations += env->columns().terminated.as<uint8_t>()[row];
      for (int j = 0; j < size && k >= steps / 2; ++j, ++count) {
        outcome.error += std::fabs(error.as<double>()[row * size + j]);
      }
    }
  }
  outcome.error /= count;
  return outcome;
}

TEST_CASE("every baseline keeps its drive inside the limits", "[motor]") {
  for (const bool finite : {false, true}) {
    for (const std::string_view control : kControlTags) {
      for (const std::string_view machine : kMachineTags) {
        const std::string id = std::string("Motor-") + (finite ? "Finite-" : "Cont-") +
                               std::string(control) + "-" + std::string(machine) + "-v1";
        const std::vector<std::string> names = ResolveSpec(id).policies;
        REQUIRE(!names.empty());
        for (const std::string& name : names) {
          const Outcome outcome = Drive(id, name, {}, 900);
          INFO(id << " " << name);
          CHECK(outcome.violations == 0);
          // Averaged converters follow a walk of up to a hundredth a step by three steps, shafts and
          // exciting windings within what torque and voltage allow; a switched winding with the
          // current's change in a step (a tenth of the limit and more).
          CHECK(outcome.error < (finite ? 0.2 : control == "SC" ? 0.16 : 0.08));
        }
      }
    }
  }
}

TEST_CASE("machines with a second limit are kept inside it, in hundreds of episodes", "[motor]") {
  // A wound rotor's own current, an armature at full field and speed, a flux that braking takes away.
  CHECK(Drive("Motor-Cont-CC-DFIM-v1", "foc", {}, 60, 1000).violations == 0);
  CHECK(Drive("Motor-Cont-SC-ExtExDc-v1", "pi", {}, 250, 1000).violations == 0);
  const Outcome shunt = Drive("Motor-Cont-SC-ShuntDc-v1", "pi", {}, 2000, 200);
  CHECK(shunt.violations == 0);
  CHECK(shunt.error < 0.03);
}

// A rotor elsewhere under the same phase currents.
std::vector<double> Elsewhere(const std::vector<double>& state, double turn) {
  const double cosine = std::cos(turn), sine = std::sin(turn);
  return {state[0], cosine * state[1] + sine * state[2], cosine * state[2] - sine * state[1],
          state[3] + turn};
}

TEST_CASE("sensorless control reads the phases' currents and nothing else", "[motor]") {
  DriveEnv env = MakeDrive("Motor-Cont-SC-PMSM-v1");
  const std::unique_ptr<Policy> knowing = MakePolicy("sensorless", env->spec());
  const std::unique_ptr<Policy> misled = MakePolicy("sensorless", env->spec());
  knowing->Resize(1);
  misled->Resize(1);
  std::vector<double> action(3), other(3);
  for (uint32_t k = 0; k < 60; ++k) {
    const std::vector<double> state = StateOf(*env);
    // The same currents in the stator; place and speed of the rotor are lies but at the start.
    std::vector<double> lie = k == 0 ? state : Elsewhere(state, 0.3 * k);
    if (k > 0) lie[0] = -77;
    knowing->Act(0, {Observation(*env), state, 1, 0, k}, action);
    misled->Act(0, {Observation(*env), lie, 1, 0, k}, other);
    // The second one's own voltages do not act, so that rounding grows in it: for a while.
    for (int j = 0; j < 3; ++j) REQUIRE(action[j] == Approx(other[j]).margin(1e-6));
    SetAction(*env, 0, action);
    env->Step();
  }
}

TEST_CASE("the observer finds a rotor that is not where it was said to be", "[motor]") {
  DriveEnv env = MakeDrive("Motor-Cont-TC-PMSM-v1",
                           {{"reference", Dict{{"type", "constant"}, {"values", List{0.15}}}}});
  env->Reset({}, {}, {{"ode", {100, 0, 0, 0.4}}});
  const std::unique_ptr<Policy> policy = MakePolicy("sensorless", env->spec());
  policy->Resize(1);
  std::vector<double> action(3);
  double first = 0, last = 0;
  for (uint32_t k = 0; k < 900; ++k) {
    std::vector<double> state = StateOf(*env);
    if (k == 0) state = Elsewhere(state, 0.3);
    policy->Act(0, {Observation(*env), state, 1, 0, k}, action);
    SetAction(*env, 0, action);
    env->Step();
    REQUIRE(env->columns().terminated.as<uint8_t>()[0] == 0);
    const double error = std::fabs(env->columns().info[2].as<double>()[0]);
    if (k == 20) first = error;
    last = error;
  }
  CHECK(first > 3e-3);
  CHECK(last < 2e-4);
}

TEST_CASE("sensorless control makes up for what its converter takes", "[motor]") {
  const Options pulses = {
      {"switching", "exact"},
      {"converter", Dict{{"interlocking_time", 1e-6}}},
      {"losses", Dict{{"devices", Dict{{"u_transistor", 1.0}, {"u_diode", 1.0}}}}}};
  const Outcome torque = Drive("Motor-Cont-TC-PMSM-v1", "sensorless", pulses, 600, 24);
  CHECK(torque.violations == 0);
  // Without, 0.027; on averaged voltages and without losses, 0.004.
  CHECK(torque.error < 0.006);
  CHECK(Drive("Motor-Cont-SC-PMSM-v1", "sensorless", pulses, 600, 24).violations == 0);
}

TEST_CASE("a constant reference is met exactly by integral action", "[motor]") {
  for (const std::string_view machine : kMachineTags) {
    const std::string id = "Motor-Cont-CC-" + std::string(machine) + "-v1";
    const int states = static_cast<int>(ResolveSpec(id).reset[1].entries.size());
    List goal;
    for (int j = 0; j < states; ++j) goal.push_back(0.2 + 0.05 * j);
    const std::string name = ResolveSpec(id).policies[0];
    const Outcome outcome =
        Drive(id, name, {{"reference", Dict{{"type", "constant"}, {"values", goal}}}}, 950);
    INFO(id);
    CHECK(outcome.violations == 0);
    CHECK(outcome.error < 2e-3);
  }
}

}  // namespace
}  // namespace flyball

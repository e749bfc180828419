// The options that the detailed kernel serves.
#include "envs/motor/detail.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "tests/envs/motor/drive_env.h"

namespace flyball {
namespace {

Dict Devices() {
  return {{"u_transistor", 1.0}, {"r_transistor", 2e-3}, {"u_diode", 0.8},
          {"r_diode", 1e-3},     {"e_on", 1e-3},         {"e_off", 1e-3}};
}
Dict Losses() {
  return {{"devices", Devices()},
          {"iron", Dict{{"hysteresis", 0.5}, {"eddy", 0.01}}},
          {"friction", Dict{{"a", 0.01}, {"b", 1e-4}}}};
}

// A magnet and two axes that saturate on their own.
Dict Saturation() {
  List i_d, i_q, psi_d, psi_q;
  for (int k = -10; k <= 10; ++k) i_d.push_back(45.0 * k);
  for (int k = 0; k <= 10; ++k) i_q.push_back(45.0 * k);
  for (const Value& d : i_d) {
    List row_d, row_q;
    for (const Value& q : i_q) {
      row_d.push_back(0.066 + 0.06 * std::tanh(d.AsNumber() / 200) + 1e-4 * d.AsNumber());
      row_q.push_back(0.2 * std::tanh(q.AsNumber() / 200) + 2e-4 * q.AsNumber());
    }
    psi_d.push_back(row_d);
    psi_q.push_back(row_q);
  }
  return {{"i_d", i_d}, {"i_q", i_q}, {"psi_d", psi_d}, {"psi_q", psi_q}};
}

struct Case {
  std::string id;
  Options options;
};
// Everything at once, on machines of every kind.
std::vector<Case> Cases() {
  const Options all = {{"switching", "exact"},
                       {"losses", Losses()},
                       {"thermal", Dict{}},
                       {"converter", Dict{{"interlocking_time", 1e-6}}},
                       {"sensors", Dict{{"current", Dict{{"gain", 0.01},
                                                         {"offset", 0.1},
                                                         {"noise", 0.05},
                                                         {"resolution", 0.05},
                                                         {"delay", 2}}}}},
                       {"faults", List{Dict{{"type", "open_phase"}, {"time", List{1e-4, 4e-4}}},
                                       Dict{{"type", "current_sensor"}, {"time", 5e-4}}}},
                       {"randomise", Dict{{"all", 0.1}}},
                       {"supply", Dict{{"type", "battery"}}},
                       {"dead_time", Dict{{"steps", 1}}}};
  std::vector<Case> cases;
  for (const char* machine :
       {"PermExDc", "ExtExDc", "SeriesDc", "ShuntDc", "PMSM", "SynRM", "SCIM", "DFIM", "SIXPMSM"}) {
    cases.push_back({std::string("Motor-Cont-CC-") + machine + "-v1", all});
    cases.push_back({std::string("Motor-Finite-SC-") + machine + "-v1", all});
  }
  Case eesm = {"Motor-Cont-TC-EESM-v1", all};
  eesm.options["randomise"] = Dict{{"all", 0.02}};
  cases.push_back(eesm);
  Case angle = {"Motor-Cont-SC-PMSM-v1", all};
  angle.options["sensors"] = Dict{{"encoder", Dict{{"lines", 1024}, {"offset", 0.01}}}};
  angle.options["harmonics"] =
      Dict{{"flat_top", 120.0}, {"cogging", List{Dict{{"order", 12}, {"amplitude", 0.1}}}}};
  angle.options["pwm"] = Dict{{"type", "space_vector"}, {"periods", 2}};
  angle.options["faults"] = List{Dict{{"type", "encoder"}, {"time", 3e-4}}};
  cases.push_back(angle);
  Case saturated = {"Motor-Cont-CC-PMSM-v1", {{"losses", Losses()}, {"saturation", Saturation()}}};
  cases.push_back(saturated);
  cases.push_back({"Motor-Cont-CC-PMSM-v1", {{"control_space", "dq"}, {"losses", Losses()}}});
  cases.push_back({"Motor-Cont-CC-PMSM-v1", {{"sensors", Dict{{"hall", true}}}}});
  return cases;
}

size_t InfoIndex(const VectorEnv& env, const std::string& name) {
  for (size_t k = 0; k < env.spec().info.size(); ++k) {
    if (env.spec().info[k].name == name) return k;
  }
  throw InputError("no such info: " + name);
}
std::span<const double> Info(const VectorEnv& env, const std::string& name, int row = 0) {
  const size_t k = InfoIndex(env, name);
  const int size = env.spec().info[k].size();
  return {env.columns().info[k].as<double>() + static_cast<size_t>(row) * size,
          static_cast<size_t>(size)};
}
double Reward(const VectorEnv& env) { return env.columns().reward.as<double>()[0]; }
bool Fault(const VectorEnv& env, int which) {
  return env.columns().info[InfoIndex(env, "fault")].as<bool>()[which];
}

TEST_CASE("detailed drives show what their spaces allow, and their options make them again",
          "[motor]") {
  for (const Case& one : Cases()) {
    INFO(one.id << " " << Value(one.options).ToJson());
    DriveEnv env = MakeDrive(one.id, one.options, 3);
    const EnvSpec again = ResolveSpec(one.id, env->spec().options);
    CHECK(again.options == env->spec().options);
    CHECK_FALSE(env->spec().smooth);
    const std::vector<double> low = env->spec().observation[0].low();
    const std::vector<double> high = env->spec().observation[0].high();
    const std::unique_ptr<Policy> policy = MakePolicy("random", env->spec());
    policy->Resize(3);
    for (int k = 0; k < 25; ++k) {
      ActAndStep(*env, *policy);
      for (int row = 0; row < 3; ++row) {
        REQUIRE(env->status()[row] == RowStatus::kOk);
        const std::span<const double> shown = Observation(*env, row);
        for (size_t j = 0; j < shown.size(); ++j) {
          REQUIRE(shown[j] >= low[j]);
          REQUIRE(shown[j] <= high[j]);
        }
      }
    }
  }
}

TEST_CASE("a detailed row has the same bits alone, among others and after a snapshot", "[motor]") {
  for (const Case& one : Cases()) {
    INFO(one.id << " " << Value(one.options).ToJson());
    DriveEnv many = MakeDrive(one.id, one.options, 5), alone = MakeDrive(one.id, one.options, 1);
    const uint64_t seeds[] = {1, 2, 3, 4, 5};
    many->Reset(seeds);
    alone->Reset({seeds + 3, 1});
    const std::unique_ptr<Policy> policy = MakePolicy("random", many->spec());
    policy->Resize(5);
    std::vector<double> action(many->spec().action_size());
    const auto same = [&](const VectorEnv& a, int row) {
      const std::span<const double> x = Observation(a, row), y = Observation(*alone);
      return std::memcmp(x.data(), y.data(), x.size_bytes()) == 0 &&
             StateOf(a, row) == StateOf(*alone);
    };
    CHECK(same(*many, 3));
    Snapshot saved;
    for (int k = 0; k < 20; ++k) {
      if (k == 10) saved = many->Save(3);
      const RowClock& clock = many->clocks()[3];
      policy->Act(3, {Observation(*many, 3), {}, clock.seed, clock.episode, clock.step}, action);
      for (int row = 0; row < 5; ++row) SetAction(*many, row, action);
      SetAction(*alone, 0, action);
      many->Step();
      alone->Step();
      REQUIRE(same(*many, 3));
    }
    // Row 0 goes on from the middle of row 3's episode, under the same actions.
    many->Load(0, saved);
    for (int k = 10; k < 20; ++k) {
      const RowClock& clock = many->clocks()[0];
      policy->Act(3, {Observation(*many, 0), {}, clock.seed, clock.episode, clock.step}, action);
      for (int row = 0; row < 5; ++row) SetAction(*many, row, action);
      many->Step();
    }
    CHECK(same(*many, 0));
  }
}

TEST_CASE("without losses the detailed drive is the plain one", "[motor]") {
  for (const char* machine : {"PermExDc", "ExtExDc", "SeriesDc", "ShuntDc", "PMSM", "SynRM", "EESM",
                              "SCIM", "DFIM", "SIXPMSM"}) {
    for (const char* kind : {"Motor-Cont-CC-", "Motor-Cont-SC-", "Motor-Finite-TC-"}) {
      const std::string id = std::string(kind) + machine + "-v1";
      INFO(id);
      DriveEnv plain = MakeDrive(id, {{"constraints", List{}}});
      DriveEnv detailed = MakeDrive(id, {{"constraints", List{}}, {"losses", Dict{}}});
      std::vector<double> action(plain->spec().action_size(), 0.0);
      const bool finite = id.find("Finite") != std::string::npos;
      for (size_t k = 0; k < action.size(); ++k) action[k] = finite ? 2 : 0.3 - 0.2 * (k % 3);
      Play(*plain, action, 20);
      Play(*detailed, action, 20);
      const std::vector<double> a = StateOf(*plain), b = StateOf(*detailed);
      // What the plain one's Runge-Kutta method leaves, twenty times 1e-8.
      for (size_t k = 0; k < a.size(); ++k) {
        CHECK(b[k] == Approx(a[k]).epsilon(1e-6).margin(1e-6));
      }
      CHECK(Reward(*detailed) == Approx(Reward(*plain)).epsilon(1e-6));
      for (const Entry& entry : plain->spec().observation[0].entries) {
        CHECK(Shown(*detailed, entry.name) == Approx(Shown(*plain, entry.name)).margin(1e-6));
      }
    }
  }
}

TEST_CASE("energies in info add up on every detailed drive", "[motor]") {
  for (const Case& one : Cases()) {
    if (one.options.find("losses") == one.options.end()) continue;
    INFO(one.id);
    DriveEnv env = MakeDrive(one.id, one.options);
    const std::unique_ptr<Policy> policy = MakePolicy("random", env->spec());
    policy->Resize(1);
    for (int k = 0; k < 30; ++k) {
      ActAndStep(*env, *policy);
      const std::span<const double> energy = Info(*env, "energy");
      double sum = -energy[0], size = std::fabs(energy[0]);
      for (size_t j = 1; j < energy.size(); ++j) {
        sum += energy[j];
        size += std::fabs(energy[j]);
      }
      // And the last bits of what shaft and capacitor store, a thousand joules.
      REQUIRE(std::fabs(sum) <= 1e-9 * size + 1e-12);
    }
  }
}

TEST_CASE("a hot machine draws less current from the same voltage", "[motor]") {
  const Options options = {
      {"thermal", Dict{}}, {"constraints", List{}}, {"load", Dict{{"omega", 0.0}}}};
  DriveEnv cold = MakeDrive("Motor-Cont-CC-PermExDc-v1", options);
  DriveEnv hot = MakeDrive("Motor-Cont-CC-PermExDc-v1", options);
  cold->Reset({}, {}, {{"ode", {0, 0}}});
  hot->Reset({}, {}, {{"ode", {0, 0}}, {"temperature", {150.0, 100.0}}});
  CHECK(StateOf(*hot)[2] == 150);
  Play(*cold, {0.01}, 200);
  Play(*hot, {0.01}, 200);
  // 0.6 V over the resistance; in 20 ms the temperatures hardly move.
  CHECK(StateOf(*cold)[1] == Approx(0.6 / 16e-3).epsilon(1e-4));
  CHECK(StateOf(*hot)[1] == Approx(0.6 / 16e-3 / (1 + 3.93e-3 * 130)).epsilon(1e-4));
  CHECK(Info(*cold, "temperature")[0] > 20);
  CHECK(Info(*hot, "temperature")[0] < 150);
}

TEST_CASE("sensors are off as told, and the reward does not know", "[motor]") {
  const std::string id = "Motor-Cont-CC-PMSM-v1";
  const auto play = [&](Options options) {
    DriveEnv env = MakeDrive(id, std::move(options));
    const uint64_t seed = 5;
    env->Reset({&seed, 1}, {}, {{"ode", {100, 40, 50, 0.3}}});
    Play(*env, {0.1, 0.05, -0.1}, 5);
    return env;
  };
  const DriveEnv plain = play({{"losses", Dict{}}});
  const DriveEnv coarse = play({{"sensors", Dict{{"current", Dict{{"resolution", 4.0}}}}}});
  const double count = Shown(*coarse, "i_a") * 400 / 4;
  CHECK(count == Approx(std::round(count)).margin(1e-9));
  CHECK(std::fabs(Shown(*coarse, "i_a") - Shown(*plain, "i_a")) <= 2.0 / 400);
  CHECK(Shown(*coarse, "i_a") != Shown(*plain, "i_a"));
  CHECK(Reward(*coarse) == Reward(*plain));

  // Late by two steps: what was shown then is shown now, in the frame of now.
  DriveEnv late = MakeDrive(id, {{"sensors", Dict{{"current", Dict{{"delay", 2}}}}}});
  DriveEnv prompt = MakeDrive(id, {{"losses", Dict{}}});
  late->Reset({}, {}, {{"ode", {100, 40, 50, 0.3}}});
  prompt->Reset({}, {}, {{"ode", {100, 40, 50, 0.3}}});
  std::vector<double> shown;
  for (int k = 0; k < 6; ++k) {
    Play(*late, {0.1, 0.05, -0.1});
    Play(*prompt, {0.1, 0.05, -0.1});
    shown.push_back(Shown(*prompt, "i_b"));
    if (k >= 2) CHECK(Shown(*late, "i_b") == Approx(shown[k - 2]).margin(1e-9));
  }

  // An encoder of 1024 lines: the angle comes in parts of 2 pi 3 / 1024 electrical.
  const DriveEnv lines = play({{"sensors", Dict{{"encoder", Dict{{"lines", 1024}}}}},
                               {"states", List{"epsilon", "omega"}}});
  const double line =
      Shown(*lines, "epsilon") * std::numbers::pi / (2 * std::numbers::pi * 3 / 1024);
  CHECK(line == Approx(std::round(line)).margin(1e-6));
  const DriveEnv hall = play({{"sensors", Dict{{"hall", true}}}, {"states", List{"epsilon"}}});
  const double sixth = Shown(*hall, "epsilon") * 3 - 0.5;
  CHECK(sixth == Approx(std::round(sixth)).margin(1e-9));
  CHECK(std::fabs(Shown(*hall, "epsilon") * std::numbers::pi - StateOf(*hall)[3]) <
        std::numbers::pi / 6 + 1e-9);
}

TEST_CASE("faults come in their time, are told, and differ by seed", "[motor]") {
  const Options options = {
      {"faults",
       List{
           Dict{{"type", "open_phase"}, {"output", "b"}, {"time", List{1e-3, 3e-3}}},
           Dict{
               {"type", "current_sensor"}, {"output", "c"}, {"time", 2e-3}, {"probability", 0.0}}}},
      {"constraints", List{}},
      {"states", List{"i_b", "i_a"}}};
  std::vector<int> begun;
  for (const uint64_t seed : {1, 2, 3}) {
    DriveEnv env = MakeDrive("Motor-Cont-CC-PMSM-v1", options);
    env->Reset({&seed, 1});
    int begin = -1;
    for (int k = 0; k < 60; ++k) {
      Play(*env, {0.15 * std::cos(0.03 * k), 0.15 * std::cos(0.03 * k - 2.1), 0.05});
      CHECK_FALSE(Fault(*env, 1));
      if (Fault(*env, 0) && begin < 0) begin = k;
      if (begin >= 0 && k > begin + 8) CHECK(std::fabs(Shown(*env, "i_b")) < 1e-9);
      if (begin < 0) CHECK(std::fabs(Shown(*env, "i_b")) > 1e-9);
    }
    CHECK(begin >= 9);
    CHECK(begin <= 30);
    begun.push_back(begin);
  }
  CHECK((begun[0] != begun[1] || begun[1] != begun[2]));
}

TEST_CASE("parameters are drawn about the machine's, told, and used", "[motor]") {
  DriveEnv env = MakeDrive("Motor-Cont-CC-PermExDc-v1",
                           {{"randomise", Dict{{"r_a", 0.5}, {"psi_e", 0.2}}},
                            {"load", Dict{{"omega", 0.0}}},
                            {"constraints", List{}}},
                           64);
  std::vector<uint64_t> seeds(64);
  for (size_t k = 0; k < seeds.size(); ++k) seeds[k] = k;
  env->Reset(seeds);
  double least = 1, most = 0;
  Play(*env, {0.01}, 800);  // many time constants
  for (int row = 0; row < 64; ++row) {
    const std::span<const double> parameters = Info(*env, "parameters", row);
    least = std::min(least, parameters[0] / 16e-3);
    most = std::max(most, parameters[0] / 16e-3);
    CHECK(parameters[1] == 19e-6);
    CHECK(std::fabs(parameters[2] / 0.165 - 1) <= 0.2);
    CHECK(StateOf(*env, row)[1] == Approx(0.6 / parameters[0]).epsilon(1e-6));
  }
  CHECK(least >= 0.5);
  CHECK(least < 0.6);
  CHECK(most <= 1.5);
  CHECK(most > 1.4);
}

TEST_CASE("a main flux with a curve saturates the drive, and its energies add up", "[motor]") {
  const Dict cage = {{"i_m", List{0.0, 2.0, 4.0, 8.0}}, {"psi_m", List{0.0, 0.28, 0.5, 0.7}}};
  const Dict excited = {{"i_m", List{0.0, 100.0, 200.0, 400.0}},
                        {"psi_m", List{0.0, 0.155, 0.25, 0.35}}};
  for (const auto& [id, curve] :
       {std::pair{"Motor-Cont-TC-SCIM-v1", cage}, {"Motor-Finite-CC-EESM-v1", excited}}) {
    INFO(id);
    // Field-oriented control, tuned for the slopes at no current, still holds it.
    DriveEnv env = MakeDrive(id, {{"saturation", curve},
                                  {"losses", Dict{{"iron", Dict{{"pulses", 1e-5}}}}},
                                  {"randomise", Dict{{"all", 0.02}}}});
    const std::unique_ptr<Policy> policy = MakePolicy("foc", env->spec());
    policy->Resize(1);
    for (int k = 0; k < 300; ++k) {
      ActAndStep(*env, *policy);
      REQUIRE(env->columns().terminated.as<uint8_t>()[0] == 0);
      for (const Column& column : env->columns().info) {
        if (column.field().name != "energy") continue;
        const double* energy = column.as<double>();
        double sum = -2 * energy[0], size = 0;
        for (int j = 0; j < kNumEnergies; ++j) {
          sum += energy[j];
          size += std::fabs(energy[j]);
        }
        REQUIRE(std::fabs(sum) < 1e-9 * size + 1e-12);
      }
    }
  }
}

TEST_CASE("mistakes in the details are named", "[motor]") {
  const auto says = [](const Options& options, const std::string& text,
                       const char* id = "Motor-Cont-CC-PMSM-v1") {
    INFO(text);
    CHECK_THROWS_AS(ResolveSpec(id, options), InputError);
    CHECK_THROWS_WITH(ResolveSpec(id, options), Catch::Contains(text));
  };
  says({{"switching", "exactly"}}, "exact");
  says({{"switching", "averaged"}}, "held", "Motor-Finite-CC-PMSM-v1");
  says({{"losses", Dict{{"devices", Dict{{"u_diod", 1.0}}}}}}, "u_diode");
  says({{"losses", Dict{{"devices", Dict{{"u_diode", -1.0}}}}}}, "losses devices u_diode = -1 V");
  says({{"losses", Dict{{"devices", Dict{{"i_rated", 0.0}}}}}}, "losses devices i_rated = 0 A");
  says({{"losses", Dict{{"iron", Dict{{"eddi", 1.0}}}}}}, "eddy");
  says({{"losses", Dict{{"friction", Dict{{"a", -1.0}}}}}}, "losses friction a = -1 N m");
  says({{"thermal", Dict{{"c_winding", 0.0}}}}, "thermal c_winding = 0 J/K");
  says({{"thermal", Dict{{"magnet", 0.1}}}}, "thermal magnet");
  says({{"sensors", Dict{{"curent", Dict{}}}}}, "current");
  says({{"sensors", Dict{{"current", Dict{{"noise", -1.0}}}}}}, "sensors current noise = -1 A");
  says({{"sensors", Dict{{"encoder", Dict{{"lines", 10}}}, {"hall", true}}}}, "not both");
  says({{"sensors", Dict{{"encoder", Dict{}}}}}, "current", "Motor-Cont-CC-PermExDc-v1");
  says({{"faults", List{Dict{{"output", "d"}}}}}, "faults output");
  says({{"faults", List{Dict{{"type", "open_fase"}}}}}, "open_phase");
  says({{"faults", List{Dict{}, Dict{}}}}, "given twice");
  says({{"faults", List{Dict{{"time", -1.0}}}}}, "faults time = -1 s");
  says({{"randomise", Dict{{"l_d", 1.5}}}}, "randomise l_d = 1.5");
  says({{"randomise", Dict{{"p", 0.1}}}}, "psi_p");
  says({{"randomise", Dict{{"all", 0.5}}}}, "randomise: at the corner of its ranges no machine",
       "Motor-Cont-CC-EESM-v1");
  says({{"randomise", Dict{{"all", 0.5}}}}, "not positive definite", "Motor-Cont-CC-EESM-v1");
  says({{"harmonics", Dict{{"flat_top", 180.0}}}}, "harmonics flat_top = 180 deg");
  says({{"harmonics", Dict{{"cogging", List{Dict{{"order", 0}}}}}}}, "harmonics cogging order = 0");
  says({{"harmonics", Dict{}}}, "harmonics", "Motor-Cont-CC-SCIM-v1");
  says({{"pwm", Dict{{"periods", 2}}}}, "switching='exact'");
  says({{"switching", "exact"}, {"pwm", Dict{{"periods", 100}}}}, "pwm periods = 100");
  says({{"switching", "exact"},
        {"pwm", Dict{{"periods", 4}}},
        {"converter", Dict{{"interlocking_time", 5e-5}}}},
       "converter interlocking_time");
  says({{"supply", Dict{{"type", "battery"}, {"charge", 1.5}}}}, "supply charge = 1.5");
  says({{"supply", Dict{{"type", "battery"}, {"u_empty", 500.0}}}}, "supply u_empty = 500 V");
  Dict map = Saturation();
  says({{"saturation", map}}, "saturation", "Motor-Cont-CC-EESM-v1");
  map["i_d"] = List{-10.0, 0.0, 10.0};
  says({{"saturation", map}}, "saturation psi_d: 3 rows of 11 numbers expected");
  map = Saturation();
  says({{"saturation", map}, {"motor", Dict{{"limits", Dict{{"i", 500.0}}}}}},
       "must reach the limit of the currents, 500 A");
  says({{"saturation", Dict{{"i_m", List{0.0, 1.0, 2.0}}}}}, "saturation psi_m: needed",
       "Motor-Cont-CC-SCIM-v1");
  says({{"saturation", Dict{{"i_m", List{0.0, 1.0, 2.0}}, {"psi_m", List{0.0, 0.2, 0.1}}}}},
       "saturation psi_m [2] = 0.1 Wb", "Motor-Cont-CC-SCIM-v1");
  says({{"saturation", Dict{{"i_m", List{0.0, 1.0, 2.0}}, {"psi_m", List{0.0, 0.2, 0.3}}}}},
       "must be between 1.5 l_m^2 / l_e", "Motor-Cont-CC-EESM-v1");
  const Dict curve = {{"i_m", List{0.0, 2.0, 8.0}}, {"psi_m", List{0.0, 0.28, 0.7}}};
  says({{"saturation", curve}, {"randomise", Dict{{"l_m", 0.1}}}}, "randomise",
       "Motor-Cont-CC-SCIM-v1");
  says({{"losses", Dict{{"iron", Dict{{"pulses", -1.0}}}}}}, "losses iron pulses = -1 S");
  map.erase("psi_q");
  says({{"saturation", map}}, "saturation psi_q: needed");
  map["psi_Q"] = 1.0;
  map["psi_q"] = Saturation().at("psi_q");
  says({{"saturation", map}}, "psi_q");
  says({{"switching", "exact"}, {"preset", "gem"}}, "preset 'gem' has no such thing");
  says({{"switching", "exact"}, {"solver", Dict{{"type", "rk4"}}}}, "solver type");

  DriveEnv env = MakeDrive("Motor-Cont-CC-PMSM-v1", {{"thermal", Dict{}}});
  CHECK_THROWS_WITH(env->Reset({}, {}, {{"temperature", {1000.0, 20.0}}}),
                    Catch::Contains("reset temperature winding = 1000 degC"));
}

}  // namespace
}  // namespace flyball

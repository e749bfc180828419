// What noise is shown; tests/bindings/test_drives.py holds the distributions to their closed forms.
#include "envs/motor/noise.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "physics/numeric/isa.h"
#include "tests/envs/motor/drive_env.h"

namespace flyball {
namespace {

const char* const kCont = "Motor-Cont-CC-PMSM-v1";

TEST_CASE("noise of every distribution has the same bits alone, among others and on every build",
          "[motor][noise]") {
  for (const std::string& name : motor::DistributionNames()) {
    Dict own = {{"distribution", name}};
    if (name == "normal") own["sigma"] = 0.1;
    if (name == "power") own["a"] = 2.5;  // without, a uniform
    if (name == "standard_t") own["df"] = 3.0;
    // In the preset nothing is cut off.
    const Options options = {
        {"preset", "gem"},
        {"constraints", List{}},
        {"noise", Dict{{"sigma", 0.01}, {"states", List{"i_a", "i_b"}}, {"u_sup", own}}}};
    DriveEnv one = MakeDrive(kCont, options);
    const uint64_t seed = 11 + 16;
    one->Reset({&seed, 1});
    std::vector<DriveEnv> builds;
    for (const Isa isa : {Isa::kBase, Isa::kV3, Isa::kV4}) {
      if (BestIsa() >= isa) builds.push_back(MakeOn(IsaName(isa), kCont, options, 17));
    }
    for (int k = 0; k < 20; ++k) {
      Play(*one, {0, 0, 0});
      REQUIRE(std::isfinite(Shown(*one, "u_sup")));
      for (DriveEnv& many : builds) {
        Play(*many, {0, 0, 0});
        INFO(name << " step " << k << " build " << &many - builds.data());
        const std::span<const double> a = Observation(*one), b = Observation(*many, 16);
        REQUIRE(std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
      }
    }
  }
}

TEST_CASE("a state with noise of its own leaves that of others alone", "[motor][noise]") {
  const Dict common = {{"sigma", 0.01}, {"states", List{"omega", "torque", "i_sd"}}};
  Dict mixed = common;
  mixed["i_sq"] = Dict{{"distribution", "uniform"}, {"low", -0.1}, {"high", 0.1}};
  DriveEnv a = MakeDrive(kCont, {{"noise", common}}), b = MakeDrive(kCont, {{"noise", mixed}});
  for (int k = 0; k < 5; ++k) {
    for (DriveEnv* env : {&a, &b}) Play(**env, {0, 0, 0});
    for (const char* name : {"omega", "torque", "i_sd", "i_a"}) {
      CHECK(Shown(*a, name) == Shown(*b, name));
    }
    CHECK(Shown(*a, "i_sq") != Shown(*b, "i_sq"));
    CHECK(a->columns().reward.as<double>()[0] == b->columns().reward.as<double>()[0]);
  }
}

TEST_CASE("mistakes in noise are named", "[motor][noise]") {
  const auto refuses = [](const Dict& noise, const std::string& text) {
    Refuses(kCont, {{"noise", noise}}, text);
  };
  refuses({{"distribution", "laplac"}}, "did you mean 'laplace'");
  refuses({{"distribution", "gamma"}}, "known: normal, uniform, laplace");
  refuses({{"distribution", "laplace"}, {"sigma", 0.1}}, "'sigma'");
  refuses({{"distribution", "laplace"}, {"scale", -0.1}}, "noise scale = -0.1");
  refuses({{"distribution", "weibull"}, {"a", 0.0}},
          "noise a = 0: must be a finite number above 0");
  refuses({{"distribution", "uniform"}, {"low", 1.0}, {"high", 0.0}}, "must not be above");
  refuses({{"distribution", "triangular"}, {"mode", 3.0}}, "must be in order");
  refuses({{"sigma", 0.1}, {"states", List{}}}, "noise states: at least one");
  refuses({{"omega", Dict{{"sigmas", 0.1}}}}, "did you mean 'sigma'");
  refuses({{"omegaa", Dict{{"sigma", 0.1}}}}, "did you mean 'omega'");
  refuses({{"omega", 0.1}}, "a dictionary expected");
  refuses({{"sigma", NAN}}, "noise sigma = nan");
}

}  // namespace
}  // namespace flyball

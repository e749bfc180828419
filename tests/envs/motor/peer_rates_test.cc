// Every machine of preset gem against the peer's own right-hand side and torque.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "envs/motor/settings.h"

namespace flyball::motor {
namespace {

struct Rates {
  std::string machine;
  double omega;               // rad/s
  std::vector<double> x, u;   // electrical states and inputs, as the machine's equations have them
  std::vector<double> dx_dt;  // without the angle's
  double torque;              // N m
};

const std::vector<Rates>& PeerRates() {
  static const std::vector<Rates> rates = {
#include "tests/envs/motor/peer_rates.inc"
  };
  return rates;
}

TEST_CASE("right-hand sides and torques are the peer's at random states", "[motor]") {
  for (const Rates& peer : PeerRates()) {
    Task task;
    task.machine = static_cast<MachineKind>(
        std::find(kMachineTags.begin(), kMachineTags.end(), peer.machine) - kMachineTags.begin());
    const DriveSettings settings = PresetSettings(task, "gem");
    std::visit(
        [&](const auto& machine) {
          using M = std::decay_t<decltype(machine)>;
          REQUIRE(peer.x.size() == M::kStates);
          REQUIRE(peer.u.size() == M::kInputs);
          double dx_dt[M::kStates];
          machine.Derivative(peer.x.data(), peer.u.data(), peer.omega, dx_dt);
          INFO(peer.machine << " at " << peer.omega << " rad/s");
          double largest = 0;
          for (const double rate : peer.dx_dt) largest = std::max(largest, std::fabs(rate));
          for (int k = 0; k < M::kStates; ++k) {
            // A sum of at most six products, in another order than the peer's.
            CHECK(dx_dt[k] == Approx(peer.dx_dt[k]).epsilon(1e-12).margin(1e-12 * largest));
          }
          CHECK(machine.Torque(peer.x.data()) == Approx(peer.torque).epsilon(1e-12).margin(1e-12));
        },
        settings.machine);
  }
}

}  // namespace
}  // namespace flyball::motor

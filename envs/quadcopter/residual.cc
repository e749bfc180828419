#include "envs/quadcopter/residual.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace flyball::quadcopter {
namespace {

// Room for one evaluation, a thread's, kept from step to step.
struct Room {
  std::shared_ptr<const Perceptron> of;
  Perceptron::Workspace workspace;
  std::vector<double> input;
};

Room& RoomFor(const std::shared_ptr<const Perceptron>& network) {
  thread_local Room room;
  if (room.of != network) {
    room.workspace = network->MakeWorkspace();
    room.input.resize(network->inputs());
    room.of = network;
  }
  return room;
}

}  // namespace

void Residual::Evaluate(const DroneView& drone, std::span<double, kOutputs> wrench_B) const {
  std::fill(wrench_B.begin(), wrench_B.end(), 0.0);
  if (function) {
    try {
      function(drone, wrench_B);
    } catch (...) {
      wrench_B[0] = std::numeric_limits<double>::quiet_NaN();  // the row diverges
    }
    return;
  }
  if (!network) return;
  Room& room = RoomFor(network);
  double* to = room.input.data();
  to = std::copy(drone.v_B.begin(), drone.v_B.end(), to);
  to = std::copy(drone.w_B.begin(), drone.w_B.end(), to);
  to = std::copy(drone.up_B.begin(), drone.up_B.end(), to);
  *to++ = drone.p_W[2];
  to = std::copy(drone.rotors.begin(), drone.rotors.end(), to);
  if (network->inputs() > kInputs) {
    std::copy(drone.neighbours.begin(), drone.neighbours.end(), to);
  }
  network->Evaluate(room.input, wrench_B, room.workspace);
}

}  // namespace flyball::quadcopter

#include "envs/quadcopter/row.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "envs/core/thread_pool.h"
#include "envs/quadcopter/crowd.h"
#include "physics/numeric/error.h"

namespace flyball::quadcopter {
namespace {

Crowd& CrowdOfThread() {
  thread_local Crowd crowd;
  return crowd;
}

// N, of all four rotors.
double ThrustOf(const Drone& drone, const AgentStates& row, int agent) {
  double thrust = 0.0;
  for (int r = 0; r < 4; ++r) {
    thrust += drone.config().airframe.RotorThrust(row.Get(agent, kSlotRpm + r));
  }
  return thrust * row.Get(agent, kSlotExtra + 2);
}

}  // namespace

void BlowDown(const Drone& drone, AgentStates& row) {
  if (!drone.config().downwash) return;
  const bool gpd = drone.config().gpd();
  Crowd& crowd = CrowdOfThread();
  crowd.Gather(row, [&](int n) { return gpd ? 0.0 : ThrustOf(drone, row, n); });
  const double reach = gpd ? 10.0 : drone.downwash().Reach(crowd.highest - crowd.lowest);
  crowd.Sort(reach);
  const auto push = [&](int n) {
    const Crowd::Seen& lower = crowd.drones[n];
    Vec3<double> total = {0.0, 0.0, 0.0};
    // No wake reaches further than that of the highest drone.
    const double widest = gpd ? reach : drone.downwash().Reach(crowd.highest - lower.z);
    crowd.Around(n, widest, [&](const Crowd::Seen& upper) {
      const Vec3<double> offset = {lower.x - upper.x, lower.y - upper.y, lower.z - upper.z};
      // Most are not above or too far aside: one branch, seldom taken, instead of two at random.
      const double cone = gpd ? reach : drone.downwash().Reach(-offset.z);
      const double aside2 = offset.x * offset.x + offset.y * offset.y;
      if (!(static_cast<int>(offset.z < 0.0) & static_cast<int>(aside2 < cone * cone))) return;
      if (gpd) {
        total.x += drone.bullet().DownwashForce(offset);
      } else {
        total = total + drone.downwash().Force(offset, upper.thrust);
      }
    });
    for (int i = 0; i < 3; ++i) row.Set(n, kSlotPush + i, (&total.x)[i]);
  };
  ShareOut(row.num_agents(), kShared, [&](int begin, int end) {
    for (int n = begin; n < end; ++n) push(n);
  });
}

void MeetOthers(const Drone& drone, AgentStates& row) {
  const int mates = drone.layout().mates, count = drone.config().neighbours;
  if (mates < 0) return;
  Crowd& crowd = CrowdOfThread();
  crowd.Gather(row, [](int) { return 0.0; });
  crowd.Sort(0.5);
  const auto meet = [&](int n) {
    const Crowd::Seen& here = crowd.drones[n];
    const int partner = PartnerOf(drone.config(), n);
    if (partner >= 0) {
      for (int i = 0; i < 3; ++i) {
        row.Set(n, mates + i, row.Get(partner, kSlotP + i));
        row.Set(n, mates + 3 + i, row.Get(partner, kSlotV + i));
      }
    }
    const int adjacency = drone.layout().adjacency;
    for (int i = 0; adjacency >= 0 && i < row.num_agents(); ++i) {
      const Crowd::Seen& other = crowd.drones[i];
      const double x = other.x - here.x, y = other.y - here.y, z = other.z - here.z,
                   radius = drone.config().neighbourhood;
      row.Set(n, adjacency + i, i == n || x * x + y * y + z * z < radius * radius ? 1.0 : 0.0);
    }
    // The nearest, nearer ones first; of equally near ones the first in order.
    double best[kMostNeighbours + 1];
    int who[kMostNeighbours + 1], found = 0;
    const int wanted = std::max(count, 1);
    const auto visit = [&](const Crowd::Seen& other) {
      const double dx = other.x - here.x, dy = other.y - here.y, dz = other.z - here.z;
      const double distance2 = dx * dx + dy * dy + dz * dz;
      if (found == wanted && !(distance2 < best[found - 1])) return;
      int at = found < wanted ? found++ : found - 1;
      for (; at > 0 && distance2 < best[at - 1]; --at)
        best[at] = best[at - 1], who[at] = who[at - 1];
      best[at] = distance2, who[at] = other.number;
    };
    // Look as far as needed: to the last of the nearest.
    for (double reach = 1.0;; reach *= 2) {
      found = 0;
      crowd.Around(n, reach, visit);
      if (found == wanted && best[found - 1] <= reach * reach) break;
      if (row.num_agents() <= kFewDrones || crowd.Holds(reach)) break;
    }
    row.Set(n, mates + 7, found > 0 ? std::sqrt(best[0]) : 1e3);
    for (int k = 0; k < count; ++k) {
      for (int i = 0; i < 3; ++i) {
        const bool there = k < found;
        row.Set(n, mates + 8 + 6 * k + i,
                there ? row.Get(who[k], kSlotP + i) - row.Get(n, kSlotP + i) : 0.0);
        row.Set(n, mates + 11 + 6 * k + i,
                there ? row.Get(who[k], kSlotV + i) - row.Get(n, kSlotV + i) : 0.0);
      }
    }
  };
  ShareOut(row.num_agents(), kShared, [&](int begin, int end) {
    for (int n = begin; n < end; ++n) meet(n);
  });
}

void StartRow(const Drone& drone, Rng& rng, const ResetValues& values, std::span<double> state) {
  const Config& config = drone.config();
  const Layout& layout = drone.layout();
  std::fill(state.begin(), state.end(), 0.0);
  thread_local std::vector<Vec3<double>> places;
  places.clear();
  for (int agent = 0; agent < config.num_drones; ++agent) {
    double* slots = state.data() + static_cast<size_t>(agent) * layout.size;
    StartState start = DrawStart(config, agent, rng, values);
    DrawApart(config, places, rng, values, start);
    places.push_back(start.p_W);
    WriteVec3(slots + kSlotP, start.p_W);
    WriteQuat(slots + kSlotQ, start.q_WB);
    WriteVec3(slots + kSlotV, start.v_W);
    WriteVec3(slots + kSlotGoal, start.goal);
    std::copy_n(start.rpm, 4, slots + kSlotRpm);
    const Vec3<double> w_B = Rotation<double>(start.q_WB).ToBody(start.w_W);
    switch (config.preset) {
      case Preset::kDefault:
        WriteVec3(slots + kSlotW, w_B);
        WriteVec3(slots + kSlotExtra, start.variation);
        break;
      case Preset::kGpdDyn:
        WriteVec3(slots + kSlotW, w_B);
        WriteVec3(slots + kSlotExtra, start.w_W);
        break;
      case Preset::kGpdPyb:
        WriteVec3(slots + kSlotW, start.w_W);
        WriteQuat(slots + kSlotExtra, start.q_WB);
        break;
    }
    // No kick from an attitude that the controller has not seen; the peer's has it.
    if (layout.pid >= 0 && config.inner_loop()) {
      WriteVec3(slots + layout.pid + 6, rotorcraft::RollPitchYaw(start.q_WB));
    }
    if (layout.mates >= 0) slots[layout.mates + 6] = PartnerOf(config, agent) >= 0 ? 1.0 : 0.0;
    if (layout.waypoints >= 0) {
      std::copy_n(start.waypoints, 3 * kNumWaypoints, slots + layout.waypoints);
      WriteVec3(slots + layout.waypoints, start.goal);
    }
    if (layout.wind >= 0) {
      const Wind& wind = config.wind;
      const double factor = wind.shear > 0 ? Pow(std::max(start.p_W.z, 0.1), wind.shear) : 1.0;
      const Vec3<double> mean = {wind.mean[0], wind.mean[1], wind.mean[2]};
      const Vec3<double> air = mean * factor + wind.FieldsAt(0.0, start.p_W);
      if (!std::isfinite(air.x + air.y + air.z)) {
        throw InputError("wind_field: its wind is not finite where drone " + std::to_string(agent) +
                         " starts");
      }
      WriteVec3(slots + layout.wind, air);
    }
    if (layout.battery >= 0) {
      slots[layout.battery] = config.battery.charge;
      slots[layout.battery + 1] =
          config.battery.empty +
          (config.battery.full - config.battery.empty) * config.battery.charge;
    }
    if (layout.sensors >= 0) {
      std::copy_n(start.bias, 6, slots + layout.sensors);
      WriteVec3(slots + layout.sensors + 6, start.v_W);
    }
  }
  CheckApart(config, values);
  SpanStates row(state, config.num_drones);
  MeetOthers(drone, row);
}

void ReadRow(const Drone& drone, std::span<const double> state, std::span<double> out) {
  const int drones = drone.config().num_drones;
  const Layout& layout = drone.layout();
  double* to = out.data();
  const auto slots = [&](int agent) {
    return state.data() + static_cast<size_t>(agent) * layout.size;
  };
  for (int agent = 0; agent < drones; ++agent, to += 20) {
    const Quat<double> q = drone.ShownQuat(slots(agent));
    drone.Kinematics(slots(agent), q, rotorcraft::RollPitchYaw(q), to);
  }
  for (int agent = 0; agent < drones; ++agent, to += 3) {
    std::copy_n(slots(agent) + kSlotGoal, 3, to);
  }
  for (int agent = 0; agent < drones; ++agent, to += 9) {
    if (layout.target >= 0) {
      std::copy_n(slots(agent) + layout.target, 9, to);
    } else {
      std::copy_n(slots(agent) + kSlotGoal, 3, to);
      std::fill_n(to + 3, 6, 0.0);
    }
  }
  if (layout.waypoints >= 0) {
    for (int agent = 0; agent < drones; ++agent, to += 3 * kNumWaypoints) {
      std::copy_n(slots(agent) + layout.waypoints, 3 * kNumWaypoints, to);
    }
    for (int agent = 0; agent < drones; ++agent) *to++ = slots(agent)[layout.stage];
  }
  // The kinematics once more, apart, under the names they are forced by.
  const double* kinematics = out.data();
  for (const auto& [begin, size] : {std::pair{0, 3}, {7, 3}, {10, 3}, {13, 3}, {16, 4}}) {
    for (int agent = 0; agent < drones; ++agent, to += size) {
      std::copy_n(kinematics + 20 * agent + begin, size, to);
    }
  }
}

void ReduceRow(const Drone& drone, RowResult& result, const AgentStates& row) {
  const Config& config = drone.config();
  // The peer rewards a step of raw control with -1, however many drones there are, and adds
  // distances up before it compares them.
  if (config.gpd()) {
    if (!config.about().learning) result.reward = -1.0;
    if (config.task == TaskId::kMultiHover && row.num_agents() > 1) {
      double sum = 0.0;
      for (int agent = 0; agent < row.num_agents(); ++agent) {
        double squares = 0.0;
        for (int i = 0; i < 3; ++i) {
          const double error = row.Get(agent, kSlotGoal + i) - row.Get(agent, kSlotP + i);
          squares += error * error;
        }
        sum += std::sqrt(squares);
      }
      result.terminated = sum < 1e-4;
    }
    return;
  }
  if (config.end_together) return;
  bool all = true, some = false;
  for (int agent = 0; agent < row.num_agents(); ++agent) {
    all = all && (result.agent_terminated[agent] || result.agent_truncated[agent]);
    some = some || result.agent_truncated[agent];
  }
  result.terminated = all && !some;
  result.truncated = all && some;
}

}  // namespace flyball::quadcopter

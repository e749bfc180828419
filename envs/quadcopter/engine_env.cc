#include "envs/quadcopter/engine_env.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "envs/core/env.h"
#include "envs/quadcopter/ended.h"
#include "envs/quadcopter/row.h"
#include "envs/quadcopter/scalar_drone.h"
#include "envs/quadcopter/scene.h"
#include "physics/numeric/error.h"
#include "physics/numeric/philox.h"
#include "physics/world/world.h"

namespace flyball::quadcopter {
namespace {

// What all rows share.
struct Shared {
  Shared(const Config& config, int size)
      : drone(config), state_size(size), code(*flyball_kernel_quadcopter_scalar()) {
    scene = MakeScene(config);
    settings.engine = config.mover == Mover::kBullet ? Engine::kBullet : Engine::kMujoco;
    if (config.preset == Preset::kGpdPyb) {
      // Hidden in PyBullet, a float literal.
      settings.bullet.linear_damping = settings.bullet.angular_damping = 0.04f;
      settings.friction_rule = FrictionRule::kProduct;
    }
    for (int k = 0; k < config.num_drones; ++k) {
      bodies.push_back(scene->Id(Element::kBody, "drone" + std::to_string(k)));
    }
  }
  Drone drone;
  int state_size;  // of EnvSpec::state
  const ScalarDrone& code;
  std::shared_ptr<const Scene> scene;
  WorldSettings settings;
  std::vector<int> bodies;
};

class EngineEnv final : public Env {
 public:
  explicit EngineEnv(std::shared_ptr<const Shared> shared)
      : shared_(std::move(shared)), world_(World::Make(shared_->scene, shared_->settings)) {
    const Config& c = config();
    const int drones = c.num_drones;
    state_.resize(static_cast<size_t>(drones) * layout().size);
    actions_.resize(static_cast<size_t>(drones) * ActionSize(c.action));
    observations_.resize(static_cast<size_t>(drones) * c.observation_size());
    infos_.resize(static_cast<size_t>(drones) * c.num_info());
    rpm_.resize(4 * static_cast<size_t>(drones));
    noise_.resize(static_cast<size_t>(drones) * std::max(c.num_noise(), 1));
    before_.resize(layout().worked_on);
    qpos_.resize(7 * static_cast<size_t>(drones));
    qvel_.resize(6 * static_cast<size_t>(drones));
    for (int k = 0; k < drones; ++k) {
      ios_.push_back({Part(actions_, k), Slots(k), Part(observations_, k), Part(infos_, k),
                      Part(rpm_, k), Part(noise_, k), 0, 0, 0, 0});
    }
    world_->SetSubstepHook([this](World&, int) { PushDrones(); });
  }

  void Reset(Rng& rng, const ResetValues& values, Row& out) override {
    StartRow(drone(), rng, values, state_);
    seed_ = rng.NextU64();
    step_ = 0;
    world_->Reset();
    PlaceDrones();
    DrawNoise();
    for (int k = 0; k < config().num_drones; ++k) {
      std::copy_n(Slots(k) + kSlotRpm, 4, Part(rpm_, k));
      ios_[k].step = 0.0;
      shared_->code.judge(drone(), ios_[k], true);
    }
    Write(out);
  }

  void Step(std::span<const double> action, Row& out) override {
    const Config& c = config();
    std::copy(action.begin(), action.end(), actions_.begin());
    ++step_;
    DrawNoise();
    for (int k = 0; k < c.num_drones; ++k) {
      Remember(k);
      ios_[k].step = static_cast<double>(step_) - 1;
      Do(k, false, [&] {
        shared_->code.begin(drone(), ios_[k]);
        if (!c.inner_loop()) shared_->code.command(drone(), ios_[k]);
      });
    }
    world_->Step(c.substeps());
    SenseDrones(true);
    SpanStates row(state_, c.num_drones);
    MeetOthers(drone(), row);
    for (int k = 0; k < c.num_drones; ++k) {
      Do(k, true, [&] { shared_->code.judge(drone(), ios_[k], false); });
    }
    Write(out);
    Reduce(row, out);
    if (!out.terminated && !out.truncated) HoldBodies();
  }

  void ReadState(std::span<double> out) const override { ReadRow(drone(), state_, out); }
  void VisitState(StateVisitor& visitor) override {
    world_->VisitState(visitor);
    visitor("drones", std::span(state_));
    visitor("rpm", std::span(rpm_));
    visitor("seed", seed_);
    visitor("step", step_);
  }
  size_t memory_bytes() const override {
    return sizeof(*this) + state_.size() * sizeof(double) + world_->memory_bytes();
  }
  World* world() override { return world_.get(); }
  void AddMarkers(std::vector<Marker>& markers) override {
    std::vector<double> state(static_cast<size_t>(shared_->state_size));
    ReadState(state);
    MarkGoals(config(), state, markers);
  }

 private:
  const Drone& drone() const { return shared_->drone; }
  const Config& config() const { return drone().config(); }
  const Layout& layout() const { return drone().layout(); }
  double* Slots(int k) { return state_.data() + static_cast<size_t>(k) * layout().size; }
  double* Part(std::vector<double>& values, int k) {
    return values.data() + values.size() / config().num_drones * k;
  }

  // Works on a drone; one whose own end has come stays as it is.
  template <class Work>
  void Do(int k, bool judged, const Work& work) {
    if (layout().ended < 0) return work();
    std::copy_n(Slots(k), layout().worked_on, before_.data());
    work();
    HoldEnded(layout(), before_.data(), ios_[k], judged);
  }
  bool Ended(int k) { return layout().ended >= 0 && Slots(k)[layout().ended] > 0.5; }

  // Every substep: the drones as the engine has them, then the forces on them.
  void PushDrones() {
    SenseDrones(false);
    SpanStates row(state_, config().num_drones);
    if (config().num_drones > 1) BlowDown(drone(), row);
    for (int k = 0; k < config().num_drones; ++k) {
      Vec3<double> force, torque;
      Do(k, false, [&] {
        if (config().inner_loop()) shared_->code.command(drone(), ios_[k]);
        shared_->code.wrench(drone(), ios_[k], force, torque);
      });
      const double* p = Slots(k) + kSlotP;
      if (Ended(k)) {  // nothing moves it but what runs into it
        force = {0, 0, config().airframe.mass * Slots(k)[kSlotExtra] * rotorcraft::kGravity};
        torque = {0, 0, 0};
      }
      world_->ApplyWrench(shared_->bodies[k], {force.x, force.y, force.z},
                          {torque.x, torque.y, torque.z}, {p[0], p[1], p[2]});
    }
  }

  // From the engine's coordinates to the drones' slots. `after`: the step is over, and what the
  // peer shows of its last substep is worked out.
  void SenseDrones(bool after) {
    for (int k = 0; k < config().num_drones; ++k) {
      if (Ended(k)) continue;
      double* s = Slots(k);
      const double* q = world_->qpos().data() + 7 * k;
      const double* v = world_->qvel().data() + 6 * k;
      const Quat<double> before = ReadQuat(s + kSlotQ);
      std::copy_n(q, 3, s + kSlotP);
      WriteQuat(s + kSlotQ, {q[4], q[5], q[6], q[3]});
      std::copy_n(v, 3, s + kSlotV);
      const Vec3<double> w_B = {v[3], v[4], v[5]};
      if (config().preset == Preset::kGpdPyb) {
        WriteVec3(s + kSlotW, Rotation<double>(ReadQuat(s + kSlotQ)).ToWorld(w_B));
      } else {
        WriteVec3(s + kSlotW, w_B);
        // The peer turns the new rates by the old attitude.
        if (after && config().preset == Preset::kGpdDyn) {
          WriteVec3(s + kSlotExtra, Rotation<double>(before).ToWorld(w_B));
        }
      }
    }
  }

  // From the drones' slots to the engine's coordinates, and what differs between vehicles.
  void PlaceDrones() {
    const rotorcraft::Airframe& a = config().airframe;
    for (int k = 0; k < config().num_drones; ++k) {
      const double* s = Slots(k);
      PlaceBody(k);
      std::copy_n(s + kSlotV, 3, qvel_.data() + 6 * k);
      WriteVec3(qvel_.data() + 6 * k + 3, drone().BodyRates(s));
      if (config().randomise > 0.0) {
        const double mass = a.mass * s[kSlotExtra], factor = s[kSlotExtra + 1];
        const double inertia[3] = {a.inertia_x * factor, a.inertia_y * factor,
                                   a.inertia_z * factor};
        world_->Override(Parameter::kBodyMass, shared_->bodies[k], {&mass, 1});
        world_->Override(Parameter::kBodyInertia, shared_->bodies[k], inertia);
      }
    }
    world_->SetState(qpos_, qvel_);
  }

  void PlaceBody(int k) {
    const double* s = Slots(k);
    double* q = qpos_.data() + 7 * k;
    std::copy_n(s + kSlotP, 3, q);
    q[3] = s[kSlotQ + 3], q[4] = s[kSlotQ], q[5] = s[kSlotQ + 1], q[6] = s[kSlotQ + 2];
  }

  // Puts the bodies of drones that have ended back to where these are, at rest.
  void HoldBodies() {
    bool any = false;
    for (int k = 0; k < config().num_drones; ++k) any = any || Ended(k);
    if (!any) return;
    std::copy(world_->qpos().begin(), world_->qpos().end(), qpos_.begin());
    std::copy(world_->qvel().begin(), world_->qvel().end(), qvel_.begin());
    for (int k = 0; k < config().num_drones; ++k) {
      if (!Ended(k)) continue;
      PlaceBody(k);
      std::fill_n(qvel_.data() + 6 * k, 6, 0.0);
    }
    world_->SetState(qpos_, qvel_);
  }

  void DrawNoise() {
    const int count = config().num_noise();
    if (count == 0) return;
    for (int k = 0; k < config().num_drones; ++k) {
      NoiseKey<double> key;
      key.Set(0, seed_ + static_cast<uint64_t>(k), 0, step_);
      key.Normals(1, std::span<double>(Part(noise_, k), count));
    }
  }

  // The action, in the history that the observation shows.
  void Remember(int k) {
    const int size = ActionSize(config().action), kept = (config().history() - 1) * size;
    if (config().history() == 0) return;
    double* history = Slots(k) + layout().history;
    std::copy(history + size, history + size + kept, history);
    std::copy_n(Part(actions_, k), size, history + kept);
  }

  // What the drones found, field by field.
  void Write(Row& out) {
    const Config& c = config();
    const int drones = c.num_drones;
    for (int k = 0; k < drones; ++k) {
      if (layout().history >= 0) {
        std::copy_n(Slots(k) + layout().history, c.history() * ActionSize(c.action),
                    Part(observations_, k) + c.shown());
      }
    }
    std::copy(observations_.begin(), observations_.end(), out.observation.begin());
    double* to = out.info.data();
    const int num_info = c.num_info();
    for (int i = 0; i < num_info; i += i < num_info - 4 ? 1 : 4) {
      const int size = i < num_info - 4 ? 1 : 4;
      for (int k = 0; k < drones; ++k, to += size) std::copy_n(Part(infos_, k) + i, size, to);
    }
  }

  void Reduce(const AgentStates& row, Row& out) {
    const int drones = config().num_drones;
    const std::span<uint8_t> terminated = out.agent_terminated, truncated = out.agent_truncated;
    RowResult result{.agent_reward = out.agent_reward,
                     .agent_terminated = terminated,
                     .agent_truncated = truncated,
                     .reward = 0.0,
                     .terminated = false,
                     .truncated = false};
    for (int k = 0; k < drones; ++k) {
      out.agent_reward[k] = ios_[k].reward;
      terminated[k] = ios_[k].terminated > 0.5, truncated[k] = ios_[k].truncated > 0.5;
      result.reward += ios_[k].reward;
      result.terminated |= terminated[k] != 0;
      result.truncated |= truncated[k] != 0;
    }
    if (drones > 1) ReduceRow(drone(), result, row);
    out.reward = result.reward;
    out.terminated = result.terminated;
    out.truncated = result.truncated;
  }

  std::shared_ptr<const Shared> shared_;
  std::unique_ptr<World> world_;
  std::vector<double> state_, actions_, observations_, infos_, rpm_, noise_;
  std::vector<double> before_;  // a drone's slots, to come back to if it has ended
  std::vector<double> qpos_, qvel_;
  std::vector<DroneIo<double>> ios_;
  uint64_t seed_ = 0;
  uint32_t step_ = 0;
};

}  // namespace

std::unique_ptr<Batch> MakeEngineBatch(const BatchContext& context, const Config& config) {
  const auto shared = std::make_shared<const Shared>(config, context.spec.state_size());
  return MakeEnvBatch(context, [shared] { return std::make_unique<EngineEnv>(shared); });
}

}  // namespace flyball::quadcopter

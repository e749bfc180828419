#include "envs/pde/opposition.h"

#include <utility>

#include "envs/policies/lqr.h"

namespace flyball {

FlowFeedback OpposePlane(const PlaneConfig& config, double width, double gain) {
  const PlaneFft<double> fft(config.flow.n);
  const int fields = config.flow.fields(), modes = config.flow.modes(), points = fft.points();
  const size_t states = static_cast<size_t>(fields) * points;
  // On the grid a bell's sum is the part of the plane that it stands for times the points.
  const double scale = -gain / (width * width * points);
  FlowFeedback feedback{std::vector<double>(config.num_actions * states),
                        std::vector<double>(config.num_actions, 0.0)};
  std::vector<double> re(modes), im(modes), x(points), work(fft.work_size());
  for (int f = 0; f < fields; ++f) {
    // The target as modes goes into the offset: a product of fields is one of modes.
    std::vector<double> target(points);
    for (int k = 0; k < modes; ++k) {
      re[k] = config.target_re[f * modes + k];
      im[k] = config.target_im[f * modes + k];
    }
    fft.Inverse(re.data(), im.data(), target.data(), work.data());
    for (int i = 0; i < config.num_actions; ++i) {
      for (int k = 0; k < modes; ++k) {
        // psi = w / |wave|^2: the inverse stands as well with the shape.
        const size_t at = (static_cast<size_t>(f) * modes + k) * config.num_actions + i;
        const double weight = scale * (config.flow.burgers ? 1.0 : config.flow.inverse_square[k]);
        re[k] = weight * config.push_re[at];
        im[k] = weight * config.push_im[at];
      }
      fft.Inverse(re.data(), im.data(), x.data(), work.data());
      for (int j = 0; j < points; ++j) {
        feedback.gain[i * states + static_cast<size_t>(f) * points + j] = x[j];
        feedback.offset[i] -= x[j] * target[j];
      }
    }
  }
  return feedback;
}

FlowFeedback OpposeConvection(const ConvectionConfig& config, double gain) {
  const ConvectionData& cell = config.cell;
  const size_t states = static_cast<size_t>(config.state_size());
  const size_t middle = cell.row_size() + static_cast<size_t>(cell.rows() / 2) * cell.nx;
  FlowFeedback feedback{std::vector<double>(config.num_actions * states, 0.0),
                        std::vector<double>(config.num_actions, 0.0)};
  for (int i = 0; i < config.num_actions; ++i) {
    // The mean of w = -psi_x over a heater is what psi falls by from one end to the other.
    const int begin = i * cell.nx / config.num_actions;
    const int end = (i + 1) * cell.nx / config.num_actions;
    const double width = cell.length * (end - begin) / cell.nx;
    feedback.gain[i * states + middle + end % cell.nx] += gain / width;
    feedback.gain[i * states + middle + begin] -= gain / width;
  }
  return feedback;
}

PolicyRegistration Opposition(
    double usual, std::function<FlowFeedback(const EnvSpec& spec, double gain)> feedback) {
  const Option gain = {
      .name = "gain",
      .kind = Option::Kind::kNumber,
      .low = 0.0,
      .high = 1e9,
      .unit = "task's",
      .doc =
          "push for each unit of what moves: of velocity (burgers_2d, by default 5), of the "
          "stream function (kolmogorov_flow, 4), of velocity upwards at half height "
          "(rayleigh_benard, 10)"};
  return {"opposition",
          "each actuator against what moves at it, in proportion, from the full field",
          nullptr,
          {gain},
          [usual, feedback = std::move(feedback)](const EnvSpec& spec, const Options& options) {
            const Value& given = options.at("gain");
            FlowFeedback f = feedback(spec, given.is_null() ? usual : given.AsNumber());
            return std::make_unique<StateFeedbackPolicy>(std::move(f.gain), std::move(f.offset),
                                                         spec);
          }};
}

}  // namespace flyball

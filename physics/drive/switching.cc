#include "physics/drive/switching.h"

#include <algorithm>

namespace flyball {

void CentreDuties(const Converter& converter, double* leg) {
  for (int k = 0; k < converter.num_bridges; ++k) {
    if (converter.bridges[k] == Bridge::kB6) {
      const double least = std::min({leg[0], leg[1], leg[2]});
      const double most = std::max({leg[0], leg[1], leg[2]});
      const double shift = 0.5 - 0.5 * (least + most);
      for (int j = 0; j < 3; ++j) leg[j] = std::clamp(leg[j] + shift, 0.0, 1.0);
    }
    leg += Converter::Legs(converter.bridges[k]);
  }
}

void PulseEdges(const Modulation& modulation, int num_legs, const double* duty, double tau,
                Edges& edges) {
  edges.count = 0;
  const double period = tau / modulation.periods;
  for (int k = 0; k < num_legs; ++k) {
    const double first = duty[k] >= 1 ? kLegHigh : kLegLow;
    edges.edge[edges.count++] = {0.0, k, first};
    if (duty[k] <= 0 || duty[k] >= 1) continue;
    for (int n = 0; n < modulation.periods; ++n) {
      const double middle = (n + 0.5) * period, half = 0.5 * duty[k] * period;
      edges.edge[edges.count++] = {middle - half, k, kLegHigh};
      edges.edge[edges.count++] = {middle + half, k, kLegLow};
    }
  }
  std::sort(edges.edge, edges.edge + edges.count, [](const Edge& a, const Edge& b) {
    return a.time != b.time ? a.time < b.time : a.leg < b.leg;
  });
}

void HeldEdges(int num_legs, const double* gate, Edges& edges) {
  edges.count = num_legs;
  for (int k = 0; k < num_legs; ++k) edges.edge[k] = {0.0, k, gate[k]};
}

}  // namespace flyball

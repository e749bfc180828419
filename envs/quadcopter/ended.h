// Drones whose own end has come before their row's (option ends="all").
#ifndef FLYBALL_ENVS_QUADCOPTER_ENDED_H_
#define FLYBALL_ENVS_QUADCOPTER_ENDED_H_

#include "envs/quadcopter/drone.h"

namespace flyball::quadcopter {

// After a part of a step: a drone whose end has come gets back the slots it had `before` (worked_on)
// and stays as it is, unrewarded, until the row ends. `judged`: the part filled in results; a drone
// that they end is marked.
template <class P>
void HoldEnded(const Layout& layout, const P* before, DroneIo<P>& part, bool judged) {
  const P held = before[layout.ended];
  const Mask<P> over = held > 0.5;
  for (int i = 0; i < layout.worked_on; ++i) {
    part.state[i] = Select(over, before[i], part.state[i]);
  }
  if (!judged) return;
  part.reward = Select(over, P(0.0), part.reward);
  const P now = Select(part.terminated > 0.5, P(1.0), P(2.0 * part.truncated));
  const P kind = Select(over, held, now);
  part.state[layout.ended] = kind;
  part.terminated = Select(kind > 0.5 && kind < 1.5, P(1.0), P(0.0));
  part.truncated = Select(kind > 1.5, P(1.0), P(0.0));
}

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_ENDED_H_

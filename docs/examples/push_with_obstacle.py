"""A task of one's own: a pusher takes a puck round a post, on either engine."""

import flyball
import gymnasium as gym
import numpy as np
from flyball.tasks import Array, Results

MODEL = """
<mujoco><option timestep="0.005" integrator="implicitfast"/><worldbody>
  <light pos="0 0 2"/><geom type="plane" size="1 1 .1"/>
  <geom name="post" type="cylinder" size=".06 .05" pos="0 0 .05" rgba=".8 .2 .2 1"/>
  <body name="pusher" pos="0 0 .03">
    <joint name="x" type="slide" axis="1 0 0"/><joint name="y" type="slide" axis="0 1 0"/>
    <geom type="cylinder" size=".03 .025" mass=".5" rgba=".2 .4 .8 1"/></body>
  <body name="puck" pos="0 0 .02"><joint type="slide" axis="1 0 0" damping="2"/>
    <joint type="slide" axis="0 1 0" damping="2"/>
    <geom type="box" size=".03 .03 .015" mass=".2" rgba=".9 .7 .2 1"/></body>
</worldbody><actuator><velocity joint="x" kv="20"/><velocity joint="y" kv="20"/></actuator></mujoco>
"""


class PushWithObstacle(flyball.Task):
    """Push the puck past the post to x = 0.4 m."""

    observation = (flyball.field("observation", (8,), doc="qpos, then qvel", unit="m, m/s"),)
    action = flyball.field("action", (2,), low=-1, high=1, unit="m/s", dtype="float32")
    info = (flyball.field("is_success", dtype="bool"), flyball.field("distance", unit="m"))
    options = {"engine": "mujoco"}  # noqa: RUF012
    control_period, max_episode_steps = 0.05, 100

    def __init__(self, num_rows: int, engine: str) -> None:
        super().__init__(num_rows)
        self.world = flyball.World(MODEL, engine=engine, num_rows=num_rows)

    def reset(self, rows: Array, rng: flyball.Rng, forced: object) -> Results:
        self.world.reset(rows)
        y = rng.uniform(-0.15, 0.15)
        self.world.set_state([-0.4, y, -0.25, y], np.zeros(4), rows)
        return self.look(rows)

    def step(self, rows: Array, actions: Array) -> Results:
        self.world.set_ctrl(actions, rows)
        self.world.step(10, rows)
        state, info = self.look(rows)
        return state, -info["distance"], info["is_success"], info

    def look(self, rows: Array) -> tuple[Array, dict[str, Array]]:
        state = np.concatenate([self.world.qpos[rows], self.world.qvel[rows]], axis=1)
        distance = np.abs(0.4 - state[:, 2])
        return state, {"distance": distance, "is_success": distance < 0.05}


flyball.register(PushWithObstacle, "PushWithObstacle-v1")

if __name__ == "__main__":
    envs = gym.make_vec("flyball/PushWithObstacle-v1", num_envs=16, engine="bullet")
    envs.reset(seed=0)
    rewards = [envs.step(envs.action_space.sample())[1].mean() for _ in range(100)]
    print("mean reward:", np.mean(rewards))

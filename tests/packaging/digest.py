"""Imports packages in the order named, uses each a little, and prints a hash of flyball's numbers.

usage: digest.py flyball | mujoco flyball torch ...
"""

import hashlib
import importlib
import sys


def use_mujoco(mujoco):
    """Steps a falling ball in the other MuJoCo."""
    model = mujoco.MjModel.from_xml_string(
        "<mujoco><worldbody><body><freejoint/><geom size='.1'/></body></worldbody></mujoco>"
    )
    data = mujoco.MjData(model)
    mujoco.mj_step(model, data)
    assert data.qvel[2] < 0
    print("mujoco", mujoco.mj_versionString(), file=sys.stderr)


def use_pybullet(pybullet):
    """Steps an empty world in the other Bullet."""
    pybullet.connect(pybullet.DIRECT)
    pybullet.stepSimulation()


def use_torch(torch):
    """Multiplies two matrices."""
    assert float((torch.ones(8, 8) @ torch.ones(8, 8))[0, 0]) == 8.0


def use_h5py(h5py):
    """Writes a data set in memory."""
    with h5py.File("x", "w", driver="core", backing_store=False) as file:
        file["x"] = [1.0]


def digest(flyball) -> str:
    """A hash of what every registered environment shows over 20 random steps."""
    import gymnasium
    import numpy

    total = hashlib.sha256()
    for env_id in flyball.list_envs():
        env = gymnasium.make(f"flyball/{env_id}", dtype="float64").unwrapped
        random = numpy.random.default_rng(0)
        observation, _ = env.reset(seed=1)
        for _ in range(20):
            space = env.action_space
            if hasattr(space, "low"):
                low, high = numpy.maximum(space.low, -1.0), numpy.minimum(space.high, 1.0)
                action = random.uniform(low, high).astype(space.dtype)
            else:
                action = random.integers(space.nvec if hasattr(space, "nvec") else space.n)
            observation, reward, terminated, truncated, _ = env.step(action)
            leaves = observation.values() if isinstance(observation, dict) else [observation]
            for leaf in leaves:
                total.update(numpy.ascontiguousarray(leaf).tobytes())
            total.update(numpy.float64(reward).tobytes())
            if terminated or truncated:
                env.reset()
        env.close()
    return total.hexdigest()


def main() -> None:
    """Imports, uses, prints."""
    modules = {name: importlib.import_module(name) for name in sys.argv[1:]}
    for name, module in modules.items():
        if name != "flyball":
            globals()[f"use_{name}"](module)
    print(digest(modules["flyball"]))


if __name__ == "__main__":
    main()

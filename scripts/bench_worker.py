"""One side of a comparison, in a process and virtual environment of its own.

`scripts/bench` starts it, waits for a line `ready`, then sends how many steps to take and reads
back the seconds they took, one line each. It imports nothing but the standard library, numpy and
the package it times: it runs in the peers' environments too.

usage: bench_worker.py SIDE ARGUMENTS OPTIONS wall|processor      (the two in JSON)
"""

import atexit
import importlib.util
import json
import os
import shutil
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent


def loop_of(env):
    """A run of single steps on `env.unwrapped.step`, with resets where episodes end."""
    env.reset(seed=0)
    env.action_space.seed(0)
    actions = [env.action_space.sample() for _ in range(256)]
    step, reset = env.unwrapped.step, env.unwrapped.reset

    def run(steps):
        for i in range(steps):
            _, _, terminated, truncated, _ = step(actions[i & 255])
            if terminated or truncated:
                reset()

    return run, 1


def flyball_one(env_id, **options):
    """One row of ours."""
    import flyball  # noqa: F401
    import gymnasium

    return loop_of(gymnasium.make(f"flyball/{env_id}", **options))


def flyball_batch(env_id, rows, threads=1, still=False, level=None, **options):
    """Many rows of ours, through the Python step, columns written in place.

    ``still``: actions are zeros instead of drawn. ``level``: all numbers of a row's action are one,
    drawn from this range.
    """
    import flyball  # noqa: F401
    import gymnasium

    envs = gymnasium.make_vec(
        f"flyball/{env_id}",
        num_envs=rows,
        vectorization_mode="vector_entry_point",
        threads=threads,
        copy=False,
        **options,
    )
    envs.reset(seed=0)
    envs.action_space.seed(0)
    actions = [(0 if still else 1) * envs.action_space.sample() for _ in range(8)]
    if level:
        rng = np.random.default_rng(0)
        actions = [0 * action + rng.uniform(*level, (rows, 1)) for action in actions]

    def run(steps):
        for i in range(steps):
            envs.step(actions[i & 7])

    return run, rows


def flyball_regulator(env_id):
    """The optimal regulator of a linear plant, from its matrices."""
    import flyball
    import gymnasium

    made = 0

    def run(steps):
        nonlocal made
        for _ in range(steps):
            # Another step time each time: what is known of a plant and a step time is kept.
            made += 1
            env = gymnasium.make(f"flyball/{env_id}", sample_time=0.1 + 1e-9 * made)
            flyball.policy("lqr", env)

    return run, 1


def flyball_render(env_id, width, height, **options):
    """Pictures of one row by `render()`."""
    import flyball  # noqa: F401
    import gymnasium

    env = gymnasium.make(
        f"flyball/{env_id}", render_mode="rgb_array", width=width, height=height, **options
    ).unwrapped
    env.reset(seed=0)

    def run(steps):
        for _ in range(steps):
            env.render()

    return run, 1


def gem(env_id):
    """The environment of gym-electric-motor."""
    import gym_electric_motor

    return loop_of(gym_electric_motor.make(env_id))


DRIVES = [
    f"{kind}-{control}-{machine}"
    for kind in ("Cont", "Finite")
    for control in ("CC", "TC", "SC")
    for machine in ("PermExDc", "ExtExDc", "SeriesDc", "ShuntDc", "PMSM", "SynRM", "EESM", "SCIM",
                    "SIXPMSM", "DFIM")
]  # fmt: skip


def in_turn(sides):
    """A step of each side in turn: the harmonic mean of their rates."""

    def run(steps):
        for side, _ in sides:
            side(steps)

    return run, sum(rows for _, rows in sides)


def flyball_drives(rows, **options):
    """All sixty drives; one row alone, or batches."""
    if rows == 1:
        return in_turn([flyball_one(f"Motor-{name}-v1", **options) for name in DRIVES])
    return in_turn([flyball_batch(f"Motor-{name}-v1", rows, **options) for name in DRIVES])


def gem_drives():
    """All sixty of gym-electric-motor."""
    return in_turn([gem(f"{name}-v0") for name in DRIVES])


def controlgym(env_id, **options):
    """The environment of controlgym; its import makes warnings errors, which is undone."""
    import controlgym as package

    warnings.resetwarnings()
    warnings.simplefilter("ignore")
    env = package.make(env_id, **options)
    size = env.action_space.shape
    env.reset(seed=0)
    actions = np.random.default_rng(0).uniform(-0.1, 0.1, (256, *size))

    def run(steps):
        for i in range(steps):
            _, _, terminated, truncated, _ = env.step(actions[i & 255])
            if terminated or truncated:
                env.reset()

    return run, 1


def panda(env_id):
    """The environment of panda-gym."""
    import gymnasium
    import panda_gym  # noqa: F401

    return loop_of(gymnasium.make(env_id))


def envpool_batch(env_id, rows):
    """Many rows of EnvPool, which starts ended episodes again by itself."""
    import envpool

    envs = envpool.make_gymnasium(env_id, num_envs=rows, num_threads=1, seed=0)
    envs.reset()
    size = (256, rows, *envs.action_space.shape)
    actions = np.random.default_rng(0).uniform(-1, 1, size)

    def run(steps):
        for i in range(steps):
            envs.step(actions[i & 255])

    return run, rows


def panda_picture(env_id, width, height):
    """The picture of panda-gym: TinyRenderer, its default view, shadows."""
    import gymnasium
    import panda_gym  # noqa: F401

    env = gymnasium.make(
        env_id, render_mode="rgb_array", render_width=width, render_height=height
    ).unwrapped
    env.reset(seed=0)

    def run(steps):
        for _ in range(steps):
            env.render()

    return run, 1


def pybullet_drone_picture(width, height):
    """The picture of gym-pybullet-drones, which is on no index: its scene and its call.

    Ground, the four things around the origin, and one drone whose camera it is, of a few primitive
    shapes instead of the peer's mesh; TinyRenderer, with shadows, without a segmentation mask.
    """
    import pybullet
    import pybullet_data
    from pybullet_utils import bullet_client

    client = bullet_client.BulletClient(connection_mode=pybullet.DIRECT)
    client.setAdditionalSearchPath(pybullet_data.getDataPath())
    client.loadURDF("plane.urdf")
    for name, place in (
        ("block.urdf", [1, 0, 0.1]),
        ("cube_small.urdf", [0, 1, 0.1]),
        ("duck_vhacd.urdf", [-1, 0, 0.1]),
        ("teddy_vhacd.urdf", [0, -1, 0.1]),
    ):
        client.loadURDF(name, place)
    body = client.createVisualShape(pybullet.GEOM_CYLINDER, radius=0.06, length=0.025)
    client.createMultiBody(0.027, -1, body, [0, 0, 1])
    arm = 0.0397
    view = client.computeViewMatrix([0, 0, 1 + arm], [1000, 0, 1], [0, 0, 1])
    projection = client.computeProjectionMatrixFOV(60.0, 1.0, arm, 1000.0)

    def run(steps):
        for _ in range(steps):
            client.getCameraImage(
                width, height, view, projection, shadow=1,
                renderer=pybullet.ER_TINY_RENDERER, flags=pybullet.ER_NO_SEGMENTATION_MASK,
            )  # fmt: skip

    return run, 1


def pybullet_drone(substeps):
    """The PyBullet calls of one gym-pybullet-drones control step, alone: a bound from below.

    For each physics step four rotor forces, one yaw torque and `stepSimulation`, and the reading
    back of the state after the last.
    """
    import pybullet
    from bench_drones import GRAVITY, MASS, pybullet_world

    client, body = pybullet_world()
    origin, level, thrust = [0, 0, 0], [0, 0, 0, 1], MASS * GRAVITY / 4

    def run(steps):
        for step in range(steps):
            for _ in range(substeps):
                for rotor in range(4):
                    client.applyExternalForce(
                        body, rotor, forceObj=[0, 0, thrust], posObj=origin,
                        flags=pybullet.LINK_FRAME,
                    )  # fmt: skip
                client.applyExternalTorque(body, 4, torqueObj=[0, 0, 0], flags=pybullet.LINK_FRAME)
                client.stepSimulation()
            _, orientation = client.getBasePositionAndOrientation(body)
            client.getEulerFromQuaternion(orientation)
            client.getBaseVelocity(body)
            if step % 240 == 0:
                client.resetBasePositionAndOrientation(body, [0, 0, 1], level)
                client.resetBaseVelocity(body, origin, origin)

    return run, 1


def disk_folder():
    """Where datasets are written: on the disk of the source tree, removed at the end."""
    (ROOT / "build").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "build"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def plan_of(env_id, policy):
    """The plan of about so many steps, as a function of them."""
    from flyball import datasets

    plan = {"id": env_id, "policies": [{"policy": policy}], "seed": 1}
    length = datasets.measure({**plan, "episodes": 64}).lengths.mean()
    return lambda steps: {**plan, "episodes": max(1, round(steps / length))}


def flyball_measure(env_id, policy, workers=1):
    """The episodes of a plan, nothing kept."""
    from flyball import datasets

    plan = plan_of(env_id, policy)

    def run(steps):
        datasets.measure(plan(steps), workers=workers)

    return run, 1


def flyball_generate(env_id, policy, workers=1, level=1):
    """The same episodes written."""
    from flyball.datasets.generation import fill

    plan, folder = plan_of(env_id, policy), disk_folder() / "data"

    def run(steps):
        shutil.rmtree(folder, ignore_errors=True)
        fill(plan(steps), folder, workers=workers, level=level)

    return run, 1


def flyball_replay(env_id, policy, workers=1, level=1):
    """The same episodes, written before, played again and compared."""
    from flyball import datasets
    from flyball.datasets.generation import fill

    plan, folder = plan_of(env_id, policy), disk_folder()

    def run(steps):
        assert datasets.verify(folder / str(steps), replay=True, workers=workers).ok

    def prepare(steps):
        fill(plan(steps), folder / str(steps), workers=workers, level=level)

    run.prepare = prepare
    return run, 1


def plain_write(env_id, policy, workers=1, level=0):
    """As many bytes as those episodes take, written one after the other and synced at the end."""
    from flyball.datasets.generation import fill

    folder, plan = disk_folder(), plan_of(env_id, policy)
    fill(plan(100_000), folder / "data", level=level)
    shards = list((folder / "data").glob("shard-*.fly"))
    content = b"".join(shard.read_bytes() for shard in shards)
    per_step = len(content) / datasets_steps(folder / "data")
    piece = memoryview((content * (1 + (32 << 20) // len(content)))[: 32 << 20])

    def run(steps):
        left = round(steps * per_step)
        with open(folder / "plain", "wb", buffering=0) as file:
            while left > 0:
                left -= file.write(piece[: min(left, len(piece))])
            os.fsync(file.fileno())

    return run, 1


def datasets_steps(folder):
    """Steps of a dataset."""
    from flyball import datasets

    return datasets.open(folder).num_steps


def minari_panda(env_id):
    """Minari's DataCollector around panda-gym, random actions, the dataset written as HDF5."""
    import gymnasium
    import minari
    import panda_gym  # noqa: F401

    os.environ["MINARI_DATASETS_PATH"] = str(disk_folder())
    env = minari.DataCollector(gymnasium.make(env_id))
    made = 0

    def run(steps):
        nonlocal made
        left = steps
        while left > 0:
            env.reset()
            ended = False
            while not ended:
                _, _, terminated, truncated, _ = env.step(env.action_space.sample())
                ended, left = terminated or truncated, left - 1
        env.create_dataset(f"bench/made-v{made}", algorithm_name="random")
        made += 1

    return run, 1


def aviary(physics, **options):
    """gym-pybullet-drones, written anew."""
    from bench_drones import aviary as rebuilt

    return rebuilt(physics, **options)


def crazyflow(worlds, substeps, level):
    """crazyflow's first-principles model."""
    from bench_drones import crazyflow as many

    return many(worlds, substeps, level)


SIDES = {
    "flyball_measure": flyball_measure,
    "flyball_generate": flyball_generate,
    "flyball_replay": flyball_replay,
    "plain_write": plain_write,
    "minari_panda": minari_panda,
    "flyball_one": flyball_one,
    "flyball_batch": flyball_batch,
    "flyball_regulator": flyball_regulator,
    "flyball_drives": flyball_drives,
    "flyball_render": flyball_render,
    "panda_picture": panda_picture,
    "pybullet_drone_picture": pybullet_drone_picture,
    "gem": gem,
    "gem_drives": gem_drives,
    "controlgym": controlgym,
    "panda": panda,
    "envpool_batch": envpool_batch,
    "pybullet_drone": pybullet_drone,
    "aviary": aviary,
    "crazyflow": crazyflow,
}


def main():
    """Builds the side named on the command line and answers runs until the input ends."""
    warnings.simplefilter("ignore")
    side, arguments, options = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
    ours = side.startswith("flyball") or side == "plain_write"
    if ours and importlib.util.find_spec("flyball") is None:
        print("failed flyball is not installed", flush=True)
        return
    try:
        run, rows = SIDES[side](*arguments, **options)
        if hasattr(run, "prepare"):
            run.prepare(3)
        run(3)
    except Exception as error:  # a side that cannot be built is a line of the report
        print("failed", type(error).__name__, str(error).replace("\n", " ")[:200], flush=True)
        return
    print("ready", rows, flush=True)
    # One thread is timed by the processor time it uses, so that other work on the machine does not
    # count; several by the clock on the wall.
    clock = {"wall": time.perf_counter, "processor": time.process_time}[sys.argv[4]]
    for line in sys.stdin:
        steps = int(line)
        if hasattr(run, "prepare"):
            run.prepare(steps)
        start = clock()
        run(steps)
        print(clock() - start, flush=True)


if __name__ == "__main__":
    main()

"""Records new runs of a peer in the layout of tests/golden, for scripts/check_parity.

usage: record_peers.py {motor,control,manipulation,quadcopter} GOLDEN SEED OUT

Run by the Python of the peer's environment. Every run of the file GOLDEN is recorded again, as long
as it was, under other actions, references and initial states, drawn from SEED; runs whose point is
their actions (scripted pushes, the gripper) stay.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable

import numpy as np

Arrays = dict[str, np.ndarray]


def names(golden: Arrays, prefix: str, depth: int) -> list[str]:
    """The runs below a prefix: keys cut to so many parts, in order."""
    cut = ("/".join(key.split("/")[:depth]) for key in golden if key.startswith(prefix))
    return list(dict.fromkeys(cut))


def of_run(arrays: Arrays, run: str) -> Arrays:
    """A run's arrays by their last names."""
    return {
        key[len(run) + 1 :]: array for key, array in arrays.items() if key.startswith(run + "/")
    }


def held(rng: np.random.Generator, draw: Callable[[], object], steps: int) -> np.ndarray:
    """Actions that stay for one to four steps: changing at each would leave nothing moving."""
    actions: list[object] = []
    while len(actions) < steps:
        actions.extend([draw()] * int(rng.integers(1, 5)))
    return np.array(actions[:steps])


def record_motor(golden: Arrays, rng: np.random.Generator) -> Arrays:
    """gym-electric-motor: default tasks without constraints, solved to 1e-12."""
    out: Arrays = {}
    for task in names(golden, "", 1):
        run = of_run(golden, task)
        kept = None
        while kept is None:
            kept = play_drive(task, len(run["action"]), rng)
        out.update({f"{task}/{key}": kept.get(key, array) for key, array in run.items()})
    return out


def play_drive(task: str, steps: int, rng: np.random.Generator) -> Arrays | None:
    """One run; None where dopri5 gave up (a voltage after rounding noise leaves it no step)."""
    import gym_electric_motor as gem
    from gym_electric_motor.physical_systems.solvers import ScipyOdeSolver

    solver = ScipyOdeSolver("dopri5", rtol=1e-12, atol=1e-14, nsteps=100000)
    env = gem.make(f"{task}-v0", ode_solver=solver, constraints=())
    space = env.action_space
    if task.startswith("Cont"):
        # Duties about a working point, where switching states are any.
        centre = rng.uniform(space.low / 2, space.high / 2)
        size = centre.shape
        action = held(rng, lambda: centre + rng.uniform(-0.4, 0.4, size), steps)
        action = np.clip(action, space.low, space.high)
    else:
        space.seed(int(rng.integers(1 << 31)))
        action = held(rng, space.sample, steps)
    (state, reference), _ = env.reset(seed=int(rng.integers(1 << 31)))
    ode, states, references, rewards = [solver.y.copy()], [state], [reference], []
    for step in action:
        (state, reference), reward, *_ = env.step(step)
        if not solver._ode.successful():
            return None
        ode.append(solver.y.copy())
        states.append(state)
        references.append(reference)
        rewards.append(reward)
    return {
        "action": action,
        "ode": np.array(ode),
        "state": np.array(states),
        "reference": np.array(references),
        "reward": np.array(rewards),
    }


def record_control(golden: Arrays, rng: np.random.Generator) -> Arrays:
    """controlgym: linear plants under forced controls and disturbances, fields without noise."""
    import controlgym

    # It makes errors of all warnings, and reads its files by a deprecated call.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    out: Arrays = {}
    for name in names(golden, "linear/", 2):
        run = of_run(golden, name)
        env = controlgym.make(name.split("/")[1])
        x = rng.normal(size=run["x0"].shape) * max(1e-3, float(np.abs(run["x0"]).max()))
        u = rng.normal(size=run["u"].shape) * max(1e-3, float(np.abs(run["u"]).max()))
        w = rng.normal(size=run["w"].shape) * float(np.abs(run["w"]).max())
        env.reset()
        env.state = x
        states, observations, rewards = [x], [], []
        for control, disturbance in zip(u, w, strict=True):
            observation, reward, *_ = env.step(control, disturbance)
            states.append(env.state)
            observations.append(observation)
            rewards.append(reward)
        every = 1 if len(x) <= 60 else len(x) // 40
        kept = {
            "x0": x,
            "u": u,
            "w": w,
            "state_every_6": np.array(states)[::6, ::every],
            "state_norm": np.linalg.norm(states, axis=1),
            "observation": np.array(observations),
            "reward": np.array(rewards),
        }
        out.update({f"{name}/{key}": kept.get(key, array) for key, array in run.items()})
    for name in names(golden, "pde/", 3):
        run = of_run(golden, name)
        env = controlgym.make(name.split("/")[1], process_noise_cov=0.0, sensor_noise_cov=0.0)
        initial = {
            key: float(array) * rng.uniform(0.9, 1.1)
            for key, array in run.items()
            if key.startswith("init_")
        }
        action = run["action"] * 0
        if not name.endswith("/zero"):
            largest = float(np.abs(run["action"]).max())
            action = rng.uniform(-largest, largest, run["action"].shape)
        env.reset(state=env.select_init_state(**initial))
        fields, observations, rewards = [env.state], [], []
        for step in action:
            observation, reward, *_ = env.step(step)
            fields.append(env.state)
            observations.append(observation)
            rewards.append(reward)
        every = next(key for key in run if key.startswith("state_every_"))
        kept = {
            **{key: np.array(value) for key, value in initial.items()},
            "action": action,
            every: np.array(fields)[:: int(every.rsplit("_", 1)[1])],
            "observation": np.array(observations),
            "reward": np.array(rewards),
        }
        out.update({f"{name}/{key}": kept.get(key, array) for key, array in run.items()})
    return out


def record_manipulation(golden: Arrays, rng: np.random.Generator) -> Arrays:
    """panda-gym: random actions and first observations of other seeds; a fresh environment each."""
    import gymnasium
    import panda_gym  # noqa: F401

    out: Arrays = {}
    for name in names(golden, "", 3):
        if name.startswith("reset/"):
            task = name.split("/")[1]
            seed = int(rng.integers(1 << 31))
            env = gymnasium.make(f"Panda{task}-v3").unwrapped
            observation, _ = env.reset(seed=seed)
            out.update({f"reset/{task}/{seed}/{key}": value for key, value in observation.items()})
            env.close()
    for name in names(golden, "random/", 2):
        run = of_run(golden, name)
        env = gymnasium.make(str(run["env_id"])).unwrapped
        seed = int(rng.integers(1 << 31))
        observation, _ = env.reset(seed=seed)
        simulation = env.robot.sim
        body, indices = simulation._bodies_idx["panda"], [0, 1, 2, 3, 4, 5, 6, 9, 10]
        client = simulation.physics_client

        def joints(client=client, body=body, indices=indices) -> list[float]:
            return [state[0] for state in client.getJointStates(body, indices)]

        seen: dict[str, list] = {key: [value] for key, value in observation.items()}
        poses, rewards, successes = [joints()], [], []
        action = rng.uniform(-1, 1, run["action"].shape)
        for step in action:
            observation, reward, _, _, info = env.step(step)
            for key, value in observation.items():
                seen[key].append(value)
            poses.append(joints())
            rewards.append(reward)
            successes.append(info["is_success"])
        kept = {
            "seed": np.array(seed),
            "action": action,
            **{key: np.array(values) for key, values in seen.items()},
            "joints": np.array(poses),
            "reward": np.array(rewards),
            "is_success": np.array(successes, float),
        }
        out.update({f"{name}/{key}": kept.get(key, array) for key, array in run.items()})
        env.close()
    rest = {
        key: array for key, array in golden.items() if not key.startswith(("reset/", "random/"))
    }
    return {**out, **rest}


def record_quadcopter(golden: Arrays, rng: np.random.Generator) -> Arrays:
    """gym-pybullet-drones' flights and tasks of rotor speeds, on PyBullet (peer_drones).

    What stands for the peer must first fly its recorded flights. Where the peer's position
    controller flies, the runs stay.
    """
    import peer_drones

    out: Arrays = {}
    for name in names(golden, "ctrl/", 3):
        run = of_run(golden, name)
        airframe = name.split("/")[1]
        drones = run["init_pos"].shape
        start = run["init_pos"] + rng.uniform(-0.1, 0.1, drones) + [0, 0, 0.1]
        rpy = run["init_rpy"] + rng.uniform(-0.2, 0.2, drones)
        steps, *size = run["rpm"].shape
        rpm = run["rpm"] * held(rng, lambda size=size: rng.uniform(0.99, 1.01, size), steps)
        kept = {"init_pos": start, "init_rpy": rpy, "rpm": rpm}
        for physics in sorted(set(run) - set(kept)):
            begin = run["init_pos"], run["init_rpy"], run["rpm"]
            there = peer_drones.fly(airframe, physics, *begin, 20)
            if np.abs(there - run[physics]).max() > 1e-12:
                raise SystemExit(f"{name}/{physics}: what stands for the peer flies otherwise")
            kept[physics] = peer_drones.fly(airframe, physics, start, rpy, rpm, 20)
        out.update({f"{name}/{key}": array for key, array in kept.items()})
    for task in ("hover", "multihover"):
        for action in ("rpm", "one_d_rpm"):
            name = f"{task}/{action}"
            run = of_run(golden, name)
            there = peer_drones.learn(task, run["action"])
            if np.abs(there["observation"] - run["observation"]).max() > 1e-6:  # float32
                raise SystemExit(f"{name}: what stands for the peer flies otherwise")
            # As recorded: more up than down, so that it leaves the ground.
            kept = peer_drones.learn(task, rng.uniform(-0.2, 0.4, (90, *run["action"].shape[1:])))
            out.update({f"{name}/{key}": array for key, array in kept.items()})
    return {**golden, **out}


RECORD = {
    "motor": record_motor,
    "control": record_control,
    "manipulation": record_manipulation,
    "quadcopter": record_quadcopter,
}


def main() -> None:
    """Records the runs of one file."""
    family, file, seed, out = sys.argv[1:]
    warnings.simplefilter("ignore")
    with np.load(file) as archive:
        golden = {key: archive[key] for key in archive.files}
    np.savez_compressed(out, **RECORD[family](golden, np.random.default_rng(int(seed))))


if __name__ == "__main__":
    main()

"""Tasks written in Python, and rewards of one's own."""

import importlib.util
import itertools
import pickle
import sys

import bindings.test_every_env as every
import flyball
import gymnasium as gym
import numpy as np
import pytest
from bindings.helpers import ROOT, assert_same, make, make_vec, run_script

VERSIONS = itertools.count(1)  # of ids that are registered once each


class Drift(flyball.Task):
    """A point drifts by its action; `hidden` decides its future and is no part of the state."""

    observation = (flyball.field("observation", (1,)),)
    action = flyball.field("action", (1,), low=-1, high=1, dtype="float32")
    info = (flyball.field("hidden"), flyball.field("is_far", dtype="bool"))
    state = (flyball.field("x", (1,), unit="m"),)
    forced = state
    memory = ("hidden",)
    options = {"gain": 0.5, "breaks_at": 0}  # noqa: RUF012
    control_period, max_episode_steps = 0.1, 9

    def __init__(self, num_rows, gain, breaks_at):
        super().__init__(num_rows)
        self.gain, self.breaks_at = gain, breaks_at
        self.x, self.hidden = np.zeros((num_rows, 1)), np.zeros(num_rows)

    def reset(self, rows, rng, forced):
        self.x[rows] = forced.get("x", rng.uniform(-1, 1, (len(rows), 1)))
        self.hidden[rows] = 0
        return self.x[rows], {"hidden": self.hidden[rows]}

    def step(self, rows, actions):
        self.hidden[rows] += 1
        self.x[rows] += self.gain * actions + 0.01 * self.hidden[rows, None]
        x = self.x[rows, 0]
        reward = np.where(self.hidden[rows] == self.breaks_at, np.nan, -np.abs(x))
        info = {"hidden": self.hidden[rows], "is_far": np.abs(x) > 1}
        return self.x[rows], reward, np.abs(x) > 2, info


class Bits(flyball.Task):
    """Dictionaries of observations, a Discrete action, an end of its own."""

    observation = (flyball.field("bit", (2,), low=0, high=1), flyball.field("count", low=0))
    action = flyball.Action("discrete", flyball.field("action", dtype="int64"), (2,))
    state = (flyball.field("bit", (2,)), flyball.field("count"))

    def __init__(self, num_rows):
        super().__init__(num_rows)
        self.bit, self.count = np.zeros((num_rows, 2)), np.zeros(num_rows)

    def reset(self, rows, rng, forced):
        self.bit[rows] = rng.integers(0, 2, (len(rows), 2))
        self.count[rows] = 0
        return {"bit": self.bit[rows], "count": self.count[rows]}, None

    def step(self, rows, actions):
        self.bit[rows, 0] = actions
        self.count[rows] += 1
        done = self.bit[rows].all(axis=1)
        observation = {"bit": self.bit[rows], "count": self.count[rows]}
        return observation, done * 1.0, done, self.count[rows] >= 4, {}


def example(name):
    """Import a script of docs/examples."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / f"docs/examples/{name}.py")
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


flyball.register(Drift, "Drift-v1")
flyball.register(Bits, "Bits-v1")
example("push_with_obstacle")
TASKS = [
    ("Drift-v1", {}),
    ("Bits-v1", {}),
    ("PushWithObstacle-v1", {"engine": "mujoco"}),
    ("PushWithObstacle-v1", {"engine": "bullet"}),
]


@pytest.mark.parametrize(("env_id", "options"), TASKS)
@pytest.mark.parametrize(
    "check",
    [
        every.test_spec_is_sane_and_json,
        every.test_registered_limit_is_at_least_the_presets,
        every.test_gymnasium_checker,
        every.test_reset_repeats_with_a_seed_and_goes_on_without,
        every.test_snapshot_then_step_is_bit_identical,
        every.test_pickle_and_deepcopy_carry_on,
        every.test_forced_states_read_back,
        every.test_numbers_of_rows_and_threads_change_nothing,
        every.test_policies_act_in_the_action_space,
    ],
)
def test_a_task_is_an_environment_like_any_other(check, env_id, options):
    check(env_id, options)


@pytest.mark.parametrize(("env_id", "options"), TASKS)
@pytest.mark.parametrize("mode", ["NextStep", "SameStep"])
def test_rows_of_a_task(env_id, options, mode):
    every.test_row_i_is_the_single_environment_of_its_seed(env_id, options, mode)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("env_id", "options"), TASKS)
def test_observations_of_a_task(env_id, options, dtype):
    every.test_observations_are_in_their_space(env_id, options, dtype)


def test_what_a_task_computes():
    env = make("Drift-v1", dtype="float64", gain=1.0).unwrapped
    env.reset(seed=1, options={"x": [0.25]})
    observation, reward, terminated, truncated, info = env.step([5.0])  # clipped to 1
    assert observation[0] == 0.25 + 1.0 + 0.01
    assert (reward, terminated, truncated) == (-1.26, False, False)
    assert info == {"hidden": 1.0, "is_far": True}
    bits = make("Bits-v1").unwrapped
    bits.reset(seed=0)
    assert [bits.step(0)[3] for _ in range(4)] == [False, False, False, True]


def test_rows_of_a_task_that_are_no_numbers_are_cut():
    envs = make_vec("Drift-v1", 3, breaks_at=4)
    envs.reset(seed=1)
    actions = np.zeros((3, 1), np.float32)
    envs.step(actions)
    envs.reset(options={"reset_mask": np.array([True, False, True])})
    for _ in range(2):
        envs.step(actions)
    *_, truncated, _ = envs.step(actions)
    np.testing.assert_array_equal(truncated, [False, True, False])
    np.testing.assert_array_equal(envs.row_status, [0, 1, 0])


def test_a_task_whose_engine_fails_is_cut():
    class Explodes(example("push_with_obstacle").PushWithObstacle):
        def step(self, rows, actions):
            return super().step(rows, np.where(actions > 0.9, 1e300, actions))

    flyball.register(Explodes, "Explodes-v1")
    envs = make_vec("Explodes-v1", 3)
    before, _ = envs.reset(seed=1)
    observations, _, _, truncated, _ = envs.step(np.array([[0, 0], [1, 1], [0, 0]], np.float32))
    np.testing.assert_array_equal(envs.row_status, [0, 1, 0])
    np.testing.assert_array_equal(truncated, [False, True, False])
    assert_same(observations[1], before[1])
    envs.step(np.zeros((3, 2), np.float32))
    assert not envs.row_status.any()


def test_errors_of_tasks():
    with pytest.raises(flyball.InputError, match=r"a subclass of flyball.Task"):
        flyball.register(dict, "Dict-v1")
    with pytest.raises(flyball.InputError, match="registered already"):
        flyball.register(Drift, "Drift-v1")

    class Wrong(Drift):
        def step(self, rows, actions):
            return (*super().step(rows, actions)[:-1], {"hiden": 1.0})

    class Raises(Drift):
        def step(self, rows, actions):
            raise KeyError("mine")

    flyball.register(Wrong, "Wrong-v1")
    flyball.register(Raises, "Raises-v1")
    for threads in (1, 2):
        for env_id, error in (("Wrong-v1", flyball.InputError), ("Raises-v1", KeyError)):
            envs = make_vec(env_id, 4, threads=threads)
            envs.reset(seed=1)
            with pytest.raises(error, match=r"hidden|mine"):
                envs.step(np.zeros((4, 1), np.float32))


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        ({"observation": ()}, r"a task has one field of observation or more, .* got \(\)"),
        ({"action": None}, "an action, which is a field or a flyball.Action; got .* None"),
        ({"max_episode_steps": -3}, "max_episode_steps is -3; a whole number, 0 or more"),
        ({"max_episode_steps": 2.5}, "max_episode_steps is 2.5"),
        ({"control_period": 0.0}, "control_period is 0.0; a number above 0 s"),
    ],
)
def test_a_task_that_describes_itself_wrongly(attributes, why):
    with pytest.raises(flyball.InputError, match=why):
        flyball.register(type("Misdescribed", (Drift,), attributes), "Misdescribed-v1")
    assert "Misdescribed-v1" not in flyball.list_envs()


def returning(change):
    """Make a Drift whose step returns something else."""

    def step(self, rows, actions):
        return change(Drift.step(self, rows, actions))

    return {"step": step}


def leaving(**arrays):
    """Make a Drift that has other arrays."""

    def start(self, num_rows, **options):
        Drift.__init__(self, num_rows, **options)
        vars(self).update(arrays)

    return {"__init__": start}


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        (leaving(x=np.zeros((4, 2))), r"array 'x' of the task has shape \(4, 2\); \(4, 1\)"),
        (leaving(hidden=np.zeros(3)), r"array 'hidden' of the task has shape \(3,\); \(4,\)"),
        (leaving(x=[0.0] * 4), "state 'x' is neither an array nor a property"),
        ({"state": (flyball.field("y"),)}, "state 'y' is neither an array nor a property"),
        ({"memory": ("hiden",)}, r"memory \['hiden'\] are no arrays"),
        ({"reset": lambda self, rows, rng, forced: None}, r"reset returns \(observation, info\)"),
        (returning(lambda r: None), "step returns .*; got None"),
        (returning(lambda r: r[:3]), r"step returns \(observation, reward, terminated, info\)"),
        (returning(lambda r: ("far", *r[1:])), "'observation' is an array of .* dtype <U3"),
        (returning(lambda r: (r[0][:, :0], *r[1:])), r"'observation' is .* shape \(4, 0\)"),
        (returning(lambda r: ({"seen": r[0]}, *r[1:])), r"dictionary of \['observation'\]"),
        (returning(lambda r: (r[0], np.zeros(7), *r[2:])), r"'reward' is .* shape \(7,\)"),
        (returning(lambda r: (*r[:2], None, r[3])), "'terminated' is .* dtype object"),
        (returning(lambda r: (*r[:3], {"hidden": [1.0]})), r"'hidden' is .* shape \(1,\)"),
    ],
)
def test_a_task_that_gives_what_does_not_fit(attributes, why):
    env_id = f"Misfit-v{next(VERSIONS)}"
    flyball.register(type("Misfit", (Drift,), attributes), env_id)
    with pytest.raises(flyball.InputError, match=why):  # noqa: PT012
        envs = make_vec(env_id, 4)
        envs.reset(seed=1)
        envs.step(np.zeros((4, 1), np.float32))


def test_a_task_in_other_processes():
    script = f"""
import sys; sys.path.insert(0, {str(ROOT / "docs/examples")!r})
import gymnasium as gym, numpy as np, push_with_obstacle
if __name__ == "__main__":
    native = gym.make_vec("flyball/PushWithObstacle-v1", num_envs=2)
    envs = gym.make_vec("flyball/PushWithObstacle-v1", num_envs=2, vectorization_mode="async",
                        vector_kwargs=dict(context="spawn"))
    a, b = envs.reset(seed=5)[0], native.reset(seed=5)[0]
    action = np.ones((2, 2), np.float32)
    for _ in range(10):
        assert np.array_equal(a, b)
        a, b = envs.step(action)[0], native.step(action)[0]
    envs.close()
    print("equal")
"""
    assert run_script(script) == "equal\n"


def distance_reward(columns):
    goal = columns["desired_goal"] - columns["achieved_goal"]
    return -np.linalg.norm(goal, axis=1) + 0.1 * columns["is_success"]


@pytest.mark.parametrize("mode", ["NextStep", "SameStep"])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_reward_of_ones_own(mode, threads):
    settings = {"autoreset_mode": mode, "threads": threads, "max_episode_steps": 5}
    envs = make_vec("ToyGoal-v1", 6, reward=distance_reward, **settings)
    plain = make_vec("ToyGoal-v1", 6, **settings)
    envs.reset(seed=1)
    plain.reset(seed=1)
    envs.action_space.seed(2)
    total = np.zeros(6)
    for _ in range(12):
        actions = envs.action_space.sample()
        waiting = envs.columns["ended"].copy() if mode == "NextStep" else np.zeros(6, bool)
        observation, rewards, terminated, truncated, infos = envs.step(actions)
        expected = plain.step(actions)
        assert_same((observation, terminated, truncated), (expected[0], *expected[2:4]))
        final = {k: v.copy() for k, v in observation.items()}
        success = infos["is_success"].copy()
        for row in np.flatnonzero((terminated | truncated) & (mode == "SameStep")):
            for key in final:
                final[key][row] = infos["final_obs"][row][key]
            success[row] = infos["final_info"]["is_success"][row]
        wanted = distance_reward({**final, "is_success": success}).astype(np.float64)
        np.testing.assert_array_equal(rewards, np.where(waiting, 0.0, wanted))
        total = np.where(waiting, 0.0, total + rewards)
        ended = terminated | truncated
        np.testing.assert_allclose(envs.columns["episode_return"][ended], total[ended], rtol=1e-12)
        total[ended] = 0.0


def test_columns_by_name():
    seen = {}

    def reward(columns):
        seen["names"] = columns.names()
        for name in ("x", "x0", "x1", "y", "force", "energy", "pair", "reward", "terminated"):
            seen[name] = columns[name]
        return columns["x0"][:, 0]

    env = make("ToyCart-v1", reward=reward, dtype="float64").unwrapped
    plain = make("ToyCart-v1").unwrapped
    env.reset(seed=1)
    plain.reset(seed=1)
    result = env.step([0.5])
    assert result[1] == env.state["x"][0] == seen["x"][0, 0]
    np.testing.assert_array_equal(seen["pair"], seen["x"])
    np.testing.assert_array_equal(seen["x1"], seen["x"][:, 1:])
    assert seen["force"] == 0.5
    assert seen["reward"] == plain.step([0.5])[1]
    assert {"x", "x0", "y", "energy", "action", "reward"} <= set(seen["names"])
    copied = pickle.loads(pickle.dumps(make("ToyGoal-v1", reward=distance_reward).unwrapped))
    assert copied.reset(seed=1)[0].keys() == {"observation", "achieved_goal", "desired_goal"}
    assert copied.step([0.0, 0.0])[1] not in (0.0, -1.0)


@pytest.mark.parametrize(
    ("reward", "match"),
    [
        (lambda columns: columns["enrgy"], "did you mean 'energy'"),
        (lambda columns: np.nan, "finite numbers"),
        (lambda columns: np.zeros(7), r"shape \(1,\)"),
        ("energy", "a function of columns"),
    ],
)
def test_bad_rewards(reward, match):
    def use():
        env = gym.make("flyball/ToyCart-v1", reward=reward)
        env.reset(seed=1)
        env.step(np.zeros(1, np.float32))

    with pytest.raises(flyball.InputError, match=match):
        use()

"""Wrong input is refused before anything changes, with the name, the value and what is allowed."""

import flyball
import gymnasium as gym
import numpy as np
import pytest
from bindings.helpers import assert_same, make, make_vec


def refused(match):
    return pytest.raises(flyball.InputError, match=match)


def test_error_types():
    assert issubclass(flyball.InputError, ValueError)
    assert issubclass(flyball.DataError, OSError)
    assert issubclass(flyball.PhysicsError, RuntimeError)
    for error in (flyball.InputError, flyball.DataError, flyball.PhysicsError):
        assert issubclass(error, flyball.Error)


def test_unknown_id():
    with refused(r"'ToyKart-v1'; did you mean 'ToyCart-v1'"):
        flyball.spec("ToyKart-v1")
    with refused("did you mean 'ToyCart-v1'"):
        flyball.Env("ToyKart-v1")
    with pytest.raises(gym.error.NameNotFound, match="ToyCart"):
        gym.make("flyball/ToyKart-v1")


def test_options():
    with refused("'presett'; did you mean 'preset'"):
        make("ToyCart-v1", presett="default")
    with refused("'shorty'; did you mean 'short'"):
        make("ToyCart-v1", preset="shorty")
    with refused(r"fails_at.*-1 is out of range \[0"):
        make("ToyCart-v1", fails_at=-1)
    with refused("fails_at.*an integer expected, got text"):
        make_vec("ToyCart-v1", 2, fails_at="soon")
    with refused("fails_at.*got <object"):
        make("ToyCart-v1", fails_at=object())
    with refused("does not fit into 64 bits"):
        make("ToyCart-v1", fails_at=2**64)


def test_options_from_numpy_and_tuples():
    assert flyball.spec("ToyCart-v1", fails_at=np.int64(3)).options["fails_at"] == 3
    with refused("expected, got list"):
        flyball.spec("ToyCart-v1", fails_at=(1, np.float32(2.5), np.zeros(3)))


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (np.zeros(2, np.float32), r"shape \(2,\).*shape \(1,\)"),
        (np.float32(0.0), r"shape \(\)"),
        (np.zeros((1, 1)), r"shape \(1, 1\)"),
        (np.array(["a"]), "dtype <U1"),
        (np.array([True]), "dtype bool"),
        (np.array([1j]), "dtype complex128"),
        (np.array([None]), "dtype object"),
        (None, "dtype object"),
        (np.array([np.nan], np.float32), "component 0 is NaN; finite"),
        (np.array([np.inf]), "component 0 is Infinity; finite"),
        (np.array([1e300]), "component 0 is Infinity; finite"),
        ([[1.0], [1.0, 2.0]], "cannot be made an array"),
    ],
)
def test_box_action(action, why):
    env = make("ToyCart-v1").unwrapped
    env.reset(seed=1)
    before = env.snapshot()
    with refused("ToyCart-v1: action.*" + why):
        env.step(action)
    assert env.snapshot() == before


@pytest.mark.parametrize(
    "action",
    [np.array([0.5]), [0.5], np.array([0.5], np.float16), np.array([[0.5, 9.0]])[:, 0]],
)
def test_box_action_of_another_kind_of_number(action):
    env, other = (make("ToyCart-v1").unwrapped for _ in range(2))
    env.reset(seed=1)
    other.reset(seed=1)
    assert_same(env.step(action), other.step(np.array([0.5], np.float32)))


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (2, "component 0 is 2; 0 to 1"),
        (-1, "component 0 is -1"),
        (2**70, "component 0 is -1"),
        (1.0, "dtype float64"),
        (np.array([1]), r"shape \(1,\).*shape \(\)"),
        (True, "dtype bool"),
        ("1", "dtype <U1"),
    ],
)
def test_discrete_action(action, why):
    env = make("ToySwitch-v1").unwrapped
    env.reset(seed=1)
    with refused("ToySwitch-v1: action.*" + why):
        env.step(action)


@pytest.mark.parametrize("action", [1, np.int64(1), np.int32(1), np.array(1), np.uint8(1)])
def test_discrete_action_of_another_kind_of_integer(action):
    env = make("ToySwitch-v1").unwrapped
    observation, _ = env.reset(seed=1)
    assert env.step(action)[0] == observation + 1


def test_vector_action():
    envs = make_vec("ToyCart-v1", 3)
    envs.reset(seed=1)
    before = envs.state
    with refused(r"shape \(2, 1\).*shape \(3, 1\)"):
        envs.step(np.zeros((2, 1), np.float32))
    with refused("action of row 2, component 0 is NaN"):
        envs.step(np.array([[0], [1], [np.nan]]))
    with refused("dtype <U1"):
        envs.step(np.array([["a"], ["b"], ["c"]]))
    assert_same(envs.state, before)


def test_step_before_reset():
    with refused("before the first reset"):
        make("ToyCart-v1").unwrapped.step(np.zeros(1))
    with refused("before the first reset"):
        make_vec("ToyCart-v1", 2).step(np.zeros((2, 1)))


def test_step_after_close():
    env, envs = make("ToyCart-v1").unwrapped, make_vec("ToyCart-v1", 2)
    for closed in (env, envs):
        closed.reset(seed=1)
        closed.close()
        closed.close()
        with pytest.raises(RuntimeError, match="closed"):
            closed.step(np.zeros((2, 1)))


def test_forced_state():
    env, envs = make("ToyCart-v1").unwrapped, make_vec("ToyCart-v1", 3)
    env.reset(seed=1)
    envs.reset(seed=1)
    before = env.snapshot(), envs.state
    for refusing in (env, envs):
        with refused("'y'; did you mean 'x'"):
            refusing.reset(options={"y": [1, 2]})
        with refused("'x' has 5 numbers; 2 "):
            refusing.reset(options={"x": np.zeros(5)})
        with refused(r"'x'\[1\] is NaN"):
            refusing.reset(options={"x": [0, np.nan]})
        with refused("'x' is 'far'; numbers are needed"):
            refusing.reset(options={"x": "far"})
        with refused("'x' is None; numbers are needed"):
            refusing.reset(options={"x": None})
        with refused("beyond 100 m"):
            refusing.reset(options={"x": [101, 0]})
        for options in (3, [1.0], "x"):
            with refused(r"ToyCart-v1, reset: options is .*; a dictionary of values by name"):
                refusing.reset(options=options)
    assert env.snapshot() == before[0]
    assert_same(envs.state, before[1])


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, "zero"])
def test_seed(seed):
    for refusing in (make("ToyCart-v1").unwrapped, make_vec("ToyCart-v1", 2)):
        with refused("seed: an integer from 0"):
            refusing.reset(seed=seed)


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, "zero", None])
def test_seeds_of_generators(seed):
    for refusing in (flyball.Rng, lambda seed: flyball.spawn_seeds(seed, 3)):
        with refused("seed is .*; an integer from 0 to 18446744073709551615 is needed"):
            refusing(seed)
    with refused("n is -1; an integer from 0"):
        flyball.spawn_seeds(1, -1)
    with refused("n is 2.5"):
        flyball.spawn_seeds(1, 2.5)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"num_envs": 0}, "num_envs is 0; a whole number, 1 or more, is needed"),
        ({"num_envs": 2.5}, "num_envs is 2.5"),
        ({"threads": "two"}, "threads is 'two'; a whole number, 0 or more"),
        ({"threads": -1}, "threads is -1"),
        ({"groups": 3}, "groups is 3; 1 to num_envs"),
        ({"groups": None}, "groups is None"),
        ({"max_episode_steps": -5}, "max_episode_steps is -5"),
        ({"max_episode_steps": 0}, "max_episode_steps is 0; at least 1 is needed, or -1"),
        ({"max_episode_steps": 1.5}, "max_episode_steps is 1.5"),
        ({"render_mode": "rgb_array", "width": 0}, "width is 0; a whole number, 1 to 4096"),
        ({"render_mode": "rgb_array", "height": "tall"}, "height is 'tall'"),
    ],
)
def test_arguments_of_vector_environments(arguments, why):
    with refused(why):
        make_vec("ToyCart-v1", **{"num_envs": 2, **arguments})


@pytest.mark.parametrize("threads", [1, 3])
def test_groups_under_way(threads):
    envs = make_vec("ToyCart-v1", 4, groups=2, threads=threads)
    envs.reset(seed=1)
    actions = envs.action_space.sample()
    snapshot = envs.snapshot(0)
    with refused("group 0 is received without having been sent"):
        envs.recv(0)
    envs.send(actions[2:], 1)
    for refusing, why in (
        (lambda: envs.send(actions[2:], 1), "group 1 was sent already"),
        (lambda: envs.recv(0), "group 0 is received without"),
        (lambda: envs.step(actions), "step while group 1 is under way"),
        (lambda: envs.reset(), "reset while group 1"),
        (lambda: envs.snapshot(0), "saving while group 1"),
        (lambda: envs.restore(0, snapshot), "loading while group 1"),
        (lambda: envs.state, "reading states while group 1"),
    ):
        with refused(why):
            refusing()
    envs.recv(1)
    envs.step(actions)


def test_seed_list_of_wrong_length():
    with refused("3 seeds given for 2"):
        make_vec("ToyCart-v1", 2).reset(seed=[1, 2, 3])


def test_snapshots_of_others():
    env = make("ToyCart-v1").unwrapped
    env.reset(seed=1)
    good = env.snapshot()

    other = make("ToySwitch-v1").unwrapped
    other.reset(seed=1)
    with pytest.raises(flyball.DataError, match="'ToyCart-v1' cannot be restored into 'ToySwitch"):
        other.restore(good)
    preset = make("ToyCart-v1", preset="short").unwrapped
    with pytest.raises(flyball.DataError, match="'preset' is \"default\" in the snapshot"):
        preset.restore(good)
    for broken in (b"", b"nonsense", good[:-1], good[:40], good + b"x"):
        with pytest.raises(flyball.DataError, match=r"snapshot|checksum"):
            env.restore(broken)
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 1
    with pytest.raises(flyball.DataError, match="damaged"):
        env.restore(bytes(flipped))
    version = bytearray(good)
    version[8] += 1
    with pytest.raises(flyball.DataError, match="version"):
        env.restore(bytes(version))
    with pytest.raises(TypeError):
        env.restore(3)
    assert env.snapshot() == good


def test_vector_rows_and_groups_that_are_not_there():
    envs = make_vec("ToyCart-v1", 4, groups=2)
    envs.reset(seed=1)
    with refused("row 4 does not exist; 0 to 3"):
        envs.snapshot(4)
    with refused("row -1 does not exist"):
        envs.restore(-1, envs.snapshot(0))
    with refused("group 2 does not exist; 0 to 1"):
        envs.send(np.zeros((2, 1)), 2)
    with refused("'SomeStep'; did you mean 'SameStep'"):
        make_vec("ToyCart-v1", 2, autoreset_mode="SomeStep")


@pytest.mark.parametrize(
    "mask", [[True, False], np.ones(2), np.ones(3, bool), np.zeros(2, bool), "all"]
)
def test_reset_mask(mask):
    envs = make_vec("ToyCart-v1", 2, autoreset_mode="Disabled")
    with refused("reset_mask is a bool array of shape"):
        envs.reset(options={"reset_mask": mask})


def test_policy():
    env = make("ToyGoal-v1")
    with refused("'seak'; did you mean 'seek'"):
        flyball.policy("seak", env)
    with refused("a flyball environment is needed"):
        flyball.policy("seek", gym.make("CartPole-v1"))


def test_plugin_that_is_not_there():
    with pytest.raises(flyball.DataError, match="cannot load '/nowhere"):
        flyball.load("/nowhere/libnothing.so")


def test_no_rewards_of_goals():
    with refused("no compute_reward"):
        make("ToyCart-v1").unwrapped.compute_reward([0.0], [1.0])


def test_linearize_what_is_not_smooth():
    with refused("not smooth"):
        flyball.linearize(make("ToyGoal-v1"))

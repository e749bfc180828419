"""flyball.Env beyond what test_every_env.py asks of every environment."""

import gc
import weakref
from copy import deepcopy

import flyball
import gymnasium as gym
import numpy as np
import pytest
from bindings.helpers import TOYS, assert_same, make, run_script


def test_gymnasium_counts_the_steps_and_the_core_does_not():
    env = make("ToyCart-v1")
    env.reset(seed=1)
    truncated = [env.step(np.zeros(1, np.float32))[3] for _ in range(20)]
    assert truncated == [False] * 19 + [True]

    inner = env.unwrapped
    inner.reset()
    assert not any(inner.step(np.zeros(1, np.float32))[3] for _ in range(30))

    longer = make("ToyCart-v1", max_episode_steps=25)
    longer.reset(seed=1)
    assert [longer.step(np.zeros(1, np.float32))[3] for _ in range(25)] == [False] * 24 + [True]


def test_a_preset_with_a_shorter_limit_counts_itself():
    env = make("ToyCart-v1", preset="short")
    env.reset(seed=1)
    assert [env.step(np.zeros(1))[3] for _ in range(4)] == [False, False, False, True]


def test_info_is_plain_numbers_and_fresh_arrays():
    env = make("ToyCart-v1").unwrapped
    env.reset(seed=1)
    _, _, _, _, info = env.step(np.ones(1, np.float32))
    kinds = {"energy": float, "count": int, "is_large": bool, "pair": np.ndarray}
    assert {name: type(value) for name, value in info.items()} == kinds
    x = env.state["x"]
    assert info["energy"] == x[0] ** 2
    assert info["count"] == 1
    np.testing.assert_array_equal(info["pair"], x)


# Drives show one array, arms a dictionary of them; both tell arrays and numbers besides.
RECYCLED = ["Motor-Cont-CC-PMSM-v1", "PandaReach-v1"]


@pytest.mark.parametrize("env_id", RECYCLED)
@pytest.mark.parametrize("held", [1, 2, 3, 20])
def test_results_that_somebody_holds_stay_as_they_were(env_id, held):
    env = make(env_id).unwrapped
    results = [env.reset(seed=1)]
    copies = [deepcopy(list(results[0]))]
    for _ in range(40):
        observation, _, _, _, info = env.step(env.action_space.sample() * 0.01)
        results.append((observation, info))
        copies.append(deepcopy([observation, info]))
        results, copies = results[-held:], copies[-held:]
        for result, copy in zip(results, copies, strict=True):
            assert_same(list(result), copy)
    # Parts are results too: what somebody has of a dictionary is not written to later.
    observation, _, _, _, info = env.step(env.action_space.sample())
    groups = [group for group in (observation, info) if isinstance(group, dict)]
    parts = [value for group in groups for value in group.values()]
    parts.append(info.popitem()[1])
    before = deepcopy(parts)
    del observation, info, groups
    for _ in range(5):
        env.step(env.action_space.sample())
    assert_same(parts, before)


@pytest.mark.parametrize("env_id", RECYCLED)
def test_what_users_did_to_results_does_not_come_back(env_id):
    env, twin = make(env_id).unwrapped, make(env_id).unwrapped
    watched = []

    def arrays(observation):
        return list(observation.values()) if isinstance(observation, dict) else [observation]

    def any_array(observation, info):
        found = [value for value in info.values() if isinstance(value, np.ndarray)]
        return (found or arrays(observation))[-1]

    mistreatments = [
        lambda o, i: i.update(mine=1),
        lambda o, i: i.clear(),
        lambda o, i: i.pop(next(iter(i))),
        lambda o, i: i.update({next(iter(i)): i.pop(next(iter(i)))}),  # last instead of first
        lambda o, i: i.update({next(iter(i)): "mine"}),
        lambda o, i: i.update(mine=env),
        lambda o, i: arrays(o)[0].fill(7),
        lambda o, i: setattr(arrays(o)[0], "shape", (1, -1)),
        lambda o, i: setattr(arrays(o)[0], "dtype", np.uint8),
        lambda o, i: arrays(o)[0].setflags(write=False),
        lambda o, i: arrays(o)[0].resize(1, refcheck=False),
        lambda o, i: watched.append(weakref.ref(arrays(o)[0])),
        lambda o, i: setattr(any_array(o, i), "shape", (1, -1)),
        lambda o, i: watched.append(weakref.ref(any_array(o, i))),
        lambda o, i: i.update({name: value for name, value in list(i.items())[:1]}),
    ]
    env.reset(seed=1)
    twin.reset(seed=1)
    kept = []
    for mistreat in mistreatments:
        for _ in range(3):
            action = env.action_space.sample() * 0.01
            observation, _, _, _, info = env.step(action)
            expected = twin.step(action)
            kept.append(expected)
            assert_same([observation, info], [expected[0], expected[4]])
            assert list(info) == list(expected[4])
            for array in [*arrays(observation), any_array(observation, info)]:
                assert array.flags.writeable
                array += 0
        mistreat(observation, info)
        del observation, info, array
    assert all(reference() is None for reference in watched)


def test_info_that_knows_its_environment_does_not_keep_it_alive():
    env = make("Motor-Cont-CC-PMSM-v1").unwrapped
    env.reset(seed=1)
    env.step(env.action_space.sample())[4].update(mine=env)
    gone = weakref.ref(env)
    del env
    gc.collect()
    assert gone() is None


def test_discrete_and_multi_discrete():
    switch = make("ToySwitch-v1").unwrapped
    assert switch.action_space == gym.spaces.Discrete(2)
    pair = make("ToyPair-v1").unwrapped
    assert pair.action_space == gym.spaces.MultiDiscrete([3, 3])
    observation, _ = pair.reset(seed=2)
    after, _, _, _, info = pair.step([0, 2])
    np.testing.assert_array_equal(after - observation, [[-1], [1]])
    np.testing.assert_array_equal(info["moves"], [1, 1])


def test_forced_state_and_out_of_bounds_actions():
    env = make("ToyCart-v1", dtype="float64").unwrapped
    observation, _ = env.reset(seed=1, options={"x": [1.0, 2.0]})
    assert observation == 2 * 1.0 - 1 * 2.0
    env.step(np.array([50.0]))  # clipped to 2 N
    np.testing.assert_allclose(env.state["x"], [1.2 + 0.01, 1.6 + 0.2], rtol=1e-15)


def test_reset_without_a_seed_differs_between_environments():
    # Two draws of 56 bits from the system are the same once in 10^16.
    a, b = make("ToyCart-v1").unwrapped, make("ToyCart-v1").unwrapped
    assert a.reset()[0] != b.reset()[0]
    assert a.np_random_seed != b.np_random_seed
    again = make("ToyCart-v1").unwrapped
    assert_same(again.reset(seed=a.np_random_seed)[1], a.unwrapped._outputs()[1])


@pytest.mark.parametrize("env_id", ["QuadHover-v1", "PandaReach-v1", "Motor-Cont-CC-PMSM-v1"])
def test_going_on_without_options_is_a_reset_like_any_other(env_id):
    # The next episode in one call to C, and in the calls that forced values take.
    short, long = make(env_id).unwrapped, make(env_id).unwrapped
    assert_same(short.reset(seed=3), long.reset(seed=3))
    for episode in range(3):
        action = short.action_space.sample() if episode else 0 * short.action_space.sample()
        assert_same(short.step(action), long.step(action))
        assert_same(short.reset(), long.reset(options={}))
    short.close()
    with pytest.raises(RuntimeError, match="closed"):
        short.reset()


def test_a_failing_engine_ends_the_episode_only():
    env = make("ToyCart-v1", fails_at=3).unwrapped
    env.reset(seed=1)
    results = [env.step(np.ones(1, np.float32)) for _ in range(3)]
    assert [result[2:4] for result in results] == [(False, False), (False, False), (False, True)]
    assert results[2][1] == 0.0
    assert_same(results[2][0], results[1][0])  # rolled back
    env.reset()
    assert env.step(np.ones(1, np.float32))[3] is False


def test_compute_reward_is_the_reward():
    env = make("ToyGoal-v1").unwrapped
    env.reset(seed=4)
    policy = flyball.policy("seek", env)
    observation = env.reset(seed=4)[0]
    achieved, desired, rewards = [], [], []
    for _ in range(12):
        observation, reward, terminated, _, info = env.step(policy(observation))
        achieved.append(observation["achieved_goal"])
        desired.append(observation["desired_goal"])
        rewards.append(reward)
        assert env.compute_reward(achieved[-1], desired[-1], info) == reward
        if terminated:
            break
    assert rewards[-1] == 0.0
    np.testing.assert_array_equal(env.compute_reward(achieved, desired, {}), rewards)
    stacked = np.stack([achieved, achieved]), np.stack([desired, desired])
    assert env.compute_reward(*stacked, [{}]).shape == (2, len(rewards))


def test_linearize_finds_the_matrices():
    env = make("ToyCart-v1")
    env.reset(seed=1)
    before = env.unwrapped.snapshot()
    model = flyball.linearize(env, {"x": [0.3, -0.1]}, [0.5])
    # Central differences of a linear map: rounding over the step width, 1e-16 / 1e-5.
    np.testing.assert_allclose(model.A, [[1.0, 0.1], [-0.2, 0.9]], atol=1e-10)
    np.testing.assert_allclose(model.B, [[0.005], [0.1]], atol=1e-10)
    np.testing.assert_allclose(model.C, [[2.0, -1.0]], atol=1e-10)
    np.testing.assert_array_equal(model.D, [[0.0]])
    assert env.unwrapped.snapshot() == before
    # At a bound of the action, and around where the environment is.
    np.testing.assert_allclose(flyball.linearize(env, None, [2.0]).B, model.B, atol=1e-10)
    np.testing.assert_allclose(flyball.linearize(env, [0.1, 0.2]).A, model.A, atol=1e-10)
    with pytest.raises(flyball.InputError, match="3 numbers; 2"):
        flyball.linearize(env, [1, 2, 3])
    with pytest.raises(flyball.InputError, match="did you mean 'x'"):
        flyball.linearize(env, {"y": [1, 2]})
    with pytest.raises(flyball.InputError, match=r"action \[3\.\] is outside of"):
        flyball.linearize(env, None, [3.0])
    drone = make("QuadControl-v1")
    with pytest.raises(flyball.InputError, match="can only be read; a state is set by"):
        flyball.linearize(drone, {"kinematics": np.zeros((1, 20))})


def test_rng_and_seeds_are_numpys():
    ours, numpys = flyball.Rng(5), np.random.default_rng(5)
    assert_same(ours.random(100), numpys.random(100))
    assert_same(ours.uniform(-2, 3, (4, 5)), numpys.uniform(-2, 3, (4, 5)))
    assert ours.uniform() == numpys.uniform()
    assert_same(ours.integers(-3, 9, 7), numpys.integers(-3, 9, 7))
    sequences = np.random.SeedSequence(8).spawn(4)
    expected = [int(child.generate_state(1, np.uint64)[0]) for child in sequences]
    assert flyball.spawn_seeds(8, 4) == expected


def test_no_other_render_mode():
    with pytest.raises(flyball.InputError, match="'human' and 'rgb_array' are there"):
        flyball.Env("ToyCart-v1", render_mode="ansi")


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_async_vector_env(context):
    # A child that is spawned knows the id by the module in front of it; the toys it has to load.
    script = f"""
import gymnasium as gym, numpy as np, flyball
flyball.load({str(TOYS)!r})
def make():
    import flyball, gymnasium
    if "ToyGoal-v1" not in flyball.list_envs():
        flyball.load({str(TOYS)!r})
    return gymnasium.make("flyball/ToyGoal-v1")
if __name__ == "__main__":
    envs = gym.vector.AsyncVectorEnv([make] * 3, context={context!r})
    native = gym.make_vec("flyball/ToyGoal-v1", num_envs=3)
    a, b = envs.reset(seed=5)[0], native.reset(seed=5)[0]
    envs.action_space.seed(1)
    for _ in range(20):
        assert all(np.array_equal(a[key], b[key]) for key in a)
        action = envs.action_space.sample()
        a, b = envs.step(action)[0], native.step(action)[0]
    envs.close()
    print("equal")
"""
    assert run_script(script) == "equal\n"


def test_importing_is_light():
    script = """
import sys, gymnasium
import flyball
heavy = {"torch", "h5py", "pyarrow", "pettingzoo", "stable_baselines3", "OpenGL", "glfw", "scipy"}
print(sorted(heavy & set(sys.modules)))
maps = open("/proc/self/maps").read()
print([name for name in ("libEGL", "OSMesa") if name in maps])
"""
    assert run_script(script) == "[]\n[]\n"


@pytest.mark.parametrize(
    "env_id", [env_id for env_id in flyball.list_envs() if env_id[:3] != "Toy"]
)
def test_the_wrappers_that_scripts_of_cleanrl_put_on(env_id):
    """Flat, clipped and normalised, four copies in a row, and the id alone names the module."""

    def thunk():
        env = gym.make(f"flyball:flyball/{env_id}", max_episode_steps=7)
        env = gym.wrappers.FlattenObservation(env)
        env = gym.wrappers.RecordEpisodeStatistics(env)
        env = gym.wrappers.ClipAction(env) if isinstance(env.action_space, gym.spaces.Box) else env
        env = gym.wrappers.NormalizeObservation(env)
        env = gym.wrappers.TransformObservation(env, lambda seen: np.clip(seen, -10, 10), None)
        return gym.wrappers.NormalizeReward(env, gamma=0.99)

    envs = gym.vector.SyncVectorEnv([thunk] * 4, autoreset_mode=gym.vector.AutoresetMode.SAME_STEP)
    raw = gym.make(f"flyball/{env_id}", max_episode_steps=7)
    observation, _ = envs.reset(seed=3)
    raw.reset(seed=3)
    assert observation.shape == (4, *envs.single_observation_space.shape)
    total, ended = 0.0, False
    raw.action_space.seed(3)
    while not ended:
        action = raw.action_space.sample()
        observation, _, terminated, truncated, infos = envs.step(np.stack([action] * 4))
        _, reward, *ends, _ = raw.step(action)
        total += reward
        ended = any(ends)
        assert (terminated | truncated)[0] == ended
        assert np.isfinite(observation).all()
        assert np.abs(observation).max() <= 10
    assert infos["final_info"]["episode"]["r"][0] == pytest.approx(total, rel=1e-6)
    envs.close()

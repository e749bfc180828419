"""The stable-baselines3 VecEnv, tested where that package (with torch) is installed."""

import flyball
import numpy as np
import pytest
from bindings.helpers import assert_same, make

pytest.importorskip("stable_baselines3", reason="stable-baselines3 (torch) is not installed")


def test_like_single_environments():
    envs = flyball.sb3.make("ToyGoal-v1", num_envs=3)
    singles = [make("ToyGoal-v1") for _ in range(3)]
    envs.seed(5)
    observations = envs.reset()
    expected = [env.reset(seed=5 + i)[0] for i, env in enumerate(singles)]
    ended = 0
    envs.action_space.seed(1)
    for _ in range(40):
        for i in range(3):
            assert_same({key: value[i] for key, value in observations.items()}, expected[i])
        actions = np.stack([envs.action_space.sample() for _ in range(3)])
        observations, rewards, dones, infos = envs.step(actions)
        assert rewards.dtype == np.float32
        for i, env in enumerate(singles):
            expected[i], reward, terminated, truncated, info = env.step(actions[i])
            assert rewards[i] == np.float32(reward)
            assert dones[i] == (terminated or truncated)
            assert infos[i]["is_success"] == info["is_success"]
            if dones[i]:
                assert_same(infos[i]["terminal_observation"], expected[i])
                assert infos[i]["TimeLimit.truncated"] == (truncated and not terminated)
                expected[i] = env.reset()[0]
                ended += 1
    assert ended


def test_hindsight():
    envs = flyball.sb3.make("ToyGoal-v1", num_envs=2)
    goals = np.random.default_rng(1).uniform(-1, 1, (2, 8, 2))
    info = np.array([{}] * 8)
    (rewards,) = envs.env_method("compute_reward", *goals, info, indices=[0])
    distance = np.linalg.norm(goals[0] - goals[1], axis=1)
    np.testing.assert_array_equal(rewards, np.where(distance < 0.2, 0.0, -1.0))


def test_bad_input():
    envs = flyball.sb3.make("ToyGoal-v1", num_envs=2, autoreset_mode="SameStep")
    for refusing, why in (
        (lambda: flyball.sb3.make("ToyGoal-v1", num_envs=0), "num_envs is 0"),
        (lambda: flyball.sb3.make("ToyGoal-v1", autoreset_mode="NextStep"), "works with SameStep"),
        (lambda: envs.seed(-1), "seed: an integer from 0"),
        (lambda: envs.get_attr("num_envs", indices=[2]), "row 2 does not exist; 0 to 1"),
        (lambda: envs.set_attr("gain", 1.0), "rows share one object"),
    ):
        with pytest.raises(flyball.InputError, match=why):
            refusing()


def test_trains_a_little():
    from stable_baselines3 import PPO, SAC, HerReplayBuffer

    PPO("MlpPolicy", flyball.sb3.make("ToyCart-v1", num_envs=4), n_steps=16, batch_size=32).learn(
        128
    )
    SAC(
        "MultiInputPolicy",
        flyball.sb3.make("ToyGoal-v1", num_envs=2),
        replay_buffer_class=HerReplayBuffer,
        learning_starts=50,
    ).learn(80)

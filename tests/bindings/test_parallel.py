"""PettingZoo's parallel interface."""

import flyball
import numpy as np
import pytest
from bindings.helpers import CASES, make

pytest.importorskip("pettingzoo")
from pettingzoo.test import parallel_api_test, parallel_seed_test

SEVERAL = [(i, o) for i, o in CASES if flyball.spec(i, **o).num_agents > 1]


@pytest.mark.parametrize(("env_id", "options"), SEVERAL)
def test_pettingzoos_own_tests(env_id, options):
    parallel_api_test(flyball.parallel_env(env_id, **options), num_cycles=60)
    parallel_seed_test(lambda: flyball.parallel_env(env_id, **options), num_cycles=20)


def test_one_agent_is_a_parallel_environment_too():
    for env_id, options in (("QuadHover-v1", {}), ("QuadHover-v1", {"preset": "gpd_dyn"})):
        env = flyball.parallel_env(env_id, **options)
        parallel_api_test(env, num_cycles=60)
        alone = make(env_id, **options).unwrapped
        observations, _ = env.reset(seed=3)
        first, _ = alone.reset(seed=3)
        np.testing.assert_array_equal(observations["agent_0"], first.reshape(-1))
        action = np.float32([0.1, 0, -0.1, 0])
        observations, rewards, *_ = env.step({"agent_0": action})
        second, reward, *_ = alone.step(action.reshape(alone.action_space.shape))
        np.testing.assert_array_equal(observations["agent_0"], second.reshape(-1))
        assert rewards == {"agent_0": reward}


def test_pictures_are_those_of_the_joint_form():
    size = {"render_mode": "rgb_array", "width": 96, "height": 64}
    env = flyball.parallel_env("QuadFormation-v1", **size)
    assert env.metadata["render_modes"] == ["human", "rgb_array"]
    assert env.metadata["render_fps"] == 30
    joint = make("QuadFormation-v1", **size)
    env.reset(seed=2)
    joint.reset(seed=2)
    picture = env.render()
    assert picture.shape == (64, 96, 3)
    np.testing.assert_array_equal(picture, joint.render())
    env.step({agent: np.ones(4, np.float32) for agent in env.agents})
    assert (env.render() != picture).any()
    env.close()
    with pytest.raises(flyball.InputError, match="rgb_array"):
        flyball.parallel_env("QuadFormation-v1", render_mode="ansi")


def test_agents_columns():
    env = flyball.parallel_env("ToyPair-v1")
    observations, _ = env.reset(seed=1)
    assert env.agents == ["agent_0", "agent_1"]
    after, rewards, terminations, truncations, infos = env.step({"agent_0": 2, "agent_1": 1})
    assert after["agent_0"] == observations["agent_0"] + 1
    assert after["agent_1"] == observations["agent_1"]
    assert rewards == {"agent_0": after["agent_0"][0], "agent_1": 2 * after["agent_1"][0]}
    assert infos["agent_0"]["moves"] == 1
    assert infos["agent_1"]["moves"] == 0
    for _ in range(9):
        assert not any({**terminations, **truncations}.values())
        _, _, terminations, truncations, _ = env.step(dict.fromkeys(env.agents, 1))
    assert truncations == {"agent_0": True, "agent_1": True}
    assert env.agents == []


def test_bad_actions():
    env = flyball.parallel_env("ToyPair-v1")
    env.reset(seed=1)
    with pytest.raises(flyball.InputError, match="agent_1"):
        env.step({"agent_0": 1})
    with pytest.raises(flyball.InputError, match="action of agent_0"):
        env.step({"agent_0": 3, "agent_1": 1})
    with pytest.raises(flyball.InputError, match="action of agent_0"):
        env.step({"agent_0": np.zeros(2), "agent_1": 1})

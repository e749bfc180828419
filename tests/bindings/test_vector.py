"""flyball.VectorEnv beyond what test_every_env.py asks of every environment."""

import copy
import pickle
import threading
import time

import flyball
import gymnasium as gym
import numpy as np
import pytest
from bindings.helpers import assert_same, make, make_vec
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("env_id", ["ToyCart-v1", "ToyGoal-v1", "ToyPair-v1", "ToySwitch-v1"])
def test_like_gymnasiums_sync_vector_env(env_id, mode):
    # SyncVectorEnv over single environments is what Gymnasium says a vector environment does.
    limit, num_envs, steps = 5, 4, 14
    reference = gym.vector.SyncVectorEnv(
        [lambda: make(env_id, max_episode_steps=limit)] * num_envs, autoreset_mode=mode
    )
    envs = make_vec(env_id, num_envs, max_episode_steps=limit, autoreset_mode=mode)
    assert envs.metadata["autoreset_mode"] is reference.metadata["autoreset_mode"] is mode
    assert envs.observation_space == reference.observation_space
    assert envs.action_space == reference.action_space
    assert envs.single_observation_space == reference.single_observation_space
    assert envs.spec.id == f"flyball/{env_id}"

    assert_same(envs.reset(seed=3), reference.reset(seed=3))
    envs.action_space.seed(9)
    for _ in range(steps):
        action = envs.action_space.sample()
        ours, theirs = envs.step(action), reference.step(action)
        assert_same(ours, theirs)
        assert ours[0] in envs.observation_space
        ended = ours[2] | ours[3]
        if mode is AutoresetMode.DISABLED and ended.any():
            observation, infos = envs.reset(options={"reset_mask": ended})
            expected, expected_infos = reference.reset(options={"reset_mask": ended})
            assert_same(observation, expected)
            for key in expected_infos:
                rows = expected_infos[key][ended] if key[0] != "_" else expected_infos[key]
                assert_same(infos[key][ended] if key[0] != "_" else infos[key], rows)


def test_registered_and_own_limits():
    actions = np.zeros((1, 1), np.float32)
    for options, limit in (({}, 20), ({"preset": "short"}, 4), ({"max_episode_steps": 7}, 7)):
        envs = make_vec("ToyCart-v1", 1, **options)
        envs.reset(seed=1)
        truncated = [bool(envs.step(actions)[3][0]) for _ in range(limit)]
        assert truncated == [False] * (limit - 1) + [True]
    envs = make_vec("ToyCart-v1", 1, max_episode_steps=-1)
    envs.reset(seed=1)
    assert not any(envs.step(actions)[3][0] for _ in range(50))


def test_seeds():
    envs = make_vec("ToyCart-v1", 3)
    singles = [make("ToyCart-v1").unwrapped.reset(seed=seed)[0] for seed in (8, 9, 10, 40)]
    assert_same(envs.reset(seed=8)[0], np.stack(singles[:3]))
    assert_same(envs.reset(seed=[40, 9, 8])[0], np.stack([singles[i] for i in (3, 1, 0)]))
    # None goes on with the row's own generator.
    envs.reset(seed=8)
    mixed = envs.reset(seed=[8, None, 8])[0]
    on = make("ToyCart-v1").unwrapped
    on.reset(seed=9)
    assert_same(mixed, np.stack([singles[0], on.reset()[0], singles[0]]))
    assert_same(envs.reset(seed=np.array([8, 9, 10]))[0], np.stack(singles[:3]))
    assert envs.reset()[0].tobytes() != np.stack(singles[:3]).tobytes()
    spawned = flyball.spawn_seeds(1, 3)
    assert envs.reset(seed=spawned)[0].shape == (3, 1)


def test_forced_states_of_all_rows_and_of_each():
    envs = make_vec("ToyCart-v1", 3)
    envs.reset(seed=1, options={"x": [1.0, 2.0]})
    np.testing.assert_array_equal(envs.state["x"], [[1, 2]] * 3)
    each = np.arange(6.0).reshape(3, 2)
    envs.reset(options={"x": each})
    np.testing.assert_array_equal(envs.state["x"], each)
    mask = np.array([False, True, False])
    envs.reset(options={"x": [9.0, 9.0], "reset_mask": mask})
    np.testing.assert_array_equal(envs.state["x"], [[0, 1], [9, 9], [4, 5]])


def test_copies_and_views():
    actions = np.ones((4, 1), np.float32)
    copies, views = make_vec("ToyCart-v1", 4), make_vec("ToyCart-v1", 4, copy=False)
    for envs in (copies, views):
        envs.reset(seed=1)
    first, second = copies.step(actions), copies.step(actions)
    assert first[0].tobytes() != second[0].tobytes()
    assert not np.shares_memory(first[0], second[0])
    seen, again = views.step(actions), views.step(actions)
    assert seen[0] is again[0]
    assert seen[4]["pair"] is again[4]["pair"]
    assert_same(again, second)
    assert np.shares_memory(again[0], views.columns["observation"]["observation"])
    # Every row is its own: strides are right.
    assert len(set(again[0].ravel().tolist())) == 4
    assert again[0].strides == (4, 4)
    # Views outlive the environment.
    kept = again[0].copy()
    del envs, views, seen
    np.testing.assert_array_equal(again[0], kept)


def test_actions_written_in_place():
    envs, other = make_vec("ToyCart-v1", 4, copy=False), make_vec("ToyCart-v1", 4)
    envs.reset(seed=1)
    other.reset(seed=1)
    column = envs.columns["action"]
    column[:] = np.arange(4)[:, None] / 4
    assert_same(envs.step(column), other.step(np.arange(4, dtype=np.float32)[:, None] / 4))


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("copy_", [True, False])
def test_groups_give_what_step_gives(threads, copy_):
    envs = make_vec("ToyGoal-v1", 7, groups=3, threads=threads, copy=copy_)
    other = make_vec("ToyGoal-v1", 7)
    envs.reset(seed=2)
    other.reset(seed=2)
    spans = [envs._core.group_rows(group) for group in range(3)]
    assert spans[0][0] == 0
    assert spans[2][1] == 7
    other.action_space.seed(3)
    for _ in range(20):
        actions = other.action_space.sample()
        expected = other.step(actions)
        for group in (2, 0, 1):
            begin, end = spans[group]
            envs.send(actions[begin:end], group)
        for group in (0, 1, 2):
            begin, end = spans[group]
            observations, rewards, *_, infos = envs.recv(group)
            assert_same(observations, {k: v[begin:end] for k, v in expected[0].items()})
            assert_same(rewards, expected[1][begin:end])
            assert_same(infos["is_success"], expected[4]["is_success"][begin:end])


def test_snapshots_move_between_rows():
    envs, other = make_vec("ToyGoal-v1", 3), make_vec("ToyGoal-v1", 5)
    envs.reset(seed=2)
    other.reset(seed=90)
    envs.action_space.seed(3)
    for _ in range(4):
        envs.step(envs.action_space.sample())
    other.restore(4, envs.snapshot(1))
    for _ in range(30):  # through several ends and resets
        actions = envs.action_space.sample()
        theirs = np.zeros((5, 2), np.float32)
        theirs[4] = actions[1]
        a, b = envs.step(actions), other.step(theirs)
        for i in range(1, 4):
            assert_same(a[i][1], b[i][4])
        assert_same(
            *({k: v[row] for k, v in e.state.items()} for e, row in ((envs, 1), (other, 4)))
        )


def test_pickle_and_deepcopy():
    envs = make_vec("ToyGoal-v1", 3, autoreset_mode="SameStep")
    envs.reset(seed=2)
    envs.action_space.seed(3)
    actions = [envs.action_space.sample() for _ in range(8)]
    envs.step(actions[0])
    for other in (pickle.loads(pickle.dumps(envs)), copy.deepcopy(envs)):
        assert other.metadata == envs.metadata
        fresh = copy.deepcopy(envs)
        assert_same([fresh.step(a) for a in actions], [other.step(a) for a in actions])


def test_a_row_that_fails_among_others():
    envs = make_vec("ToyCart-v1", 100, fails_at=5, max_episode_steps=40)
    healthy = make_vec("ToyCart-v1", 100, max_episode_steps=40)
    envs.reset(seed=1)
    healthy.reset(seed=1)
    mask = np.zeros(100, bool)
    mask[37] = True
    actions = np.full((100, 1), 0.1, np.float32)
    for _ in range(3):
        envs.step(actions)
        healthy.step(actions)
    others = ~mask
    envs.reset(options={"reset_mask": others})  # all but row 37 begin again
    healthy.reset(options={"reset_mask": others})
    envs.step(actions)
    healthy.step(actions)
    _, rewards, terminated, truncated, _ = envs.step(actions)
    expected = healthy.step(actions)
    np.testing.assert_array_equal(envs.row_status, np.where(mask, 2, 0))
    np.testing.assert_array_equal(truncated, mask)
    assert not terminated.any()
    assert rewards[37] == 0.0
    np.testing.assert_array_equal(rewards[others], expected[1][others])


def test_other_threads_run_while_rows_step():
    # Many rows: a step takes long enough for the GIL to be let go.
    envs = make_vec("ToyGoal-v1", 20000, copy=False)
    envs.reset(seed=1)
    actions = np.zeros((20000, 2), np.float32)
    ticks, stop = [0], threading.Event()

    def tick():
        while not stop.is_set():
            ticks[0] += 1
            time.sleep(0)

    thread = threading.Thread(target=tick)
    thread.start()
    before = ticks[0]
    for _ in range(20):
        envs.step(actions)
    stop.set()
    thread.join()
    assert ticks[0] > before


def test_spaces_are_batched():
    envs = make_vec("ToyGoal-v1", 6)
    assert envs.observation_space == batch_space(envs.single_observation_space, 6)
    assert isinstance(envs, gym.vector.VectorEnv)
    assert gym.make_vec("flyball/ToyGoal-v1", num_envs=2).num_envs == 2
    sync = gym.make_vec("flyball/ToyGoal-v1", num_envs=2, vectorization_mode="sync")
    assert_same(sync.reset(seed=1)[0], make_vec("ToyGoal-v1", 2).reset(seed=1)[0])


def test_wrappers_of_gymnasium():
    envs = gym.wrappers.vector.RecordEpisodeStatistics(make_vec("ToySwitch-v1", 2))
    envs.reset(seed=1)
    for _ in range(4):
        infos = envs.step(np.ones(2, np.int64))[-1]
        if "episode" in infos:
            break
    assert infos["episode"]["l"].max() <= 3
    assert infos["_episode"].any()


def test_statistics_of_episodes():
    envs = make_vec("ToyCart-v1", 2, max_episode_steps=6)
    envs.reset(seed=1)
    total = np.zeros(2)
    for _ in range(6):
        total += envs.step(np.ones((2, 1), np.float32))[1]
    np.testing.assert_array_equal(envs.columns["ended"], [True, True])
    np.testing.assert_array_equal(envs.columns["episode_return"], total)
    np.testing.assert_array_equal(envs.columns["episode_length"], [6, 6])

"""What holds for every wrapper on a light plant, an arm, a drone and a goal-conditioned dict."""

import json
import pickle
import warnings

import flyball
import gymnasium as gym
import numpy as np
import pytest
from bindings.helpers import assert_same, draw_actions, make, make_vec, row_of
from flyball import _core, datasets
from gymnasium.utils.env_checker import check_env

# One of each, where needed with what cannot be left out.
NEEDED = {"limit": {"of": ["observation"], "high": 0.01, "penalty": 0.1}, "hide": {}}
TYPES = [known["name"] for known in _core.wrapper_types()]
LIGHT, ARM = "Motor-Cont-CC-PMSM-v1", "PandaReach-v1"
STEPS = 12


def wrapper(name, env_id):
    options = dict(NEEDED.get(name, {}))
    if name == "hide":
        options["of"] = [flyball.spec(env_id).observation[0].entries[0].name]
    if name in ("action_delay", "observation_delay"):
        options |= {"steps": 1, "max_steps": 3, "draw": "step"}
    if name == "fault":
        options |= {"first": 1, "last": 4, "probability": 0.9}
    if name == "history":
        options["actions"] = True
    if name == "drift":
        options["shape"] = "random"
    return {"type": name, **options}


CASES = [(env_id, [wrapper(name, env_id)]) for env_id in (LIGHT, ARM) for name in TYPES]
CASES += [(env_id, [wrapper(name, env_id) for name in TYPES]) for env_id in (LIGHT, ARM)]
NAMES = [f"{env_id}-{given[0]['type'] if len(given) == 1 else 'all'}" for env_id, given in CASES]
every_wrapper = pytest.mark.parametrize(("env_id", "wrappers"), CASES, ids=NAMES)


@every_wrapper
def test_gymnasium_checker_and_spec(env_id, wrappers):
    spec = flyball.spec(env_id, wrap=wrappers)
    assert flyball.spec(env_id, **spec.options) == spec
    assert json.loads(spec.to_json())["options"]["wrap"][0]["type"] == wrappers[0]["type"]
    names = [field.name for field in spec.info]
    assert len(set(names)) == len(names)
    env = make(env_id, wrap=wrappers)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*(infinity|symmetric and normalized).*")
        warnings.filterwarnings("ignore", message=r".*different from the unwrapped version.*")
        check_env(env.unwrapped, skip_render_check=True)


@every_wrapper
def test_snapshots_pickles_and_seeds(env_id, wrappers):
    env = make(env_id, wrap=wrappers).unwrapped
    actions = draw_actions(env.action_space, 1, STEPS)
    first = [env.reset(seed=3), *(env.step(action) for action in actions)]
    snapshot_at = 5
    again = [env.reset(seed=3), *(env.step(action) for action in actions[:snapshot_at])]
    snapshot, copy = env.snapshot(), pickle.loads(pickle.dumps(env))
    other = make(env_id, wrap=wrappers).unwrapped
    other.reset(seed=99)
    other.restore(snapshot)
    again += [env.step(action) for action in actions[snapshot_at:]]
    assert_same(again, first)
    expected = [*first[1 + snapshot_at :], env.reset()]
    for same in (other, copy):
        found = [same.step(action) for action in actions[snapshot_at:]] + [same.reset()]
        assert_same(found, expected)
    with pytest.raises(flyball.DataError, match=r"option|unknown"):
        make(env_id).unwrapped.restore(snapshot)


@every_wrapper
def test_rows_threads_and_single_environments(env_id, wrappers):
    space = make(env_id).action_space
    actions = draw_actions(space, 2, 4)
    single = make(env_id, wrap=wrappers)
    expected = [single.reset(seed=25), *(single.step(action) for action in actions)]
    for num_envs, threads in ((9, 1), (9, 3)):
        envs = make_vec(env_id, num_envs, threads=threads, wrap=wrappers)
        found = [envs.reset(seed=20)]
        found += [envs.step(np.broadcast_to(a, envs.action_space.shape)) for a in actions]
        for batch, one in zip(found, expected, strict=True):
            assert_same(tuple(row_of(part, 5) for part in batch), tuple(one))


@every_wrapper
def test_what_is_generated_with_it_replays(env_id, wrappers, tmp_path):
    options = {"wrap": wrappers}
    hashes = set()
    for workers, shard in ((1, 2), (2, 1)):
        folder = tmp_path / str(workers)
        hashes.add(
            datasets.generate(
                env_id,
                folder,
                episodes=4,
                seed=5,
                workers=workers,
                options=options,
                state_every=4,
                max_episode_steps=STEPS,
                episodes_per_shard=shard,
            )
        )
        report = datasets.verify(folder, replay=True)
        assert report.ok, report.problems
    assert len(hashes) == 1
    dataset = datasets.open(tmp_path / "1")
    assert dataset.plan["options"]["wrap"][0]["type"] == wrappers[0]["type"]
    # What it drew is in the rows, one for each state.
    own = [f.name for f in dataset.info if f.name not in plant_infos(env_id)]
    for name in own:
        assert len(dataset[0].infos[name]) == len(dataset[0]) + 1
    assert own or wrappers[0]["type"] in ("sensor_noise", "hide", "history")


def plant_infos(env_id):
    return {field.name for field in flyball.spec(env_id).info}


def test_drift_goes_by_the_datasets_episode(tmp_path):
    wrappers = [{"type": "drift", "size": 1.0, "period": 8.0}]
    datasets.generate(
        LIGHT,
        tmp_path / "d",
        episodes=6,
        options={"wrap": wrappers},
        max_episode_steps=3,
        workers=2,
        episodes_per_shard=1,
    )
    dataset = datasets.open(tmp_path / "d")
    for index, episode in enumerate(dataset):
        assert (episode.infos["episode_index"] == index).all()
        assert (episode.infos["drift"] == index / 8).all()


def test_hidden_actions_are_there_to_replay_and_not_to_learn_from(tmp_path):
    wrappers = [{"type": "mask", "target": "action", "fraction": 0.5}]
    datasets.generate(
        LIGHT, tmp_path / "d", episodes=3, options={"wrap": wrappers}, max_episode_steps=40
    )
    assert datasets.verify(tmp_path / "d", replay=True).ok
    hidden = 0
    for episode in datasets.open(tmp_path / "d"):
        masked = episode.infos["action_masked"][1:]
        seen = episode.visible_actions
        assert np.isnan(seen[masked]).all()
        np.testing.assert_array_equal(seen[~masked], episode.actions[~masked])
        hidden += masked.sum()
    assert 30 < hidden < 90


@pytest.mark.parametrize("name", ["lqr", "scripted"])
def test_baselines_go_on_under_views(name):
    env_id = {"lqr": "Linear-he1-v1", "scripted": ARM}[name]
    wrappers = [{"type": "history", "frames": 3}]
    if name == "scripted":
        wrappers.append(wrapper("hide", env_id))
    env, plain = make(env_id, wrap=wrappers), make(env_id)
    shown, _ = env.reset(seed=1)
    observation, _ = plain.reset(seed=1)
    wrapped_policy, policy = flyball.policy(name, env), flyball.policy(name, plain)
    for _ in range(5):
        action = policy(observation)
        assert_same(wrapped_policy(shown), action)
        shown, observation = env.step(action)[0], plain.step(action)[0]


def test_goals_stay_what_rewards_are_made_of():
    env = make(ARM, wrap=[{"type": "sensor_noise", "std": 0.5}, {"type": "history"}]).unwrapped
    env.reset(seed=1)
    for action in draw_actions(env.action_space, 3, 5):
        observation, reward, *_ = env.step(action)
        goals = observation["achieved_goal"], observation["desired_goal"]
        assert env.compute_reward(*goals, {}) == reward
    with pytest.raises(flyball.InputError, match="goal 'achieved_goal' cannot be hidden"):
        make(ARM, wrap=[{"type": "hide", "of": ["achieved_goal"]}])


def test_a_reward_of_ones_own_stands_next_to_the_plant():
    wrappers = [{"type": "history", "frames": 2}, {"type": "mask", "fraction": 1.0}]
    spec = flyball.spec(LIGHT)
    first = spec.observation[0].entries[0].name
    env = make(LIGHT, wrap=wrappers, reward=lambda columns: columns[first][..., 0]).unwrapped
    plain = make(LIGHT).unwrapped
    env.reset(seed=2)
    plain.reset(seed=2)
    for action in draw_actions(env.action_space, 3, 4):
        _, reward, _, _, info = env.step(action)
        observation = plain.step(action)[0]
        assert reward == 0.0
        assert info["true_reward"] == np.ravel(observation)[0]
    # By the action's own name too, which is not "action" here.
    assert plain.flyball_spec.action.field.name == "duty"
    env = make(LIGHT, reward=lambda columns: columns["duty"].sum(axis=1) + columns["action"][:, 0])
    env.reset(seed=1)
    action = env.action_space.sample()
    assert env.step(action)[1] == pytest.approx(action.sum() + action[0], rel=1e-6)


def test_agents_keep_their_rows():
    env_id = "QuadMultiHover-v1"
    wrappers = [{"type": "history", "frames": 2}, {"type": "sensor_bias"}, {"type": "mask"}]
    spec = flyball.spec(env_id, wrap=wrappers)
    agents, width = flyball.spec(env_id).observation[0].shape
    assert spec.observation[0].shape == (agents, 2 * width)
    env = flyball.parallel_env(env_id, wrap=wrappers)
    observations, _ = env.reset(seed=1)
    for name in env.agents:
        assert observations[name].shape == (2 * width,)
    step = env.step({name: env.action_space(name).sample() for name in env.agents})
    assert set(step[1]) == set(observations)


def test_async_rows_and_gym_make_by_json():
    spec = gym.make(f"flyball/{LIGHT}", wrap=[{"type": "action_delay", "steps": 2}]).spec
    again = gym.make(gym.envs.registration.EnvSpec.from_json(spec.to_json()))
    assert again.unwrapped.flyball_spec.options["wrap"][0]["steps"] == 2


def test_no_model_or_gradient_through_them():
    env = make("Linear-he1-v1", wrap=[{"type": "action_delay"}])
    with pytest.raises(flyball.InputError, match="not smooth"):
        flyball.linearize(env)
    with pytest.raises(flyball.InputError, match="no gradient of rollouts with wrappers"):
        flyball.rollout_gradient(env, np.zeros(4), np.zeros((2, env.action_space.shape[0])))


def test_a_wrong_one_is_refused_by_name():
    with pytest.raises(flyball.InputError, match=r"wrap\[1\].*did you mean 'sensor_noise'"):
        make(LIGHT, wrap=[{"type": "history"}, {"type": "sensor_nose"}])
    with pytest.raises(flyball.InputError, match=r"wrap\[0\] \(limit\)"):
        make_vec(LIGHT, 2, wrap=[{"type": "limit", "of": ["nothing"], "high": 1}])

"""What holds for every environment in every preset: one that is registered is tested."""

import copy
import json
import pickle
import warnings

import flyball
import gymnasium as gym
import numpy as np
import pytest
from bindings.helpers import CASES, NAMES, assert_same, draw_actions, make, make_vec, row_of
from gymnasium.utils.env_checker import check_env

every_env = pytest.mark.parametrize(("env_id", "options"), CASES, ids=NAMES)


@every_env
def test_spec_is_sane_and_json(env_id, options):
    spec = flyball.spec(env_id, **options)
    assert spec.id == env_id
    assert spec.doc
    assert spec.control_period > 0
    names = [field.name for field in spec.observation]
    assert len(set(names)) == len(names) > 0
    for field in (*spec.observation, *spec.info, *spec.state, *spec.reset, spec.action.field):
        assert field.size >= 1, field.name
        assert np.all(field.low <= field.high), field.name
        assert all(entry.name for entry in field.entries), field.name
        covered = sum(entry.size for entry in field.entries)
        assert field.size % covered == 0, field.name
    if spec.goal_conditioned:
        assert names == ["observation", "achieved_goal", "desired_goal"]
    # The resolved options make the same environment again.
    given = {name: value for name, value in spec.options.items() if value is not None}
    again = flyball.spec(env_id, **given)
    assert again == spec
    assert json.loads(spec.to_json())["id"] == env_id


@every_env
def test_registered_limit_is_at_least_the_presets(env_id, options):
    limit = flyball.spec(env_id, **options).max_episode_steps
    registered = gym.spec(f"flyball/{env_id}").max_episode_steps
    assert (limit or np.inf) <= (registered or np.inf)


@every_env
def test_gymnasium_checker(env_id, options):
    env = make(env_id, **options)
    with warnings.catch_warnings():
        # Plants without natural bounds and actions in SI units are no mistakes.
        warnings.filterwarnings("ignore", message=r".*(infinity|symmetric and normalized).*")
        warnings.filterwarnings("ignore", message=r".*different from the unwrapped version.*")
        check_env(env.unwrapped, skip_render_check=True)


@every_env
def test_reset_repeats_with_a_seed_and_goes_on_without(env_id, options):
    env = make(env_id, **options).unwrapped
    first = [env.reset(seed=7), env.reset(), env.reset()]
    states = [env.state]
    again = [env.reset(seed=7), env.reset(), env.reset()]
    states.append(env.state)
    assert_same(first, again)
    assert_same(*states)
    assert env._core.clock(0) == (7, 2, 0)
    assert env.np_random_seed == 7


@every_env
def test_snapshot_then_step_is_bit_identical(env_id, options):
    env, other = make(env_id, **options).unwrapped, make(env_id, **options).unwrapped
    actions = draw_actions(env.action_space, 1, 12)
    env.reset(seed=3)
    for action in actions[:4]:
        env.step(action)
    snapshot = env.snapshot()
    expected = [env.step(action) for action in actions[4:]] + [env.reset()]
    env.restore(snapshot)
    other.reset(seed=99)
    other.restore(snapshot)
    assert_same(other.state, env.state)
    for restored in (env, other):
        found = [restored.step(action) for action in actions[4:]] + [restored.reset()]
        assert_same(found, expected)
    assert_same(other.state, env.state)


@every_env
def test_pickle_and_deepcopy_carry_on(env_id, options):
    env = make(env_id, **options).unwrapped
    actions = draw_actions(env.action_space, 2, 6)
    env.reset(seed=11)
    for action in actions[:3]:
        env.step(action)
    copies = [pickle.loads(pickle.dumps(env)), copy.deepcopy(env)]
    expected = [env.step(action) for action in actions[3:]]
    for other in copies:
        assert_same([other.step(action) for action in actions[3:]], expected)
        assert_same(other.state, env.state)


@every_env
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_observations_are_in_their_space(env_id, options, dtype):
    env = make(env_id, dtype=dtype, **options).unwrapped
    observation, _ = env.reset(seed=5)
    for action in draw_actions(env.action_space, 3, 12):
        leaves = observation.values() if isinstance(observation, dict) else [observation]
        assert all(leaf.dtype == dtype for leaf in leaves)
        assert env.observation_space.contains(observation), observation
        observation, reward, terminated, truncated, info = env.step(action)
        assert type(reward) is float
        assert type(terminated) is bool
        assert type(truncated) is bool
        spec = env.flyball_spec
        assert spec.reward_low <= reward <= spec.reward_high
        assert list(info) == [field.name for field in spec.info]
        if terminated or truncated:
            observation, _ = env.reset()


def wrong_actions(space):
    """Actions a space has no place for, each with what the error has to say of it."""
    good = np.asarray(space.sample())
    yield np.zeros((*good.shape, 2), good.dtype), "shape"
    yield np.full(good.shape, "up"), "dtype"
    if isinstance(space, gym.spaces.Box):
        for number, name in ((np.nan, "NaN"), (np.inf, "Infinity")):
            bad = good.copy()
            bad.flat[-1] = number
            yield bad, f"component {good.size - 1} is {name}"
    else:
        highest = space.n if isinstance(space, gym.spaces.Discrete) else space.nvec
        yield good * 0 - 1, "component 0 is -1"
        yield (good * 0 + highest).astype(good.dtype), "component 0 is "
        yield good.astype(np.float64), "dtype float64"


@every_env
def test_bad_input_is_refused_and_changes_nothing(env_id, options):
    env = make(env_id, **options).unwrapped
    env.reset(seed=4)
    before = env.snapshot()
    env.action_space.seed(4)
    for action, why in wrong_actions(env.action_space):
        with pytest.raises(flyball.InputError, match=f"{env_id}: action.*{why}"):
            env.step(action)
    for field in env.flyball_spec.reset:
        for values, why in (
            ({field.name + "_": np.zeros(field.size)}, f"did you mean '{field.name}'"),
            (
                {field.name: np.zeros(field.size + 1)},
                f"'{field.name}' has {field.size + 1} numbers",
            ),
            ({field.name: np.full(field.size, np.nan)}, f"'{field.name}'.* is NaN"),
            ({field.name: "here"}, f"'{field.name}' is 'here'"),
        ):
            with pytest.raises(flyball.InputError, match=why):
                env.reset(options=values)
    for broken in (before[:-1], before[: len(before) // 2], before + b"x"):
        with pytest.raises(flyball.DataError, match=r"snapshot|damaged"):
            env.restore(broken)
    flipped = bytearray(before)
    flipped[-20] ^= 1
    with pytest.raises(flyball.DataError, match="damaged"):
        env.restore(bytes(flipped))
    assert env.snapshot() == before


@every_env
def test_forced_states_read_back(env_id, options):
    env = make(env_id, **options).unwrapped
    spec = env.flyball_spec
    env.reset(seed=8)
    wanted = env.state
    readable = {field.name: field.shape for field in spec.state}
    for field in spec.reset:
        if readable.get(field.name) != field.shape:
            continue
        env.reset(seed=123, options={field.name: wanted[field.name]})
        # Quaternions may be normalised on the way, nothing else is computed.
        np.testing.assert_allclose(env.state[field.name], wanted[field.name], rtol=0, atol=1e-9)


def single_rows(env_id, options, seed, actions, limit, mode):
    """What row `i` has to give: a single environment of seed + i, reset by hand as `mode` says."""
    num_envs = len(actions[0])
    env = make(env_id, max_episode_steps=limit, **options)
    histories = []
    for row in range(num_envs):
        history = [env.reset(seed=seed + row)]
        ended = False
        for batch in actions:
            if ended and mode == "NextStep":
                observation, info = env.reset()
                history.append((observation, 0.0, False, False, info))
                ended = False
                continue
            result = env.step(batch[row])
            ended = result[2] or result[3]
            if ended and mode == "SameStep":
                observation, info = env.reset()
                final = {"final_obs": result[0], "final_info": result[4]}
                result = (observation, *result[1:4], {**info, **final})
            history.append(result)
        histories.append(history)
    return histories


def vector_rows(env_id, options, seed, actions, limit, mode, **settings):
    num_envs = len(actions[0])
    envs = make_vec(
        env_id, num_envs, autoreset_mode=mode, max_episode_steps=limit, **settings, **options
    )
    results = [envs.reset(seed=seed)]
    results += [envs.step(np.asarray(batch)) for batch in actions]
    histories = []
    for row in range(num_envs):
        history = []
        for result in results:
            infos = result[-1]
            info = row_of({k: v for k, v in infos.items() if not k.startswith("final")}, row)
            assert all(infos["_" + key][row] for key in info)
            if "_final_obs" in infos and infos["_final_obs"][row]:
                info["final_obs"] = infos["final_obs"][row]
                info["final_info"] = row_of(infos["final_info"], row)
            history.append((*(row_of(part, row) for part in result[:-1]), info))
        histories.append(history)
    return histories


@every_env
@pytest.mark.parametrize("mode", ["NextStep", "SameStep"])
def test_row_i_is_the_single_environment_of_its_seed(env_id, options, mode):
    steps, limit, num_envs = 8, 3, 7
    space = make(env_id, **options).action_space
    flat = draw_actions(space, 4, steps * num_envs)
    actions = [flat[i * num_envs : (i + 1) * num_envs] for i in range(steps)]
    singles = single_rows(env_id, options, 20, actions, limit, mode)
    for threads in (1, 2, 3):
        rows = vector_rows(env_id, options, 20, actions, limit, mode, threads=threads)
        for row in range(num_envs):
            assert_same(rows[row], singles[row])


@every_env
def test_numbers_of_rows_and_threads_change_nothing(env_id, options):
    # Many rows where memory is small, for all lanes of a kernel to be full and for a ragged end.
    one = make_vec(env_id, 1, **options)
    # (Rows of a field take milliseconds each: enough of them to fill the lanes.)
    size = one._core.memory_bytes_per_row
    counts = (1, 7, 64, 1024) if size < 1 << 10 else (1, 7, 64) if size < 1 << 14 else (1, 7)
    actions = draw_actions(one.single_action_space, 6, 3)
    reference = None
    for num_envs in reversed(counts):
        for threads in (1, 2, 3):
            envs = make_vec(env_id, num_envs, threads=threads, **options)
            results = [envs.reset(seed=40)[:1]]
            for action in actions:
                results.append(envs.step(np.broadcast_to(action, envs.action_space.shape))[:4])
            results.append((envs.state,))
            if reference is None:
                reference = results
            first = [tuple(_head(part, num_envs) for part in result) for result in reference]
            assert_same(results, first)


def _head(part, count):
    if isinstance(part, dict):
        return {key: value[:count] for key, value in part.items()}
    return part[:count]


@every_env
def test_policies_act_in_the_action_space(env_id, options):
    env = make(env_id, **options).unwrapped
    envs = make_vec(env_id, 3, **options)
    for name in ("random", *env.flyball_spec.policies):
        observation, _ = env.reset(seed=9)
        observations, _ = envs.reset(seed=9)
        # A longer plan is more of the same, and fields take their time for one.
        few = {"horizon": 2} if name == "mpc" and env_id.startswith("PDE-") else {}
        single, batched = (flyball.policy(name, which, **few) for which in (env, envs))
        for _ in range(4):
            action, actions = single(observation), batched(observations)
            assert np.shape(action) == env.action_space.shape
            assert np.shape(actions) == envs.action_space.shape
            assert_same(actions[0], np.asarray(action, env.flyball_spec.action.field.dtype))
            observation = env.step(action)[0]
            observations = envs.step(actions)[0]
            if envs.columns["ended"][0]:
                break


def test_linear_plants_and_pdes_have_gradients():
    for env_id in flyball.list_envs():
        facts = flyball._core.registration(env_id)
        if facts["family"] in ("linear", "pde"):
            assert facts["has_gradient"], env_id


@pytest.mark.parametrize(
    ("env_id", "options"),
    [case for case in CASES if flyball._core.registration(case[0])["has_gradient"]],
)
def test_gradient_of_a_rollout(env_id, options):
    """It is what central differences of the same rollout say."""
    env = make(env_id, **options).unwrapped
    env.reset(seed=12)
    state = np.concatenate([np.ravel(part) for part in env.state.values()])
    field = env.flyball_spec.action.field
    scale = np.clip((field.high - field.low) / 8, 0, 1e-1).ravel()
    rng = np.random.default_rng(5)
    actions = scale * rng.uniform(-1, 1, (4, field.size))
    weights = {
        "reward_weights": rng.normal(size=4),
        "state_weights": rng.normal(size=(5, len(state))),
    }
    gradient = flyball.rollout_gradient(env, state, actions, **weights)
    assert gradient.states.shape == (5, len(state))
    # Each number in its own size, if it has one: densities beside speeds.
    size = np.maximum(np.abs(state), 0.01 * np.abs(state).max())
    along_state = rng.normal(size=len(state)) * size
    along_actions = scale * rng.normal(size=actions.shape)
    step = 1e-4

    def value(offset):
        at = state + offset * along_state, actions + offset * along_actions
        return flyball.rollout_gradient(env, *at, **weights).value

    # Fourth order: what is left is rounding over the step.
    near, far = value(step) - value(-step), value(2 * step) - value(-2 * step)
    expected = np.sum(gradient.by_state * along_state) + np.sum(gradient.by_actions * along_actions)
    size = np.linalg.norm(gradient.by_state * along_state) + abs(gradient.value)
    assert (8 * near - far) / (12 * step) == pytest.approx(expected, rel=1e-6, abs=1e-9 * size)


SMOOTH = [
    case
    for case in CASES
    if (spec := flyball.spec(case[0], **case[1])).smooth
    and spec.action.kind == "box"
    and sum(field.size for field in spec.state) <= 60  # each takes two steps
]


@pytest.mark.parametrize(("env_id", "options"), SMOOTH)
def test_linearize_takes_the_state_as_it_is_read(env_id, options):
    env = make(env_id, **options)
    env.reset(seed=3)
    model = flyball.linearize(env, env.unwrapped.state)
    here = flyball.linearize(env)
    for matrix, same in zip(model, here, strict=True):
        assert np.all(np.isfinite(matrix))
        assert_same(matrix, same)
    assert model.B.shape == (len(model.A), env.unwrapped.flyball_spec.action.field.size)

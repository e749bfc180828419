"""Pictures among the observations: on every engine they are of the row's own state."""

import pickle
import warnings

import flyball
import numpy as np
import pytest
from bindings.helpers import assert_same, draw_actions, make, make_vec, row_of, run_script
from flyball import datasets
from gymnasium.utils.env_checker import check_env

ALL = ["rgb", "depth", "segmentation"]
SMALL = {"observation": ALL, "picture_size": [20, 16]}
VARIANTS = [
    ("PandaPush-v1", {**SMALL, "cameras": ["front", "wrist"]}),
    ("PandaPickAndPlace-v1", {**SMALL, "engine": "bullet", "picture_markers": True}),
    (
        "PandaReach-v1",
        {**SMALL, "randomise": {"camera": 0.1, "light": [0.2, 1.0]}, "picture_shadows": True},
    ),
    ("QuadHover-v1", SMALL),
    ("QuadGates-v1", {**SMALL, "engine": "mujoco"}),
    ("QuadMultiHover-v1", {**SMALL, "engine": "bullet", "num_drones": 3}),
    ("QuadMultiHover-v1", {**SMALL, "observation": ["full", *ALL]}),
]
NAMES = [
    "-".join([env_id, options.get("engine", "own"), str(len(options))])
    for env_id, options in VARIANTS
]
every_variant = pytest.mark.parametrize(("env_id", "options"), VARIANTS, ids=NAMES)


def pictures_of(env, observation):
    names = [field.name for field in env.unwrapped.flyball_spec.observation]
    return {name: observation[name] for name in names[len(env.unwrapped.flyball_spec.numbers) :]}


@every_variant
def test_gymnasium_checker(env_id, options):
    env = make(env_id, **options)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*(infinity|symmetric and normalized).*")
        warnings.filterwarnings("ignore", message=r".*different from the unwrapped version.*")
        warnings.filterwarnings("ignore", message=r".*(image|CNN|dtype|low).*")
        check_env(env.unwrapped, skip_render_check=True)


@every_variant
def test_they_are_in_their_space_and_say_what_they_are(env_id, options):
    env = make(env_id, dtype="float64", **options).unwrapped
    spec = env.flyball_spec
    observation, _ = env.reset(seed=3)
    for action in draw_actions(env.action_space, 3, 4):
        assert env.observation_space.contains(observation)
        observation, *_ = env.step(action)
    fields = {field.name: field for field in spec.observation}
    for picture, name in zip(spec.pictures, pictures_of(env, observation), strict=True):
        pixels = observation[name]
        axes = (len(picture.cameras),) if len(picture.cameras) > 1 else ()
        last = (3,) if picture.channel == "rgb" else ()
        assert pixels.shape == fields[name].shape == (*axes, 16, 20, *last)
        assert pixels.dtype == ("float32" if picture.channel == "depth" else "uint8")
        assert len(np.unique(pixels)) > 1
        if picture.channel == "depth":
            assert fields[name].entries[0].unit == "m"
            assert pixels.min() > 0.01
        if picture.channel == "segmentation":
            assert pixels.max() < len(spec.segments)


@every_variant
def test_seeds_repeat_and_snapshots_show_the_same(env_id, options):
    env, other = make(env_id, **options).unwrapped, make(env_id, **options).unwrapped
    actions = draw_actions(env.action_space, 1, 6)
    assert_same(env.reset(seed=5), other.reset(seed=5))
    for action in actions[:3]:
        assert_same(env.step(action), other.step(action))
    snapshot = env.snapshot()
    shown = {name: column.copy() for name, column in observed(env).items()}
    expected = [env.step(action) for action in actions[3:]]
    # A picture is no part of a snapshot; the restored row is drawn.
    assert len(snapshot) < 20_000
    other.reset(seed=6)
    other.restore(snapshot)
    assert_same(observed(other), shown)
    assert_same([other.step(action) for action in actions[3:]], expected)
    again = pickle.loads(pickle.dumps(env))
    assert_same(observed(again), observed(env))


def observed(env):
    return env._core.columns()["observation"]


@every_variant
def test_row_i_is_the_single_environment_of_its_seed(env_id, options):
    num_envs, limit, steps = 3, 2, 5
    space = make(env_id, **options).action_space
    flat = draw_actions(space, 4, steps * num_envs)
    actions = [flat[i * num_envs : (i + 1) * num_envs] for i in range(steps)]
    for mode, threads in (("NextStep", 1), ("SameStep", 1), ("SameStep", 2)):
        envs = make_vec(
            env_id,
            num_envs,
            threads=threads,
            autoreset_mode=mode,
            max_episode_steps=limit,
            **options,
        )
        results = [envs.reset(seed=9)] + [envs.step(np.asarray(batch)) for batch in actions]
        for row in range(num_envs):
            env = make(env_id, max_episode_steps=limit, **options)
            ended = False
            assert_same(row_of(results[0][0], row), env.reset(seed=9 + row)[0])
            for batch, result in zip(actions, results[1:], strict=True):
                if ended and mode == "NextStep":
                    assert_same(row_of(result[0], row), env.reset()[0])
                    ended = False
                    continue
                observation, _, terminated, truncated, _ = env.step(batch[row])
                ended = terminated or truncated
                if ended and mode == "SameStep":
                    assert_same(result[4]["final_obs"][row], observation)
                    observation = env.reset()[0]
                assert_same(row_of(result[0], row), observation)


def test_groups_are_drawn_when_they_are_received():
    options = {**SMALL, "observation": "rgb"}
    together = make_vec("PandaReach-v1", 4, **options)
    apart = make_vec("PandaReach-v1", 4, threads=2, groups=2, **options)
    action = together.action_space.sample()
    assert_same(together.reset(seed=1)[0], apart.reset(seed=1)[0])
    whole = together.step(action)[0]
    for group in range(2):
        begin, end = apart._core.group_rows(group)
        apart.send(action[begin:end], group)
    for group in range(2):
        begin, end = apart._core.group_rows(group)
        assert_same(apart.recv(group)[0]["rgb"], whole["rgb"][begin:end])


def test_what_is_seen_of_an_arm():
    env = make("PandaPush-v1", observation=ALL, cameras=["side", "wrist"], picture_size=[96, 64])
    spec = env.unwrapped.flyball_spec
    observation, _ = env.reset(seed=2)
    assert [field.name for field in spec.observation][3:] == [
        f"{channel}_{camera}" for channel in ALL for camera in ("side", "wrist")
    ]
    ids = observation["segmentation_side"]
    seen = {spec.segments[i] for i in np.unique(ids)}
    assert {"table", "floor", "object", "link1", "hand"} <= seen
    # The cube is green; what is farther than the table's edge is not the table.
    cube = ids == spec.segments.index("object")
    green = observation["rgb_side"][cube].mean(0)
    assert green[1] > 1.5 * max(green[0], green[2])
    # From 1.4 m in front of the table's middle.
    depth = observation["depth_side"]
    assert 1.0 < depth[cube].min() < depth[cube].max() < 1.8
    # What is on no thing is as far as the view goes.
    field = spec.observation[[f.name for f in spec.observation].index("depth_side")]
    assert np.all(depth[ids == 0] == np.float32(field.high.max()))
    # Between the fingers, the wrist sees what is below.
    wrist = {spec.segments[i] for i in np.unique(observation["segmentation_wrist"])}
    assert {"table", "finger1", "finger2"} <= wrist


def test_goals_are_seen_where_they_are_asked_for():
    options = {"observation": "rgb", "picture_size": [64, 64], "cameras": "overview"}
    plain = make("PandaReach-v1", **options)
    marked = make("PandaReach-v1", picture_markers=True, **options)
    goal = {"goal": [0.1, 0.0, 0.2]}
    difference = (
        marked.reset(seed=1, options=goal)[0]["rgb"].astype(int)
        - plain.reset(seed=1, options=goal)[0]["rgb"]
    )
    # Near the middle of the picture, greener.
    rows, columns = np.nonzero(difference.any(2))
    assert 0 < len(rows) < 100
    assert difference[rows, columns, 1].sum() > difference[rows, columns, 0].sum()
    # A picture for people shows them.
    human = make("PandaReach-v1", render_mode="rgb_array", width=64, height=64)
    pictures = []
    for z in (0.1, 0.3):
        human.reset(seed=1, options={"goal": [0.1, 0.0, z]})
        pictures.append(human.render())
    assert (pictures[0] != pictures[1]).any()


@pytest.mark.parametrize("engine", ["mujoco", "bullet"])
def test_cameras_and_light_differ_by_episode(engine):
    options = {"observation": "rgb", "picture_size": [48, 48], "engine": engine}
    plain = make("PandaReach-v1", **options)
    dark = make("PandaReach-v1", randomise={"light": [0.0, 0.2]}, **options)
    moved = make("PandaReach-v1", randomise={"camera": 0.05}, **options)
    usual = plain.reset(seed=1)[0]["rgb"]
    picture, info = dark.reset(seed=1)
    assert 0 <= info["light_factor"] <= 0.2
    assert picture["rgb"].mean() < usual.mean() - 5
    picture, info = moved.reset(seed=1)
    assert np.linalg.norm(info["camera_shift"]) > 0
    shown = [picture["rgb"], moved.reset()[0]["rgb"], usual]
    for i in range(3):
        assert (shown[i] != shown[i - 1]).mean() > 0.05
    assert_same(moved.reset(seed=1)[0]["rgb"], shown[0])
    # The drawn values are state.
    snapshot = moved.unwrapped.snapshot()
    moved.reset()
    moved.unwrapped.restore(snapshot)
    assert_same(observed(moved.unwrapped)["rgb"][0], shown[0])


@pytest.mark.parametrize("engine", ["analytic", "mujoco", "bullet"])
def test_what_is_seen_of_drones(engine):
    env = make(
        "QuadMultiHover-v1", observation=ALL, num_drones=2, engine=engine, picture_size=[160, 120]
    )
    spec = env.unwrapped.flyball_spec
    # One looks at the other, which is half a metre ahead along x and a little higher.
    observation, _ = env.reset(
        seed=1,
        options={"position": [[-0.5, 0.2, 1], [0, 0.2, 1.1]], "rpy": np.zeros((2, 3)),
                 "vel": np.zeros((2, 3)), "angvel": np.zeros((2, 3))},
    )  # fmt: skip
    ids = observation["segmentation"]
    assert ids.shape == (2, 120, 160)
    other = ids[0] == spec.segments.index("drone1")
    rows, columns = np.nonzero(other)
    assert 50 < len(rows) < 1000
    # 208 pixels a metre at half a metre: 6 cm over the eye, which is an arm above the middle.
    assert columns.mean() == pytest.approx(79.5, abs=1)
    assert rows.mean() == pytest.approx(59.5 - 12.5, abs=3)
    assert observation["depth"][0][other].min() == pytest.approx(0.44, abs=0.03)
    # The drone in front does not see the one behind, nor any its own rotors.
    assert spec.segments.index("drone0") not in ids
    assert spec.segments.index("drone1") not in ids[1]
    assert spec.segments.index("ground") in ids[1]


def test_engines_see_the_same():
    pictures = []
    for engine in ("analytic", "mujoco", "bullet"):
        env = make("QuadHover-v1", observation="rgb", engine=engine)
        picture = env.reset(seed=4)[0]["rgb"]
        assert picture.shape == (48, 64, 3)
        pictures.append(picture)
    assert_same(pictures[0], pictures[1])
    assert_same(pictures[0], pictures[2])


@pytest.mark.parametrize(
    ("preset", "engine"),
    [
        ("gpd_dyn", "analytic"),
        ("gpd_dyn", "mujoco"),
        ("gpd_pyb", "analytic"),
        ("gpd_pyb", "bullet"),
    ],
)
def test_the_peers_presets_give_pictures_beside_the_same_numbers(preset, engine):
    options = {"preset": preset, "engine": engine, "num_drones": 2}
    seeing = make("QuadMultiHover-v1", observation=ALL, **options)
    blind = make("QuadMultiHover-v1", **options)
    spec = seeing.unwrapped.flyball_spec
    seen, told = seeing.reset(seed=3)[0], blind.reset(seed=3)[0]
    first = seen["rgb"].copy()
    # The block stands a metre ahead of the first drone.
    block = seen["segmentation"][0] == spec.segments.index("block")
    assert block.sum() > 20
    assert np.median(seen["depth"][0][block]) == pytest.approx(0.9, abs=0.01)
    rng = np.random.default_rng(0)
    for _ in range(20):
        assert_same(seen["observation"], told)
        action = rng.uniform(-1, 1, blind.action_space.shape).astype(np.float32)
        (seen, *rest), (told, *other) = seeing.step(action), blind.step(action)
        assert rest[:3] == other[:3]
    assert seen["rgb"].shape == (2, 48, 64, 3)
    assert (seen["rgb"] != first).mean() > 0.1  # they moved


def test_baselines_act_beside_pictures():
    numbers = make("PandaReach-v1")
    env = make("PandaReach-v1", **SMALL)
    policies = [flyball.policy("scripted", e) for e in (numbers, env)]
    seen = [e.reset(seed=1)[0] for e in (numbers, env)]
    for _ in range(3):
        actions = [p(o) for p, o in zip(policies, seen, strict=True)]
        assert_same(*actions)
        seen = [e.step(a)[0] for e, a in zip((numbers, env), actions, strict=True)]


@pytest.mark.parametrize("env_id", ["PandaPush-v1", "QuadHover-v1"])
def test_datasets_hold_pictures_and_replay_them(env_id, tmp_path):
    plan = {"episodes": 2, "seed": 3, "max_episode_steps": 4}
    options = {"observation": ["rgb", "depth"], "picture_size": [16, 12]}
    datasets.generate(env_id, tmp_path / "set", options=options, **plan)
    assert not datasets.verify(tmp_path / "set", replay=True).problems
    episode = datasets.open(tmp_path / "set")[0]
    pictures = episode.observations["rgb"]
    assert pictures.dtype == np.uint8
    assert pictures.shape == (len(episode) + 1, 12, 16, 3)
    env = make(env_id, **options)
    assert_same(env.reset(seed=int(episode.seed))[0]["rgb"], pictures[0])


def test_bad_input():
    for env_id, options, why in (
        ("PandaReach-v1", {"cameras": ["frnt"]}, "camera 'frnt'; did you mean 'front'"),
        ("PandaReach-v1", {"cameras": []}, "at least one is needed"),
        ("PandaReach-v1", {"cameras": ["front", "front"]}, "'front' is there twice"),
        ("PandaReach-v1", {"cameras": [1]}, "a list of names is needed"),
        ("PandaReach-v1", {"picture_size": [0, 4]}, r"picture_size': \[0, 4\]; .*1 to 4096"),
        ("PandaReach-v1", {"picture_size": [4, 4097]}, "1 to 4096 pixels"),
        ("PandaReach-v1", {"picture_size": [4]}, "width and height"),
        ("PandaReach-v1", {"observation": ["rbg"]}, "did you mean 'rgb'"),
        ("PandaReach-v1", {"observation": ["peer", "full", "rgb"]}, "exclude each other"),
        ("QuadHover-v1", {"observation": "dept"}, "did you mean 'depth'"),
        ("QuadHover-v1", {"observation": ["kin", "sensor"]}, "exclude each other"),
        ("QuadHover-v1", {"picture_size": [-1, 5]}, "1 to 4096 pixels"),
        (
            "QuadMultiHover-v1",
            {"observation": "segmentation", "num_drones": 300},
            "ids for 255 things",
        ),
    ):
        with pytest.raises(flyball.InputError, match=why):
            flyball.spec(env_id, **{"observation": "rgb", **options})


def test_sizes_and_cameras_of_renders_are_checked():
    for options, why in (
        ({"width": 0}, "width is 0; a whole number, 1 to 4096"),
        ({"height": 5000}, "height is 5000; a whole number, 1 to 4096"),
    ):
        with pytest.raises(flyball.InputError, match=why):
            make("PandaReach-v1", render_mode="rgb_array", **options)
    env = make("PandaReach-v1", render_mode="rgb_array", camera="wirst")
    env.reset(seed=0)
    with pytest.raises(flyball.InputError, match="did you mean 'wrist'"):
        env.render()


STATE_ONLY = """
import flyball, gymnasium as gym
for env_id in ("PandaReach-v1", "QuadHover-v1", "Motor-Cont-CC-PMSM-v1"):
    env = gym.make("flyball/" + env_id)
    env.reset(seed=0)
    env.step(env.action_space.sample())
envs = gym.make_vec("flyball/PandaReach-v1", num_envs=2, vectorization_mode="vector_entry_point",
                    observation="rgb")  # made, but no picture taken
maps = open("/proc/self/maps").read()
print([name for name in ("libEGL", "libGL", "libOSMesa", "libgallium", "swrast") if name in maps])
envs.reset(seed=0)
print("libEGL" in (maps := open("/proc/self/maps").read()) or "libOSMesa" in maps)
"""


def test_stepping_without_pictures_touches_no_graphics_library():
    assert run_script(STATE_ONLY).split("\n")[:2] == ["[]", "True"]


NO_GL = """
import os
os.environ["FLYBALL_EGL_LIBRARY"] = "libNoEgl.so"
os.environ["FLYBALL_OSMESA_LIBRARY"] = "libNoOsMesa.so"
import flyball, gymnasium as gym
for env_id in ("PandaReach-v1", "QuadHover-v1"):
    env = gym.make("flyball/" + env_id, observation="rgb")
    for _ in range(2):
        try:
            env.reset(seed=0)
        except flyball.Error as error:
            print("EGL" in str(error) and "OSMesa" in str(error))
"""


def test_without_opengl_the_error_names_what_was_tried():
    assert run_script(NO_GL).split() == ["True"] * 4


ASYNC = """
import flyball, gymnasium as gym
make = lambda: gym.make("flyball/PandaPush-v1", observation="rgb")
envs = gym.vector.AsyncVectorEnv([make, make])  # forks, after an environment was made here
pictures = envs.reset(seed=[1, 2])[0]["rgb"]
print(pictures.shape, (pictures[0] != pictures[1]).any())
envs.close()
"""


def test_async_workers_draw_their_own():
    assert run_script(ASYNC).strip() == "(2, 84, 84, 3) True"

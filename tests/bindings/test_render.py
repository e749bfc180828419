"""Pictures: the same code for both engines, for Env, VectorEnv and World."""

import flyball
import numpy as np
import pytest
from bindings.helpers import assert_same, make, make_vec

SCENE = """<mujoco><worldbody><light pos="0 0 3"/><camera name="top" pos="0 0 3"/>
  <body name="box"><joint type="slide" axis="1 0 0"/>
    <geom type="box" size=".3 .3 .3" rgba="1 0 0 1"/></body></worldbody></mujoco>"""

both_engines = pytest.mark.parametrize("engine", ["mujoco", "bullet"])


def red(picture):
    return (picture[..., 0] > 60) & (picture[..., 1] < 30) & (picture[..., 2] < 30)


@both_engines
def test_a_box_moves_across_the_picture(engine):
    world = flyball.World(SCENE, engine=engine, num_rows=2)
    world.set_state([[-0.7], [0.7]], [0.0])
    pictures = [world.render(row, 64, 48, camera="top") for row in range(2)]
    assert pictures[0].shape == (48, 64, 3)
    assert pictures[0].dtype == np.uint8
    columns = [np.flatnonzero(red(picture).any(axis=0)).mean() for picture in pictures]
    assert columns[0] < 24 < 40 < columns[1]
    # Seen from nowhere in particular, the box is in the picture too.
    assert red(world.render(0)).any()


@both_engines
def test_environments_draw_their_rows(engine):
    options = {"engine": engine, "render_mode": "rgb_array", "width": 80, "height": 60}
    env = make("PandaReach-v1", **options)
    env.reset(seed=3)
    picture = env.render()
    assert picture.shape == (60, 80, 3)
    assert len(np.unique(picture)) > 20
    assert env.metadata["render_fps"] == 25

    envs = make_vec("PandaReach-v1", 2, **options)
    envs.reset(seed=3)
    rows = envs.render()
    assert_same(rows[0], picture)
    for _ in range(5):
        envs.step(np.array([[1, 1, 1], [-1, -1, -1]], np.float32))
    rows = envs.render()
    assert not np.array_equal(rows[0], rows[1])


BODILESS = ["Motor-Cont-CC-PMSM-v1", "Linear-he1-v1", "PDE-burgers-v1"]


@pytest.mark.parametrize("env_id", BODILESS)
def test_plants_without_a_body_are_drawn_as_charts(env_id):
    env = make(env_id, render_mode="rgb_array", width=320, height=240)
    env.reset(seed=3)
    first = env.render()
    assert first.shape == (240, 320, 3)
    env.action_space.seed(3)
    for _ in range(20):
        env.step(env.action_space.sample())
    later = env.render()
    # Curves have grown; what is drawn depends on nothing but the run.
    assert np.count_nonzero((later != first).any(axis=2)) > 300
    assert_same(env.render(), later)
    again = make(env_id, render_mode="rgb_array", width=320, height=240)
    again.reset(seed=3)
    again.action_space.seed(3)
    for _ in range(20):
        again.step(again.action_space.sample())
    assert_same(again.render(), later)
    # A restored snapshot begins a new chart.
    env.unwrapped.restore(env.unwrapped.snapshot())
    env.step(env.action_space.sample())
    assert not np.array_equal(env.render(), later)


def test_rows_have_charts_of_their_own():
    envs = make_vec("Motor-Cont-CC-PMSM-v1", 3, render_mode="rgb_array", width=200, height=150)
    envs.reset(seed=3)
    for _ in range(5):
        envs.step(envs.action_space.sample())
    pictures = envs.render()
    assert len(pictures) == 3
    assert not np.array_equal(pictures[0], pictures[1])


def test_charts_refuse_what_they_cannot_do():
    env = make("Linear-he1-v1", render_mode="rgb_array", camera="top")
    env.reset(seed=0)
    with pytest.raises(flyball.InputError, match="no camera 'top'; a chart shows"):
        env.render()
    for side in ("width", "height"):
        for pixels in (0, -3, 4097, 80.5, "wide"):
            with pytest.raises(
                flyball.InputError, match=f"{side} is .*; a whole number, 1 to 4096"
            ):
                make("Linear-he1-v1", render_mode="rgb_array", **{side: pixels})


def test_bad_input():
    world = flyball.World(SCENE)
    with pytest.raises(flyball.InputError, match="did you mean 'top'"):
        world.render(camera="tip")
    with pytest.raises(flyball.InputError, match="width is 0; a whole number, 1 to 4096"):
        world.render(0, 0, 10)
    with pytest.raises(flyball.InputError, match="row 1 does not exist"):
        world.render(1)

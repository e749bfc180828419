"""flyball.World: rows of a scene of one's own, on either engine."""

import flyball
import numpy as np
import pytest
from bindings.helpers import assert_same

BALL = """<mujoco><option timestep="0.002"/><worldbody>
  <geom name="floor" type="plane" size="2 2 .1"/>
  <body name="ball" pos="0 0 1"><freejoint/><geom name="ball" type="sphere" size=".1" mass="2"/>
    <site name="top" pos="0 0 .1"/></body>
</worldbody><keyframe><key name="high" qpos="0 0 3 1 0 0 0"/></keyframe></mujoco>"""

CART = """<mujoco><option timestep="0.002" gravity="0 0 0"/><worldbody>
  <body name="cart"><joint name="x" type="slide" axis="1 0 0" range="-5 5" limited="true"/>
    <geom name="cart" type="box" size=".1 .1 .1" mass="4"/></body>
</worldbody><actuator><motor name="push" joint="x"/></actuator></mujoco>"""

both_engines = pytest.mark.parametrize("engine", ["mujoco", "bullet"])


@both_engines
def test_rows_fall_each_from_its_height(engine):
    world = flyball.World(BALL, engine=engine, num_rows=3)
    heights = np.array([1.0, 2.0, 3.0])
    qpos = world.qpos
    qpos[:, 2] = heights
    world.set_state(qpos, np.zeros((3, 6)))
    world.step(100)
    # Semi-implicit steps fall g h^2 n (n + 1) / 2.
    fallen = 9.81 * 0.002**2 * 100 * 101 / 2
    np.testing.assert_allclose(world.body_position("ball")[:, 2], heights - fallen, atol=1e-9)
    np.testing.assert_allclose(world.body_twist("ball")[:, 2], -9.81 * 0.2, atol=1e-9)
    np.testing.assert_allclose(world.site_position("top")[:, 2], heights - fallen + 0.1, atol=1e-9)
    np.testing.assert_allclose(world.accelerations[:, 2], -9.81, atol=1e-9)
    np.testing.assert_allclose(world.time, 0.2, rtol=1e-12)


@both_engines
def test_controls_wrenches_and_masses_of_rows(engine):
    world = flyball.World(CART, engine=engine, num_rows=3)
    world.override("body_mass", "cart", [8.0], rows=[2])
    world.ctrl = np.array([[4.0], [0.0], [4.0]])
    world.apply_wrench("cart", force=[8.0, 0.0, 0.0], rows=[1])
    world.step(50)
    # v = F t / m with t = 0.1 s.
    np.testing.assert_allclose(world.qvel[:, 0], [0.1, 0.2, 0.05], rtol=1e-9)
    np.testing.assert_array_equal(world.ctrl[:, 0], [4, 0, 4])
    world.step(50)  # the wrench was for one step
    np.testing.assert_allclose(world.qvel[:, 0], [0.2, 0.2, 0.1], rtol=1e-9)


@both_engines
def test_servo_reaches_its_target(engine):
    world = flyball.World(CART, engine=engine, num_rows=2)
    world.set_servos(["x"], [[0.3], [-0.2]], gain=0.03, max_force=1000.0)
    world.step(1000)
    np.testing.assert_allclose(world.qpos[:, 0], [0.3, -0.2], atol=1e-3)


@both_engines
def test_some_rows_only(engine):
    world = flyball.World(BALL, engine=engine, num_rows=3)
    before = world.qpos
    world.step(10, rows=[1])
    after = world.qpos
    assert_same(after[[0, 2]], before[[0, 2]])
    assert after[1, 2] < before[1, 2]
    world.reset(rows=np.array([False, True, False]))
    assert_same(world.qpos, before)
    world.reset(rows=2, keyframe="high")
    assert world.qpos[2, 2] == 3.0


@both_engines
@pytest.mark.parametrize("threads", [1, 3])
def test_snapshot_in_contact_is_exact_on_any_threads(engine, threads):
    world = flyball.World(BALL, engine=engine, num_rows=5, threads=threads)
    world.step(230)  # just about to land
    snapshot = world.snapshot(3)
    world.step(200)
    expected = world.qpos, world.qvel
    contact = world.contacts(3)[0]
    assert {contact["geom1"], contact["geom2"]} == {"floor", "ball"}
    assert abs(contact["normal"][2]) == pytest.approx(1.0)
    other = flyball.World(BALL, engine=engine, num_rows=1)
    other.restore(0, snapshot)
    other.step(200)
    assert_same((other.qpos[0], other.qvel[0]), (expected[0][3], expected[1][3]))


def test_site_jacobian():
    world = flyball.World(BALL, num_rows=2)
    jacobian = world.site_jacobian("top")
    assert jacobian.shape == (2, 6, 6)
    np.testing.assert_allclose(jacobian[0, :3, :3], np.eye(3), atol=1e-15)


def test_bad_input():
    with pytest.raises(flyball.DataError, match="nowhere"):
        flyball.World("/nowhere/model.xml")
    with pytest.raises(flyball.DataError, match=r"\d"):
        flyball.World("<mujoco><worldbody><bdy/></worldbody></mujoco>")
    with pytest.raises(flyball.InputError, match="did you mean 'bullet'"):
        flyball.World(BALL, engine="bulet")
    with pytest.raises(flyball.InputError, match="did you mean 'iterations'"):
        flyball.World(BALL, engine="bullet", bullet={"iteration": 3})
    world = flyball.World(BALL, num_rows=2)
    with pytest.raises(flyball.InputError, match="did you mean 'ball'"):
        world.body_position("bal")
    with pytest.raises(flyball.InputError, match="row 2 does not exist; 0 to 1"):
        world.step(1, rows=[2])
    with pytest.raises(flyball.InputError, match="qpos: 3 numbers given; 7"):
        world.set_state(np.zeros(3), np.zeros(6))
    with pytest.raises(flyball.InputError, match="did you mean 'body_mass'"):
        world.override("body_masss", "ball", 1.0)
    with pytest.raises(flyball.DataError, match="another model or engine"):
        flyball.World(CART).restore(0, world.snapshot(0))
    with pytest.raises(flyball.DataError):
        world.restore(0, world.snapshot(0)[:50])


def test_a_row_that_fails_is_marked_and_starts_over():
    world = flyball.World(CART, num_rows=3)
    # A motor that MuJoCo's own limit on magnitudes cuts off.
    world.ctrl = np.array([[0.0], [1e300], [0.0]])
    world.step(20)
    np.testing.assert_array_equal(world.failed, [False, True, False])
    assert np.isfinite(world.qpos).all()
    world.reset()
    assert not world.failed.any()

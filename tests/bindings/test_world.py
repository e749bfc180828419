"""flyball.World: rows of a scene of one's own, on either engine."""

import flyball
import numpy as np
import pytest
from bindings.helpers import ROOT, assert_same

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


@both_engines
def test_drag_is_a_setting_of_either_engine(engine):
    settings = {engine: {"linear_damping": 0.3, "angular_damping": 0.0}}
    world = flyball.World(BALL, engine, **settings)
    flying = np.array([1.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    world.set_state([0, 0, 50, 1, 0, 0, 0], flying)
    world.step(1)
    # F = -m v (d + d |v|), held over a substep.
    np.testing.assert_allclose(world.qvel[0, 0], 1 - 0.002 * 0.3 * 2, rtol=1e-6)


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
    with pytest.raises(flyball.InputError, match=r"setting of mujoco 'sweeps'.*'servo_sweeps'"):
        flyball.World(BALL, mujoco={"sweeps": 3})
    world = flyball.World(BALL, num_rows=2)
    with pytest.raises(flyball.InputError, match="did you mean 'ball'"):
        world.body_position("bal")
    with pytest.raises(flyball.InputError, match="row 2 does not exist; 0 to 1"):
        world.step(1, rows=[2])
    with pytest.raises(flyball.InputError, match="qpos: 3 numbers given; 7"):
        world.set_state(np.zeros(3), np.zeros(6))
    with pytest.raises(flyball.InputError, match="did you mean 'body_mass'"):
        world.override("body_masss", "ball", 1.0)
    with pytest.raises(flyball.DataError, match="another scene"):
        flyball.World(CART).restore(0, world.snapshot(0))
    with pytest.raises(flyball.DataError):
        world.restore(0, world.snapshot(0)[:50])


@both_engines
def test_a_damaged_snapshot_is_refused_whichever_bit_is_flipped(engine):
    world = flyball.World(BALL, engine=engine, num_rows=2)
    world.step(300, rows=[0])
    good, before = world.snapshot(0), world.snapshot(1)
    for at in range(0, len(good), 7):
        flipped = bytearray(good)
        flipped[at] ^= 1 << at % 8
        with pytest.raises(flyball.DataError, match="damaged"):
            world.restore(1, bytes(flipped))
    assert world.snapshot(1) == before
    other = flyball.World(BALL, engine="bullet" if engine == "mujoco" else "mujoco")
    with pytest.raises(flyball.DataError, match="not made with engine"):
        other.restore(0, good)


def test_arguments_of_another_kind():
    world = flyball.World(CART, num_rows=3)
    for refusing, why in (
        (lambda: flyball.World(CART, num_rows=0), "num_rows is 0; a whole number, 1 or more"),
        (lambda: flyball.World(CART, num_rows=1.5), "num_rows is 1.5"),
        (lambda: flyball.World(CART, threads=-1), "threads is -1; a whole number, 0 or more"),
        (lambda: flyball.World(CART, timestep=0.0), "timestep is 0.0; a number above 0 s"),
        (lambda: flyball.World(CART, bullet={"iterations": "ten"}), "'iterations' is 'ten'"),
        (lambda: flyball.World(CART, bullet=3), "bullet is 3; a dictionary"),
        (lambda: world.step(2.5), "substeps is 2.5; a whole number"),
        (lambda: world.step(1, rows=[0.5]), r"rows is \[0.5\]"),
        (lambda: world.step(1, rows=np.array([True, False])), "a mask of 3 truths"),
        (lambda: world.step(1, rows="all"), "rows is 'all'"),
        (lambda: world.snapshot("first"), "row is 'first'"),
        (lambda: world.set_servos("x", [0.1]), "joints is 'x'; a list of names"),
        (lambda: world.set_ctrl("full"), "ctrl is 'full'; numbers are needed"),
        (lambda: world.render(width=0), "width is 0; a whole number, 1 to 4096"),
    ):
        with pytest.raises(flyball.InputError, match=why):
            refusing()
    world.step(1, rows=np.array([True, False, True]))
    np.testing.assert_array_equal(world.time > 0, [True, False, True])


@both_engines
def test_what_is_refused_for_one_row_is_written_to_none(engine):
    world = flyball.World(BALL, engine=engine, num_rows=3)
    world.step(5)
    before = [world.snapshot(row) for row in range(3)]
    qpos, qvel = world.qpos, world.qvel
    qpos[2, 3:] = 0.0
    for refusing, why in (
        (lambda: world.set_state(qpos, qvel), r"quaternion at qpos\[3\] has length 0"),
        (lambda: world.set_state(qpos * np.nan, qvel), r"qpos\[0\] is nan; a finite number"),
        (lambda: world.override("body_mass", "ball", [1.0, 2.0, -1.0]), r"body 1 \('ball'\).* -1;"),
        (lambda: world.override("body_inertia", "ball", [1.0, 1.0, 3.0]), "3 is more than the two"),
    ):
        with pytest.raises(flyball.InputError, match=why):
            refusing()
    assert [world.snapshot(row) for row in range(3)] == before


@both_engines
def test_a_row_that_fails_is_marked_and_starts_over(engine):
    world = flyball.World(CART, engine=engine, num_rows=3)
    # Beyond what engines take for a number, and none.
    world.ctrl = np.array([[0.0], [1e300], [0.0]])
    world.apply_wrench("cart", force=[np.nan, 0.0, 0.0], rows=[0])
    world.step(20)
    np.testing.assert_array_equal(world.failed, [True, True, False])
    assert np.isfinite(world.qpos).all()
    world.reset()
    assert not world.failed.any()


# A model with everything that Bullet simulates, but not as MuJoCo does.
FOREIGN = """<mujoco>
  <option impratio="2" noslip_iterations="3" cone="pyramidal"><flag sleep="enable"/></option>
  <worldbody>
    <geom name="floor" type="plane" size="2 2 .1"/>
    <body pos="0 0 1">
      <joint name="ball" type="ball" range="0 1" frictionloss=".1"/>
      <geom name="g1" size=".1" margin=".01" surfacevel="1 0 0 0 0 0" adhesion="1"/>
      <site name="s1" pos=".1 0 0"/>
      <body pos=".3 0 0">
        <joint name="hinge" axis="0 1 0" range="-1 1" armature=".1" stiffness="1" springyield="2"/>
        <geom name="g2" size=".1"/>
        <site name="s2" pos=".1 0 0"/>
      </body>
    </body>
  </worldbody>
  <contact>
    <pair geom1="g1" geom2="floor" friction="1 .5 .01 .001 .001"/>
    <pair geom1="g2" geom2="floor" margin=".01"/>
  </contact>
  <tendon>
    <spatial range="0 2" frictionloss=".1" armature=".1" stiffness="1" springyield="1">
      <site site="s1"/><site site="s2"/>
    </spatial>
  </tendon>
  <sensor><jointpos joint="hinge"/></sensor>
</mujoco>"""


def test_what_bullet_does_not_honour_is_in_the_documentation():
    text = (ROOT / "docs/engines.md").read_text()
    section = text[text.index("### What Bullet does not honour") :].split("\n\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("|")][2:]
    listed = []
    for severity, feature, treatment in flyball.World(FOREIGN, engine="bullet").unsupported:
        # What changes physics is followed by the names of the elements that have it.
        kind = feature[: feature.rindex(" (")] if severity == "changes physics" else feature
        listed.append(f"| {kind} | {treatment} | {severity} |")
    assert listed == table
    assert flyball.World(FOREIGN).unsupported == []


@pytest.mark.parametrize(
    ("body", "rest", "what"),
    [
        ("", "<equality><weld name='glue' body1='a' body2='b'/></equality>", "equality.*'glue'"),
        ("", "<actuator><adhesion name='gum' body='a' ctrlrange='0 1'/></actuator>", "adh.*'gum'"),
        (
            "",
            "<actuator><motor name='late' joint='x' delay='.02' nsample='3'/></actuator>",
            "delay of actuator 'late'",
        ),
        (
            "<body mocap='true'><body name='led'><joint/><geom size='.1'/></body></body>",
            "",
            "joints on a mocap body .*'led'",
        ),
        (
            "<geom name='hills' type='hfield' hfield='h'/>",
            "<asset><hfield name='h' nrow='2' ncol='2' size='1 1 1 1'/></asset>",
            "height field of geom 'hills'",
        ),
        (
            "<flexcomp name='cloth' type='grid' count='3 3 1' spacing='.1 .1 .1' mass='1' dim='2' "
            "radius='.01'/>",
            "",
            "flex 'cloth'",
        ),
    ],
)
def test_what_bullet_cannot_simulate_is_refused(body, rest, what):
    model = f"""<mujoco><worldbody>
      <body name="a" pos="0 0 1"><freejoint/><geom size=".1"/></body>
      <body name="b" pos="1 0 1"><joint name="x" type="slide"/><geom size=".1"/></body>{body}
    </worldbody>{rest}</mujoco>"""
    flyball.World(model).step(3)
    with pytest.raises(flyball.InputError, match=f"engine 'bullet' cannot simulate {what}"):
        flyball.World(model, engine="bullet")

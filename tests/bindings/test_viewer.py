"""The window: keys are pressed in it, and its picture is read back, on a display of our own."""

import os
import pickle
import shutil
import subprocess
import sys
import threading
import time

import flyball
import gymnasium as gym
import numpy as np
import pytest
from bindings.display_helpers import Display, is_drawn, share_changed, until
from bindings.helpers import ROOT, make, make_vec, run_script
from flyball import cli, datasets
from flyball.play import Session

pytestmark = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xdotool")), reason="needs Xvfb and xdotool"
)
SMALL = {"width": 480, "height": 320, "shadows": False}


@pytest.fixture(scope="module")
def server():
    display = Display()
    yield display
    display.close()


@pytest.fixture
def display(server, monkeypatch):
    monkeypatch.setenv("DISPLAY", server.name)
    return server


@pytest.fixture
def reach(display, tmp_path):
    session = Session("PandaReach-v1", paused=True, folder=tmp_path, seed=3, **SMALL)
    for _ in range(3):
        session.show()
    display.key("Tab")  # panels away: what remains is the world and the status
    first = session.viewer.picture()
    until(lambda: share_changed(session.viewer.picture(), first) > 0.2, session.tick)
    yield session
    session.close()


def settled(session):
    """The picture once it stays the same."""
    for _ in range(3):
        session.tick()
    return session.viewer.picture()


def pressed(display, session, *keys):
    """The picture after keys, once it is another than before."""
    before = settled(session)
    display.key(*keys)
    until(lambda: share_changed(session.viewer.picture(), before) > 0, session.tick)
    return settled(session)


def test_looking_changes_the_picture_and_not_the_plant(reach, display):
    first, state = settled(reach), reach.env.snapshot()
    assert is_drawn(first)
    for key in ("Left", "Prior", "shift+Up"):
        seen = pressed(display, reach, key)
        assert share_changed(seen, first) > 0.1, key
    back = pressed(display, reach, "Home")
    assert share_changed(back, first) == 0
    # By mouse: a drag turns, the wheel comes nearer.
    display.do("mousemove", "200", "200", "mousedown", "1", "mousemove", "260", "220")
    until(lambda: share_changed(reach.viewer.picture(), first) > 0.1, reach.tick)
    display.do("mouseup", "1")
    turned = settled(reach)
    display.do("click", "4")
    until(lambda: share_changed(reach.viewer.picture(), turned) > 0.01, reach.tick)
    # Frames, followed bodies, help and the cameras' pictures are shown, and taken away again.
    for key in ("x", "t", "F1", "g"):
        settled(reach)
        assert share_changed(pressed(display, reach, key), turned) > 0.001, key
    assert reach.env.snapshot() == state


def test_pause_step_and_reset(reach, display):
    assert reach.paused
    reach.tick()
    assert reach.steps == 0
    for count in (1, 2):
        display.key("period")
        until(lambda count=count: reach.steps == count, reach.tick)
    for _ in range(3):
        reach.tick()
    assert reach.steps == 2
    display.key("space")
    until(lambda: reach.steps > 4, reach.tick)
    display.key("space")
    until(lambda: reach.paused, reach.tick)
    state = reach.env.snapshot()
    display.key("BackSpace")
    until(lambda: reach.steps == 0, reach.tick)
    again = make("PandaReach-v1")
    again.reset(seed=3)
    np.testing.assert_array_equal(reach.env.state["qpos"], again.unwrapped.state["qpos"])
    assert reach.env.snapshot() != state
    display.key("n")
    until(lambda: reach.seed == 4, reach.tick)
    speed = reach.pace.speed
    display.key("minus")
    until(lambda: reach.pace.speed == speed / 2, reach.tick)


def test_a_seed_is_typed_into_the_panel(display):
    session = Session("PandaReach-v1", paused=True, **SMALL)
    for _ in range(3):
        session.tick()
    # Keys that are text are no commands: "n" would go to the next seed.
    display.do("mousemove", "180", "104", "click", "1")
    for _ in range(3):
        session.tick()
    display.do("type", "--delay", "30", "4n2")
    session.tick()
    display.do("keydown", "Return")
    until(lambda: session.seed != 0, session.tick)
    display.do("keyup", "Return")
    assert session.seed == 42
    session.close()


def test_a_window_of_another_size_is_filled(display):
    session = Session("PDE-burgers-v1", paused=True, **SMALL)
    session.tick()
    display.do("search", "--name", "flyball PDE", "windowsize", "700", "500")
    until(lambda: session.viewer.picture().shape == (500, 700, 3), session.tick)
    session.tick()
    assert is_drawn(session.viewer.picture()[300:, :300])
    session.close()


def test_keys_act_and_a_recorded_episode_replays(reach, display, tmp_path):
    display.key("F4")
    until(lambda: reach.recording is not None, reach.tick)
    display.do("keydown", "w")
    until(lambda: reach.viewer.keys_down() == ["W"], reach.tick)
    start = reach.env.state["qpos"].copy()
    for _ in range(12):
        reach.step()
    assert np.abs(reach.env.state["qpos"] - start).max() > 0.05
    display.do("keyup", "w")
    display.key("F4")
    until(lambda: reach.recorded, reach.tick)
    (folder,) = reach.recorded
    report = datasets.verify(folder, replay=True)
    assert report.ok
    assert report.steps == 12
    dataset = datasets.open(folder)
    assert dataset.plan["policies"][0]["policy"] == "human"
    np.testing.assert_array_equal(dataset[0].actions, np.tile(np.float32([1, 0, 0]), (12, 1)))


def test_a_drone_is_flown_by_keys(display, tmp_path):
    session = Session("QuadHover-v1", paused=True, folder=tmp_path, seed=3, **SMALL)
    assert session.spec.options["action"] == "velocity"
    assert "action=velocity" in session.message
    session.show()
    display.do("keydown", "e")
    until(lambda: session.viewer.keys_down() == ["E"], session.tick)
    for _ in range(12):
        session.step()
    kinematics = session.env.state["kinematics"][0]
    assert kinematics[12] > 0.5  # it climbs
    display.do("keyup", "e")
    until(lambda: session.viewer.keys_down() == [], session.tick)
    for _ in range(45):
        session.step()
    kinematics = session.env.state["kinematics"][0]
    assert np.abs(kinematics[10:13]).max() < 0.1  # it stays
    assert session.steps == 57  # and has not crashed
    session.close()


def test_episodes_that_end_become_one_dataset(display, tmp_path):
    session = Session(
        "PandaReach-v1", paused=True, policy="random", folder=tmp_path / "new", seed=2, **SMALL
    )
    session.obey("record", 0, "")
    while not session.recorded or len(datasets.open(session.recorded[0])) < 2:
        session.step()
    session.step()  # of the third, which is left out
    session.obey("record", 0, "")
    assert session.recording is None
    assert session.message == f"2 episodes in {tmp_path / 'new' / 'PandaReach-v1-seed2'}"
    (folder,) = session.recorded
    assert datasets.verify(folder, replay=True).ok
    assert len(datasets.open(folder)) == 2
    # The next recording of the seed has a folder of its own; a reset drops what is unfinished.
    session.obey("record", 0, "")
    assert session.recording.folder.name == "PandaReach-v1-seed2-2"
    session.step()
    session.obey("reset", 0, "")
    assert session.recording is None
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["PandaReach-v1-seed2"]
    session.close()


def test_keys_switch_the_engine_and_the_pilot(reach, display):
    reach.step()
    before, steps = reach.env.state["qpos"].copy(), reach.steps
    for engine in ("bullet", "mujoco"):
        display.key("F2")
        until(lambda engine=engine: reach.engine == engine, reach.tick)
        np.testing.assert_allclose(reach.env.state["qpos"], before, atol=1e-12)
    assert reach.steps == steps
    for pilot in [*reach.pilots[1:], "keyboard"]:
        display.key("F3")
        until(lambda pilot=pilot: reach.pilot == pilot, reach.tick)


@pytest.mark.parametrize(
    ("env_id", "other"), [("PandaPush-v1", "bullet"), ("QuadMultiHover-v1", "mujoco")]
)
def test_the_engine_is_switched_on_the_run(display, env_id, other):
    session = Session(env_id, paused=True, policy="random", seed=5, **SMALL)
    for _ in range(5):
        session.step()
    before, steps = session.env.state, session.steps
    session.switch_engine(other)
    assert (session.engine, session.steps) == (other, steps)
    for name, value in session.env.state.items():
        np.testing.assert_allclose(value, before[name], atol=1e-12, err_msg=name)
    session.step()
    session.tick()
    assert is_drawn(session.viewer.picture())
    session.obey("record", 0, "")
    session.obey("engine", -1, "")
    assert "save it first" in session.message
    session.close()


@pytest.mark.parametrize(
    "env_id", ["PandaReach-v1", "QuadHover-v1", "Motor-Finite-CC-PMSM-v1", "PDE-burgers-v1"]
)
def test_every_family_is_shown_to_humans(display, env_id):
    env = make(env_id, render_mode="human", **SMALL)
    env.reset(seed=1)
    window = env.unwrapped._window
    first = window.picture()
    assert is_drawn(first)
    window._pace.speed = 16.0
    for _ in range(5):
        env.step(env.action_space.sample())
    assert env.render() is None
    assert share_changed(window.picture(), first) > 0
    assert not env.unwrapped.window_closed
    env.close()
    assert env.unwrapped.window_closed


def test_goals_are_seen(display):
    session = Session("QuadHover-v1", paused=True, width=800, height=400)
    session.tick()
    red, green, blue = np.moveaxis(session.viewer.picture().astype(int), 2, 0)
    assert ((green > red + 40) & (green > blue + 40)).sum() > 20
    session.close()


def test_a_vector_shows_one_row(display):
    envs = make_vec("QuadHover-v1", 3, render_mode="human", shown_row=1, **SMALL)
    envs.reset(seed=1)
    envs.step(envs.action_space.sample())
    assert is_drawn(envs.unwrapped._window.picture())
    assert envs.render() is None
    envs.close()
    with pytest.raises(flyball.InputError, match="shown_row is 3; 0 to 2"):
        make_vec("QuadHover-v1", 3, render_mode="human", shown_row=3)


def test_windows_do_not_mind_each_other_and_mind_their_thread(display):
    first, second = (
        make(env_id, render_mode="human", **SMALL) for env_id in ("QuadHover-v1", "PDE-burgers-v1")
    )
    for env in (first, second):
        env.reset(seed=0)
        env.step(env.action_space.sample())
    shown = [env.unwrapped._window.picture() for env in (first, second)]
    assert is_drawn(shown[0])
    assert is_drawn(shown[1])
    assert share_changed(*shown) > 0.5
    first.close()
    second.unwrapped._window.show()
    assert is_drawn(second.unwrapped._window.picture())
    said = []

    def elsewhere():
        try:
            second.render()
        except flyball.Error as error:
            said.append(str(error))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert said == ["a window is used by the thread that opened it, and no other"]
    # An environment that travels opens a window of its own.
    again = pickle.loads(pickle.dumps(second.unwrapped))
    second.close()
    assert again.step(again.action_space.sample())[1] is not None
    assert not again.window_closed
    again.close()


def test_a_run_goes_on_when_its_window_is_closed(display):
    env = make("PandaReach-v1", render_mode="human", **SMALL)
    env.reset(seed=1)
    display.key("Escape")
    action = env.action_space.sample()
    with pytest.warns(UserWarning, match="the window is gone"):
        until(lambda: env.unwrapped.window_closed, lambda: env.unwrapped.step(action))
    reference = make("PandaReach-v1")
    reference.reset(seed=1)
    env.reset(seed=1)
    env.render()
    np.testing.assert_array_equal(
        env.step(action)[0]["observation"], reference.step(action)[0]["observation"]
    )
    env.close()


def test_a_lost_display_does_not_take_the_process_along():
    script = """
import os, sys
sys.path.insert(0, "tests")
from bindings.display_helpers import Display
display = Display()
os.environ["DISPLAY"] = display.name
import gymnasium as gym, flyball
env = gym.make("flyball/QuadHover-v1", render_mode="human", width=320, height=240)
env.reset(seed=1)
env.step(env.action_space.sample())
display.close()
for _ in range(5):
    env.step(env.action_space.sample())
    env.render()
print(env.unwrapped.window_closed, env.unwrapped._window.why_closed)
env.close()
try:
    gym.make("flyball/QuadHover-v1", render_mode="human")
except flyball.Error as error:
    print(error)
"""
    first, second = run_script(script).splitlines()
    assert first == "True display lost"
    assert "lost its display" in second


def test_what_was_recorded_survives_a_lost_display(tmp_path):
    script = f"""
import os, sys
sys.path.insert(0, "tests")
from bindings.display_helpers import Display
display = Display()
os.environ["DISPLAY"] = display.name
from flyball import Error, datasets
from flyball.play import Session
session = Session("QuadHover-v1", folder={str(tmp_path)!r}, width=320, height=240)
session.obey("record", 0, "")
for _ in range(3):
    session.step()
display.close()
try:
    session.run()
except Error as error:
    print(error)
session.close()
print(datasets.verify(session.recorded[0], replay=True).ok)
"""
    said, verified = run_script(script).splitlines()
    assert said == "the display was lost; what was recorded is saved"
    assert verified == "True"


def test_without_a_display_it_is_said_what_to_do(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(flyball.Error, match=r"rgb_array.*flyball render"):
        make("PandaReach-v1", render_mode="human")
    done = subprocess.run(
        [sys.executable, "-m", "flyball", "play", "PandaReach-v1"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "flyball render" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_bad_input(display, tmp_path):
    with pytest.raises(flyball.InputError, match="width is 0; a whole number, 64 to 4096"):
        make("PandaReach-v1", render_mode="human", width=0)
    with pytest.raises(flyball.InputError, match="height is 5000; a whole number, 64 to 4096"):
        make("PandaReach-v1", render_mode="human", height=5000)
    env = make("PandaReach-v1", render_mode="human", camera="nowhere", **SMALL)
    with pytest.raises(flyball.InputError, match="unknown camera 'nowhere'"):
        env.reset(seed=0)
    env.close()
    with pytest.raises(flyball.InputError, match="unknown camera 'sid'; did you mean 'side'"):
        Session("PandaReach-v1", camera="sid", **SMALL).show()
    with pytest.raises(flyball.InputError, match=r"policy 'scripte'.*'scripted'"):
        Session("PandaPush-v1", policy="scripte")
    with pytest.raises(flyball.InputError, match="gain is 0"):
        Session("PandaPush-v1", gain=0.0)
    with pytest.raises(flyball.InputError, match="flyball play"):
        datasets.generate("PandaReach-v1", tmp_path / "d", episodes=1, policy="human")
    with pytest.raises(flyball.InputError, match="episode 0 goes on after its 2 actions"):
        datasets.record("PandaReach-v1", tmp_path / "e", [np.zeros((2, 3))])
    with pytest.raises(flyball.InputError, match="ended after 50 of their 60 actions"):
        datasets.record("PandaReach-v1", tmp_path / "e", [np.zeros((60, 3))])
    with pytest.raises(flyball.InputError, match="episode 1 has no actions"):
        datasets.record("PandaReach-v1", tmp_path / "e", [np.zeros((2, 3)), []])
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "e").mkdir()
    with pytest.raises(flyball.DataError, match="something already"):
        datasets.record("PandaReach-v1", tmp_path / "e", [np.zeros((2, 3))])


def test_play_on_the_command_line(display, tmp_path, monkeypatch, capsys):
    sessions = []

    class Watched(Session):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            sessions.append(self)

    def person():
        until(lambda: sessions and sessions[0].steps > 0, lambda: time.sleep(0.05))
        display.key("F4")
        until(
            lambda: sessions[0].recording and len(sessions[0].recording.actions) > 3,
            lambda: time.sleep(0.05),
        )
        display.key("Escape")

    monkeypatch.setattr("flyball.play.Session", Watched)
    thread = threading.Thread(target=person)
    thread.start()
    words = ["play", "PandaReach-v1", "--record", str(tmp_path), "--seed", "7", "--no-shadows"]
    assert cli.main([*words, "--width", "400", "--height", "300", "--engine", "bullet"]) == 0
    thread.join()
    folder = capsys.readouterr().out.split()[-1]
    plan = datasets.open(folder).plan
    assert (plan["seed"], plan["options"]["engine"]) == (7, "bullet")
    assert datasets.verify(folder, replay=True).ok


def test_what_has_no_window_loads_nothing_of_it():
    script = """
import gymnasium as gym, flyball
env = gym.make("flyball/PandaReach-v1", render_mode="rgb_array")
env.reset(seed=0)
env.step(env.action_space.sample())
loaded = open("/proc/self/maps").read()
print([name for name in ("glfw", "libGL.", "libX11", "libflyball_viewer") if name in loaded])
"""
    assert run_script(script) == "[]\n"


def test_help_lists_the_keys(capsys):
    with pytest.raises(SystemExit):
        cli.main(["play", "--help"])
    text = capsys.readouterr().out
    page = (ROOT / "docs/viewer.md").read_text()
    for name, _, what, _ in flyball._core.viewer_keys():
        assert f"  {name:<10} {what}" in text
        assert f"| `{name}` | {what} |" in page


def test_gymnasium_knows_the_mode():
    assert "human" in gym.spec("flyball/PandaReach-v1").make().metadata["render_modes"]

"""Keys as actions, without a window."""

import flyball
import numpy as np
import pytest
from bindings.helpers import make
from flyball.teleop import Keyboard, options_by_hand


def keyboard(env_id, gain=1.0, **options):
    return Keyboard(flyball.spec(env_id, **options).action, gain)


def test_a_pair_of_keys_moves_a_number_about_its_middle():
    keys = keyboard("PandaPush-v1")
    np.testing.assert_array_equal(keys.action([]), np.zeros(3, np.float32))
    np.testing.assert_array_equal(keys.action(["W"]), np.float32([1, 0, 0]))
    np.testing.assert_array_equal(keys.action(["S", "E"]), np.float32([-1, 0, 1]))
    np.testing.assert_array_equal(keys.action(["W", "S", "Z"]), np.zeros(3, np.float32))
    assert keys.action(["W"]).dtype == np.float32
    assert keys.key_names() == ["W / S", "A / D", "E / Q"]
    np.testing.assert_array_equal(
        keyboard("PandaPush-v1", gain=0.25).action(["A"]), np.float32([0, 0.25, 0])
    )


def test_keys_are_added_to_a_policy_inside_the_bounds():
    keys = keyboard("PandaPush-v1", gain=0.5)
    base = np.float32([0.8, -0.2, 0.1])
    np.testing.assert_allclose(keys.action(["W", "D"], base), [1.0, -0.7, 0.1], atol=1e-7)
    np.testing.assert_array_equal(base, np.float32([0.8, -0.2, 0.1]))


def test_digits_choose_and_the_choice_stays():
    keys = keyboard("Motor-Finite-CC-PMSM-v1")
    assert keys.action([]) == 0
    assert keys.action(["5"]) == 5
    assert keys.action([]) == 5
    assert keys.action(["9"]) == 5  # there are eight
    assert keys.action(["W"]) == 6
    assert keys.action(["W"]) == 6  # held: one step
    assert keys.action([]) == 6
    assert keys.action(["W"]) == 7
    assert keys.action([]) == 7
    assert keys.action(["W"]) == 0  # around
    assert keys.action(["3"], base=np.int64(2)) == 3
    assert keys.action([], base=np.int64(2)) == 2
    keys.release()
    assert keys.action([]) == 0


def test_several_choices_have_a_pair_each():
    spec = flyball.spec("Motor-Finite-CC-DFIM-v1")
    assert spec.action.kind == "multi_discrete"
    keys = Keyboard(spec.action)
    np.testing.assert_array_equal(keys.action(["A"]), [0, 1])
    np.testing.assert_array_equal(keys.action(["S"]), [spec.action.choices[0] - 1, 1])


def test_brackets_turn_the_keys_to_the_next_drone():
    keys = keyboard("QuadMultiHover-v1")
    assert (keys.num_groups, keys.group_size) == (2, 4)
    assert keys.action(["W"])[0, 0] == 1
    keys.change_group(1)
    action = keys.action(["W"])
    assert action.shape == (2, 4)
    assert (action[0] == 0).all()
    assert action[1, 0] == 1
    assert keys.key_names()[:5] == ["", "", "", "", "W / S"]
    keys.change_group(1)
    assert keys.group == 0


FLOWN = [name for name in flyball.list_envs() if name.startswith("Quad") and "Tune" not in name]


def test_keys_are_given_an_action_that_they_can_hold():
    assert options_by_hand("QuadHover-v1", {"drone": "race"}) == {
        "drone": "race",
        "action": "velocity",
    }
    assert options_by_hand("QuadHover-v1", {"action": "rpm"}) == {"action": "rpm"}
    assert options_by_hand("QuadHover-v1", {"preset": "gpd_pyb"}) == {"preset": "gpd_pyb"}
    assert options_by_hand("QuadTune-v1", {}) == {}
    assert options_by_hand("PandaPush-v1", {}) == {}


@pytest.mark.parametrize("env_id", FLOWN)
def test_a_drone_stays_without_keys_and_goes_where_they_say(env_id):
    options = options_by_hand(env_id, {})
    assert options == {"action": "velocity"}
    spec = flyball.spec(env_id, **options)
    keys = Keyboard(spec.action)
    second = round(1 / spec.control_period)
    env = make(env_id, **options).unwrapped
    for held, axis in (([], None), (["W"], 0), (["A"], 1), (["E"], 2)):
        env.reset(seed=2, options={"position": [[8 * k, 0, 0.8] for k in range(spec.num_agents)]})
        first = env.state["kinematics"][0, :3].copy()
        for _ in range(second):
            env.step(keys.action(held))
        moved = env.state["kinematics"][0, :3] - first
        if axis is None:
            assert np.abs(moved).max() < 0.15
        else:
            assert moved[axis] > 0.6
            assert np.abs(np.delete(moved, axis)).max() < 0.25


@pytest.mark.parametrize("env_id", flyball.list_envs())
def test_every_action_can_be_given_by_keys(env_id):
    spec = flyball.spec(env_id)
    keys = Keyboard(spec.action)
    space = make(env_id).action_space
    for held in ([], ["W"], ["S", "D", "I", "O"], ["1"]):
        assert space.contains(keys.action(held)), held
    for gain in (0.0, 1.5):
        with pytest.raises(flyball.InputError, match="above 0 and up to 1"):
            Keyboard(spec.action, gain)

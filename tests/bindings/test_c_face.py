"""The C face: from C, compiled by the strictest rules, and from Python through ctypes."""

import ctypes as c
import json
import shutil
import subprocess
from pathlib import Path

import flyball
import gymnasium as gym
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
DTYPES = ["float32", "float64", "int64", "uint8", "bool"]
OK, INPUT_ERROR, DATA_ERROR = 0, 1, 2


class Column(c.Structure):
    """flyball_column."""

    _fields_ = (
        ("name", c.c_char_p),
        ("dtype", c.c_int),
        ("ndim", c.c_int),
        ("shape", c.POINTER(c.c_int64)),
        ("data", c.c_void_p),
        ("row_bytes", c.c_size_t),
    )


class Value(c.Structure):
    """flyball_value."""

    _fields_ = (("name", c.c_char_p), ("values", c.POINTER(c.c_double)), ("count", c.c_size_t))


@pytest.fixture(scope="module")
def lib():
    """libflyball as ctypes sees it."""
    library = c.CDLL(flyball.library_path())
    for name in ("last_error", "version", "library_path"):
        getattr(library, f"flyball_{name}").restype = c.c_char_p
    library.flyball_free.argtypes = [c.c_void_p]
    library.flyball_env_free.argtypes = [c.c_void_p]
    library.flyball_policy_free.argtypes = [c.c_void_p]
    library.flyball_state_size.restype = c.c_size_t
    return library


def error(lib):
    return lib.flyball_last_error().decode()


def text(lib, function, *arguments):
    """The JSON that a function hands out."""
    out = c.c_void_p()
    assert getattr(lib, function)(*arguments, c.byref(out)) == OK, error(lib)
    try:
        return json.loads(c.string_at(out.value), parse_constant=lambda x: pytest.fail(x))
    finally:
        lib.flyball_free(out)


def make(lib, env_id, options=None):
    env = c.c_void_p()
    given = None if options is None else json.dumps(options).encode()
    assert lib.flyball_make(env_id.encode(), given, None, c.byref(env)) == OK, error(lib)
    return env


def column(lib, env, name):
    """A column as a numpy array in place."""
    found = Column()
    assert lib.flyball_find_column(env, name.encode(), c.byref(found)) == OK, error(lib)
    shape = tuple(found.shape[: found.ndim])
    dtype = np.dtype(DTYPES[found.dtype])
    size = int(np.prod(shape)) * dtype.itemsize
    return np.frombuffer((c.c_char * size).from_address(found.data), dtype).reshape(shape)


@pytest.mark.parametrize("standard", ["c99", "c11"])
def test_from_c(lib, tmp_path, standard):
    library = Path(flyball.library_path())
    program = tmp_path / "face"
    compiler = [shutil.which("gcc"), f"-std={standard}", "-pedantic", "-Wall", "-Wextra", "-Werror"]
    sources = [f"-I{ROOT / 'bindings' / 'c'}", ROOT / "tests" / "bindings" / "c" / "face.c"]
    links = [library, f"-Wl,-rpath,{library.parent}", "-o", program]
    subprocess.run([*compiler, *sources, *links], check=True)
    result = subprocess.run([program], capture_output=True, text=True)
    assert result.stdout == "ok\n", result.stderr


def test_lists_and_specs_are_those_of_python(lib):
    assert text(lib, "flyball_list_envs") == flyball.list_envs()
    assert lib.flyball_version().decode() == flyball.__version__
    for env_id in ("PandaReach-v1", "QuadMultiHover-v1", "Motor-Finite-CC-PMSM-v1"):
        mine = text(lib, "flyball_spec", env_id.encode(), None)
        theirs = flyball.spec(env_id)
        assert mine["id"] == theirs.id
        assert mine["action"]["kind"] == theirs.action.kind
        assert [f["name"] for f in mine["observation"]] == [f.name for f in theirs.observation]
        assert mine["control_period"] == theirs.control_period
        assert {"preset", "dtype"} <= {option["name"] for option in mine["option_schema"]}


@pytest.mark.parametrize("env_id", ["QuadHover-v1", "PandaReach-v1", "Motor-Cont-CC-PMSM-v1"])
def test_it_steps_to_the_bits_of_gymnasium(lib, env_id):
    env = make(lib, env_id, {"dtype": "float64"})
    assert (
        lib.flyball_reset(env, (c.c_uint64 * 1)(5), c.c_size_t(1), None, None, c.c_size_t(0)) == 0
    )
    peer = gym.make(f"flyball/{env_id}", dtype="float64").unwrapped
    peer.reset(seed=5)
    random = np.random.default_rng(0)
    names = [field["name"] for field in text(lib, "flyball_env_spec", env)["observation"]]
    action, reward = column(lib, env, "action"), column(lib, env, "reward")
    for _ in range(20):
        action[:] = random.uniform(-1, 1, action.shape)
        assert lib.flyball_step(env) == OK, error(lib)
        observation, expected, terminated, *_ = peer.step(action[0].copy())
        leaves = observation if isinstance(observation, dict) else {names[0]: observation}
        for name in names:
            np.testing.assert_array_equal(column(lib, env, f"observation/{name}")[0], leaves[name])
        assert reward[0] == expected
        if terminated:
            break
    lib.flyball_env_free(env)


def test_snapshots_go_both_ways(lib):
    env = make(lib, "QuadHover-v1")
    assert (
        lib.flyball_reset(env, (c.c_uint64 * 1)(5), c.c_size_t(1), None, None, c.c_size_t(0)) == 0
    )
    data, size = c.c_void_p(), c.c_size_t()
    assert lib.flyball_snapshot(env, 0, c.byref(data), c.byref(size)) == OK
    saved = c.string_at(data.value, size.value)
    lib.flyball_free(data)
    peer = gym.make("flyball/QuadHover-v1").unwrapped
    peer.reset(seed=1)
    state = (c.c_double * lib.flyball_state_size(env))()
    assert lib.flyball_read_state(env, 0, state, c.c_size_t(len(state))) == OK

    broken = saved[:-1] + bytes([saved[-1] ^ 1])
    assert lib.flyball_restore(env, 0, broken, c.c_size_t(len(broken))) == DATA_ERROR
    assert error(lib)
    assert lib.flyball_restore(env, 1, saved, c.c_size_t(len(saved))) == INPUT_ERROR
    assert lib.flyball_restore(env, 0, saved, c.c_size_t(len(saved))) == OK
    again = (c.c_double * len(state))()
    assert lib.flyball_read_state(env, 0, again, c.c_size_t(len(again))) == OK
    assert list(again) == list(state)
    assert lib.flyball_read_state(env, 0, again, c.c_size_t(1)) == INPUT_ERROR
    lib.flyball_env_free(env)


def test_forced_values_are_taken_and_checked(lib):
    env = make(lib, "PandaReach-v1", {"dtype": "float64"})

    def reset(*values):
        forced = (Value * len(values))(*values)
        return lib.flyball_reset(env, None, c.c_size_t(0), None, forced, c.c_size_t(len(values)))

    goal = (c.c_double * 3)(0.05, -0.02, 0.2)
    assert reset(Value(b"goal", goal, 3)) == OK, error(lib)
    np.testing.assert_array_equal(column(lib, env, "observation/desired_goal")[0], list(goal))
    assert reset(Value(b"gaol", goal, 3)) == INPUT_ERROR
    assert "goal" in error(lib)
    assert reset(Value(b"goal", goal, 2)) == INPUT_ERROR
    assert reset(Value(b"goal", goal, 3), Value(b"goal", goal, 3)) == INPUT_ERROR
    assert "twice" in error(lib)
    lib.flyball_env_free(env)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((b"QuadHovr-v1", None), "QuadHover-v1"),
        ((b"QuadHover-v1", b'{"preste": "default"}'), "preset"),
        ((b"QuadHover-v1", b"[1]"), "JSON object"),
        ((b"QuadHover-v1", b"{"), ""),
        ((None, None), "'id' is NULL"),
    ],
)
def test_bad_input_is_a_code_with_a_reason(lib, arguments, message):
    env = c.c_void_p()
    assert lib.flyball_make(*arguments, None, c.byref(env)) == INPUT_ERROR
    assert error(lib)
    assert message in error(lib)
    assert not env


def test_bad_actions_and_names(lib):
    env = make(lib, "QuadHover-v1")
    found = Column()
    assert lib.flyball_find_column(env, b"rewrad", c.byref(found)) == INPUT_ERROR
    assert "'reward'" in error(lib)
    assert lib.flyball_column_at(env, 10_000, c.byref(found)) == INPUT_ERROR
    lib.flyball_reset(env, None, c.c_size_t(0), None, None, c.c_size_t(0))
    column(lib, env, "action")[:] = np.nan
    assert lib.flyball_step(env) == INPUT_ERROR
    assert "finite" in error(lib)
    policy = c.c_void_p()
    assert lib.flyball_policy_make(b"pdi", env, None, c.byref(policy)) == INPUT_ERROR
    assert "pid" in error(lib)
    assert lib.flyball_load(b"/nowhere.so", None) == DATA_ERROR
    lib.flyball_env_free(env)


def test_a_policy_acts_as_in_python(lib):
    env = make(lib, "QuadHover-v1", {"dtype": "float64"})
    lib.flyball_reset(env, (c.c_uint64 * 1)(5), c.c_size_t(1), None, None, c.c_size_t(0))
    policy = c.c_void_p()
    assert lib.flyball_policy_make(b"pid", env, None, c.byref(policy)) == OK
    peer = gym.make("flyball/QuadHover-v1", dtype="float64").unwrapped
    observation, _ = peer.reset(seed=5)
    theirs = flyball.policy("pid", peer)
    for _ in range(5):
        assert lib.flyball_policy_act(policy) == OK, error(lib)
        expected = theirs(observation)
        np.testing.assert_array_equal(column(lib, env, "action")[0], np.ravel(expected))
        assert lib.flyball_step(env) == OK
        observation, *_ = peer.step(expected)
    lib.flyball_policy_free(policy)
    lib.flyball_env_free(env)

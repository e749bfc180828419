"""Columns and outputs through DLPack: the same memory in numpy, torch and jax."""

import gc

import flyball
import gymnasium as gym
import numpy as np
import pytest

ID = "QuadHover-v1"


def make(copy=False):
    envs = flyball.VectorEnv(ID, num_envs=8, copy=copy)
    envs.reset(seed=0)
    return envs


def importer(name):
    """A library's from_dlpack, and how it shows an array to numpy."""
    if name == "numpy":
        return np.from_dlpack, np.asarray
    module = pytest.importorskip(name)
    return (module.from_dlpack if name == "torch" else module.dlpack.from_dlpack), np.asarray


@pytest.mark.parametrize("library", ["numpy", "torch", "jax"])
def test_columns_are_shared_not_copied(library):
    take, show = importer(library)
    if library == "jax":
        pytest.importorskip("jax").config.update("jax_enable_x64", True)
    envs = make()
    columns = envs.columns
    shown = {"reward": columns["reward"], **columns["observation"]}
    for name, column in shown.items():
        taken = take(column)
        assert show(taken).ctypes.data == column.ctypes.data, name
        envs.step(envs.action_space.sample())
        np.testing.assert_array_equal(show(taken), column, err_msg=name)


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_steps_without_copies_are_seen(library):
    """With copy=False the observation itself is the core's array, whatever library looks at it."""
    take, show = importer(library)
    envs = make(copy=False)
    observation, *_ = envs.step(envs.action_space.sample())
    taken = take(observation)
    before = show(taken).copy()
    envs.step(envs.action_space.sample())
    assert not np.array_equal(show(taken), before)
    # With copies, which is the default, what was taken stays.
    envs = make(copy=True)
    observation, *_ = envs.step(envs.action_space.sample())
    taken = take(observation)
    before = show(taken).copy()
    envs.step(envs.action_space.sample())
    np.testing.assert_array_equal(show(taken), before)


def test_actions_are_written_in_place():
    """A network may write its actions where the core reads them."""
    take, _ = importer("torch")
    action = make().columns["action"]
    take(action)[:] = 0.25
    assert (action == 0.25).all()


@pytest.mark.parametrize("library", ["numpy", "torch", "jax"])
def test_what_was_taken_outlives_the_environment(library):
    take, show = importer(library)
    envs = make()
    taken = take(envs.columns["observation"][next(iter(envs.columns["observation"]))])
    expected = show(taken).copy()
    envs.close()
    del envs
    gc.collect()
    filler = [np.full(4096, np.nan) for _ in range(64)]  # what freed memory would be given to
    np.testing.assert_array_equal(show(taken), expected)
    del filler


def test_read_only_columns_are_refused_or_kept_read_only():
    """What may not be written through numpy may not be written through DLPack either."""
    column = make().columns["reward"]
    column.flags.writeable = False
    try:
        taken = np.from_dlpack(column)
    except BufferError:
        return
    assert not taken.flags.writeable


def test_columns_say_where_they_are():
    columns = make().columns
    for column in (columns["reward"], columns["action"], columns["terminated"]):
        assert column.__dlpack_device__() == (1, 0)  # the CPU's memory
    assert gym.make(f"flyball/{ID}").unwrapped.reset(seed=0)[0].__dlpack_device__() == (1, 0)

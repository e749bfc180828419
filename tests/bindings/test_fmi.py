"""Exported co-simulation units, run by FMPy where no checkout's libraries are in reach."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import flyball
import gymnasium as gym
import numpy as np
import pytest

fmpy = pytest.importorskip("fmpy")

from fmpy.fmi2 import FMU2Slave  # noqa: E402

# Several fields with a World behind them, a kernel, whole numbers as actions, several agents.
IDS = ["PandaReach-v1", "QuadHover-v1", "Motor-Finite-CC-PMSM-v1", "QuadMultiHover-v1"]


class Unit:
    """A unit at work, by variable names."""

    def __init__(self, path, folder, **parameters):
        self.description = fmpy.read_model_description(str(path), validate=True)
        self.variables = {v.name: v for v in self.description.modelVariables}
        self.period = self.description.defaultExperiment.stepSize
        self.period = float(self.period)
        self.messages = []
        fmpy.extract(str(path), str(folder))
        self.slave = FMU2Slave(
            guid=self.description.guid,
            unzipDirectory=str(folder),
            modelIdentifier=self.description.coSimulation.modelIdentifier,
            instanceName="unit",
        )
        callbacks = fmpy.fmi2.fmi2CallbackFunctions()
        callbacks.logger = fmpy.fmi2.fmi2CallbackLoggerTYPE(
            lambda env, name, status, category, message, *rest: self.messages.append(message)
        )
        callbacks.allocateMemory = fmpy.fmi2.fmi2CallbackAllocateMemoryTYPE(fmpy.calloc)
        callbacks.freeMemory = fmpy.fmi2.fmi2CallbackFreeMemoryTYPE(fmpy.free)
        self.callbacks = callbacks
        self.slave.instantiate(callbacks=callbacks)
        self.slave.setupExperiment(startTime=0.0)
        for name, value in parameters.items():
            self.set(name.replace("__", "."), value)
        self.slave.enterInitializationMode()
        self.slave.exitInitializationMode()
        self.time = 0.0

    def set(self, name, value):
        variable = self.variables[name]
        getattr(self.slave, f"set{variable.type}")([variable.valueReference], [value])

    def get(self, name):
        variable = self.variables[name]
        return getattr(self.slave, f"get{variable.type}")([variable.valueReference])[0]

    def named(self, causality):
        return [n for n, v in self.variables.items() if v.causality == causality]

    def outputs(self):
        return {name: self.get(name) for name in self.named("output")}

    def act(self, action):
        for name, value in zip(self.named("input"), np.ravel(action).tolist(), strict=True):
            self.set(name, value)

    def step(self, period=None):
        self.slave.doStep(self.time, self.period if period is None else period)
        self.time += self.period

    def close(self):
        self.slave.terminate()
        self.slave.freeInstance()


@pytest.fixture(scope="module")
def units(tmp_path_factory):
    """A unit of each id, exported once."""
    folder = tmp_path_factory.mktemp("fmu")
    return {i: flyball.export_fmu(i, folder / f"{i}.fmu", seed=5) for i in IDS}


def flattened(observation, reward, info):
    """What Gymnasium gives, as the unit's outputs are ordered and grouped."""
    leaves = observation.values() if isinstance(observation, dict) else [observation]
    return {
        "observation": np.concatenate([np.ravel(leaf) for leaf in leaves]),
        "reward": [reward],
        "info": [float(number) for value in info.values() for number in np.ravel(value)],
    }


def grouped(outputs):
    groups = {"observation": [], "reward": [], "info": []}
    for name, value in outputs.items():
        for group in groups:
            if name.split(".")[0].split("[")[0] == group:
                groups[group].append(float(value))
    return groups


@pytest.mark.parametrize("env_id", IDS)
def test_every_output_equals_the_environment_s(units, tmp_path, env_id):
    unit = Unit(units[env_id], tmp_path)
    env = gym.make(f"flyball/{env_id}", dtype="float64").unwrapped
    names = [field.name for field in env.flyball_spec.info]
    observation, info = env.reset(seed=5)
    random = np.random.default_rng(0)
    shape = env.flyball_spec.action.field.shape
    for step in range(25):
        expected = flattened(observation, 0.0, {})["observation"]
        np.testing.assert_array_equal(grouped(unit.outputs())["observation"], expected)
        if env.flyball_spec.action.kind == "box":
            action = random.uniform(-0.3, 0.3, shape)
            action = action.astype(env.action_space.dtype)
        else:
            action = int(random.integers(env.action_space.n))
        unit.act(action)
        unit.step()
        observation, reward, terminated, truncated, info = env.step(action)
        mine = grouped(unit.outputs())
        theirs = flattened(observation, reward, {name: info[name] for name in names})
        for group, values in theirs.items():
            np.testing.assert_array_equal(mine[group], values, err_msg=f"{group}, step {step}")
        assert unit.get("terminated") == terminated
        if terminated or truncated:
            break
    unit.close()


def test_states_go_back_and_through_bytes(units, tmp_path):
    unit = Unit(units["PandaReach-v1"], tmp_path)

    def drive():
        for step in range(8):
            unit.act(np.sin(step + np.arange(len(unit.named("input")))) * 0.5)
            unit.step()
        return unit.outputs()

    drive()
    state, time = unit.slave.getFMUState(), unit.time
    first = drive()
    unit.slave.setFMUState(state)
    unit.time = time
    assert drive() == first

    saved = unit.slave.serializeFMUState(state)
    unit.slave.freeFMUState(state)
    unit.slave.setFMUState(unit.slave.deserializeFMUState(saved))
    unit.time = time
    assert drive() == first
    with pytest.raises(Exception, match=r"fmi2DeSerializeFMUstate|status"):
        unit.slave.deserializeFMUState(saved[:-1])
    assert "damaged" in unit.messages[-1].decode()
    broken = bytearray(saved)
    broken[-5] ^= 1
    with pytest.raises(Exception, match=r"fmi2SetFMUstate|status"):
        unit.slave.setFMUState(unit.slave.deserializeFMUState(bytes(broken)))
    unit.close()


def test_what_is_wrong_is_refused_with_a_message(units, tmp_path):
    unit = Unit(units["QuadHover-v1"], tmp_path)

    def refused(message, call, *arguments):
        with pytest.raises(Exception, match=r"status|failed"):
            call(*arguments)
        assert message in unit.messages[-1].decode(), unit.messages[-1]

    refused("control period", unit.step, 0.5 * unit.period)
    refused("control period", unit.step, 2.0 * unit.period)
    refused("stands at", unit.slave.doStep, 3.0, unit.period)
    refused("output", unit.set, "reward", 1.0)
    refused("finite", unit.set, unit.named("input")[0], float("nan"))
    refused("before the first step", unit.set, "seed", 3)
    refused("reference 100000", unit.slave.getReal, [100000])
    unit.step()  # none of that has changed anything
    unit.close()


def test_parameters_are_options(units, tmp_path):
    path = units["PandaReach-v1"]
    description = fmpy.read_model_description(str(path))
    parameters = {v.name: v for v in description.modelVariables if v.causality == "parameter"}
    assert parameters["option.engine"].start == "mujoco"
    unit = Unit(path, tmp_path / "a", option__engine="bullet", seed=9)
    env = gym.make("flyball/PandaReach-v1", engine="bullet", dtype="float64").unwrapped
    observation, _ = env.reset(seed=9)
    for _ in range(5):
        unit.step()
        observation, *_ = env.step(np.zeros(env.action_space.shape, env.action_space.dtype))
    expected = flattened(observation, 0.0, {})["observation"]
    np.testing.assert_array_equal(grouped(unit.outputs())["observation"], expected)
    unit.close()
    with pytest.raises(Exception, match=r"status|failed"):
        Unit(path, tmp_path / "b", option__engine="bulet")


def test_after_the_end_of_an_episode_steps_are_discarded(tmp_path):
    path = flyball.export_fmu("QuadHover-v1", tmp_path / "fall.fmu")
    unit = Unit(path, tmp_path / "unit")
    for _ in range(2000):
        unit.act(-np.ones(len(unit.named("input"))))
        unit.step()
        if unit.get("terminated"):
            break
    assert unit.get("terminated")
    with pytest.raises(Exception, match="status 2"):
        unit.step()
    unit.close()


def test_it_is_self_contained(units, tmp_path):
    """In a process that has no flyball, every library comes out of the unit."""
    script = tmp_path / "run.py"
    script.write_text(
        "import sys, fmpy\n"
        "result = fmpy.simulate_fmu(sys.argv[1], stop_time=0.2)\n"
        "print(len(result))\n"
        "for line in open('/proc/self/maps'):\n"
        "    path = line.split(maxsplit=5)[5:]\n"
        "    if path and ('flyball' in path[0] or 'mujoco' in path[0]):\n"
        "        print(path[0].split()[0])\n"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    command = [sys.executable, "-I", script, units["PandaReach-v1"]]
    shown = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert shown.returncode == 0, shown.stderr
    libraries = {Path(line).name: line for line in shown.stdout.splitlines()[1:]}
    assert "libflyball.so" in libraries
    assert all("binaries/linux64" in path for path in libraries.values()), libraries


def test_equal_exports_are_equal_files(units, tmp_path):
    again = flyball.export_fmu("QuadHover-v1", tmp_path / "again.fmu", seed=5)
    assert again.read_bytes() == units["QuadHover-v1"].read_bytes()
    table = json.loads(zipfile.ZipFile(again).read("resources/flyball.json"))
    assert table["id"] == "QuadHover-v1"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["QuadHovr-v1", "-o", "x.fmu"], "QuadHover-v1"),
        (["QuadHover-v1", "-o", "x.zip"], ".fmu"),
        (["QuadHover-v1", "-o", "nowhere/x.fmu"], "nowhere"),
        (["QuadHover-v1", "-o", "x.fmu", "--seed", "-1"], "seed"),
        (["QuadHover-v1", "-o", "x.fmu", "--option", "preste=default"], "preset"),
    ],
)
def test_bad_exports_are_errors_of_one_line(tmp_path, arguments, message):
    package = dict(os.environ, PYTHONPATH=str(Path(flyball.__file__).parents[1]))
    command = [sys.executable, "-m", "flyball", "export-fmu", *arguments]
    shown = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=package)
    assert shown.returncode == 2
    assert message in shown.stderr
    assert len(shown.stderr.splitlines()) == 1

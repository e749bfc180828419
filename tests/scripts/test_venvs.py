"""The virtual environments of scripts: what goes into them is pinned, and they are made once."""

import subprocess
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import peers
import pytest
import venvs
from bindings.helpers import ROOT


def script(name: str) -> Any:
    loader = SourceFileLoader(name, str(ROOT / "scripts" / name))
    spec = spec_from_loader(name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_every_package_is_pinned() -> None:
    train, loaders, ray = script("train"), script("check_loaders"), script("check_ray")
    lists = [train.PACKAGES, train.ALONE, loaders.PROJECTS, loaders.IMPORTS, ray.PACKAGES]
    lists += [arguments for installs in peers.PEERS.values() for arguments in installs]
    packages = [package for arguments in lists for package in arguments if package[0] != "-"]
    assert len(packages) > 50
    assert [package for package in packages if "==" not in package] == []


def test_an_environment_is_made_once_and_filled_again_when_pins_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []

    def run(command: list[Any], check: bool) -> None:
        calls.append([str(word) for word in command])
        if "venv" in calls[-1]:
            python = Path(command[-1]) / "bin" / "python"
            python.parent.mkdir(parents=True)
            python.touch()
        if "broken==1" in calls[-1]:
            raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(venvs, "ROOT", tmp_path)
    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(subprocess.CalledProcessError):
        venvs.made("x", [["broken==1"]])
    assert venvs.made("x", [["a==1"], ["--no-deps", "b==2"]]) == tmp_path / ".venv-x/bin/python"
    assert [call[-1] for call in calls] == [str(tmp_path / ".venv-x"), "broken==1", "a==1", "b==2"]
    venvs.made("x", [["a==1"], ["--no-deps", "b==2"]])
    assert len(calls) == 4
    venvs.made("x", [["a==1"], ["--no-deps", "b==3"]])
    assert [call[-1] for call in calls[4:]] == ["a==1", "b==3"]

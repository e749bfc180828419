"""The layering check finds each kind of breach, and this tree has none."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "check_layering"


def check(root):
    return subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True)


def write(root, path, text):
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


def test_this_tree_has_no_breach():
    result = check(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("physics/drive/pmsm.cc", '#include "envs/core/env.h"\n', "physics/drive may include"),
        ("physics/drive/pmsm.cc", '#include "physics/field/grid.h"\n', "physics/drive may include"),
        ("physics/numeric/ode.cc", '#include "physics/drive/pmsm.h"\n', "nothing else of ours"),
        ("render/camera.cc", '#include "envs/core/env.h"\n', "render may include"),
        ("envs/motor/cc.cc", '#include "envs/pde/burgers.h"\n', "envs/motor may include"),
        ("envs/motor/cc.cc", "#include <mujoco/mujoco.h>\n", "only physics/world and render"),
        ("physics/world/scene.cc", "#include <btBulletDynamicsCommon.h>\n", "world/bullet/ may"),
        ("bindings/module.cc", '#include "envs/motor/cc.h"\n', "bindings may include"),
        ("envs/core/env.h", "#ifndef ENV_H\n#define ENV_H\n#endif\n", "FLYBALL_ENVS_CORE_ENV_H_"),
        ("envs/motor/cc_kernel.cc", "double f(double x) { return std::sin(x); }\n", "std::sin"),
    ],
)
def test_each_kind_of_breach_is_found(tmp_path, path, text, message):
    write(tmp_path, path, text)
    result = check(tmp_path)
    assert result.returncode == 1
    assert path in result.stdout
    assert message in result.stdout


def test_what_is_allowed_passes(tmp_path):
    write(
        tmp_path, "envs/motor/cc.cc", '#include "envs/core/env.h"\n#include "physics/drive/a.h"\n'
    )
    write(tmp_path, "physics/world/bullet/b.cc", "#include <mujoco/mujoco.h>\n#include <btX.h>\n")
    write(tmp_path, "envs/motor/cc_kernel.cc", "// not std::sin, but Sin\n")
    assert check(tmp_path).returncode == 0

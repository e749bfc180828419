"""docs/add_an_environment.md, followed to the letter against the installed package."""

import os
import shutil
import sys

from doc_blocks import blocks_of
from packaging_helpers import ROOT, bare_environment, run

PAGE = ROOT / "docs" / "add_an_environment.md"


def test_the_page_is_followed_to_the_letter(prefix, hidden, tmp_path):
    """Writes its files, runs its commands out of sight of the source, then runs its Python."""
    blocks = blocks_of(PAGE)
    for block in blocks:
        if block.title:
            (tmp_path / block.title).write_text(block.text)

    commands = "".join(block.text for block in blocks if block.language == "sh")
    environment = bare_environment(tmp_path / "bin") | {"FLYBALL_PREFIX": str(prefix)}
    run([*hidden, "bash", "-euc", commands], cwd=tmp_path, env=environment)

    script = tmp_path / "use_it.py"
    script.write_text("".join(block.text for block in blocks if block.language == "python"))
    package = dict(os.environ, PYTHONPATH=str(ROOT / "bindings" / "python"))
    shown = run([sys.executable, script], cwd=tmp_path, env=package)
    assert "['Lift-v0', 'PendulumSwingUp-v0']" in shown

    # The same ids once more, from another file: an error to catch, not the end of the process.
    shutil.copy(tmp_path / "build" / "tutorial.so", tmp_path / "build" / "again.so")
    script.write_text(
        "import flyball\n"
        "flyball.load('build/tutorial.so')\n"
        "try:\n"
        "    flyball.load('build/again.so')\n"
        "except OSError as error:\n"
        "    print(error)\n"
    )
    shown = run([sys.executable, script], cwd=tmp_path, env=package)
    assert "'Lift-v0' is registered already" in shown

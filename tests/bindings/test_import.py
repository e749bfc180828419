"""What importing flyball brings along: little, so that it is quick (scripts/bench has the time)."""

import subprocess
import sys

SCRIPT = """
import sys
import gymnasium
before = set(sys.modules)
import flyball
print(*sorted(set(sys.modules) - before))
"""


def test_importing_adds_no_module_but_its_own():
    """A library that is not Gymnasium's already would be paid for by every user at every start."""
    result = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    added = result.stdout.split()
    assert "flyball._core" in added, result.stderr
    assert [name for name in added if name.split(".")[0] != "flyball"] == []
    # Parts with needs of their own come when they are asked for.
    assert not {"flyball.datasets", "flyball.sb3", "flyball.cli", "flyball.film"} & set(added)

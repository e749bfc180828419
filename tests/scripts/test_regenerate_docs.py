"""The generated parts of the documentation are what the registry says today."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_generated_documentation_is_up_to_date():
    script = ROOT / "scripts" / "regenerate_docs"
    result = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr

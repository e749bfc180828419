"""docs/python.md, run from top to bottom."""

import re

from bindings.helpers import ROOT, run_script


def test_every_block_runs():
    text = (ROOT / "docs/python.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 5
    run_script("\n".join(blocks))

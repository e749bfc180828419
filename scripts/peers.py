"""The peers that scripts run beside ours (bench, check_parity, transfer*): the product needs none.

Each lives in a virtual environment of its own, .venv-peers-<name>, made when it is first asked for
(together about 1 GB, with torch, which controlgym imports).
"""

from __future__ import annotations

from pathlib import Path

from venvs import enter, made

# The peers' working version sets, each in a virtual environment of its own.
PEERS = {
    "panda": [["panda-gym==3.0.7", "pybullet==3.2.7", "numpy==2.4.6", "gymnasium==1.4.0"]],
    "gem": [["gym-electric-motor==3.0.3", "numpy==2.4.6", "gymnasium==1.4.0"]],
    "minari": [
        ["panda-gym==3.0.7", "pybullet==3.2.7", "numpy==2.4.6", "gymnasium==1.4.0"],
        ["minari[hdf5]==0.5.4", "pillow==13.0.0", "jax==0.10.1"],
    ],
    # It pins gymnasium and numpy exactly and needs torch and matplotlib to be imported at all.
    "controlgym": [
        [
            "numpy==1.26.4",
            "scipy==1.17.1",
            "gymnasium==0.29.1",
            "matplotlib==3.11.2",
            "torch==2.13.0",
        ],
        ["--no-deps", "controlgym==1.0.0"],
    ],
    # Of scripts/transfer, which trains.
    "training": [
        [
            "stable-baselines3==2.9.2",
            "torch==2.13.0",
            "numpy==2.4.6",
            "gymnasium==1.4.0",
            "panda-gym==3.0.7",
        ]
    ],
    "envpool": [["envpool==1.2.5", "numpy==2.4.6", "gymnasium==1.4.0"]],
    "crazyflow": [["crazyflow==0.4.0", "jax==0.10.1", "numpy==2.4.6", "gymnasium==1.4.0"]],
}


def peer_python(name: str) -> Path:
    """The Python of a peer's virtual environment, made if it is not there."""
    return made(f"peers-{name}", PEERS[name])


def enter_peer(name: str) -> None:
    """Continues this program in a peer's Python, with this checkout's flyball."""
    enter(f"peers-{name}", PEERS[name])

"""Filter keys: training and validation, nested sizes, and quality, as lists of episodes."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from flyball import _core
from flyball.datasets.reader import Dataset

# The order in which episodes are drawn into splits: that of the seeds spawned from this one.
_SALT = 0x73706C6974


def splits(
    dataset: Dataset | str | os.PathLike[str],
    *,
    valid: float = 0.1,
    sizes: Sequence[float] = (0.1, 0.2, 0.5),
    quality: bool = True,
) -> dict[str, list[int]]:
    """Filter keys of a dataset, as ``export(..., splits=)`` takes them: a function of the data.

    - ``train``, ``valid``: the share ``valid`` of the episodes is for validation;
    - ``10_percent``, ``20_percent``, ``50_percent``: such shares of the training episodes, each
      within the next;
    - ``worse``, ``okay``, ``better``: thirds of the training episodes by return (of equal ones the
      earlier is the worse).

    Which episodes are drawn depends on their index and their number alone: not on seed, policy or
    what is in them, except for the quality.
    """
    if not isinstance(dataset, Dataset):
        dataset = Dataset(dataset)
    for name, shares in (("valid", [valid]), ("sizes", sizes)):
        for share in shares:
            if not 0.0 <= share <= 1.0:
                raise _core.InputError(f"splits: {name} is {share!r}; shares in [0, 1] are needed")
    count = len(dataset)
    order = np.argsort(np.asarray(_core.spawn_seeds(_SALT, count), np.uint64), kind="stable")
    held = round(valid * count)
    train = order[held:]
    keys = {"train": sorted(train.tolist()), "valid": sorted(order[:held].tolist())}
    for share in sizes:
        chosen = train[: max(1, round(share * len(train)))] if len(train) else train
        keys[f"{100 * share:g}_percent"] = sorted(chosen.tolist())
    if quality:
        members = np.array(keys["train"], np.int64)
        returns = np.array([dataset[int(index)].rewards.sum() for index in members])
        ranked = members[np.argsort(returns, kind="stable")]
        for name, part in zip(("worse", "okay", "better"), np.array_split(ranked, 3), strict=True):
            keys[name] = sorted(part.tolist())
    return keys

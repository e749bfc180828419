"""Dataset cards: a README.md with front matter, and a page of HTML that needs nothing else."""

from __future__ import annotations

import base64
import json
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from flyball import _core
from flyball.datasets import charts
from flyball.datasets.exporting import Progress, whole_path
from flyball.datasets.reader import Dataset
from flyball.datasets.summary import Summary, mean_interval, normalised, summarise

FILES = "card"  # the folder beside README.md that holds what it shows
CSS = """
:root{--page:#f6f7f9;--paper:#fff;--ink:#17202a;--quiet:#5c6875;--line:#dde2e8;--accent:#0b62a8}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
  font:16px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:76rem;margin:0 auto;padding:2rem 1.5rem 3rem}
h1{margin:0 0 .2rem;font-size:1.9rem}h2{margin:2rem 0 .8rem;font-size:1.2rem}
.quiet{color:var(--quiet)}
table{border-collapse:collapse;background:var(--paper)}
td,th{padding:.3rem .8rem;border:1px solid var(--line);text-align:left;font-weight:400}
th{color:var(--quiet)}td.number{text-align:right;font-variant-numeric:tabular-nums}
pre{background:var(--paper);border:1px solid var(--line);padding:.8rem;overflow:auto;
  font-size:.85rem}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(22rem,1fr));gap:1rem}
.charts svg,.film img{width:100%;height:auto;border:1px solid var(--line);background:#fff}
.film img{max-width:60rem}
.scroll{overflow:auto;max-height:26rem}
"""


@dataclass(frozen=True)
class Table:
    """Rows of texts under a heading, for both forms of the card."""

    title: str
    rows: Sequence[tuple[str, ...]]  # the first is the head


def card(
    folder: str | os.PathLike[str],
    *,
    output: str | os.PathLike[str] | None = None,
    licence: str = "unknown",
    title: str | None = None,
    film: bool = True,
    progress: Progress | None = None,
) -> Path:
    """Write README.md, card.html and the folder ``card``; return the path of the page.

    Parameters
    ----------
    output
        Where to; None: into the dataset's folder.
    licence
        Of the data: an identifier of Hugging Face's, "cc-by-4.0", "apache-2.0", "unknown".
    film
        Whether to play four episodes again, from the best to the worst, and show them.
    """
    dataset = Dataset(folder)
    if not dataset.is_complete:
        raise _core.DataError(f"'{os.fspath(folder)}' is not complete; generate it again to go on")
    summary = summarise(dataset, progress)
    target = Path(output or folder)
    target.mkdir(parents=True, exist_ok=True)
    title = title or f"{dataset.plan['id']}, {' + '.join(dataset.policies)}"
    pictures = _charts(summary)
    tables = _tables(dataset, summary, licence)
    command = _command(dataset)
    with whole_path(target / FILES, overwrite=True) as files:
        files.mkdir()
        for name, svg in pictures.items():
            (files / f"{name}.svg").write_text(svg)
        (files / "plan.json").write_text(json.dumps(dataset.plan, indent=1, sort_keys=True) + "\n")
        shown = _film(dataset, summary, files) if film else "left out"
    picture = target / FILES / "episodes.gif"
    page = _page(title, dataset, tables, pictures, command, picture, shown)
    readme = _readme(title, dataset, tables, list(pictures), command, picture, shown, licence)
    for name, text in (("README.md", readme), ("card.html", page)):
        with whole_path(target / name, overwrite=True) as path:
            path.write_text(text)
    return target / "card.html"


def _charts(summary: Summary) -> dict[str, str]:
    """The charts by name, in the order in which they are shown."""
    found = {
        "returns": charts.histogram(summary.returns, "Returns of episodes", "sum of rewards"),
        "lengths": charts.histogram(summary.lengths.astype(float), "Lengths of episodes", "steps"),
        "rewards": charts.histogram(summary.rewards, "Rewards of steps", "reward"),
    }
    for k, (name, column) in enumerate(zip(summary.action_names, summary.actions.T, strict=True)):
        if k == 12:  # flocks have many; the rest are like these
            break
        found[f"action{k}"] = charts.histogram(column, f"Actions: {name}", name)
    if summary.observations.size:
        points, shares = summary.projection()
        labels = tuple(f"main direction {k + 1} ({shares[k]:.0%} of variance)" for k in range(2))
        title = "Coverage of standardised observations"
        found["coverage"] = charts.density(points, title, (labels[0], labels[1]))
    for name, sums in summary.costs.items():
        if sums.any():
            found[name] = charts.histogram(sums, f"{name}, sum over an episode", name)
    return found


def _tables(dataset: Dataset, summary: Summary, licence: str) -> list[Table]:
    plan = dataset.plan
    facts = [
        ("", ""),
        ("environment", plan["id"]),
        ("episodes", f"{len(dataset)}"),
        ("steps", f"{summary.lengths.sum()}"),
        ("policies", ", ".join(f"{name} ({count})" for name, count, _ in summary.policies)),
        ("seed", f"{plan['seed']}"),
        ("licence", licence),
        ("plan hash", dataset.plan_hash),
        ("content hash", dataset.content_hash),
    ]
    if dataset.origin:
        facts.append(("relabelled from", dataset.origin["source"]["content_hash"]))
    for done in dataset.history:
        facts.append(("made by", json.dumps(done, sort_keys=True)))
    scores = [("", "mean", "95 % interval of the mean")]
    scores.append(("return", *_interval(summary.returns)))
    points = normalised(dataset, summary.returns)
    if points is not None:
        scores.append(("normalised score (0 random, 100 expert)", *_interval(points)))
    scores.append(("length", *_interval(summary.lengths.astype(float))))
    for name, sums in summary.costs.items():
        scores.append((f"{name}, sum", *_interval(sums)))
    ends = [("end of an episode", "episodes")]
    ends += [(name, f"{count}") for name, count in summary.reasons.items()]
    if summary.success is not None:
        ends.append(("a success at some time", f"{round(summary.success * len(dataset))}"))
    actors = [("policy", "episodes", "mean return")]
    actors += [(name, f"{count}", f"{mean:.6g}") for name, count, mean in summary.policies]
    seen: list[tuple[str, ...]] = [
        ("observed number", "least", "mean", "greatest", "parts of 20 seen")
    ]
    for name, column, share in zip(
        summary.observation_names, summary.observations.T, summary.covered(), strict=True
    ):
        numbers = (column.min(), column.mean(), column.max())
        seen.append((name, *(f"{value:.4g}" for value in numbers), f"{share:.0%}"))
    return [
        Table("What it is", facts),
        Table("Scores", scores),
        Table("Ends", ends),
        Table("Who acted", actors),
        Table("What was observed", seen),
    ]


def _interval(values: Any) -> tuple[str, str]:
    mean, low, high = mean_interval(values)
    return f"{mean:.6g}", f"{low:.6g} to {high:.6g}" if np.isfinite(low) else "one episode"


def _command(dataset: Dataset) -> str:
    """What makes the dataset again, to the bit on the same build."""
    name = Path(dataset.folder).resolve().name
    lines = [f"flyball generate {FILES}/plan.json --out {shlex.quote(name)}"]
    if dataset.origin or dataset.history:
        lines.append("# then what 'made by' and 'relabelled from' say")
    lines.append(f"flyball verify --replay {shlex.quote(name)}")
    return "\n".join(lines)


def _film(dataset: Dataset, summary: Summary, files: Path) -> str:
    """Film four episodes, from the best to the worst; return which, or why not."""
    from flyball import film

    order = np.argsort(summary.returns, kind="stable")
    ranks = [round(share * (len(order) - 1)) for share in (1.0, 2 / 3, 1 / 3, 0.0)]
    places = list(dict.fromkeys(int(order[rank]) for rank in ranks))
    takes = [film.episode_take(dataset.folder, place) for place in places]
    steps = min(150, max(int(summary.lengths[place]) for place in places))
    try:
        film.save(takes, files / "episodes.gif", steps=steps, width=280, height=210)
    except (_core.Error, OSError, RuntimeError) as error:  # no display, no Pillow
        return f"no film: {error}"
    return "; ".join(
        f"episode {dataset.index_of(place)}, return {summary.returns[place]:.4g}"
        for place in places
    )


def _page(
    title: str,
    dataset: Dataset,
    tables: Sequence[Table],
    pictures: dict[str, str],
    command: str,
    film: Path,
    shown: str,
) -> str:
    parts = [f"<h1>{escape(title)}</h1>"]
    parts.append('<p class="quiet">A dataset made by flyball: it verifies and replays.</p>')
    for table in tables[:4]:
        parts.append(f"<h2>{escape(table.title)}</h2>{_html(table)}")
    parts.append("<h2>Episodes</h2>")
    if film.exists():
        data = base64.b64encode(film.read_bytes()).decode()
        parts.append(f'<p class="film"><img alt="" src="data:image/gif;base64,{data}"></p>')
        parts.append(f'<p class="quiet">From best to worst, row by row: {escape(shown)}</p>')
    else:
        parts.append(f'<p class="quiet">{escape(shown)}</p>')
    parts.append('<h2>Distributions</h2><div class="charts">')
    parts += [f"<div>{svg}</div>" for svg in pictures.values()]
    parts.append(f"</div><h2>{escape(tables[4].title)}</h2>")
    parts.append(f'<div class="scroll">{_html(tables[4])}</div>')
    parts.append(f"<h2>To make it again</h2><pre>{escape(command)}</pre>")
    plan = json.dumps(dataset.plan, indent=1, sort_keys=True)
    parts.append(f"<h2>Plan</h2><pre>{escape(plan)}</pre>")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{CSS}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def _html(table: Table) -> str:
    head, *rows = table.rows
    lines = []
    if any(head):
        lines.append("<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>")
    for first, *cells in rows:
        kind = ' class="number"' if any(head) else ""
        lines.append(
            f"<tr><th>{escape(first)}</th>"
            + "".join(f"<td{kind}>{escape(cell)}</td>" for cell in cells)
            + "</tr>"
        )
    return f"<table>{''.join(lines)}</table>"


def _readme(
    title: str,
    dataset: Dataset,
    tables: Sequence[Table],
    pictures: Sequence[str],
    command: str,
    film: Path,
    shown: str,
    licence: str,
) -> str:
    size = next(
        name
        for limit, name in (
            (1e3, "n<1K"),
            (1e4, "1K<n<10K"),
            (1e5, "10K<n<100K"),
            (1e6, "100K<n<1M"),
            (1e7, "1M<n<10M"),
            (np.inf, "10M<n<100M"),
        )
        if dataset.num_steps < limit
    )
    engine = dataset.plan["options"].get("engine")
    tags = ["offline-reinforcement-learning", "flyball", dataset.plan["id"]]
    tags += [str(engine)] if engine else []
    front = [
        "---",
        f"license: {json.dumps(licence)}",
        f"pretty_name: {json.dumps(title)}",
        "task_categories:",
        "- reinforcement-learning",
        "size_categories:",
        f"- {json.dumps(size)}",
        "tags:",
        *(f"- {json.dumps(tag)}" for tag in tags),
        f"plan_hash: {json.dumps(dataset.plan_hash)}",
        f"content_hash: {json.dumps(dataset.content_hash)}",
        "---",
    ]
    parts = ["\n".join(front), f"# {title}"]
    for table in tables[:4]:
        parts += [f"## {table.title}", _markdown(table)]
    parts.append("## Episodes")
    if film.exists():
        parts.append(f"![episodes from best to worst]({FILES}/{film.name})")
        parts.append(f"From best to worst, row by row: {shown}")
    else:
        parts.append(shown)
    parts.append("## Distributions")
    parts += [f"![{name}]({FILES}/{name}.svg)" for name in pictures]
    parts += [f"## {tables[4].title}", _markdown(tables[4])]
    parts += ["## To make it again", f"```text\n{command}\n```"]
    return "\n\n".join(parts) + "\n"


def _markdown(table: Table) -> str:
    head, *rows = [[cell.replace("|", "\\|") for cell in row] for row in table.rows]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)

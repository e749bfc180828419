"""The gallery's pages: HTML that a browser opens from a folder, without a network or a server."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

import flyball

from gallery_site.facts import Facts

FAMILIES = {
    "manipulation": "Arms",
    "quadcopter": "Quadcopters",
    "motor": "Electric drives",
    "linear": "Linear plants",
    "pde": "Fields",
}
ENGINES = {"mujoco": "MuJoCo", "bullet": "Bullet", "analytic": "own equations"}
PEERS = {
    "panda_gym": "panda-gym",
    "gpd_dyn": "gym-pybullet-drones (DYN)",
    "gpd_pyb": "gym-pybullet-drones (PYB)",
    "gem": "gym-electric-motor",
    "controlgym": "controlgym",
}


def escape(text: object) -> str:
    """Text for HTML; words between backquotes become code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(str(text)))


def short(value: float) -> str:
    """A number in a few characters: 12.3 M, 4.6 k, 0.0123."""
    for limit, unit in ((1e9, " G"), (1e6, " M"), (1e4, " k")):
        if abs(value) >= limit:
            return f"{value / {' G': 1e9, ' M': 1e6, ' k': 1e3}[unit]:.3g}{unit}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def family_name(family: str) -> str:
    """A family's heading; of one that is not known here, its own name."""
    return FAMILIES.get(family, family.capitalize())


def title_of(spec: flyball.EnvSpec) -> str:
    """The first sentence of what it is."""
    return re.split(r"(?<=[a-z0-9)])[.:;] ", spec.doc)[0].rstrip(".")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """A table whose cells are HTML already."""
    head = "".join(f"<th scope=col>{escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="scroll"><table class="{kind}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def interval(low: float, high: float) -> str:
    """Bounds; empty where there are none."""
    if math.isinf(low) and math.isinf(high):
        return ""
    ends = ["∞" if math.isinf(end) else f"{end:.5g}" for end in (low, high)]
    return f"[{'−' if math.isinf(low) else ''}{ends[0]}, {ends[1]}]"


def fields(parts: Iterable[flyball.Field]) -> str:
    """Every number of some fields."""
    rows = []
    for field in parts:
        shape = "×".join(map(str, field.shape)) or "one number"
        first = f'<b><code>{escape(field.name)}</code></b><br><span class="quiet">{shape}</span>'
        for number, entry in enumerate(field.entries):
            text = entry.doc or (field.doc if len(field.entries) == 1 else "")
            rows.append(
                (
                    first if number == 0 else "",
                    f"<code>{escape(entry.name)}</code>",
                    str(entry.size),
                    escape("" if entry.unit == "1" else entry.unit),
                    interval(entry.low, entry.high),
                    escape(text),
                )
            )
    return table(("field", "entry", "numbers", "unit", "range", "meaning"), rows, "fields")


def options(rows: Iterable[dict[str, Any]]) -> str:
    """Every option of a list."""
    shown = []
    for option in rows:
        default = "by the preset" if option["default"] is None else json.dumps(option["default"])
        allowed = ", ".join(option["choices"]) or interval(option["low"], option["high"])
        shown.append(
            (
                f"<code>{escape(option['name'])}</code>",
                escape(option["kind"]),
                escape(default),
                escape(allowed),
                escape("" if option["unit"] == "1" else option["unit"]),
                escape(option["doc"]),
            )
        )
    return table(("option", "kind", "default", "allowed", "unit", "meaning"), shown, "options")


def picture(facts: Facts, folder: str) -> str:
    """The picture, still where the reader asked for no motion."""
    name = facts.spec.id
    what = f"{name} under {facts.baseline}"
    image = (
        f'<img src="{folder}{name}.webp" alt="{escape(what)}" width=400 height=300 loading=lazy>'
    )
    if not facts.has_body:
        return image
    still = f"{folder}{name}.still.webp"
    reduced = f'<source srcset="{still}" media="(prefers-reduced-motion: reduce)">'
    return f"<picture>{reduced}{image}</picture>"


def words(facts: Facts) -> str:
    """What the search looks at."""
    spec = facts.spec
    named = [field for part in (spec.observation, spec.info, spec.state) for field in part]
    found = [spec.id, facts.family, family_name(facts.family), spec.doc]
    found += [entry.name for field in (*named, spec.action.field) for entry in field.entries]
    found += [*spec.policies, *facts.engines, *facts.presets]
    found += [PEERS.get(preset, "") for preset in facts.presets]
    return " ".join(sorted(set(" ".join(found).lower().split())))


def sizes(parts: Sequence[flyball.Field]) -> str:
    """How many numbers, field by field."""
    return " + ".join("×".join(map(str, field.shape)) or "1" for field in parts)


def action_of(spec: flyball.EnvSpec) -> str:
    """The action space in a word."""
    if spec.action.kind == "box":
        return f"box of {sizes([spec.action.field])}"
    return f"{'choice' if len(spec.action.choices) == 1 else 'choices'} of " + " and ".join(
        map(str, spec.action.choices)
    )


def score_text(facts: Facts) -> str:
    """The baseline beside chance, in a line."""
    chance, *baseline = facts.scores
    best = baseline[0] if baseline else chance
    text = f"{escape(best.policy)} {short(best.mean_return)}"
    if best.success is not None:
        text += f", {best.success:.0%} succeed"
    return text + (f" (random {short(chance.mean_return)})" if baseline else "")


def peer_text(facts: Facts) -> str:
    """Whom it matches and how nearly, in a line: of the quantity that was compared most."""
    if not facts.parity:
        return "no recorded run of a peer"
    most = max(facts.parity, key=lambda record: record["numbers"])
    near = f"{most['what']} to {most['largest']:.0e} {'' if most['unit'] == '1' else most['unit']}"
    return escape(f"{most['peer']}: {near}".strip())


def engine_text(facts: Facts) -> str:
    """What steps it, in words."""
    return ", ".join(ENGINES.get(name, name) for name in facts.engines) or "own equations"


def card(facts: Facts) -> str:
    """A card: all of it is a link to the environment's page."""
    spec = facts.spec
    tags = "".join(
        f'<span class="tag">{escape(tag)}</span>' for tag in engine_text(facts).split(", ")
    )
    lines = (
        ("observe", f"{sizes(spec.observation)}"),
        ("act", f"{action_of(spec)}, {1 / spec.control_period:.6g} Hz"),
        ("score", score_text(facts)),
        ("speed", f"{short(facts.speed.many_rows)} steps/s"),
        ("matches", peer_text(facts)),
    )
    terms = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in lines)
    return (
        f'<a class="card" href="envs/{spec.id}.html" data-family="{facts.family}" '
        f'data-words="{html.escape(words(facts))}">{picture(facts, "pictures/")}'
        f"<h3>{spec.id}</h3><p>{escape(title_of(spec))}.</p><dl>{terms}</dl>"
        f'<p class="tags">{tags}</p></a>'
    )


def page(title: str, root: str, body: str) -> str:
    """A whole page; ``root`` is the way to the gallery's folder."""
    return (
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
        f"<title>{escape(title)}</title>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f'<link rel="stylesheet" href="{root}gallery.css"></head>'
        f'<body>{body}<script src="{root}gallery.js"></script></body></html>\n'
    )


def index(cards: Sequence[Facts], built: str) -> str:
    """All cards, and the search over them."""
    families = [name for name in FAMILIES if any(facts.family == name for facts in cards)]
    families += sorted({facts.family for facts in cards} - set(families))
    chips = "".join(
        f'<button type=button class="chip" data-family="{name}" aria-pressed=false>'
        f"{family_name(name)} <span>{sum(facts.family == name for facts in cards)}</span></button>"
        for name in families
    )
    sections = []
    for name in families:
        shown = "".join(card(facts) for facts in cards if facts.family == name)
        sections.append(
            f'<section data-family="{name}"><h2>{family_name(name)}</h2>'
            f'<div class="grid">{shown}</div></section>'
        )
    body = (
        '<header class="top"><h1>flyball</h1><p>One environment interface over robot arms, '
        "quadcopters, electric drives, linear plants and fields.</p>"
        '<div class="search"><input id=search type=search autocomplete=off spellcheck=false '
        'placeholder="Search ids, families, words: pick bullet, torque, heat…" '
        'aria-label="Search environments"><output id=count for=search></output></div>'
        f'<nav class="chips" aria-label="Families">{chips}</nav></header>'
        f"<main>{''.join(sections)}<p id=nothing hidden>Nothing has all of these words.</p></main>"
        f"<footer>{escape(built)}</footer>"
    )
    return page("flyball: the environments", "", body)


def scores(facts: Facts) -> str:
    """What was reached, by policy."""
    rows = [
        (
            f"<code>{escape(item.policy)}</code>",
            f"{item.mean_return:.6g}",
            "" if item.success is None else f"{item.success:.0%}",
            str(item.episodes),
        )
        for item in facts.scores
    ]
    return table(("policy", "mean return", "success", "episodes"), rows)


def parity(facts: Facts) -> str:
    """How near the peer is, quantity by quantity."""
    rows = [
        (
            escape(record["peer"]),
            escape(record["what"]),
            f"{record['largest']:.2g}",
            f"{record['tolerance']:.2g}",
            escape(record["unit"]),
            str(record["numbers"]),
        )
        for record in facts.parity
    ]
    return table(("peer", "quantity", "largest difference", "allowed", "unit", "numbers"), rows)


def baselines(facts: Facts) -> str:
    """What each baseline does and takes."""
    parts = []
    for policy in facts.policy_rows:
        parts.append(
            f"<h3><code>{escape(policy['name'])}</code></h3><p>{escape(policy['doc'])}</p>"
        )
        if policy["options"]:
            parts.append(options(policy["options"]))
    return "".join(parts)


def environment(facts: Facts, before: str, after: str, built: str) -> str:
    """An environment's own page."""
    spec, speed = facts.spec, facts.speed
    limit = f"{spec.max_episode_steps} steps" if spec.max_episode_steps else "not limited"
    lines = [
        ("family", family_name(facts.family)),
        ("acts at", f"{1 / spec.control_period:.6g} Hz"),
        ("episode", limit),
        ("engines", engine_text(facts)),
        ("presets", escape(", ".join(facts.presets)) or "default"),
        ("agents", str(spec.num_agents)),
        ("one row", f"{short(speed.one_row)} steps/s"),
        (f"{speed.rows} rows", f"{short(speed.many_rows)} steps/s"),
        ("shown", f"<code>{escape(facts.baseline)}</code>, seed 0"),
    ]
    terms = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in lines)
    code = "import gymnasium as gym\nimport flyball\n\n"
    code += f'env = gym.make("flyball/{spec.id}")\nobservation, info = env.reset(seed=0)'
    if spec.policies:
        code += f'\nact = flyball.policy("{facts.baseline}", env)'
    parts = [
        ("Observation", fields(spec.observation)),
        ("Action", f"<p>{action_of(spec).capitalize()}.</p>" + fields([spec.action.field])),
        ("Baselines and scores", scores(facts) + baselines(facts)),
        ("Beside its peer", parity(facts) if facts.parity else ""),
        ("Options", options(facts.option_rows)),
        ("Info", fields(spec.info) if spec.info else ""),
        ("State", fields(spec.state) if spec.state else ""),
        ("What a reset can force", fields(spec.reset) if spec.reset else ""),
        ("Not honoured by the default engine",
         "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in spec.unsupported) + "</ul>"
         if spec.unsupported else ""),
    ]  # fmt: skip
    parts = [(title, text) for title, text in parts if text]
    inside = "".join(f'<a href="#{anchor(title)}">{title}</a>' for title, _ in parts)
    shown = "".join(f'<section id="{anchor(title)}"><h2>{title}</h2>{text}</section>'
                    for title, text in parts)  # fmt: skip
    ways = "".join(
        f'<a href="{name}.html">{text}</a>'
        for name, text in ((before, f"← {before}"), (after, f"{after} →"))
        if name
    )
    body = (
        f'<header class="bar"><a href="../index.html">flyball</a><nav>{ways}</nav></header>'
        f'<main class="page"><h1>{spec.id}</h1><p class="lead">{escape(spec.doc)}</p>'
        f'<div class="first">{picture(facts, "../pictures/")}<dl class="facts">{terms}</dl></div>'
        f"<pre><code>{html.escape(code)}</code></pre>"
        f'<nav class="inside" aria-label="On this page">{inside}</nav>{shown}</main>'
        f"<footer>{escape(built)}</footer>"
    )
    return page(f"{spec.id} · flyball", "../", body)


def anchor(title: str) -> str:
    """A heading's name in links."""
    return title.lower().replace(" ", "-")

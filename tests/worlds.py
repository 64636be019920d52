"""Hold estimates from blocked logs of simulated worlds against the truth of the open ones.

    python tests/worlds.py FIRST LAST     # worlds of these seeds; writes the figures into docs/method.md

The truth is what the simulator itself notes, from the same people under the other policy.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import proxyscan
from people import ASSET, USE, WIDGET, Life, policies, world
from proxyscan.demand import Facts, behaviour, demand, widget_bytes
from proxyscan.estimate import estimate
from proxyscan.groups import read_groups
from proxyscan.shares import by
from proxyscan.visits import visits

PAGE = Path(__file__).parent.parent / "docs" / "method.md"
BEGIN, END = "<!-- tests/worlds.py writes from here -->\n", "<!-- to here -->\n"
FIGURES = {
    "users": "people",
    "visits_a_day": "visits a working day",
    "gb_a_day": "GB a working day",
    "peak": "Mbit/s, busiest five minutes",
    "p95": "Mbit/s, 95th percentile",
}
LABELS = (USE, ASSET, WIDGET)
KNOWN = {
    "with_visits": "GB a working day, were the visits known",
    "with_bytes": "GB a working day, were the bytes of a visit known",
    "fitted": "GB a working day, by a line through the other worlds' truth",
}
NAIVE = {"by_requests": "denied requests × bytes per allowed request", "by_share": "denied share × all bytes"}


def scanned(life: Life, folder: Path) -> proxyscan.Summary:
    """Return the summary of the log of a world's life."""
    life.write(folder / "a.log", folder / "groups.csv")
    return proxyscan.scan(folder / "a.log", format="squid", groups=read_groups(folder / "groups.csv"))


def truth(now: Life, then: Life) -> dict[str, float]:
    """Return what opening the first service really brings."""
    days, rates = now.world.days, then.rates()
    return {
        "users": then.users(then.through, 0) - now.users(now.through, 0),
        "visits_a_day": (then.visits(then.through, 0) - now.visits(now.through, 0)) / days,
        "gb_a_day": (then.social_bytes(0) - now.social_bytes(0)) / days / 1e9,
        "peak": rates.max(),
        "p95": np.quantile(rates, 0.95),
    }


def naive(summary: proxyscan.Summary, service: str, days: int) -> dict[str, float]:
    """Return GB a day by the two obvious ways."""
    rows = by(summary, ["service"]).set_index("service")
    asked, whole = rows.loc[service], rows.sum(numeric_only=True)
    each = rows.loc[rows.index.notna()].sum(numeric_only=True)
    per = asked if asked["allowed"] else each
    return {
        "by_requests": asked["denied"] * per["bytes"] / per["allowed"] / days / 1e9,
        "by_share": asked["denied"] / (whole["allowed"] + whole["denied"]) * whole["bytes"] / days / 1e9,
    }


def judged(seed: int, folder: Path) -> dict[str, float | str | None]:
    """Return, as parts of the truth, what is estimated of a world; None where there is nothing to estimate from."""
    it = world(seed)
    now, then, basis = policies(it)
    summary = scanned(now, folder)
    real = truth(now, then)
    found: dict[str, float | str | None] = {"seed": seed, "basis": basis}
    try:
        figures = estimate(summary, [it.services[0]]).figures
    except proxyscan.ProxyscanError as problem:
        return {**found, "refused": problem.fact}
    for name in FIGURES:
        found |= {f"{name}_{each}": figures.loc[name, each] / real[name] for each in ("low", "middle", "high")}
    plain = naive(summary, it.services[0], it.days)
    found |= {name: value / real["gb_a_day"] for name, value in plain.items()}
    return found | parted(summary, now, then, figures.loc["visits_a_day", "middle"] * it.days)


def parted(summary: proxyscan.Summary, now: Life, then: Life, visits_middle: float) -> dict[str, float]:
    """Return the estimate of bytes with one of its two factors replaced by the truth, and what `fitted` fits."""
    facts = Facts(summary)
    wanted = demand(facts, now.world.services[0])
    seen = behaviour(facts, wanted)
    each = (seen.profiles.sum(axis=1) * seen.weights).sum() / seen.weights.sum()
    widgets = wanted.widgets.sum() * (widget_bytes(facts, now.world.services[0]) or 0)
    came = then.visits(then.through, 0) - now.visits(now.through, 0)
    own, total = (then.social_bytes(0, labels) - now.social_bytes(0, labels) for labels in ((USE, ASSET), LABELS))
    told = {
        "keener": seen.adoption / wanted.adoption if seen.adoption and wanted.adoption else 1,
        "often": seen.often / wanted.often,
        "stays": seen.stays / wanted.stays,
        "tried": wanted.users / facts.everybody([]),
        "allowed": seen.users,
    }
    return {
        "with_visits": (came * each + widgets) / total,
        "with_bytes": (visits_middle * own / came + widgets) / total,
        "missed": np.log(own / (wanted.visits.sum() * each)),
        "own": own / total,
        **{f"told_{name}": np.log(value) for name, value in told.items()},
    }


def fitted(worlds: pd.DataFrame) -> np.ndarray:
    """Return bytes, as parts of the truth, by least squares over all worlds but the one that is told.

    It is told of each world what the log tells, and of the others the truth: no estimate has that.
    """
    told = worlds[[name for name in worlds if name.startswith("told_")]].assign(other=worlds["basis"] == "kind")
    columns = np.column_stack([np.ones(len(told)), told.to_numpy(float)])
    hat = columns @ np.linalg.pinv(columns)
    wrong = (worlds["missed"] - hat @ worlds["missed"]) / (1 - np.diag(hat))
    return worlds["own"] * np.exp(-wrong) + 1 - worlds["own"]


def scores(worlds: pd.DataFrame) -> pd.DataFrame:
    """Return per figure how often the range covers the truth, and how often the middle is within a factor of 1.5."""
    rows = {}
    for name, title in FIGURES.items():
        low, middle, high = (worlds[f"{name}_{each}"] for each in ("low", "middle", "high"))
        rows[title] = (((low <= 1) & (high >= 1)).mean(), within(middle), middle.median())
    for name, title in KNOWN.items():
        parts = worlds[name] if name in worlds else fitted(worlds)
        rows[title] = (None, within(parts), parts.median())
    for name, title in NAIVE.items():
        rows[f"GB a working day, as {title}"] = (None, within(worlds[name]), worlds[name].median())
    return pd.DataFrame.from_dict(rows, orient="index", columns=["covered", "within", "median"])


def within(parts: pd.Series) -> float:
    """Return how many of those that there are do not miss the truth by more than a factor of 1.5."""
    return float(parts.dropna().between(1 / 1.5, 1.5).mean())


def crowded(seed: int) -> Life:
    """Return a world as it is now, with so many widgets that they are a little more than nine of ten contacts."""
    quiet, _, _ = policies(world(seed, widgets=0))
    own = len(quiet.denied.person) + (quiet.through.label <= ASSET).sum()
    return policies(world(seed, widgets=9.3 * own / len(quiet.world.rest.person)))[0]


def counted(now: Life, folder: Path, referrers: bool) -> float:
    """Return counted visits as a part of the true ones."""
    now.write(folder / "a.log", referrers=referrers)
    summary = proxyscan.scan(folder / "a.log", format="squid_combined" if referrers else "squid")
    found = visits(summary, ["service"]).set_index("service").loc[now.world.services[0]]
    return float(found["visits_denied"] / now.visits(now.denied, 0))


def page(worlds: pd.DataFrame) -> str:
    """Return the figures as a table in Markdown."""
    known = worlds[worlds["peak_low"].notna()]
    groups, kind = (known[known["basis"] == basis] for basis in ("groups", "kind"))
    lines = [
        f"Of {len(worlds)} worlds (seeds {worlds['seed'].min()} to {worlds['seed'].max()}) {len(known)} could be "
        f"estimated; in {len(groups)} of them another group is allowed the service, in {len(kind)} only "
        "another one of its kind is.\n",
        "| figure | range covers truth | middle within ×1.5 | a group is allowed | only its kind "
        "| median of middle ÷ truth |",
        "|---|---|---|---|---|---|",
    ]
    parts = [scores(each)["within"] for each in (known, groups, kind)]
    for title, row in scores(known).iterrows():
        covered = "–" if pd.isna(row["covered"]) else f"{row['covered']:.0%}"
        near = " | ".join("–" if pd.isna(part[title]) else f"{part[title]:.0%}" for part in parts)
        lines.append(f"| {title} | {covered} | {near} | {row['median']:.2f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    first, last = map(int, sys.argv[1:3])
    with tempfile.TemporaryDirectory() as folder:
        worlds = pd.DataFrame([judged(seed, Path(folder)) for seed in range(first, last)])
    text = page(worlds)
    print(text)
    if PAGE.exists() and BEGIN in PAGE.read_text():
        before, _, rest = PAGE.read_text().partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()

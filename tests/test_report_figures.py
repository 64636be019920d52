"""Every figure of a report is the one that a plain computation over the requests of `proxyscan.parse` gives.

The code here uses nothing of summaries, shares or sections: it counts requests, one by one or with pandas.
"""

import csv
import fnmatch
import ipaddress
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

import proxyscan
from proxyscan.groups import read_groups
from proxyscan.privacy import SMALL_GROUPS
from proxyscan.report.plain import to_dict
from proxyscan.report.services import BY_CATEGORY, NO_GROUP

DAY = "sample_logs/squid_day.log"
GROUPS = "docs/groups.csv"
EACH = 300_000
CLASSES = {"allowed": "allowed", "allowed_aborted": "allowed", "denied": "denied", "coached": "denied"}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def autumn(folder: Path) -> str:
    """Return a log of seven days over the end of summer time, each day with fewer requests than the one before."""
    text = []
    for day in range(7):
        for number, line in enumerate(Path(DAY).read_text().splitlines(keepends=True)):
            if number % (day + 2) == 0:
                time, rest = line.split(" ", 1)
                text.append(f"{float(time) + (day - 25) * 86_400:.3f} {rest}")
    (folder / "autumn.log").write_text("".join(text))
    return str(folder / "autumn.log")


def group_names():
    """Return the function that says in which group a request is, read plainly out of the file."""
    with Path(GROUPS).open(newline="") as stream:
        rows = [(row["who"].lower(), row["group"]) for row in csv.DictReader(stream)]
    networks = [(ipaddress.ip_network(who), group) for who, group in rows if "/" in who]
    people = [(who, group) for who, group in rows if "/" not in who]

    def find(user, client):
        name = "" if pd.isna(user) else user.lower()
        found = [group for who, group in people if who == name]
        found += [group for who, group in people if "*" in who and fnmatch.fnmatchcase(name, who)]
        found += [group for network, group in networks if ipaddress.ip_address(client) in network]
        return found[0] if found else None

    return find


def requests_of(log: str) -> pd.DataFrame:
    """Return the requests of a log, but those that are no user's, with what a report asks of each of them."""
    frame = proxyscan.classify(proxyscan.parse(log, tz="UTC").read_all()).to_pandas()
    frame = frame[frame["outcome"] != "setup"].reset_index(drop=True)
    frame["class"] = frame["outcome"].astype(str).map(CLASSES).fillna("other")
    frame["end"] = [round(each.timestamp() * 1000) for each in frame["time"]]
    frame["person"] = frame["user"].astype(object).fillna("client " + frame["client"].astype(str))
    frame["social"] = frame["kind"].notna()
    counted = (frame["class"] == "allowed") & frame["bytes_down"].notna()
    cached = frame["cached"].fillna(False).astype(bool)
    frame["line"] = frame["bytes_down"].where(counted & ~cached, 0)
    frame["from_cache"] = frame["bytes_down"].where(counted & cached, 0)
    find = group_names()
    frame["group"] = [find(user, str(client)) for user, client in zip(frame["user"], frame["client"], strict=True)]
    return frame


def sums(part: pd.DataFrame, whole: float) -> dict[str, float]:
    asked = part[part["class"].isin(["allowed", "denied"])]
    labels = Counter(asked["label"].dropna().astype(str))
    return {
        "allowed": int((part["class"] == "allowed").sum()),
        "denied": int((part["class"] == "denied").sum()),
        "widgets": labels["widget"],
        **{label: labels[label] for label in ("use", "asset", "widget")},
        "bytes": int(part["line"].sum()),
        "cached": int(part["from_cache"].sum()),
        "share": part["line"].sum() / whole,
        "users": asked["person"].nunique(),
    }


def spread(frame: pd.DataFrame, mask) -> dict[int, float]:
    """Return the bytes over the line in each five minutes, of transfers as long as they took."""
    found: dict[int, float] = defaultdict(float)
    for row in frame[mask].itertuples():
        lasted = 0 if pd.isna(row.duration_ms) else int(row.duration_ms)
        start = row.end - lasted
        for interval in range(start // EACH, row.end // EACH + 1):
            part = min(row.end, (interval + 1) * EACH) - max(start, interval * EACH)
            found[interval] += row.line * (part / lasted if lasted else 1)
    return found


class Plain:
    """The figures of a log, table by table: (section, number of the table) → row → column → figure."""

    def __init__(self, log: str, zone: str, line: float, shown: dict) -> None:
        self.frame, self.zone, self.shown = requests_of(log), ZoneInfo(zone), shown
        self.whole = self.frame["line"].sum()
        self.social = self.frame[self.frame["social"]]
        heavy = self.frame["bytes_down"].fillna(0) > 0
        touched = {*spread(self.frame, heavy), *(self.frame["end"] // EACH)}
        self.every = range(min(touched), max(touched) + 1)
        self.line_bytes = {name: spread(self.frame, mask) for name, mask in self.masks().items()}
        self.lines = len(Path(log).read_text().splitlines())
        self.read = len(proxyscan.parse(log, tz="UTC").read_all())
        self.speed = line

    def masks(self):
        allowed = (self.frame["class"] == "allowed") & (self.frame["bytes_down"].fillna(0) > 0)
        return {"social": allowed & self.frame["social"], "all": allowed}

    def tables(self) -> dict:
        weeks = [self.week(name) for name in ("allowed", "denied")]
        peaks = self.peaks()
        share = {
            row: {c: v * 1e6 / self.speed for c, v in cells.items() if c != "when"} for row, cells in peaks.items()
        }
        return {
            ("headline", 0): {"": self.glance()},
            ("visits", 0): self.visits(),
            ("services", 0): self.totals(),
            ("services", 1): self.services(),
            ("time", 0): self.times(["bytes", "all_bytes", "share"]),
            ("time", 1): self.times(["allowed", "denied"]),
            ("week", 0): weeks[0],
            ("week", 1): weeks[1],
            ("peaks", 0): peaks,
            ("peaks", 1): share,
            ("kinds", 0): {str(k): sums(part, self.whole) for k, part in self.social.groupby("kind", observed=True)},
            ("groups", 0): self.groups(),
            ("sureness", 0): self.sureness(),
        }

    def glance(self):
        found = sums(self.social, self.whole)
        asked = found["allowed"] + found["denied"]
        peak = self.peaks()["Social media"]["max"]
        return {**found, "asked": asked, "denied": found["denied"] / asked, "peak": peak}

    def totals(self):
        parts = {"All social media": self.social, "Everything else": self.frame[~self.frame["social"]]}
        return {name: sums(part, self.whole) for name, part in {**parts, "All": self.frame}.items()}

    def services(self):
        known = proxyscan.full_catalogue().services
        found = {}
        for (service, kind), part in self.social.groupby(["service", "kind"], dropna=False, observed=True):
            name = BY_CATEGORY if pd.isna(service) else known[service].name
            found[name] = {**sums(part, self.whole), "kind": kind}
        return found

    def visits(self):
        hour = self.frame["time"].dt.floor("h")
        used = self.social.assign(hour=hour)[self.social["label"] == "use"]
        days = self.frame["time"].dt.floor("D").nunique()
        found = {}
        for service in self.social["service"].dropna().unique():
            mine = used[used["service"] == service]
            row = found[proxyscan.full_catalogue().services[service].name] = {}
            for side in ("allowed", "denied"):
                part = mine[mine["class"] == side]
                there = part.assign(day=part["time"].dt.floor("D"))
                row[f"visits_{side}"] = len(there.drop_duplicates(["hour", "person"]))
                row[f"users_{side}"] = there["person"].nunique()
                row[f"users_a_day_{side}"] = len(there.drop_duplicates(["day", "person"])) / days
            if not len(self.social[(self.social["service"] == service) & self.social["class"].isin(CLASSES.values())]):
                del found[proxyscan.full_catalogue().services[service].name]
        return found

    def wall(self, interval: int) -> datetime:
        return datetime.fromtimestamp(interval * EACH / 1000, self.zone)

    def times(self, columns):
        one_day = len({self.wall(each).date() for each in self.every}) == 1
        name = (lambda each: f"{self.wall(each):%H:00}") if one_day else (lambda each: f"{self.wall(each):%Y-%m-%d}")
        found = {name(each): dict.fromkeys(columns, 0) for each in self.every}
        ends = (self.frame["end"] // EACH).map(name)
        asked = self.frame["social"] & self.frame["class"].isin(["allowed", "denied"])
        for interval in self.every:
            row = found[name(interval)]
            row["bytes"] = row.get("bytes", 0) + self.line_bytes["social"].get(interval, 0)
            row["all_bytes"] = row.get("all_bytes", 0) + self.line_bytes["all"].get(interval, 0)
        for row in found.values():
            row["share"] = row["bytes"] / row["all_bytes"] if row["all_bytes"] else None
        for when, outcome in zip(ends[asked], self.frame["class"][asked], strict=True):
            found[when][outcome] = found[when].get(outcome, 0) + 1
        there = set(ends)
        return {when: row if when in there else dict.fromkeys(row) for when, row in found.items()}

    def week(self, outcome):
        there = {self.wall(each).date() for each in self.frame["end"] // EACH}
        cells = [(w.date(), w.hour, w.utcoffset()) for w in map(self.wall, self.every) if w.date() in there]
        hours = Counter((hour, day.weekday()) for day, hour, _ in set(cells))
        part = self.social[self.social["class"] == outcome]
        counts = Counter((w.hour, w.weekday()) for w in map(self.wall, part["end"] // EACH))
        rows = defaultdict(dict)
        for (hour, day), number in hours.items():
            rows[f"{hour:02}:00"][WEEKDAYS[day]] = counts[hour, day] / number
        return rows

    def peaks(self):
        inside = range(min(self.line_bytes["all"]), max(self.line_bytes["all"]) + 1)
        found = {}
        for name, key in (("All traffic", "all"), ("Social media", "social")):
            rates = [self.line_bytes[key].get(each, 0) * 8 / 300 / 1e6 for each in inside]
            middle, high, top = np.quantile(rates, [0.5, 0.95, 1])
            when = f"{self.wall(inside[int(np.argmax(rates))]):%Y-%m-%d %H:%M}" if top else None
            found[name] = {"median": middle, "p95": high, "max": top, "when": when}
        return found

    def groups(self):
        rows = self.shown.get(("groups", 0), [])
        names = {row["group"] for row in rows}
        own = self.frame["group"].astype(object).where(self.frame["group"].notna(), NO_GROUP)
        own = own.where(own.isin(names), SMALL_GROUPS)
        found = {}
        for name, part in self.frame.groupby(own):
            figures = sums(part[part["social"]], self.whole)
            share = figures["bytes"] / part["line"].sum() if part["line"].sum() else None
            found[name] = {**figures, "own_share": share}
        return found

    def sureness(self):
        others = {"Blank lines and headers": 0, "Lines of other kinds than web requests": 0, "Lines not understood": 0}
        found = {"Requests understood": self.read, "All lines": self.lines, **others}
        return {name: {"number": number} for name, number in found.items()}


LOGS = {
    "a day": (lambda folder: DAY, "UTC"),
    "a day far away": (lambda folder: DAY, "Asia/Kolkata"),
    "a week over the end of summer time": (autumn, "Europe/London"),
    "a few requests of another product": (lambda folder: "sample_logs/cisco_wsa.log", "America/New_York"),
}
ELSEWHERE = {("sureness", "By format"), ("sureness", "What is in doubt"), ("sureness", "What this log cannot show")}
"""Tables of what parsing says of itself, which requests do not tell; tests of parsing, and of categories, hold them."""


@pytest.mark.parametrize("name", LOGS)
def test_every_figure_is_that_of_a_plain_computation(name, tmp_path) -> None:
    make, zone = LOGS[name]
    log = make(tmp_path)
    answer = to_dict(proxyscan.report(log, tz=zone, line="10Mbit/s", groups=read_groups(GROUPS)))
    shown = {
        (section["key"], number): figures["rows"]
        for section in answer["sections"]
        for number, figures in enumerate(section["figures"])
        if section["key"] != "categories" and (section["key"], figures["title"]) not in ELSEWHERE
    }
    plain = Plain(log, zone, 1e7, shown).tables()
    assert set(shown) <= set(plain)
    held = sum(held_against(plain[table], rows, table) for table, rows in shown.items())
    assert held > 80


def held_against(plain, rows, table) -> int:
    """Check a table's figures against the plain ones; return how many there are."""
    first = next(iter(rows[0]))
    named = isinstance(rows[0][first], str)
    number = 0
    for row in rows:
        expected = plain[row[first] if named else ""]
        for column, value in [*row.items()][named:]:
            spread_out = table[0] == "time" and "bytes" in column
            loose = {"abs": 600} if spread_out else {"rel": 1e-3 if table[0] in ("time", "peaks") else 1e-12}
            loose = {"rel": 1e-3} if column == "peak" else loose
            wanted = expected.get(column)
            assert value == (wanted if isinstance(wanted, str | None) else pytest.approx(wanted, **loose)), (
                table,
                row[first],
                column,
            )
            number += 1
    return number


def test_the_days_of_the_log_over_the_end_of_summer_time_are_local_ones(tmp_path) -> None:
    answer = to_dict(proxyscan.report(autumn(tmp_path), tz="Europe/London"))
    [times] = [section for section in answer["sections"] if section["key"] == "time"]
    days = [row["when"] for row in times["figures"][0]["rows"]]
    first = datetime(2026, 10, 22)
    assert days == [f"{first + timedelta(days=day):%Y-%m-%d}" for day in range(7)]

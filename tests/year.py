"""A year of a council's traffic as a summary, made of seeded random numbers: no log could be that long in a test."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from proxyscan import schema, sketch
from proxyscan.coverage import Coverage
from proxyscan.summary import EMPTY, added, united

START = np.datetime64("2025-11-01T00:00", "ms")
DAY_MS = 86_400_000
PER_DAY = DAY_MS // schema.INTERVAL_MS

SERVICES = {
    "youtube": ("video", 30, 0.2),
    "facebook": ("social-network", 28, 0.8),
    "whatsapp": ("messaging", 22, 0.0),
    "instagram": ("photo", 16, 0.9),
    "tiktok": ("video", 14, 1.0),
    "linkedin": ("professional", 12, 0.05),
    "twitter": ("microblog", 11, 0.5),
    "vimeo": ("video", 8, 0.0),
    "reddit": ("forum", 7, 1.0),
    "pinterest": ("photo", 6, 0.3),
    "snapchat": ("messaging", 5, 1.0),
    "discord": ("messaging", 4, 0.6),
    "twitch": ("live-streaming", 3, 1.0),
    "telegram": ("messaging", 3, 0.7),
    "tumblr": ("blogging", 2, 0.4),
    "threads": ("microblog", 2, 0.9),
    "bluesky": ("microblog", 1, 0.5),
    "nextdoor": ("social-network", 1, 0.0),
}
"""Service → kind, requests in a busy five minutes, part that is denied."""

BYTES = {"video": 900_000, "live-streaming": 900_000, "photo": 120_000}
GROUPS = ("Town Hall", "Libraries", "Depots")
GROUP_PARTS = (0.6, 0.3, 0.1)


def year(days=365, groups=GROUPS):
    """Return a summary of days from 1 November 2025, as a store keeps it: people by the day."""
    random = np.random.default_rng(7)
    busy = _busy(days, random)
    rows = [_rest(busy * size, group, random) for group, size in zip(groups or (None,), GROUP_PARTS, strict=False)]
    for service, (kind, requests, denied) in SERVICES.items():
        for label, part in (("use", 0.5), ("asset", 0.3), ("widget", 0.2)):
            for group, size in zip(groups, GROUP_PARTS, strict=False):
                for outcome, weight in (("allowed", 1 - denied), ("denied", denied)):
                    counts = random.poisson(busy * requests * part * size * weight)
                    rows.append(_rows(counts, group, service, kind, label, outcome, random))
    intervals = added(rows, schema.INTERVALS)
    users = _users(days, groups, random)
    return replace(EMPTY, intervals=intervals, users=users, coverage=_coverage(days, intervals))


def _busy(days, random):
    """Return how busy each interval is, 0 to about 1: office hours of weekdays, and a little beside them."""
    time = np.arange(days * PER_DAY)
    hour = time % PER_DAY * 24 / PER_DAY
    shape = np.exp(-(((hour - 10.5) / 2.2) ** 2)) + 1.2 * np.exp(-(((hour - 12.8) / 0.8) ** 2))
    shape += 0.8 * np.exp(-(((hour - 15.2) / 1.8) ** 2))
    weekday = (START.astype("datetime64[D]") + time // PER_DAY).astype("datetime64[D]").view("int64")
    weekend = (weekday + 3) % 7 >= 5
    season = 1 + 0.15 * np.sin(2 * np.pi * time / PER_DAY / 365) + 0.2 * (time / PER_DAY > 200)
    return shape * np.where(weekend, 0.06, 1) * season * random.uniform(0.8, 1.2, len(time)) / 2


def _rest(busy, group, random):
    return _rows(random.poisson(12 + 900 * busy), group, None, None, None, "allowed", random)


def _rows(counts, group, service, kind, label, outcome, random):
    place = np.flatnonzero(counts)
    requests = counts[place].astype(np.int64)
    each = BYTES.get(kind, 40_000) * (0.1 if label == "widget" else 1) * (outcome == "allowed")
    down = (requests * each * random.gamma(2, 0.5, len(place))).astype(np.int64)
    texts = {"group": group, "service": service, "kind": kind, "label": label, "outcome": outcome}
    columns = {
        "interval": pa.array(START.astype("int64") + place * schema.INTERVAL_MS).cast(schema.TIME),
        **{
            name: pa.array([text], pa.string()).take(pa.array(np.zeros(len(place), int)))
            for name, text in texts.items()
        },
        "requests": pa.array(requests),
        "bytes_down": pa.array(down),
        "bytes_up": pa.array(requests * 900),
        "bytes_down_cached": pa.array(down // 20),
        "duration_ms": pa.array(requests * 300),
    }
    return pa.table(columns, schema=schema.INTERVALS)


def _users(days, groups, random):
    people = random.integers(1, 1 << 62, 800, dtype=np.uint64)
    rows = []
    for day in range(days):
        for service, (kind, requests, denied) in [*SERVICES.items(), (None, (None, 60, 0))]:
            for group in groups:
                who = random.choice(people, requests * 4, replace=False)
                class_ = "denied" if random.random() < denied else "allowed"
                rows.append((day, group, service, kind, "use" if service else None, class_, sketch.encode(who)))
    day, *texts, sketches = zip(*rows, strict=True)
    hours = pa.array(START.astype("int64") + np.array(day) * DAY_MS).cast(schema.TIME)
    columns = [hours, *(pa.array(each, pa.string()) for each in texts), pa.array(sketches, pa.binary())]
    return united([pa.table(columns, schema=schema.USERS)])


def _coverage(days, intervals):
    requests = sum(intervals["requests"].to_pylist())
    first = int(datetime(2025, 11, 1, tzinfo=UTC).timestamp() * 1000)
    files = tuple(f"/var/log/squid/access.log-{day:03}.gz" for day in range(days))
    last = first + days * DAY_MS - 1
    told = {"formats": {"squid": requests}, "cannot": {"bytes from the client (uploads)": requests}}
    return Coverage(files, requests, requests, first=first, last=last, **told)

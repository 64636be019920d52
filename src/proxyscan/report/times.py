"""When: social media by day (of one day, by hour), through the week, and what it takes of the line at its peak."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any, Final

import numpy as np
import pandas as pd

from proxyscan.report.basis import COUNTS, Basis
from proxyscan.report.period import WEEKDAYS, date_words
from proxyscan.report.section import Chart, Column, Figures, Section
from proxyscan.report.words import count, percent, rate, things

MOST_DAYS: Final = 100
"""Days that are shown one by one; more of them by weeks."""

TITLES: Final = {"hour": "Hour", "day": "Day", "week": "Week from"}

NO_BYTES: Final = "This log cannot show what social media takes of the bandwidth."
NO_DAYS: Final = "No request was understood, so there is nothing to show over time."


def local_time(found: pd.DataFrame, zone: tzinfo) -> pd.DataFrame:
    """Return for each interval the `day` and `hour` in the zone, and the `start` of that hour.

    Where clocks go back and the same hour comes twice, `start` tells the two apart.
    """
    utc = pd.DatetimeIndex(found.index)
    wall = utc.tz_convert(zone).tz_localize(None)
    start = utc - (wall - wall.floor("h"))
    return pd.DataFrame({"day": wall.floor("D"), "hour": wall.hour, "start": start}, found.index)


def time_section(on: Basis) -> Section:
    """Return what is asked of social media, and its share, by day; of one day by hour, of very many by week."""
    title, found = "When: over time", on.times
    if found.empty:
        return Section("time", title, (NO_DAYS,))
    local = local_time(found, on.zone)
    word = _length(local["day"].nunique())
    rows, sentences = _by_word(found, local, word), _gaps(found, local, "hour" if word == "hour" else "day")
    rows.loc[_nothing(rows), [name for name in rows if name not in ("when", "requests")]] = pd.NA
    figures = [_count_figures(rows, word)]
    if rows["all_bytes"].notna().any():
        figures.insert(0, _share_figures(rows, word))
    else:
        sentences.append(NO_BYTES)
    return Section("time", title, tuple(sentences), tuple(figures), _time_notes(on.zone, word))


def _length(days: int) -> str:
    return "hour" if days == 1 else "day" if days <= MOST_DAYS else "week"


def _by_word(found: pd.DataFrame, local: pd.DataFrame, word: str) -> pd.DataFrame:
    """Return the sums and the share of each hour, day or week, `when` it begins first."""
    begins = {"hour": local["start"], "day": local["day"], "week": local["day"] - _since_monday(local["day"])}[word]
    sums = found.groupby(begins).sum(min_count=1)
    hours = local["hour"].groupby(begins).first()
    when = [f"{hour:02}:00" if word == "hour" else f"{day:%Y-%m-%d}" for day, hour in hours.items()]
    whole = sums["all_bytes"].astype("Float64")
    sums = sums.assign(share=sums["bytes"].astype("Float64") / whole.where(whole > 0))
    sums.insert(0, "when", when)
    return sums.reset_index(drop=True)


def _since_monday(days: pd.Series[Any]) -> Any:
    return pd.to_timedelta(days.dt.day_of_week, unit="D")


def _nothing(rows: pd.DataFrame) -> pd.Series[bool]:
    """Tell in which rows there is no request at all, nor bytes of one that took long."""
    return (rows["requests"].fillna(0) == 0) & (rows["all_bytes"].fillna(0) == 0)


def _gaps(found: pd.DataFrame, local: pd.DataFrame, word: str) -> list[str]:
    """Return the sentence on hours or days without any request, if there are such."""
    empty = _nothing(_by_word(found, local, word))
    if not empty.any():
        return []
    verb = "has" if empty.sum() == 1 else "have"
    gaps = f"{count(empty.sum())} of {count(len(empty))} {word}s {verb} no request at all in the log"
    return [f"{gaps}: nobody was there, or the log is missing. They count as gaps, not as 0."]


def _share_figures(rows: pd.DataFrame, word: str) -> Figures:
    columns = (
        Column("when", TITLES[word], "text"),
        Column("share", "Share", "share"),
        Column("bytes", "Social media", "bytes"),
        Column("all_bytes", "All", "bytes"),
    )
    known = _whole(rows, word)
    known = known[known["share"].notna()]
    says = "Nothing came over the line, so there is no share of it."
    if len(known):
        ranked = known.sort_values("share")
        least, most = ranked.iloc[0], ranked.iloc[-1]
        high, low = (f"{_at(each['when'], word)}, {percent(each['share'])}" for each in (most, least))
        says = f"The share of social media in the bandwidth was highest {high}, and lowest {low}."
    title = f"Share of the bandwidth by {word}"
    return Figures(title, columns, rows, "time" if rows["share"].notna().sum() > 1 else "", says, ("share",))


def _count_figures(rows: pd.DataFrame, word: str) -> Figures:
    columns = (Column("when", TITLES[word], "text"), Column("allowed", "Allowed"), Column("denied", "Denied"))
    says = "There is no request for social media."
    asked = rows[["allowed", "denied"]].sum(axis=1, min_count=1)
    if asked.sum() > 0:
        most = int(asked.argmax())
        says = f"Most requests for social media came {_at(rows['when'].iloc[most], word)}: {count(asked.iloc[most])}."
    drawn = tuple(name for name in COUNTS if rows[name].notna().any())
    chart = asked.sum() > 0 and len(rows) > 1
    return Figures(f"Requests for social media by {word}", columns, rows, "time" if chart else "", says, drawn)


def _whole(rows: pd.DataFrame, word: str) -> pd.DataFrame:
    """Return the rows of whole length: the first and the last week are seldom whole."""
    return rows.iloc[1:-1] if word == "week" else rows


def _at(when: str, word: str) -> str:
    if word == "hour":
        return f"in the hour from {when}"
    return f"{'on' if word == 'day' else 'in the week from'} {date_words(pd.Timestamp(when))}"


def _time_notes(zone: tzinfo, word: str) -> tuple[str, ...]:
    weeks = " A week begins on Monday; the first and the last may not be whole." if word == "week" else ""
    return (
        f"The {word}s are those of {zone}.{weeks}",
        "Share: bytes to the clients of allowed requests for social media, as a part of all such bytes; what the "
        "proxy's cache answered is in neither.",
    )


def week_section(on: Basis) -> Section:
    """Return the mean hour of each weekday: requests for social media, allowed and denied."""
    title, found, zone = "When: through the week", on.times, on.zone
    sentences: tuple[str, ...] = ()
    if found.empty:
        return Section("week", title, (NO_DAYS,))
    local = local_time(found, zone)
    weekdays, days = local["day"].dt.day_of_week, _days_of(found, local)
    counted = local["day"].isin(days)
    cells = [local["hour"][counted], weekdays[counted]]
    hours = local["start"][counted].groupby(cells).nunique()
    figures = [_week_figures(name, found[name][counted].groupby(cells).sum(min_count=1) / hours) for name in COUNTS]
    notes = (
        f"Requests an hour, the mean over {things(len(days), 'day')} with any request in the log; the hours are those "
        f"of {zone}. '–': the log has no such hour.",
    )
    seen = sorted(set(pd.DatetimeIndex(days).day_of_week))
    if len(seen) < len(WEEKDAYS):
        sentences = (f"The log is of {', '.join(WEEKDAYS[day] for day in seen)} only.",)
    return Section("week", title, sentences, tuple(figures), notes)


def _days_of(found: pd.DataFrame, local: pd.DataFrame) -> Any:
    requests = found["requests"].groupby(local["day"]).sum()
    return requests.index[requests > 0]


def _week_figures(name: str, means: pd.Series[Any]) -> Figures:
    table: pd.DataFrame = means.astype("Float64").unstack()
    table = table.reindex(range(int(table.index.min()), int(table.index.max()) + 1))
    places: list[Any] = table.columns.tolist()
    days = [Column(WEEKDAYS[day].lower(), WEEKDAYS[day], "number") for day in places]
    rows = table.set_axis([each.name for each in days], axis=1).reset_index(drop=True)
    rows.insert(0, "hour", [f"{hour:02}:00" for hour in table.index])
    columns = (Column("hour", "Hour", "text"), *days)
    title = f"{name.capitalize()}: requests for social media in a mean hour"
    drawn: Chart = "week" if (table.fillna(0) > 0).any(axis=None) else ""
    return Figures(title, columns, rows, drawn, _week_says(name, table))


def _week_says(name: str, table: pd.DataFrame) -> str:
    values = table.to_numpy(float, na_value=np.nan)
    if np.isnan(values).all():
        return f"What was {name} is not in this log."
    if not np.nanmax(values) > 0:
        return f"No request for social media was {name}."
    row, column = np.unravel_index(np.nanargmax(values), values.shape)
    places: list[Any] = table.columns.tolist()
    day, hour = WEEKDAYS[places[int(column)]], int(table.index[0]) + int(row)
    most = f"{values[row, column]:,.3g} requests in a mean hour"
    return f"Most were {name} on {day}s from {hour:02}:00 to {hour + 1:02}:00: {most}."


def peaks_section(on: Basis) -> Section:
    """Return what the line carries in five minutes: median, 95th percentile, maximum; of the line, where known."""
    title, whole, part = "The line at its peak", on.rates["all"], on.rates["social"]
    if whole is None or part is None:
        return Section("peaks", title, ("This log cannot show how busy the line was.",))
    rows = pd.DataFrame(
        [
            {"traffic": "All traffic", **whole, "when": _busiest(on.times["all_bytes"], on.zone)},
            {"traffic": "Social media", **part, "when": _busiest(on.times["bytes"], on.zone)},
        ]
    )
    busiest = f"{rate(whole['max'])} in all, {rate(part['max'])} for social media"
    says = f"Busiest five minutes: {busiest}; 95th percentile: {rate(whole['p95'])}, {rate(part['p95'])}."
    figures = [Figures("Five-minute means", _peak_columns(), rows, "peaks", says, ("median", "p95", "max"))]
    sentences: tuple[str, ...] = ()
    if on.line:
        figures.append(_of_line(rows, on.line))
        sentences = (_line_words(whole, part, on.line),)
    return Section("peaks", title, sentences, tuple(figures), _peak_notes())


def _peak_columns() -> tuple[Column, ...]:
    return (
        Column("traffic", "Traffic", "text"),
        Column("median", "Median", "rate"),
        Column("p95", "95th percentile", "rate"),
        Column("max", "Maximum", "rate"),
        Column("when", "Maximum at", "text"),
    )


def _busiest(values: pd.Series[Any], zone: tzinfo) -> str | None:
    if not (values.fillna(0) > 0).any():
        return None
    return f"{pd.DatetimeIndex(values.index)[int(values.argmax())].tz_convert(zone):%Y-%m-%d %H:%M}"


def _of_line(rows: pd.DataFrame, line: float) -> Figures:
    names = ("median", "p95", "max")
    shares = rows[["traffic"]].assign(**{name: rows[name] * 1e6 / line for name in names})
    columns = (Column("traffic", "Traffic", "text"), *(Column(c.name, c.title, "share") for c in _peak_columns()[1:4]))
    return Figures(f"As a share of the line of {rate(line / 1e6)}", columns, shares, drawn=names)


def _line_words(whole: dict[str, float], part: dict[str, float], line: float) -> str:
    values = [percent(each * 1e6 / line) for each in (whole["max"], part["max"])]
    of_line = f"Of the line of {rate(line / 1e6)}"
    words = f"{of_line}, the busiest five minutes of all traffic took {values[0]}, those of social media {values[1]}."
    over = " That is more than the line carries: is it the right one?" if whole["max"] * 1e6 > line else ""
    return words + over


def _peak_notes() -> tuple[str, ...]:
    return (
        "Mbit/s to the clients of allowed requests, without what the proxy's cache answered; the bytes of a long "
        "transfer are spread over the time it took. All five minutes from the first to the last allowed request count.",
    )

"""A comparison of two periods for people."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from proxyscan.catalogue import full_catalogue
from proxyscan.compare import METHOD, WEIGHTS, Comparison, Period
from proxyscan.days import ALL, SOCIAL
from proxyscan.report.section import Column, Figures, Section, Unit
from proxyscan.report.words import count, visible
from proxyscan.variation import CHANCE

TITLES: Final[dict[str, tuple[str, Unit]]] = {
    "allowed": ("Allowed requests a day", "count"),
    "denied": ("Denied requests a day", "count"),
    "users_allowed": ("Users a day who were let through", "count"),
    "users": ("Users a day who were let through or denied", "count"),
    "bytes": ("Bytes a day", "bytes"),
    "p95": ("95th percentile of a day's five minutes", "rate"),
    "max": ("Busiest five minutes of a day", "rate"),
}
VERDICTS: Final = {
    "more": "up",
    "less": "down",
    "usual": "no",
}
"""Whether a difference is beyond the usual variation of days."""

CANNOT_TELL: Final = "cannot be told"
BY_CATEGORY: Final = "(by the log's category)"
SAID: Final = ("allowed", "denied", "users_allowed", "bytes", "max")
"""The measures of which sentences speak."""

MOST_SAID: Final = 5
"""Services of which sentences speak."""


def comparison_section(comparison: Comparison, most: int | None = None) -> Section:
    """Return the comparison as a section; of each measure the `most` services that it is largest of, else all."""
    figures = [_figures(comparison, measure, most) for measure in TITLES]
    return Section(
        "comparison",
        "Before and after",
        (*_periods(comparison), *_changes(comparison), *_caution(comparison)),
        tuple(each for each in figures if len(each.rows)),
        _notes(comparison),
    )


def _periods(comparison: Comparison) -> list[str]:
    sides = (("before", comparison.before), ("after", comparison.after))
    return [f"{'; '.join(f'{name}: {_period(period)}' for name, period in sides)}.".capitalize()]


def _period(period: Period) -> str:
    if period.first is None:
        return "no day with requests"
    sorts = (("weekday", period.weekdays), ("day of weekends", period.weekends))
    days = " and ".join(_days(number, sort) for sort, number in sorts if number)
    return f"{period.first} to {period.last}, {days}"


def _days(number: int, sort: str = "day") -> str:
    return f"{number} {sort}" if number == 1 else f"{number} {sort.replace('day', 'days', 1)}"


def _changes(comparison: Comparison) -> list[str]:
    """Return, a sentence each, what changed of the services that changed most."""
    rows = comparison.rows
    if not comparison.compared:
        fewest = f"at least {comparison.min_days} weekdays, or as many days of weekends, in both periods"
        return [f"Whether they differ beyond the usual variation of days cannot be told: that takes {fewest}."]
    clear = rows[rows["verdict"].isin(["more", "less"]) & rows["measure"].isin(SAID)]
    if clear.empty:
        return ["Nothing changed beyond the usual variation of days."]
    sizes = rows[rows["measure"] == "bytes"].set_index(["service", "kind"])["difference"].abs()
    sizes = sizes if sizes.notna().any() else clear.groupby(["service", "kind"], dropna=False).size()
    order = [subject for subject in sizes.sort_values(ascending=False, kind="stable").index if pd.notna(subject[1])]
    groups = {(_none(s), _none(k)): part for (s, k), part in clear.groupby(["service", "kind"], dropna=False)}
    subjects = [(SOCIAL[0], None), *((_none(s), _none(k)) for s, k in order)]
    said = [subject for subject in subjects if subject in groups]
    return [_change(groups[subject]) for subject in said[: MOST_SAID + 1]]


def _none(value: Any) -> Any:
    return None if pd.isna(value) else value


def _change(rows: pd.DataFrame) -> str:
    name = _name(rows.iloc[0]["service"])
    changes = []
    for _, row in rows.iterrows():
        title, unit = TITLES[row["measure"]]
        column = _value_column("", "", unit)
        words = f"{column.words(row['before'])} before, {column.words(row['after'])} after"
        changes.append(f"{title[0].lower()}{title[1:]}: {words}")
    return f"{name} changed beyond the usual variation of days: {'; '.join(changes)}."


def _caution(comparison: Comparison) -> list[str]:
    tested = comparison.tested
    if not tested:
        return []
    chance = count(tested * CHANCE) if tested * CHANCE >= 1 else "one or none"
    found = f"{count(comparison.exceeding)} of {count(tested)} differences are beyond the usual variation of days"
    return [f"{found}; about {chance} would be by chance alone, if nothing had changed."]


def _figures(comparison: Comparison, measure: str, most: int | None) -> Figures:
    rows = comparison.rows[comparison.rows["measure"] == measure].copy()
    values = rows[["before", "after"]].astype(float)
    rows = rows[(values.fillna(0) != 0).any(axis=1)]
    size = values.loc[rows.index].max(axis=1)
    whole = rows["service"].isin([ALL[0], SOCIAL[0]])
    order = size[~whole].sort_values(ascending=False, kind="stable").index[:most]
    rows = pd.concat([rows.loc[order], rows[whole].iloc[::-1]])
    rows["name"] = rows["service"].map(_name, na_action=None)
    rows["word"] = [VERDICTS.get(str(each), CANNOT_TELL) for each in rows["verdict"]]
    title, unit = TITLES[measure]
    return Figures(title, _columns(unit), rows.reset_index(drop=True), totals=int(whole.sum()))


def _columns(unit: Unit) -> tuple[Column, ...]:
    return (
        Column("name", "Service", "text"),
        Column("kind", "Kind", "text"),
        _value_column("before", "Before", unit),
        _value_column("after", "After", unit),
        _value_column("difference", "Difference", unit),
        _value_column("low", "At least", unit),
        _value_column("high", "At most", unit),
        Column("word", "Beyond usual", "text"),
    )


def _value_column(name: str, title: str, unit: Unit) -> Column:
    return Column(name, title, "number" if unit == "count" else unit)


def _name(service: Any) -> str:
    if pd.isna(service):
        return BY_CATEGORY
    if service in (ALL[0], SOCIAL[0]):
        return str(service).capitalize()
    known = full_catalogue().services
    return known[service].name if service in known else visible(str(service))


def _notes(comparison: Comparison) -> tuple[str, ...]:
    notes = [
        "All figures are means of a day (UTC), of days on which the log has requests. Beyond usual: whether the "
        "difference is beyond the usual variation of days."
    ]
    if len(comparison.compared) == len(WEIGHTS):
        notes.append("Weekdays and days of weekends count as in a week: five to two.")
    elif comparison.compared:
        notes.append(f"Only {comparison.compared[0]} are compared; of other days there are too few.")
    for name, period in (("before", comparison.before), ("after", comparison.after)):
        partial = ", ".join(map(str, period.partial))
        notes += [f"Left out, as the log {name} begins or ends in the midst of it: {partial}."] if partial else []
        lacking = "; ".join(TITLES[each][0].lower() for each in period.lacking)
        notes += [f"The log {name} cannot show: {lacking}."] if lacking else []
    notes.append(f"Method: {METHOD}.")
    notes.append("A difference does not tell its cause: terms, holidays and new machines change traffic as well.")
    return tuple(notes)

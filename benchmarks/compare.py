"""Whether the engines' answers agree."""

from __future__ import annotations

from question import Answer, folded

SHOWN = 20


def different(answers: dict[str, Answer]) -> str:
    """Return what differs from the first answer in each part that both have; "" when nothing does."""
    (name, first), *others = answers.items()
    found = [
        f"{part} of {name} and {other}: {_differences(first[part], answer[part])}"
        for other, answer in others
        for part in ("sums", "intervals", "users")
        if first[part] is not None and answer[part] is not None and first[part] != answer[part]
    ]
    return "\n".join(found)


def _differences(first: dict[str, object], second: dict[str, object]) -> str:
    keys = [key for key in sorted(first.keys() | second.keys()) if first.get(key) != second.get(key)]
    shown = [f"{key}: {first.get(key)} and {second.get(key)}" for key in keys[:SHOWN]]
    return f"{len(keys)} differ\n  " + "\n  ".join(shown)


def extent(answers: dict[str, Answer]) -> str:
    """Return how much has been compared."""
    first = next(iter(answers.values()))
    parts = {"sums": "services and outcomes", "intervals": "counts of five minutes", "users": "counts of users"}
    return ", ".join(f"{len(first[part])} {words}" for part, words in parts.items() if first[part])


def across(first: Answer, second: Answer) -> str:
    """Return what differs between one log in two formats; "" when nothing does.

    A format that knows no challenge tells only what was denied, and the whole.
    """
    one, two = folded(first["sums"]), folded(second["sums"])
    if not any(key.endswith(" challenge") for key in two):
        one, two = _denied(one), _denied(two)
    return "" if one == two else _differences(one, two)


def _denied(sums: dict[str, list[int]]) -> dict[str, list[int]]:
    kept: dict[str, list[int]] = {}
    for key, (requests, size) in sums.items():
        service, outcome = key.split()
        both = kept.setdefault(f"{service} {outcome if outcome == 'denied' else 'rest'}", [0, 0])
        both[0], both[1] = both[0] + requests, both[1] + size
    return kept

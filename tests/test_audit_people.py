"""The audit of simulated people: what is planted in their logs is found, and their policy has nothing wrong."""

import re
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import pytest

import proxyscan
from people import SERVICES, WIDGET, Life, policies, world
from proxyscan.groups import read_groups

SEEDS = [1, 3]
OTHERS = {"facebook": "m.facebook.com", "youtube": "youtu.be", "instagram": "instagr.am"}
"""Another host of a service's pages."""


def audited(folder: Path, life: Life, change: Callable[[str], str] | None = None, groups: bool = True):
    life.write(folder / "a.log", folder / "groups.csv")
    if change:
        lines = (folder / "a.log").read_text().splitlines(keepends=True)
        (folder / "a.log").write_text("".join(map(change, lines)))
    known = read_groups(folder / "groups.csv") if groups else None
    return proxyscan.audit(proxyscan.scan(folder / "a.log", format="squid", groups=known))


def denied(line: str) -> str:
    return re.sub(r"TCP_MISS/200 \d+", "TCP_DENIED/403 3900", line)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("groups", [True, False])
def test_a_policy_by_group_has_nothing_wrong_but_the_widgets_that_it_denies(tmp_path: Path, seed: int, groups) -> None:
    now, then, _ = policies(world(seed))
    (found,) = audited(tmp_path, now, groups=groups).findings
    assert found.kind == "widgets"
    assert found.figures["widgets_denied"] == (now.denied.label == WIDGET).sum()
    assert found.figures["denied"] == len(now.denied.label)
    assert audited(tmp_path, then, groups=groups).findings == ()


def test_what_is_planted_among_simulated_people_is_found(tmp_path: Path) -> None:
    _, then, _ = policies(world(SEEDS[-1]))
    service = then.world.services[0]
    page, media = (f"https://{each} " for each in SERVICES[service][1:3])
    host = page.split("/")[2]
    other = OTHERS[service]

    def chance(line: str) -> int:
        return crc32(line.encode()) % 10

    plants = {
        ("half-blocked", "pages denied"): lambda line: denied(line) if page in line else line,
        ("half-blocked", "media denied"): lambda line: denied(line) if media in line else line,
        ("inconsistent", "by chance"): lambda line: denied(line) if page in line and chance(line) < 5 else line,
        ("leak", "another host"): lambda line: (
            line if page not in line else line.replace(host, other) if chance(line) < 2 else denied(line)
        ),
    }
    for (kind, name), plant in plants.items():
        found = audited(tmp_path, then, plant, groups=False).findings
        assert (kind, service) in {(each.kind, each.service) for each in found}, name

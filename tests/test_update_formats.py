"""A store takes logs in a site's own format, and lines of other formats inside a log, as a scan reads them."""

import gzip
import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import proxyscan
from engine_fixtures import Engines
from nights import LINES, alike
from proxyscan import splits
from proxyscan.detect import choices
from proxyscan.mapping import template
from proxyscan.schema import OUTCOMES
from proxyscan.store import KEY, Store
from proxyscan.update import NOT_DONE, UNDERSTOOD, WITH_REJECTS, Report, update
from proxyscan.upkeep import check, compact

FEW = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=10)
SMOOTHWALL = Path("sample_logs/mappings/smoothwall.toml")
COMMON = Path("sample_logs/squid_common.log").read_bytes().splitlines(keepends=True)
MIXED = [*LINES[:300], *COMMON, b"no request\n", *LINES[300:350], b"\0\xff\n", *COMMON[:5], *LINES[350:400]]
JUNK = [b"no request\n", b"\0\xff\n"]


def smoothwall(first: int, last: int) -> list[bytes]:
    """Return the lines of an export with so many requests; the header is another one from the 200th on."""
    lines = []
    for number in range(first, last):
        time, who = b"2026-11-23 %02d:%02d:01" % (8 + number // 60 % 12, number % 60), b"10.1.2.%d" % (number % 50)
        code, url = (
            b"403" if number % 3 else b"200",
            b"https://www.%s.com/" % (b"facebook", b"bbc")[number % 2].ljust(3),
        )
        if number in (0, 200):
            lines.append((b"Time,Source IP,Code,URL\n", b"Time,URL,Username,Code,Source IP\n")[number == 200])
        values = (time, who, code, url) if number < 200 else (time, url, b"ann", code, who)
        lines.append(b",".join(values) + b"\n")
    return lines


def school(count: int) -> list[bytes]:
    """Return the lines of the export that the template describes, whose header stands in the mapping."""
    said = [(b"403", b"Blocked"), (b"200", b"Allowed")]
    line = b"2026-11-23 08:%02d:01,u%d,10.1.2.3,%s,https://www.reddit.com/,News,%s,512\n"
    return [line % (number % 60, number % 9, *said[number % 2]) for number in range(count)]


SITES = {
    "header": (SMOOTHWALL.read_text(), smoothwall(0, 400)),
    "order": (template(), school(300)),
    "extends": ('extends = "squid"\n[[rules]]\noutcome = "coached"\nwhen = { status = 403 }\n', LINES[:400]),
    "logformat": (
        'logformat = "%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt"\n'
        '[[rules]]\noutcome = "coached"\nwhen = { status = 403 }\n',
        LINES[:400],
    ),
}


@pytest.fixture(params=SITES)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, list[bytes]]:
    """Write a mapping; return its path and the lines of a log that it describes."""
    text, lines = SITES[request.param]
    (tmp_path / "site.toml").write_text(text)
    return tmp_path / "site.toml", lines


def states(report: Report) -> list[str]:
    return [log.state for log in report.logs]


def holds(store: Path, data: bytes, folder: Path, **options) -> bool:
    """Tell whether a store has what one clean run over all the bytes has, and what a scan has of them."""
    folder.mkdir()
    clean, log = folder / "clean", folder / "all.log.1"
    clean.mkdir()
    shutil.copy(store / KEY, clean / KEY)
    log.write_bytes(data)
    update(clean, log, **options)
    found, scanned = Store(store).summary(), proxyscan.scan(log, **options)
    covered, told = (replace(each.coverage, files=()) for each in (found, scanned))
    sums = all(outcomes(found)[name] == outcomes(scanned)[name] for name in OUTCOMES)
    return alike(found, Store(clean).summary()) and covered == told and sums


def outcomes(summary: proxyscan.Summary) -> dict[str, int]:
    rows = summary.intervals.group_by("outcome").aggregate([("requests", "sum")]).to_pylist()
    return dict.fromkeys(OUTCOMES, 0) | {str(row["outcome"]): row["requests_sum"] for row in rows}


def rejected(folder: Path) -> list[str]:
    tables = [pc.read_csv(path) for path in folder.glob("*.csv")]
    return pa.concat_tables(tables)["text"].to_pylist() if tables else []


# A mapping


@FEW
@given(st.lists(st.floats(0, 1), max_size=4), st.lists(st.integers(0, 300), max_size=4))
def test_a_store_filled_in_any_steps_has_what_a_scan_with_the_mapping_has(tmp_path_factory, site, cuts, junk) -> None:
    mapping, lines = site
    folder = tmp_path_factory.mktemp("store")
    log, data = folder / "export.log", b"".join([*lines[:1], *sprinkled(lines[1:], junk)])
    for cut in [*sorted(cuts), 1]:
        log.write_bytes(data[: int(len(data) * cut)])
        update(folder / "store", log, mapping=mapping, tz="Europe/London")
    assert holds(folder / "store", data, folder / "t", mapping=mapping, tz="Europe/London")
    assert Store(folder / "store").summary().coverage.rejects == len(junk)


def sprinkled(lines: list[bytes], places: list[int]) -> list[bytes]:
    lines = lines.copy()
    for place in sorted(places, reverse=True):
        lines.insert(place, JUNK[0])
    return lines


def test_logs_in_a_mapped_format_are_known_again_rotated_and_compressed(site, tmp_path: Path) -> None:
    mapping, lines = site
    store, log = tmp_path / "store", tmp_path / "export.log"
    log.write_bytes(b"".join(lines[:250]))
    assert states(update(store, log, mapping=mapping)) == ["new"]
    old = log.rename(tmp_path / "export.log.1")
    old.write_bytes(b"".join(lines))
    assert states(update(store, old, mapping=mapping)) == ["grown"]
    packed = tmp_path / "export.log.2.gz"
    packed.write_bytes(gzip.compress(b"".join(lines)))
    assert states(update(store, [packed, old], mapping=mapping)) == ["known", "known"]
    assert states(update(tmp_path / "other", packed, mapping=mapping)) == ["new"]
    for each in (store, tmp_path / "other"):
        assert holds(each, b"".join(lines), tmp_path / f"t-{each.name}", mapping=mapping)


def test_a_log_that_has_only_the_header_of_its_mapping_waits(tmp_path: Path) -> None:
    log, lines = tmp_path / "export.log", smoothwall(0, 5)
    for count, state in [(1, "waits"), (2, "new"), (5, "grown")]:
        log.write_bytes(b"".join(lines[:count]))
        assert states(update(tmp_path / "store", log, mapping=SMOOTHWALL)) == [state]


def test_what_is_new_in_a_mapped_log_is_not_read_without_its_mapping(tmp_path: Path) -> None:
    store, log = tmp_path / "store", tmp_path / "export.log"
    log.write_bytes(b"".join(smoothwall(0, 100)))
    update(store, log, mapping=SMOOTHWALL)
    log.write_bytes(b"".join(smoothwall(0, 300)))
    report = update(store, log)
    assert (states(report), report.status) == (["failed"], NOT_DONE)
    assert states(update(store, log, mapping=SMOOTHWALL)) == ["grown"]
    assert Store(store).summary().coverage.formats == {"smoothwall": 302}


def test_a_store_of_a_mapped_log_is_repaired_checked_and_compacted(site, tmp_path: Path) -> None:
    mapping, lines = site
    store, log = tmp_path / "store", tmp_path / "export.log"
    for count in (100, 250, len(lines)):
        log.write_bytes(b"".join(lines[:count]))
        update(store, log, mapping=mapping)
    part = Store(store).parts()[1].path
    part.write_bytes(part.read_bytes()[:-50])
    assert [each.file for each in check(store) if each.damaged] == [part.name]
    assert states(update(store, log, mapping=mapping, repair=True)) == ["grown"]
    assert check(store) == []
    assert len(compact(store, "2030-01-01")) == 1
    assert states(update(store, log, mapping=mapping)) == ["known"]
    assert holds(store, b"".join(lines), tmp_path / "t", mapping=mapping)


@pytest.mark.parametrize("word", ["local:2", "dask:2", "spark:2"])
@pytest.mark.parametrize("mixed", [False, True])
def test_every_engine_takes_a_mapped_log_and_its_strays(site, word, mixed, engines: Engines, tmp_path, monkeypatch):
    monkeypatch.setattr(splits, "LEAST", 4_000)
    mapping, lines = site
    store, log, data = tmp_path / "store", tmp_path / "export.log", b"".join([*lines, *COMMON, *JUNK, *lines[:40]])
    for size in (len(data) // 3, len(data)):
        log.write_bytes(data[:size])
        update(store, log, mapping=mapping, mixed=mixed, engine=engines[word], rejects=tmp_path / "rejects")
    assert holds(store, data, tmp_path / "t", mapping=mapping, mixed=mixed)
    assert len(rejected(tmp_path / "rejects")) == len(JUNK) + (0 if mixed else len(COMMON))


# Lines of other formats


@FEW
@given(st.permutations(MIXED[300:]), st.lists(st.floats(0, 1), max_size=5), st.booleans())
def test_a_line_of_another_format_is_counted_once_in_whatever_steps_a_log_is_taken(
    tmp_path_factory, behind, cuts, packed
) -> None:
    folder = tmp_path_factory.mktemp("store")
    log, data = folder / "access.log", b"".join([*LINES[:20], *behind])
    for cut in sorted(cuts):
        log.write_bytes(data[: int(len(data) * cut)])
        update(folder / "store", log, format="squid", mixed=True, rejects=folder / "rejects")
    last = log.with_name("access.log.1.gz") if packed else log
    last.write_bytes(gzip.compress(data) if packed else data)
    update(folder / "store", last, format="squid", mixed=True, rejects=folder / "rejects")
    assert holds(folder / "store", data, folder / "t", format="squid", mixed=True)
    assert len(rejected(folder / "rejects")) == len(JUNK)


def test_of_a_mixed_log_whose_format_is_found_only_what_no_format_takes_is_a_reject(tmp_path: Path) -> None:
    store, log, rejects = tmp_path / "store", tmp_path / "access.log", tmp_path / "rejects"
    for count in (310, len(MIXED)):
        log.write_bytes(b"".join(MIXED[:count]))
        report = update(store, log, mixed=True, rejects=rejects)
    assert (report.status, report.total("rejects")) == (WITH_REJECTS, 2)
    assert Store(store).summary().coverage.formats == {"squid": 400 + len(JUNK), "squid_common": len(COMMON) + 5}
    assert holds(store, b"".join(MIXED), tmp_path / "t", mixed=True)
    assert sorted(rejected(rejects))[-1] == "no request"
    assert states(update(store, log, mixed=True)) == ["known"]


def test_lines_that_other_formats_read_are_no_rejects_of_an_update(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(b"".join([*LINES[:50], *COMMON]))
    assert update(tmp_path / "without", log, rejects=tmp_path / "rejects").total("rejects") == len(COMMON)
    report = update(tmp_path / "with", log, mixed=True, rejects=tmp_path / "none")
    assert (report.status, report.total("requests")) == (UNDERSTOOD, 50 + len(COMMON))
    assert rejected(tmp_path / "none") == []


def test_lines_beside_those_of_a_mapping_are_read_by_the_known_formats(tmp_path: Path) -> None:
    store, log = tmp_path / "store", tmp_path / "export.log"
    lines = [*smoothwall(0, 100), *LINES[:30], *smoothwall(100, 300), *COMMON]
    for count in (110, 250, len(lines)):
        log.write_bytes(b"".join(lines[:count]))
        update(store, log, mapping=SMOOTHWALL, mixed=True)
    assert {each.name for each in choices(mapping=SMOOTHWALL)} == {"smoothwall"}
    assert Store(store).summary().coverage.formats == {"smoothwall": 302, "squid": 30, "squid_common": len(COMMON)}
    assert holds(store, b"".join(lines), tmp_path / "t", mapping=SMOOTHWALL, mixed=True)

"""What is planted is found, and a clean policy has nothing wrong."""

import json
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import proxyscan
from policies import SERVICES, Habits, Rule, Visit, browsing, days, scanned, service_of
from proxyscan.audit import Finding, Host, with_rules
from proxyscan.audit.categories import disagree
from proxyscan.audit.finding import KINDS
from proxyscan.groups import read_groups
from proxyscan.layouts import squid_template
from proxyscan.report.findings import audit_section
from proxyscan.summary import EMPTY

STAFF = [f"staff{number}" for number in range(5)]
PUPILS = [f"pupil{number}" for number in range(9)]
PEOPLE = [*STAFF, *PUPILS]


def staff(visit: Visit) -> bool:
    return visit.person in STAFF


def between(begin: float, end: float) -> Rule:
    return lambda visit: begin <= visit.time.hour + visit.time.minute / 60 < end


CLEAN: dict[str, Rule] = {
    "open": lambda visit: True,
    "shut": lambda visit: False,
    "staff only": staff,
    "one of the staff only": lambda visit: visit.person == STAFF[0],
    "at noon": between(12, 13),
    "half past twelve to two": between(12.5, 14),
    "not in the first lessons": lambda visit: not between(9, 10.5)(visit),
    "staff, and pupils at noon": lambda visit: staff(visit) or between(12, 13)(visit),
    "from Wednesday on": lambda visit: visit.time.weekday() >= 2 or visit.time.day > 11,
    "at the weekend and on Mondays": lambda visit: visit.time.weekday() in (0, 5, 6),
}


def policy(rules: dict[str, Rule], widgets: bool = True) -> Rule:
    def rule(visit: Visit) -> bool:
        service = service_of(visit.host)
        return widgets if service == "widget" else rules[service](visit)

    return rule


def groups_of(folder: Path):
    path = folder / "groups.csv"
    path.write_text("who,group\nstaff*,staff\npupil*,pupils\n")
    return read_groups(path)


def audited(folder: Path, rule: Rule, seed: int = 1, count: int = 7, groups: bool = False, habits=None):
    lines = browsing(np.random.default_rng(seed), days(count), PEOPLE, rule, habits)
    options = {"groups": groups_of(folder)} if groups else {}
    return proxyscan.audit(scanned(folder, lines, **options))


HABITS = [
    Habits(),
    Habits(visits=4, media=6),
    Habits(embedded=1.5),
    Habits(visits=0.4, noise=0.03),
    Habits(media=12, embedded=0.1),
]
clean_worlds = given(
    st.fixed_dictionaries({service: st.sampled_from(sorted(CLEAN)) for service in SERVICES}),
    st.integers(0, 10_000),
    st.booleans(),
    st.sampled_from(HABITS),
)


def wrong(folder: Path, names: dict[str, str], seed: int, groups: bool, habits: Habits, count: int = 7):
    """Return what is found wrong with policies that are clean."""
    rule = policy({service: CLEAN[name] for service, name in names.items()})
    return audited(folder, rule, seed, count, groups=groups, habits=habits).findings


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@clean_worlds
def test_a_clean_policy_has_nothing_wrong(tmp_path_factory, names, seed: int, groups: bool, habits) -> None:
    assert wrong(tmp_path_factory.mktemp("clean"), names, seed, groups, habits) == ()


@pytest.mark.parametrize(
    ("facebook", "seed"), [("at the weekend and on Mondays", 587), ("open", 610), ("open", 611)], ids=str
)
def test_single_denials_of_pages_do_not_make_a_service_half_shut(tmp_path: Path, facebook: str, seed: int) -> None:
    names = {"facebook": facebook, "linkedin": "at the weekend and on Mondays", "twitter": "from Wednesday on"}
    lessons = dict.fromkeys(["youtube", "pinterest"], "not in the first lessons")
    assert wrong(tmp_path, names | lessons, seed, False, Habits(media=12, embedded=0.1), 12) == ()


@pytest.mark.slow
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@clean_worlds
def test_hundreds_of_clean_policies_have_nothing_wrong(tmp_path_factory, names, seed: int, groups, habits) -> None:
    assert wrong(tmp_path_factory.mktemp("clean"), names, seed, groups, habits, 12) == ()


def planted(kind: str, service: str | None, found) -> Finding:
    """Return the one finding there is, which is of this kind and service."""
    assert [(each.kind, each.service) for each in found] == [(kind, service)]
    return found[0]


def opened(*hosts: str) -> Rule:
    return lambda visit: visit.host in hosts


MEDIA = {service: tuple(media) for service, (_, media) in SERVICES.items()}
ALL_OPEN = dict.fromkeys(SERVICES, CLEAN["open"])


@pytest.mark.parametrize("seed", range(3))
def test_pages_shut_and_media_open_is_half_blocked(tmp_path: Path, seed: int) -> None:
    rule = policy({**ALL_OPEN, "facebook": opened(*MEDIA["facebook"])})
    found = planted("half-blocked", "facebook", audited(tmp_path, rule, seed, habits=Habits(embedded=1)).findings)
    assert "Facebook is half shut" in found.says
    assert "fbcdn.net" in found.says
    assert found.command == "proxyscan services export facebook --as squid"
    assert {host.host for host in found.hosts} >= {"www.facebook.com", *MEDIA["facebook"]}


@pytest.mark.parametrize("hosts", [MEDIA["linkedin"], MEDIA["linkedin"][:1]], ids=["all", "one of two"])
def test_pages_open_and_media_shut_is_half_blocked(tmp_path: Path, hosts: tuple[str, ...]) -> None:
    rule = policy({**ALL_OPEN, "twitter": lambda visit: visit.host != "pbs.twimg.com", "linkedin": staff})
    assert not audited(tmp_path, rule).findings  # both of X's media hosts are of one domain, of which half is open
    rule = policy({**ALL_OPEN, "linkedin": lambda visit: visit.host not in MEDIA["linkedin"]})
    found = planted("half-blocked", "linkedin", audited(tmp_path, rule).findings)
    assert "broken for its users" in found.says
    assert found.command == "proxyscan services export linkedin --as squid --action open"


@pytest.mark.parametrize("groups", [True, False])
def test_half_blocked_for_pupils_alone_is_found_where_staff_is_open(tmp_path: Path, groups: bool) -> None:
    rule = policy({**ALL_OPEN, "youtube": lambda visit: staff(visit) or visit.host in MEDIA["youtube"]})
    found = audited(tmp_path, rule, groups=groups, habits=Habits(embedded=2), count=10).findings
    if groups:
        assert planted("half-blocked", "youtube", found).groups == ("pupils",)
    else:
        assert {(each.kind, each.service) for each in found} <= {("half-blocked", "youtube")}


@pytest.mark.parametrize(
    ("service", "ways", "words"),
    [
        ("youtube", ["youtu.be"], "another of its domains (youtu.be)"),
        ("pinterest", ["www.pinterest.co.uk"], "the same name under another ending (pinterest.co.uk)"),
        ("facebook", ["m.facebook.com"], "another host of the same domain (m.facebook.com)"),
        ("twitter", ["x.com", "t.co"], "another of its domains (t.co, x.com)"),
    ],
)
def test_another_way_into_a_service_that_is_shut_is_a_leak(tmp_path: Path, service: str, ways, words: str) -> None:
    found = planted("leak", service, audited(tmp_path, policy({**ALL_OPEN, service: opened(*ways)})).findings)
    assert words in found.says
    assert found.figures["allowed"] == sum(host.allowed for host in found.hosts if host.host in ways)
    assert found.command == f"proxyscan services export {service} --as squid"


def test_a_leak_of_pupils_is_found_where_staff_is_open(tmp_path: Path) -> None:
    rule = policy({**ALL_OPEN, "youtube": lambda visit: staff(visit) or visit.host == "youtu.be"})
    assert planted("leak", "youtube", audited(tmp_path, rule, groups=True).findings).groups == ("pupils",)


def test_a_host_of_an_open_service_that_is_shut_is_half_blocked(tmp_path: Path) -> None:
    rule = policy({**ALL_OPEN, "twitter": lambda visit: visit.host != "x.com"})
    found = planted("half-blocked", "twitter", audited(tmp_path, rule).findings)
    assert "X (Twitter) is open at t.co, twitter.com" in found.says
    assert found.command.endswith("--action open")


def test_one_pupil_with_the_rule_of_staff_is_a_leak(tmp_path: Path) -> None:
    rule = policy({**ALL_OPEN, "facebook": lambda visit: staff(visit) or visit.person == "pupil3"})
    lines = browsing(np.random.default_rng(4), days(12), [*PEOPLE, *(f"pupil{n}" for n in range(9, 30))], rule)
    found = proxyscan.audit(scanned(tmp_path, lines, groups=groups_of(tmp_path))).findings
    assert planted("leak", "facebook", found).figures == {"people_allowed": 1, "people_denied": 29}
    assert found[0].groups == ("pupils",)


def by_chance(part: float) -> Rule:
    """Return a rule of two proxies that take turns, of which one shuts."""
    return lambda visit: crc32(f"{visit.time} {visit.host}".encode()) % 1000 < 1000 * part


@pytest.mark.parametrize("part", [0.3, 0.5, 0.7])
def test_the_same_people_let_through_and_denied_all_day_is_inconsistent(tmp_path: Path, part: float) -> None:
    rule = policy({**ALL_OPEN, "linkedin": by_chance(part)})
    found = audited(tmp_path, rule, habits=Habits(visits=6), count=5).findings
    finding = planted("inconsistent", "linkedin", found)
    assert "open and shut to the same people" in finding.says


def test_a_service_that_is_opened_and_shut_again_and_again_is_inconsistent(tmp_path: Path) -> None:
    odd = {3, 4, 7, 9, 10, 14, 17}
    days_open = {day for number, day in enumerate(days(20)) if number in odd}
    rule = policy({**ALL_OPEN, "facebook": lambda visit: visit.time.date() in days_open})
    found = planted("inconsistent", "facebook", audited(tmp_path, rule, count=20, habits=Habits(visits=2)).findings)
    assert found.figures == {"days_open": 7, "days_shut": 13, "changes": 10}


def two_proxies(folder: Path, people: tuple[list[str], list[str]]) -> proxyscan.Audit:
    rules = (policy(ALL_OPEN), policy({**ALL_OPEN, "facebook": CLEAN["shut"]}))
    parts = {}
    for name, rule, whose in zip(("north", "south"), rules, people, strict=True):
        lines = browsing(np.random.default_rng(len(name) + len(parts)), days(5), whose, rule)
        parts[name] = scanned(folder, lines)
    return proxyscan.audit(proxyscan.merge(parts.values()), parts)


def test_two_proxies_with_different_rules_for_the_same_people_are_inconsistent(tmp_path: Path) -> None:
    found = two_proxies(tmp_path, (PEOPLE, PEOPLE)).findings
    assert {(each.kind, each.service) for each in found} == {("inconsistent", "facebook")}
    assert any("open at north" in each.says and "shut at south" in each.says for each in found)


def test_two_proxies_of_different_people_may_have_different_rules(tmp_path: Path) -> None:
    found = two_proxies(tmp_path, (STAFF, PUPILS))
    assert found.findings == ()
    assert [(each.kind, each.service) for each in found.notes] == [("by proxy", "facebook")]


def test_one_proxy_whose_log_was_cut_at_noon_is_no_two_proxies(tmp_path: Path) -> None:
    rule = policy({**ALL_OPEN, "facebook": lambda visit: visit.time.hour >= 12})
    lines = sorted(browsing(np.random.default_rng(12), days(5), PEOPLE, rule, Habits(visits=4)))
    morning = [line for line in lines if float(line.split()[0]) % 86400 < 12 * 3600]
    parts = {
        "one": scanned(tmp_path, morning),
        "two": scanned(tmp_path, [each for each in lines if each not in morning]),
    }
    found = proxyscan.audit(scanned(tmp_path, lines), parts)
    assert found.findings == ()
    assert kinds(found) == {("by hour", "facebook")}


def test_denied_widgets_are_told_with_their_part_of_the_denials(tmp_path: Path) -> None:
    rule = policy({**ALL_OPEN, "facebook": CLEAN["shut"]}, widgets=False)
    lines = list(browsing(np.random.default_rng(5), days(5), PEOPLE, rule, Habits(widgets=6, noise=0)))
    found = planted("widgets", None, proxyscan.audit(scanned(tmp_path, lines)).findings)
    denied = [line for line in lines if "TCP_DENIED/403" in line]
    widgets = [line for line in denied if "connect." in line or "platform." in line]
    assert found.figures["widgets_denied"] == len(widgets)
    assert found.figures["denied"] == len(denied)
    assert f"{len(widgets)} of {len(denied)} denials" in found.says


def kinds(audit: proxyscan.Audit) -> set[tuple[str, str | None]]:
    return {(each.kind, each.service) for each in audit.notes}


def test_what_may_be_meant_so_is_told_as_a_note(tmp_path: Path) -> None:
    rules = {**ALL_OPEN, "facebook": CLEAN["at noon"], "youtube": staff, "linkedin": lambda visit: visit.time.day > 14}
    found = audited(tmp_path, policy(rules), count=10, groups=True, habits=Habits(visits=4))
    assert found.findings == ()
    assert {("by hour", "facebook"), ("by group", "youtube"), ("changed", "linkedin")} <= kinds(found)
    says = {each.service: each.says for each in found.notes}
    assert says["youtube"] == "YouTube is open to staff and shut to pupils."
    assert says["linkedin"] == "LinkedIn was shut from 2026-09-07 to 2026-09-14, open from 2026-09-15 to 2026-09-18."
    assert "open at 12:00 and shut at 08:00, 09:00," in says["facebook"]


def test_media_that_an_open_service_needs_are_no_half(tmp_path: Path) -> None:
    SERVICES["instagram"] = (["www.instagram.com"], ["scontent.cdninstagram.com"])
    try:
        rule = policy({**ALL_OPEN, "instagram": CLEAN["open"], "facebook": opened(*MEDIA["facebook"])})
        found = audited(tmp_path, rule, habits=Habits(embedded=1))
    finally:
        del SERVICES["instagram"]
    assert found.findings == ()
    assert ("shared", "facebook") in kinds(found)


def test_a_log_of_one_side_has_no_findings_and_says_why() -> None:
    found = proxyscan.audit(proxyscan.scan("sample_logs/squidguard.log"))
    assert found.findings == ()
    assert any("do not show all that was let through" in limit for limit in found.limits)
    assert audit_section(found).sentences == ("There are no requests by which a policy could be judged.",)


def test_one_address_for_all_is_said(tmp_path: Path) -> None:
    rule = policy({**ALL_OPEN, "facebook": staff})
    lines = browsing(np.random.default_rng(6), days(5), ["-"], rule)
    limits = proxyscan.audit(scanned(tmp_path, lines)).limits
    assert any("The log shows 1 client only" in limit for limit in limits)


def test_a_store_has_the_findings_of_its_logs(tmp_path: Path) -> None:
    rule = policy({**ALL_OPEN, "youtube": opened("youtu.be"), "linkedin": by_chance(0.5)})
    lines = sorted(browsing(np.random.default_rng(7), days(5), PEOPLE, rule, Habits(visits=5)))
    (tmp_path / "a.log").write_text("".join(lines))
    (tmp_path / "half").mkdir()
    proxyscan.update(tmp_path / "store", [str(tmp_path / "a.log")], format="squid")
    stored = proxyscan.audit(proxyscan.Store(tmp_path / "store").summary())
    assert stored == proxyscan.audit(scanned(tmp_path / "half", lines))
    assert {(each.kind, each.service) for each in stored.findings} == {
        ("leak", "youtube"),
        ("inconsistent", "linkedin"),
    }


def with_categories(folder: Path, lines, category: dict[str, str]):
    """Return a log whose last field is the category of the host, and its format."""
    layout = squid_template("%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt")
    named = [
        replace(each, name="category") if getattr(each, "name", "") == "content_type" else each
        for each in layout.pieces
    ]
    path = folder / "categories.log"
    hosts = (line.split()[6].partition(":")[0] for line in lines)
    path.write_text("".join(f"{line[:-2]}{category.get(host, '-')}\n" for line, host in zip(lines, hosts, strict=True)))
    return path, replace(proxyscan.formats()["squid"], layout=replace(layout, pieces=tuple(named)))


CATEGORIES = {
    **{host: "Social-Networking" for pages, _ in SERVICES.values() for host in pages},
    **{host: "Content-Servers" for _, media in SERVICES.values() for host in media},
    "www.linkedin.com": "Business",
    "twitter.com": "Dating",
}


def test_a_category_that_means_something_else_is_told_and_a_coarse_one_is_not(tmp_path: Path) -> None:
    lines = sorted(browsing(np.random.default_rng(8), days(5), PEOPLE, policy(ALL_OPEN)))
    path, format = with_categories(tmp_path, lines, CATEGORIES)
    found = proxyscan.audit(proxyscan.scan(path, format=format)).findings
    assert {(each.kind, each.service) for each in found} == {("category", "linkedin"), ("category", "twitter")}
    counted = {each.service: each.figures["requests"] for each in found}
    assert counted == {
        "linkedin": sum("www.linkedin.com" in line for line in lines),
        "twitter": sum(" twitter.com:" in line for line in lines),
    }
    assert "“Business”" in " ".join(each.says for each in found)


def test_what_decided_is_named_where_the_log_names_it(tmp_path: Path) -> None:
    rule = policy({**ALL_OPEN, "youtube": opened("youtu.be")})
    lines = sorted(browsing(np.random.default_rng(9), days(5), PEOPLE, rule))
    path, format = with_categories(tmp_path, lines, {"www.youtube.com": "Streaming", "youtu.be": "Short-Links"})
    found = with_rules(proxyscan.audit(proxyscan.scan(path, format=format)), proxyscan.parse(path, format=format))
    (leak,) = (each for each in found.findings if each.kind == "leak")
    allowed = sum("youtu.be" in line and "TUNNEL" in line for line in lines)
    assert f"allowed by category Short-Links: {allowed:,} requests" in leak.decided
    assert any(each.startswith("denied by category Streaming") for each in leak.decided)
    plain = with_rules(proxyscan.audit(scanned(tmp_path, lines)), proxyscan.parse(tmp_path / "world.log"))
    assert "These logs name neither the rule nor the category that decided." in plain.limits


@pytest.mark.parametrize(
    ("category", "kind", "differ"),
    [
        ("Social Networking", "professional", False),
        ("Social Networking", "dating", True),
        ("Streaming Media", "live-streaming", False),
        ("Chat", "video", True),
        ("Content Servers", "photo", False),
        ("Uncategorized", "forum", False),
        ("News", "forum", True),
        ("", "forum", False),
    ],
)
def test_categories_differ_only_where_a_rule_by_them_would_miss(category: str, kind: str, differ: bool) -> None:
    assert disagree(category, kind) is differ


def test_an_address_that_a_list_gives_to_a_service_that_is_shut_is_a_leak(tmp_path: Path) -> None:
    (tmp_path / "addresses").write_text("203.0.113.7\n")
    known = proxyscan.choose(lists=[proxyscan.read_list(tmp_path / "addresses", "facebook")])
    rule = policy({**ALL_OPEN, "facebook": CLEAN["shut"]})
    lines = [*browsing(np.random.default_rng(10), days(5), PEOPLE, rule, Habits(noise=0))]
    lines += [line.replace("t.co:443", "203.0.113.7:443") for line in lines if " t.co:443" in line]
    found = planted("leak", "facebook", proxyscan.audit(scanned(tmp_path, lines, catalogue=known)).findings)
    assert "an address instead of a name (203.0.113.7)" in found.says


def test_a_group_of_too_few_people_is_not_told_apart(tmp_path: Path) -> None:
    rule = policy({**ALL_OPEN, "youtube": lambda visit: staff(visit) or visit.host == "youtu.be"})
    lines = browsing(np.random.default_rng(11), days(7), PEOPLE, rule)
    counted = scanned(tmp_path, lines, groups=groups_of(tmp_path))
    told = proxyscan.audit(counted, min_users=10)
    assert not any(each.groups for each in (*told.findings, *told.notes))
    assert {each.groups for each in proxyscan.audit(counted, min_users=9).findings} == {("pupils",)}


def test_hostile_names_are_shown_harmless(tmp_path: Path) -> None:
    host = Host("\x1b[31m<b>\u202e", "use", 1, 2)
    finding = Finding("leak", "\x1b[2J", "says \x1b[31m", groups=("\x1bgroup",), hosts=(host,), decided=("\x1brule",))
    section = audit_section(proxyscan.Audit((finding,), (replace(finding, kind="by hour"),), ("\x1b",)))
    shown = [
        column.words(value) for each in section.figures for column in each.columns for value in each.rows[column.name]
    ]
    assert not any("\x1b" in text or "\u202e" in text for text in (*shown, *section.sentences, *section.notes))


def test_nothing_has_nothing_wrong() -> None:
    section = audit_section(proxyscan.audit(EMPTY))
    assert section.sentences == ("There are no requests by which a policy could be judged.",)
    assert section.figures == ()


@pytest.mark.parametrize("name", ["tinyproxy", "zeek_ssl", "fortigate", "e2guardian_5", "umbrella_dns"])
def test_logs_that_lack_much_can_be_audited(name: str) -> None:
    found = proxyscan.audit(proxyscan.scan(f"sample_logs/{name}.log"))
    assert json.dumps(found.to_dict())
    assert all(each.says and each.kind in KINDS for each in found.findings)

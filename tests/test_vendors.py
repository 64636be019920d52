"""The categories that filters write into logs mean kinds of the catalogue, however they are spelt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyscan.codes import fold, tables, vendors
from proxyscan.errors import CatalogueError
from proxyscan.lists import KINDS
from proxyscan.vendors import is_broad, kind_of

NAMES = [(name, kind) for kind, names in tables()["kinds"].items() for name in names]


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("Social Networking", "social-network"),
        ("social-networking", "social-network"),
        ("SOCIAL_NETWORKING", "social-network"),
        ("social_networks", "social-network"),
        ("Social Networking ", "social-network"),  # FortiGate's trailing blank
        ("Social Networking;Audio/Video Clips", "social-network"),
        ("Business/Economy;Newsgroups/Forums", "forum"),
        ("social-networking,low-risk", "social-network"),
        ("Personals/Dating;Social Networking", "social-network"),  # a core kind goes before an optional one
        ("Personals/Dating", "dating"),
        ("Forum/Bulletin Boards", "forum"),
        ("Chat/Instant Messaging", "messaging"),  # Blue Coat's name of 2010
        ("Chat (IM)/SMS", "messaging"),
        ("<IW_snet,6.0,-,Social Networking>", "social-network"),
        ("Content Servers", None),
        ("Web Ads/Analytics", None),
        ("File Sharing and Storage", None),
        ("Social Networking Games", None),
        ("Uncategorized", None),
        ("", None),
        ("-", None),
    ],
)
def test_a_category_means_a_kind_or_nothing(category: str, kind: str | None) -> None:
    assert kind_of(category) == kind


@pytest.mark.parametrize(
    ("category", "vendor", "kind"),
    [
        ("37", "fortigate", "social-network"),
        ("55", "bluecoat", "social-network"),
        ("IW_snet", "cisco", "social-network"),
        ("<IW_pnet>", "cisco", "professional"),
        ("194", "mcafee", "professional"),
        ("37", "bluecoat", None),
        ("37", "", None),
    ],
)
def test_a_number_counts_only_for_its_vendor(category: str, vendor: str, kind: str | None) -> None:
    assert kind_of(category, vendor) == kind


@given(st.sampled_from(NAMES), st.sampled_from([str.upper, str.lower, str.title]), st.sampled_from(" _-/&"))
def test_spelling_does_not_change_a_kind(name: tuple[str, str], case: object, sign: str) -> None:
    text, kind = name
    assert kind_of(case(text).replace(" ", sign)) == kind


@given(st.text(max_size=40), st.sampled_from(["", *vendors()]))
def test_no_text_whatever_raises(category: str, vendor: str) -> None:
    assert kind_of(category, vendor) in {None, *KINDS}


def test_every_name_means_one_kind_that_exists() -> None:
    folded = [fold(name) for name, _ in NAMES]
    assert len(folded) == len(set(folded))
    assert {kind for _, kind in NAMES} <= {*KINDS}
    assert {fold(name) for name in tables()["broad"]["names"]} <= {*folded}
    numbered = {name for codes in tables()["numbers"].values() for name in codes.values()}
    assert {fold(name) for name in numbered} <= {*folded}


def test_a_category_that_holds_much_else_is_called_broad() -> None:
    assert is_broad("Streaming Media")
    assert not is_broad("Social Networking")
    assert not is_broad("Content Servers")


def test_an_unknown_vendor_is_answered_with_the_nearest() -> None:
    with pytest.raises(CatalogueError, match="did you mean 'fortigate'"):
        kind_of("37", "fortigat")

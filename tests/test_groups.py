"""Who is in which group, held against a plain look at each request."""

from ipaddress import ip_address, ip_network
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import proxyscan
from proxyscan import schema
from proxyscan.errors import GroupsError
from proxyscan.groups import Groups, People, read_groups
from proxyscan.shares import by
from proxyscan.summary import added

DAY = "sample_logs/squid_day.log"


def written(path: Path, *lines: str) -> Groups:
    path.write_text("\n".join(("who,group", *lines)) + "\n")
    return read_groups(path)


def name(groups: Groups, *, user: str = "", client: str = "") -> str:
    return groups.names[groups.of_user(user) if user else groups.of_client(client)]


def test_a_user_decides_before_a_pattern_and_the_first_pattern_before_later_ones(tmp_path: Path) -> None:
    groups = written(tmp_path / "g.csv", "s-*,pupils", "s-1*,year one", "S-head,staff", "*@ict.example,ict")
    assert name(groups, user="s-17") == "pupils"
    assert name(groups, user="s-HEAD") == "staff"
    assert name(groups, user="ann@ICT.example") == "ict"
    assert name(groups, user="ann") == ""


@pytest.mark.parametrize("who", [r"council\user3", r"council\\user3", r"Council\user*"])
def test_a_user_with_a_domain_is_in_the_group_that_names_it_with_one_backslash_or_as_squid_writes_it(
    tmp_path: Path, who: str
) -> None:
    known = written(tmp_path / "g.csv", f"{who},revenues")
    frame = proxyscan.scan(DAY, groups=known).to_pandas()
    plain = proxyscan.parse(DAY).read_all().to_pandas()
    assert frame[frame["group"] == "revenues"]["requests"].sum() == (plain["user"] == "council\\user3").sum() > 0


networks = st.builds(
    lambda address, length: ip_network((address, length), strict=False),
    st.integers(0, 2**16 - 1).map(lambda low: (10 << 24) + (low << 4)),
    st.integers(8, 32),
)


@given(st.lists(networks, unique=True, max_size=12), st.integers(0, 2**20 - 1))
def test_of_networks_the_longest_prefix_wins(tmp_path_factory, known, low: int) -> None:
    path = tmp_path_factory.mktemp("g") / "g.csv"
    groups = written(path, *(f"{network},{network}" for network in known))
    address = ip_address((10 << 24) + low)
    fitting = sorted((network for network in known if address in network), key=lambda network: network.prefixlen)
    assert name(groups, client=str(address)) == (str(fitting[-1]) if fitting else "")


def test_ipv6_networks_and_single_addresses_are_known(tmp_path: Path) -> None:
    groups = written(tmp_path / "g.csv", "2001:db8::/32,town hall", "2001:db8:1::/48,library", "10.0.0.9,kiosk")
    assert name(groups, client="2001:db8:1::7") == "library"
    assert name(groups, client="2001:db8:2::7") == "town hall"
    assert name(groups, client="::ffff:10.0.0.9") == "kiosk"
    assert name(groups, client="10.0.0.10") == ""
    assert name(groups, client="no address") == ""


@given(st.text(st.sampled_from("0123456789.:a -"), max_size=16) | st.ip_addresses().map(str))
def test_a_client_is_the_address_that_python_reads_in_it(client: str) -> None:
    try:
        address = ip_address(client)
    except ValueError:
        assert name(Groups(("", "any"), networks={(4, 0): {0: 1}, (6, 0): {0: 1}}), client=client) == ""
        return
    address = getattr(address, "ipv4_mapped", None) or address
    network = address.version, address.max_prefixlen
    assert name(Groups(("", "it"), networks={network: {int(address): 1}}), client=client) == "it"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("who;group\n", "line 1: no column 'who'"),
        ("whom,group\n", "did you mean 'who'"),
        ("who,group\nann,\n", "line 2: who or group is missing"),
        ("who,group\n\n10.0.0.0/33,x\n", "line 3: '10.0.0.0/33' is no network"),
        ("who,group\n10.0.0.1/8,x\n", "line 2: '10.0.0.1/8' is no network"),
        ("who,group\nann,a\nANN,b\n", "line 3: 'ANN' is in 'b' and in 'a'"),
    ],
)
def test_what_a_file_of_groups_cannot_mean_is_said_with_file_and_line(tmp_path: Path, lines: str, message: str) -> None:
    path = tmp_path / "groups.csv"
    path.write_text(lines)
    with pytest.raises(GroupsError) as raised:
        read_groups(path)
    assert message in str(raised.value)
    assert str(path) in str(raised.value)


def test_requests_and_users_per_group_are_those_of_a_plain_count(tmp_path: Path) -> None:
    groups = written(tmp_path / "g.csv", "a*,letters to m", "[b-m]*,letters to m", "10.0.0.0/8,by network")
    requests = proxyscan.parse(DAY).read_all().to_pandas()

    def plain(row) -> str:
        code = groups.of_user(row.user) if pd.notna(row.user) else 0
        return groups.names[code or groups.of_client(row.client)]

    requests["group"] = [plain(row) for row in requests.itertuples()]
    requests["person"] = requests["user"].astype(object).fillna("client " + requests["client"].astype(str))
    counted = requests[requests["outcome"].isin(["allowed", "allowed_aborted", "denied", "coached"])]
    found = by(proxyscan.scan(DAY, groups=groups), ["group"]).fillna({"group": ""}).set_index("group")
    assert len(found) > 1
    assert (found["allowed"] + found["denied"]).to_dict() == counted.groupby("group").size().to_dict()
    assert found["users"].astype(int).to_dict() == counted.groupby("group")["person"].nunique().to_dict()


def test_groups_do_not_change_the_sums() -> None:
    plain = proxyscan.scan(DAY)
    grouped = proxyscan.scan(DAY, groups=Groups(("", "all"), {}, [("*", 1)]))
    assert by(plain, ["service"]).equals(by(grouped, ["service"]))
    ungrouped = grouped.hosts.set_column(1, "group", pa.nulls(grouped.hosts.num_rows, pa.string()))
    assert added([ungrouped], schema.HOSTS).equals(plain.hosts)


def test_a_keyed_hash_of_a_user_depends_on_the_key() -> None:
    texts = {People(key).text("user", b"ann") for key in (b"", b"one", b"two")}
    assert len(texts) == 3


@pytest.mark.parametrize("log", [DAY, "sample_logs/bluecoat.log"], ids=["plain", "with categories"])
def test_the_sums_of_hosts_by_group_are_those_of_a_plain_count(tmp_path: Path, log: str) -> None:
    groups = written(tmp_path / "g.csv", "10.0.0.0/9,east", "10.128.0.0/9,west", "*a*,with a")
    rows = proxyscan.classify(proxyscan.parse(log).read_all()).to_pandas().astype(object)
    rows = rows[rows["service"].notna()]
    rows["group"] = [
        (not pd.isna(user) and name(groups, user=user)) or name(groups, client=client)
        for user, client in zip(rows["user"], rows["client"], strict=True)
    ]
    keys = ["group", "service", "host", "label", "outcome"]
    hosts = proxyscan.scan(log, groups=groups).hosts
    found = hosts.to_pandas().fillna({"group": ""}).groupby(keys)["requests"].sum()
    assert len(found) > 1
    assert found.to_dict() == rows.groupby(keys).size().to_dict()
    proxyscan.update(tmp_path / "store", [log], groups=groups)
    assert proxyscan.Store(tmp_path / "store").summary().hosts.equals(hosts)

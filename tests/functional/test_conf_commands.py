"""The conf-* commands, unit by unit, beside Debian's knotd: the same requests on the same configuration database.

Debian's is version 3.2; where later versions answer otherwise, the test says so.
"""
import os

import pytest

from lib import control, servers

EXTRA = """
key:
  - id: k1.
    algorithm: hmac-sha256
    secret: AAEC
remote:
  - id: r1
    address: [ 192.0.2.1, "2001:db8::1@54" ]
    key: k1.
  - id: r2
    address: 192.0.2.2
acl:
  - id: a1
    address: [ 192.0.2.0/24, 198.51.100.1-198.51.100.9 ]
    action: [ transfer, update ]
mod-stats:
  - id: s1
    query-type: on
template:
  - id: t2
    acl: a1
    zonefile-load: difference
"""
ZONES = {"example.com": None, "b.test": None}
ZONE_ITEMS = {"example.com": {"notify": "[ r1, r2 ]", "file": "e.zone"}, "b.test": {"template": "t2", "semantic-checks": "on"}}


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Both servers, with configurations that are equal but for the directory."""
    if not servers.available("knot"):
        pytest.skip("knot is not installed")
    running = []
    for kind in (servers.Bowline, servers.Knot):
        directory = tmp_path_factory.mktemp(kind.name)
        one = kind(str(directory), ZONES, database=True, extra=EXTRA, zone_items=ZONE_ITEMS, template={"storage": "/nonexistent"})
        running.append(one)
        one.start()
        one.wait_socket()
    yield control.Pair(*running)
    running[0].stop()
    running[1].kill()


READS = [
    {}, {"SECTION": "server"}, {"SECTION": "server", "ITEM": "identity"}, {"SECTION": "server", "ITEM": "nsid"},
    {"SECTION": "server", "ID": "x"}, {"SECTION": "server", "ITEM": "bogus"}, {"SECTION": "bogus"}, {"SECTION": ""},
    {"SECTION": "zone"}, {"SECTION": "zone", "ID": "example.com"}, {"SECTION": "zone", "ID": "EXAMPLE.com."},
    {"SECTION": "zone", "ID": "nope"}, {"SECTION": "zone", "ITEM": "domain"},
    {"SECTION": "zone", "ITEM": "domain", "ID": "example.com"}, {"SECTION": "zone", "ITEM": "notify"},
    {"SECTION": "zone", "ITEM": "notify", "ID": "example.com"}, {"SECTION": "zone", "ITEM": "acl", "ID": "example.com"},
    {"SECTION": "zone", "ITEM": "notify", "ID": "nope"}, {"SECTION": "mod-stats"}, {"SECTION": "mod-bogus"},
    {"SECTION": "zone", "ITEM": ""}, {"SECTION": "zone", "ID": ""}, {"ITEM": "domain"}, {"ID": "x"}, {"SECTION": "policy"},
    {"SECTION": "policy", "ID": "default"}, {"SECTION": "include"}, {"SECTION": "zone", "ID": "-bad..name"},
    {"SECTION": "remote", "ITEM": "address", "ID": "r1", "DATA": "192.0.2.1"},
]


@pytest.mark.parametrize("request_", READS, ids=lambda r: "_".join(r.values()) or "all")
def test_read(pair, request_):
    pair.same("conf-read", **request_)


LISTS = [
    {"SECTION": "zone"}, {"SECTION": "zone", "ID": "nope"}, {"SECTION": "server"}, {"SECTION": "server", "ITEM": "identity"},
    {"SECTION": "zone", "ITEM": "notify"}, {"SECTION": "zone", "ITEM": "notify", "ID": "example.com"},
    {"SECTION": "statistics", "FLAGS": "s"}, {"SECTION": "bogus", "FLAGS": "s"}, {"SECTION": "zone", "ITEM": "bogus", "FLAGS": "s"},
    {"SECTION": "zone", "FLAGS": "t"}, {"SECTION": "zone", "ITEM": "notify", "FLAGS": "s"}, {"SECTION": "bogus"},
    {"SECTION": "policy", "ITEM": "unsafe-operation", "FLAGS": "s"}, {"SECTION": "acl", "ITEM": "action", "FLAGS": "s"},
    {"SECTION": "key", "ITEM": "algorithm", "FLAGS": "s"}, {"SECTION": "keystore", "ITEM": "backend", "FLAGS": "s"},
]


@pytest.mark.parametrize("request_", LISTS, ids="_".join)
def test_list(pair, request_):
    pair.same("conf-list", **request_)


def test_list_of_sections_and_served_zones(pair):
    ours, theirs = pair.both({"CMD": "conf-list"})
    ours, theirs = ([u["SECTION"] for _, u in units] for units in (ours, theirs))
    assert [s for s in ours if s in theirs] == theirs
    ours, theirs = pair.both({"CMD": "conf-list", "SECTION": "zone", "FLAGS": "z"})
    assert sorted(u["ID"] for _, u in ours) == sorted(u["ID"] for _, u in theirs) == ["b.test.", "example.com."]


def test_letters_may_stand_in_filters(pair):
    ours = control.ask(pair.servers[0].socket, {"CMD": "conf-list", "SECTION": "zone", "ITEM": "semantic-checks", "FILTERS": "s"})
    assert [u["DATA"] for _, u in ours] == ["off", "on", "soft"]


def test_without_transaction(pair):
    for command in ("conf-set", "conf-unset", "conf-diff", "conf-get", "conf-commit", "conf-abort"):
        pair.same(command, **({"SECTION": "server", "ITEM": "identity", "DATA": "q"} if command.endswith("set") else {}))


@pytest.fixture
def txn(pair):
    assert pair.same("conf-begin") == []
    yield pair
    assert pair.same("conf-abort") == []


def test_one_transaction_at_a_time(txn):
    assert txn.same("conf-begin")[0][1]["ERROR"] == "too many transactions"


SETS = [
    {}, {"SECTION": "server"}, {"SECTION": "server", "ITEM": "identity", "DATA": "new"}, {"SECTION": "server", "ITEM": "identity"},
    {"SECTION": "server", "ITEM": "udp-workers", "DATA": "x"}, {"SECTION": "server", "ITEM": "udp-workers", "DATA": "1000"},
    {"SECTION": "server", "ITEM": "bogus", "DATA": "1"}, {"SECTION": "server", "ITEM": "identity", "ID": "x", "DATA": "1"},
    {"SECTION": "server", "ID": "x"}, {"SECTION": "server", "DATA": "x"}, {"SECTION": "zone"}, {"SECTION": "zone", "ITEM": "domain"},
    {"SECTION": "zone", "ITEM": "domain", "DATA": "c.test"}, {"SECTION": "zone", "ITEM": "domain", "DATA": "b.test"},
    {"SECTION": "zone", "ID": "b.test"}, {"SECTION": "zone", "ID": "d.test"}, {"SECTION": "zone", "ITEM": "domain", "ID": "e.test"},
    {"SECTION": "zone", "ITEM": "domain", "ID": "f.test", "DATA": "g.test"}, {"SECTION": "zone", "ITEM": "domain", "DATA": "bad..x"},
    {"SECTION": "zone", "ID": "h.test", "DATA": "i.test"}, {"SECTION": "zone", "ID": "b.test", "ITEM": "file", "DATA": "cc"},
    {"SECTION": "zone", "ID": "b.test", "ITEM": "file"}, {"SECTION": "zone", "ID": "none.test", "ITEM": "file", "DATA": "x"},
    {"SECTION": "zone", "ID": "example.com", "ITEM": "notify", "DATA": "r1"}, {"SECTION": "zone", "ID": "b.test", "ITEM": "notify", "DATA": "r2"},
    {"SECTION": "zone", "ID": "b.test", "ITEM": "semantic-checks", "DATA": "maybe"}, {"SECTION": "policy", "ITEM": "nsec3", "DATA": "on"},
    {"SECTION": "zone", "ITEM": "comment", "DATA": "all"}, {"SECTION": "key", "ID": "k2"}, {"SECTION": "log", "ITEM": "target", "DATA": "stdout"},
    {"SECTION": "key", "ID": "k1.", "ITEM": "secret", "DATA": "AA=="}, {"SECTION": "key", "ID": "k1.", "ITEM": "secret", "DATA": "x"},
    {"SECTION": "remote", "ID": "r2", "ITEM": "address", "DATA": "192.0.2.7"}, {"SECTION": "include"},
    {"SECTION": "include", "ITEM": "file", "DATA": "/x"}, {"SECTION": "policy", "ID": "p", "ITEM": "nsec3", "DATA": "on"},
]


@pytest.mark.parametrize("request_", SETS, ids=lambda r: "_".join(r.values()) or "none")
def test_set_and_its_difference(txn, request_):
    txn.same("conf-set", **request_)
    txn.same("conf-diff")
    if request_.get("SECTION") not in (None, "include"):
        txn.same("conf-get", SECTION=request_["SECTION"])


UNSETS = [
    {"SECTION": "server", "ITEM": "identity", "DATA": "zz"}, {"SECTION": "server", "ITEM": "identity", "DATA": "ident"},
    {"SECTION": "server", "ITEM": "identity"}, {"SECTION": "server", "ITEM": "cert-file"},
    {"SECTION": "server", "ITEM": "bogus"}, {"SECTION": "zone", "ID": "example.com", "ITEM": "notify", "DATA": "r1"},
    {"SECTION": "zone", "ID": "example.com", "ITEM": "notify", "DATA": "r9"}, {"SECTION": "zone", "ID": "example.com", "ITEM": "notify"},
    {"SECTION": "zone", "ID": "b.test", "ITEM": "notify"}, {"SECTION": "zone", "ID": "none.test"},
    {"SECTION": "zone", "ITEM": "domain", "DATA": "none.test"}, {"SECTION": "zone", "ITEM": "domain", "DATA": "b.test"},
    {"SECTION": "zone", "ID": "b.test"}, {"SECTION": "zone", "ITEM": "domain", "ID": "b.test"}, {"SECTION": "zone", "ITEM": "domain"},
    {"SECTION": "zone"}, {"SECTION": "acl", "ID": "a1"}, {"SECTION": "acl"}, {"SECTION": "bogus"}, {"SECTION": "policy"},
    {"SECTION": "policy", "ITEM": "nsec3"}, {"SECTION": "policy", "ITEM": "id"}, {"SECTION": "include"}, {},
]


@pytest.mark.parametrize("request_", UNSETS, ids=lambda r: "_".join(r.values()) or "all")
def test_unset_and_its_difference(txn, request_):
    txn.same("conf-unset", **request_)
    txn.same("conf-diff")
    txn.same("conf-get")


def test_differences_are_narrowed(txn):
    txn.same("conf-set", {"SECTION": "zone", "ITEM": "domain", "DATA": "c.test"}, {"SECTION": "zone", "ID": "c.test", "ITEM": "notify", "DATA": "r1"},
         {"SECTION": "zone", "ID": "c.test", "ITEM": "notify", "DATA": "r2"}, {"SECTION": "server", "ITEM": "version", "DATA": "v"})
    for narrow in ({"SECTION": "zone"}, {"SECTION": "zone", "ID": "c.test"}, {"SECTION": "zone", "ID": "c.test", "ITEM": "notify"},
                   {"SECTION": "zone", "ITEM": "domain"}, {"SECTION": "server", "ITEM": "identity"}, {"SECTION": "zone", "ID": "none.test"},
                   {"SECTION": "bogus"}):
        txn.same("conf-diff", **narrow)


def test_a_block_of_units_takes_effect_whole_or_not(txn):
    answer = txn.same("conf-set", {"SECTION": "server", "ITEM": "version", "DATA": "v"}, {"SECTION": "server", "ITEM": "bogus", "DATA": "w"},
                  {"SECTION": "server", "ITEM": "nsid", "DATA": "w"})
    assert len(answer) == 1 and answer[0][1]["ITEM"] == "bogus"
    assert txn.same("conf-diff") == []
    txn.same("conf-set", {"SECTION": "server", "ITEM": "version", "DATA": "v"}, {"SECTION": "server", "ITEM": "nsid", "DATA": "w"})
    assert len(txn.same("conf-diff")) == 4


def test_include(txn, tmp_path):
    path = os.path.join(tmp_path, "more.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write("zone:\n  - domain: inc.test\n    file: x\n")
    txn.same("conf-set", SECTION="include", DATA=path)
    assert len(txn.same("conf-diff", SECTION="zone", ID="inc.test")) == 2
    ours, theirs = txn.both({"CMD": "conf-set", "SECTION": "include", "DATA": path})
    assert len(ours) == len(theirs) == 1 and "ERROR" in ours[0][1] and "ERROR" in theirs[0][1]


FAULTS = [
    [("conf-unset", {"SECTION": "remote", "ID": "r1"})], [("conf-unset", {"SECTION": "template", "ID": "t2"})],
    [("conf-unset", {"SECTION": "acl"})], [("conf-set", {"SECTION": "remote", "ID": "r9"})],
    [("conf-set", {"SECTION": "zone", "ID": "b.test", "ITEM": "dnssec-signing", "DATA": "on"}),
     ("conf-set", {"SECTION": "zone", "ID": "b.test", "ITEM": "dnssec-validation", "DATA": "on"})],
]


@pytest.mark.parametrize("steps", FAULTS)
def test_a_broken_configuration_is_refused_with_its_place(txn, steps):
    for command, items in steps:
        assert txn.same(command, **items) == []
    before = txn.same("conf-diff")
    answer = txn.same("conf-commit")
    assert "ERROR" in answer[0][1]
    assert txn.same("conf-diff") == before


def test_commits_apply(pair):
    for step in ({"CMD": "conf-begin"}, {"CMD": "conf-set", "SECTION": "zone", "ID": "new.test"}, {"CMD": "conf-commit"}):
        assert pair.both(step) == [[], []]
    assert pair.same("conf-read", SECTION="zone", ID="new.test")
    ours, theirs = pair.both({"CMD": "zone-status", "ZONE": "new.test", "FILTERS": "r"})
    assert ours[0][1]["DATA"] == theirs[0][1]["DATA"] == "master"
    for step in ({"CMD": "conf-begin"}, {"CMD": "conf-unset", "SECTION": "zone", "ID": "new.test"}, {"CMD": "conf-commit"}):
        assert pair.both(step) == [[], []]
    assert pair.same("zone-status", ZONE="new.test")[0][1]["ERROR"] == "no such zone found"


def test_reference_to_nothing_is_refused_at_once(txn):
    ours, theirs = txn.both({"CMD": "conf-set", "SECTION": "zone", "ID": "b.test", "ITEM": "notify", "DATA": "rX"})
    assert ours[0][1].pop("ERROR") == "invalid reference"  # 3.2 says "not exists"
    theirs[0][1].pop("ERROR")
    assert ours == theirs


def test_other_connections_wait_or_are_told(pair):
    """While the owner is connected others are refused; the next connection after it goes on."""
    ours = pair.servers[0].socket
    with control.Control(ours) as owner:
        assert owner.ask({"CMD": "conf-begin"}) == []
        for command, text in (("conf-begin", "too many transactions"), ("conf-commit", "requested resource is busy"),
                              ("conf-abort", "requested resource is busy"), ("conf-diff", "transaction thread mismatch"),
                              ("conf-get", "transaction thread mismatch"), ("reload", "too many transactions")):
            assert control.ask(ours, {"CMD": command})[0][1]["ERROR"] == text
        with pytest.raises(control.Refused, match="too many transactions"):
            control.do(ours, "zone-begin", ZONE="b.test")
        assert control.do(ours, "conf-read", SECTION="server")
        assert owner.ask({"CMD": "conf-set", "SECTION": "server", "ITEM": "version", "DATA": "x"}) == []
    assert len(control.do(ours, "conf-diff")) == 2
    control.do(ours, "conf-abort")

"""The zone-* and server commands, unit by unit, beside Debian's knotd: the same requests on the same zones.

Debian's is version 3.2; where later versions answer otherwise, the test says so.
"""
import os

import pytest

from lib import control, servers

ZONE = """@ 600 SOA ns admin 10 3600 900 86400 300
@ 600 NS ns
@ 600 NS ns2
ns 300 A 192.0.2.1
ns2 300 A 192.0.2.3
ns2 300 AAAA 2001:db8::3
www 300 A 192.0.2.2
alias 300 CNAME www
txt 300 TXT "a b" "c\\;d" "q\\"r"
mx 300 MX 10 mail.other.test.
*.wild 60 A 192.0.2.9
deep.ent 60 A 192.0.2.10
"""


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    if not servers.available("knot"):
        pytest.skip("knot is not installed")
    running = []
    for kind in (servers.Bowline, servers.Knot):
        directory = str(tmp_path_factory.mktemp(kind.name))
        zones = {}
        for name in ("a.test", "b.test", "none.test"):
            zones[name] = os.path.join(directory, name + ".zone")
            if name != "none.test":
                with open(zones[name], "w", encoding="ascii") as file:
                    file.write(ZONE)
        one = kind(directory, zones, template={"storage": servers.quote(directory), "zonefile-load": "whole"})
        running.append(one)
        one.start()
        one.wait_ready("a.test")
        one.wait_ready("b.test")
        one.wait_socket()
    yield control.Pair(*running)
    running[0].stop()
    running[1].kill()


READS = [{"ZONE": "a.test"}, {"ZONE": "A.TEST."}, {"ZONE": "a.test", "OWNER": "@"}, {"ZONE": "a.test", "OWNER": "@", "TYPE": "SOA"},
         {"ZONE": "a.test", "OWNER": "ns2"}, {"ZONE": "a.test", "OWNER": "ns2", "TYPE": "AAAA"}, {"ZONE": "a.test", "OWNER": "www.a.test."},
         {"ZONE": "a.test", "TYPE": "NS"}, {"ZONE": "a.test", "TYPE": "TYPE16"}, {"ZONE": "a.test", "OWNER": "none"},
         {"ZONE": "a.test", "OWNER": "*.wild"}, {"ZONE": "a.test", "OWNER": "txt"}, {"ZONE": "nope.test"}, {"ZONE": "a..b"},
         {"ZONE": "a.test", "TYPE": "NONSENSE"}, {"ZONE": "none.test"}, {"ZONE": "none.test", "OWNER": "x"}]


@pytest.mark.parametrize("request_", READS, ids=lambda r: "_".join(r.values()))
def test_read(pair, request_):
    pair.same("zone-read", **request_)


def test_read_of_all_zones(pair):
    pair.same("zone-read", TYPE="MX")


@pytest.mark.parametrize("filters", ["r", "s", "t", "f", "c", "rstfc"])
def test_status(pair, filters):
    for zone in ("a.test", "none.test"):
        pair.same("zone-status", ZONE=zone, FILTERS=filters)
    pair.same("zone-status", {"ZONE": "a.test", "FILTERS": filters}, {"ZONE": "nope.test", "FILTERS": filters}, {"ZONE": "b.test", "FILTERS": filters})


def test_status_has_the_types_that_the_older_one_has(pair):
    ours, theirs = pair.both({"CMD": "zone-status", "ZONE": "b.test"})
    ours, theirs = ([unit["TYPE"] for _, unit in units] for units in (ours, theirs))
    assert [t for t in ours if t in theirs] == theirs


def test_without_transaction(pair):
    for command in ("zone-get", "zone-diff", "zone-commit", "zone-abort", "zone-unset"):
        pair.same(command, ZONE="a.test", **({"OWNER": "x"} if command == "zone-unset" else {}))
    pair.same("zone-set", ZONE="a.test", OWNER="x", TTL="1", TYPE="A", DATA="192.0.2.1")
    pair.same("zone-commit")
    pair.same("zone-begin", ZONE="nope.test")


@pytest.fixture
def txn(pair):
    assert pair.same("zone-begin", ZONE="a.test") == []
    yield pair
    assert pair.same("zone-abort", ZONE="a.test") == []


SETS = [{"OWNER": "new", "TTL": "300", "TYPE": "A", "DATA": "192.0.2.9"}, {"OWNER": "www", "TTL": "300", "TYPE": "A", "DATA": "192.0.2.2"},
        {"OWNER": "www", "TTL": "300", "TYPE": "A", "DATA": "192.0.2.22"}, {"OWNER": "www", "TYPE": "A", "DATA": "192.0.2.22"},
        {"OWNER": "www", "TTL": "60", "TYPE": "A", "DATA": "192.0.2.22"}, {"OWNER": "@", "TTL": "300", "TYPE": "TXT", "DATA": '"x y" z'},
        {"OWNER": "other.", "TTL": "300", "TYPE": "A", "DATA": "192.0.2.9"}, {"OWNER": "UPPER", "TTL": "300", "TYPE": "CNAME", "DATA": "www"},
        {"OWNER": "gen", "TTL": "300", "TYPE": "TYPE65280", "DATA": "\\# 3 010203"}, {"OWNER": "sub", "TTL": "1h", "TYPE": "NS", "DATA": "ns.sub"}]


@pytest.mark.parametrize("request_", SETS, ids=lambda r: "_".join(r.values()))
def test_set_and_its_difference(txn, request_):
    txn.same("zone-set", ZONE="a.test", **request_)
    txn.same("zone-diff", ZONE="a.test")
    txn.same("zone-get", ZONE="a.test")


def test_bad_records_are_refused(txn):
    for items in ({"TYPE": "A", "DATA": "bogus"}, {"TYPE": "MX", "DATA": "x y z"}, {"TYPE": "A", "DATA": ""}):
        ours, theirs = txn.both({"CMD": "zone-set", "ZONE": "a.test", "OWNER": "x", "TTL": "5", **items})
        assert len(ours) == len(theirs) == 1
        # Later versions say what is wrong.
        assert ours[0][1].pop("ERROR").startswith("parser failed") and theirs[0][1].pop("ERROR") == "parser failed"
    assert txn.same("zone-diff", ZONE="a.test") == []


UNSETS = [{"OWNER": "www"}, {"OWNER": "www", "TYPE": "A"}, {"OWNER": "www", "TYPE": "A", "DATA": "192.0.2.2"}, {"OWNER": "www", "TYPE": "A", "DATA": "192.0.2.3"},
          {"OWNER": "none"}, {"OWNER": "ns2", "TYPE": "AAAA"}, {"OWNER": "@", "TYPE": "NS", "DATA": "ns2"},
          {"OWNER": "www", "TYPE": "NONSENSE"}]


@pytest.mark.parametrize("request_", UNSETS, ids=lambda r: "_".join(r.values()))
def test_unset_and_its_difference(txn, request_):
    txn.same("zone-unset", ZONE="a.test", **request_)
    txn.same("zone-diff", ZONE="a.test")
    txn.same("zone-get", ZONE="a.test")


def test_a_transaction_from_beginning_to_end(pair):
    for step in ({"CMD": "zone-begin", "ZONE": "b.test"}, {"CMD": "zone-begin", "ZONE": "b.test"},
                 {"CMD": "zone-set", "ZONE": "b.test", "OWNER": "n", "TTL": "60", "TYPE": "A", "DATA": "192.0.2.77"},
                 {"CMD": "zone-status", "ZONE": "b.test", "FILTERS": "t"}, {"CMD": "zone-set", "ZONE": "b.test", "OWNER": "n", "TTL": "60",
                 "TYPE": "CNAME", "DATA": "www"}, {"CMD": "zone-commit", "ZONE": "b.test"}, {"CMD": "zone-status", "ZONE": "b.test", "FILTERS": "t"},
                 {"CMD": "zone-abort", "ZONE": "b.test"}, {"CMD": "zone-begin", "ZONE": "b.test"},
                 {"CMD": "zone-set", "ZONE": "b.test", "OWNER": "n", "TTL": "60", "TYPE": "A", "DATA": "192.0.2.77"},
                 {"CMD": "zone-commit", "ZONE": "b.test"}, {"CMD": "zone-commit", "ZONE": "b.test"}, {"CMD": "zone-read", "ZONE": "b.test"},
                 {"CMD": "zone-begin", "ZONE": "none.test"},
                 {"CMD": "zone-set", "ZONE": "none.test", "OWNER": "@", "TTL": "60", "TYPE": "SOA", "DATA": "ns admin 1 2 3 4 5"},
                 {"CMD": "zone-set", "ZONE": "none.test", "OWNER": "@", "TTL": "60", "TYPE": "NS", "DATA": "ns.other.test."},
                 {"CMD": "zone-diff", "ZONE": "none.test"}, {"CMD": "zone-commit", "ZONE": "none.test"}, {"CMD": "zone-read", "ZONE": "none.test"}):
        ours, theirs = pair.both(step)
        assert ours == theirs, step


def test_events(pair):
    for step in ({"CMD": "zone-freeze", "ZONE": "a.test", "FLAGS": "B"}, {"CMD": "zone-status", "ZONE": "a.test", "FILTERS": "f"},
                 {"CMD": "zone-thaw", "ZONE": "a.test", "FLAGS": "B"}, {"CMD": "zone-status", "ZONE": "a.test", "FILTERS": "f"},
                 {"CMD": "zone-xfr-freeze", "ZONE": "a.test"}, {"CMD": "zone-status", "ZONE": "a.test", "FILTERS": "f"},
                 {"CMD": "zone-xfr-thaw", "ZONE": "a.test"}, {"CMD": "zone-reload", "ZONE": "a.test", "FLAGS": "B"},
                 {"CMD": "zone-refresh", "ZONE": "a.test"}, {"CMD": "zone-retransfer", "ZONE": "a.test"}, {"CMD": "zone-sign", "ZONE": "a.test"},
                 {"CMD": "zone-flush", "ZONE": "a.test", "FLAGS": "BF"}, {"CMD": "zone-flush", "ZONE": "nope.test"},
                 {"CMD": "zone-purge", "ZONE": "a.test", "FILTERS": "e"}, {"CMD": "zone-status", "ZONE": "a.test", "FILTERS": "s"},
                 {"CMD": "reload"}, {"CMD": "zone-reload", "ZONE": "a.test", "FLAGS": "B"}, {"CMD": "zone-status", "ZONE": "a.test", "FILTERS": "s"}):
        ours, theirs = pair.both(step)
        assert ours == theirs, step


def test_statistics(pair):
    pair.same("stats", SECTION="server", ITEM="zone-count")
    pair.same("stats", SECTION="nonsense")


def test_later_answers(pair):
    """Where 3.2 is another: what ours does."""
    path = pair.servers[0].socket
    control.do(path, "zone-begin", ZONE="a.test")
    try:
        control.do(path, "zone-set", ZONE="a.test", OWNER="x", TTL="5", TYPE="CNAME", DATA="WWW")
        assert control.do(path, "zone-get", ZONE="a.test", OWNER="x")[0][1]["DATA"] == "www.a.test."
        for items, text in (({"OWNER": "www", "TYPE": "TXT"}, "no such RR type"), ({"OWNER": "ent"}, "no such node in zone found")):
            with pytest.raises(control.Refused, match=text):
                control.do(path, "zone-unset", ZONE="a.test", **items)
        control.do(path, "zone-unset", ZONE="a.test", OWNER="@", TYPE="SOA")
        with pytest.raises(control.Refused, match="semantic check"):
            control.do(path, "zone-commit", ZONE="a.test")
    finally:
        control.do(path, "zone-abort", ZONE="a.test")
    assert {u["ITEM"] for _, u in control.do(path, "zone-stats", ZONE="b.test")} == {"size", "max-ttl"}

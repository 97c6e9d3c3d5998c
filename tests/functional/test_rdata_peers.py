"""Records of all types that others know too: the same wire form out of the same text, the same text out of it."""
import glob
import os
import subprocess

import pytest

from lib import servers
from lib.records import Records
from test_zonefile_peers import ours

HEAD = "$ORIGIN t.\n$TTL 3600\n@ SOA ns h 1 2 3 4 5\n@ NS ns.other.\n"
COUNT = 2000


@pytest.fixture(scope="module")
def zone(tmp_path_factory):
    seed = int(os.environ.get("TEST_SEED", "1"))
    print(f"TEST_SEED={seed}")
    path = tmp_path_factory.mktemp("records") / "t.zone"
    path.write_text(HEAD + "\n".join(Records(seed).lines(COUNT)) + "\n")
    return path


def records(dump):
    return [line for line in dump.splitlines() if line and not line.startswith(";")]


def test_dump_of_all_types_is_that_of_knot_octet_by_octet(tmp_path, zone):
    if not servers.available("knot"):
        pytest.skip("Knot DNS is not installed")
    with servers.Knot(str(tmp_path), {"t.": str(zone)}) as knot:
        knot.wait_socket()
        knot.wait_ready("t.")
        os.mkdir(tmp_path / "out")
        done = knot.knotc("-b", "zone-flush", "+outdir", str(tmp_path / "out"), "t.")
        assert done.returncode == 0, done.stdout + done.stderr
        (name,) = glob.glob(str(tmp_path / "out" / "*"))
        with open(name, encoding="ascii") as file:
            theirs = file.read()
    mine = ours("t.", str(zone))
    assert len(records(mine)) == COUNT + 2
    # First and last lines hold a version and a time.
    assert mine.splitlines()[1:-1] == theirs.splitlines()[1:-1]


def test_text_of_all_types_by_bind_is_the_same_record(tmp_path, zone):
    compiled = tmp_path / "compiled"
    try:
        done = subprocess.run(["named-compilezone", "-q", "-i", "none", "-k", "ignore", "-s", "full", "-o", str(compiled), "t.", str(zone)],
                              capture_output=True, text=True, timeout=60)
    except FileNotFoundError:
        pytest.skip("named-compilezone is not installed")
    assert done.returncode == 0, done.stdout + done.stderr
    mine, theirs = records(ours("t.", str(zone))), records(ours("t.", str(compiled)))
    assert len(mine) == COUNT + 2
    assert mine == theirs


def test_records_set_online_are_listed_as_by_knot(tmp_path):
    """Also types that Knot DNS has no name for, and the largest TTL."""
    if not servers.available("knot"):
        pytest.skip("Knot DNS is not installed")
    zone = tmp_path / "t.zone"
    zone.write_text(HEAD)
    listed = []
    for kind in (servers.Knot, servers.Bowline):
        directory = tmp_path / kind.name
        directory.mkdir()
        with kind(str(directory), {"t.": str(zone)}) as server:
            server.wait_socket()
            server.wait_ready("t.")
            for command in (["zone-begin", "t."], ["zone-set", "t.", "a", "4294967295", "A", "192.0.2.1"],
                            ["zone-set", "t.", "b", "60", "TYPE19", "\\# 2 0131"], ["zone-set", "t.", "c", "60", "NSEC", "a. A TYPE19"],
                            ["zone-commit", "t."]):
                done = server.knotc(*command)
                assert done.returncode == 0, done.stdout + done.stderr
            lines = server.knotc("zone-read", "t.").stdout.splitlines()
            # 3.2 has the zone in front of each.
            listed.append(sorted(line.removeprefix("[t.] ") for line in lines if " SOA " not in line))
    assert len(listed[0]) == 4
    assert listed[0] == listed[1]

"""Our answers beside those of Knot DNS, NSD and BIND: a small run of tests/compare/compare.

COMPARE_QUERIES sets the number of queries for each zone.
"""
import os
import subprocess

import pytest

from lib import servers


def test_answers_equal_those_of_other_servers(knotd, root):
    for peer in ("knot", "nsd", "bind"):
        if not servers.available(peer):
            pytest.skip(f"{peer} is not installed")
    run = subprocess.run([os.path.join(root, "tests", "compare", "compare"), "--standard", "--small", "--brief",
                          "-n", os.environ.get("COMPARE_QUERIES", "2000")],
                         env={**os.environ, "BOWLINE_KNOTD": knotd}, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, check=False)
    assert run.returncode == 0, run.stdout[-8000:]

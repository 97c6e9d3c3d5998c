"""Fixtures for functional tests: real daemons on loopback, each in a directory of its own.

Servers started through a fixture are stopped at the end of the test; one that crashed, hung or left a sanitizer's
report fails it. What is missing on the machine skips; BOWLINE_STRICT=1 makes that a failure.
"""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import servers  # noqa: E402


def missing(reason):
    if os.environ.get("BOWLINE_STRICT"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def root():
    """Top of the source tree."""
    return servers.ROOT


@pytest.fixture(scope="session")
def knotd():
    """Path of our knotd."""
    path = os.environ.get("BOWLINE_KNOTD") or servers.find_binary("knotd")
    if path is None:
        missing("knotd is not built")
    return path


def _starter(make_directory):
    started = []

    def start(kind, zones, ready=True, **options):
        """Start a server (a class of lib.servers) and, unless told otherwise, wait until its zones are loaded."""
        if not servers.available(kind.name):
            missing(f"{kind.name} is not installed")
        server = kind(str(make_directory()), zones, **options)
        started.append(server)
        server.start()
        if ready and zones:
            server.wait_ready()
        return server

    def finish():
        problems = []
        for server in started:
            try:
                server.stop() if server.name == "ours" else server.kill()
            except servers.ServerError as error:
                problems.append(str(error))
        if problems:
            pytest.fail("\n".join(problems))
    return start, finish


@pytest.fixture
def start(tmp_path_factory):
    """start(kind, zones, **options): a server for this test."""
    function, finish = _starter(lambda: tmp_path_factory.mktemp("server"))
    yield function
    finish()


@pytest.fixture(scope="module")
def start_shared(tmp_path_factory):
    """The same for a whole module."""
    function, finish = _starter(lambda: tmp_path_factory.mktemp("server"))
    yield function
    finish()


@pytest.fixture
def ours(start, knotd):
    """ours(zones, **options): start our knotd."""
    return lambda zones, **options: start(servers.Bowline, zones, **options)


@pytest.fixture
def zone_file(tmp_path):
    """zone_file(text, name="zone"): write a zone file, return its path."""
    def write(text, name="test.zone"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)
    return write

"""Our answers beside those of Knot DNS, NSD and BIND: a small run of tests/compare/compare; and that its model finds mistakes.

COMPARE_QUERIES sets the number of queries for each zone.
"""
import copy
import os
import subprocess
import sys

import pytest

from lib import servers, wire


def test_answers_equal_those_of_other_servers(knotd, root):
    for peer in ("knot", "nsd", "bind"):
        if not servers.available(peer):
            pytest.skip(f"{peer} is not installed")
    run = subprocess.run([os.path.join(root, "tests", "compare", "compare"), "--standard", "--small", "--brief",
                          "-n", os.environ.get("COMPARE_QUERIES", "2000")],
                         env={**os.environ, "BOWLINE_KNOTD": knotd}, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, check=False)
    assert run.returncode == 0, run.stdout[-8000:]


# Mistakes: each takes a reply and makes it wrong, or returns False where it can't.

def drop_answer(m):
    return bool(m.answer) and m.answer.pop(len(m.answer) // 2)


def drop_authority(m):
    return bool(m.authority) and m.authority.pop(len(m.authority) // 2)


def drop_all_signatures(m):
    count = len(m.answer)
    m.answer = [r for r in m.answer if r[1] != 46]
    return len(m.answer) < count


def change_ttl(m):
    section = m.answer or m.authority
    if section:
        owner, rtype, rclass, ttl, rdata = section[0]
        section[0] = (owner, rtype, rclass, ttl + 1, rdata)
    return bool(section)


def change_rdata(m):
    section = m.answer or m.authority
    plain = bool(section) and section[-1][1] in (1, 6, 16, 28, 46)  # what ends with a name would no longer be one
    if plain:
        owner, rtype, rclass, ttl, rdata = section[-1]
        section[-1] = (owner, rtype, rclass, ttl, rdata[:-1] + bytes([rdata[-1] ^ 1]))
    return plain


def flip_aa(m):
    m.flags ^= wire.AA
    return True


def swap_rcode(m):
    m.rcode = {0: 3, 3: 0}.get(m.rcode, 2)
    return True


def stray_authority(m):
    m.authority.append((b"\5stray\4apex\4test\0", 2, 1, 300, b"\0"))
    return True


def stray_additional(m):
    m.additional.append((b"\3ns1\4apex\4test\0", 1, 1, 3600, b"\xc0\0\2\1"))
    return all(r[1] not in (2, 15, 33) for r in m.answer + m.authority)


def wildcard_owner(m):
    found = [i for i, r in enumerate(m.answer) if r[0][:2] != b"\1*" and r[1] not in (5, 39)]
    for i in found[:1]:
        m.answer[i] = (b"\1*" + m.answer[i][0][1 + m.answer[i][0][0]:], *m.answer[i][1:])
    return bool(found)


def repeat_answer(m):
    return bool(m.answer) and (m.answer.append(m.answer[0]) or True)


def reverse_answer(m):
    m.answer.reverse()
    return len(m.answer) > 1


def drop_proofs(m):
    chain = [r for r in m.authority if r[1] in (47, 50)]
    m.authority = [r for r in m.authority if r not in chain]
    return bool(chain)


MISTAKES = [drop_answer, drop_authority, drop_all_signatures, change_ttl, change_rdata, flip_aa, swap_rcode, stray_authority,
            stray_additional, wildcard_owner, repeat_answer, reverse_answer, drop_proofs]


@pytest.fixture(scope="module", params=["unsigned", "nsec", "nsec3", "optout", "salted"])
def judged(request, start_shared, tmp_path_factory, root):
    """(the model of a nasty zone, queries, our replies, our server)"""
    if not servers.available("knot"):
        pytest.skip("knot is not installed")
    sys.path.insert(0, os.path.join(root, "tests", "compare"))
    import exchange
    import model
    import queries
    directory = tmp_path_factory.mktemp("judged")
    path = str(directory / "zone")
    subprocess.run([os.path.join(root, "bench", "make-zone"), "nasty-apex", "-o", path], check=True)
    if request.param != "unsigned":
        subprocess.run([os.path.join(root, "bench", "sign-zone"), request.param, path, path + ".signed"], check=True)
        path += ".signed"
    zones = {"apex.test.": path}
    ours = start_shared(servers.Bowline, zones)
    with servers.Knot(str(directory / "peer"), zones, extra="acl:\n  - id: all\n    address: 127.0.0.1\n    action: transfer",
                      template={"acl": "all"}) as peer:
        peer.wait_ready()
        records = exchange.axfr(peer.port, "apex.test.")
    asked = queries.Generator(path, "apex.test.", 3).many(600)
    replies = exchange.run(ours.port, asked)
    return model.Server([model.Model(records)]), asked, [reply and wire.parse(reply) for reply in replies], ours


def test_answers_are_what_the_model_expects(judged):
    model, asked, replies, _ = judged
    problems = {query.text(): model.check(query, m) for query, m in zip(asked, replies) if model.check(query, m)}
    assert not problems


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.__name__)
def test_model_finds_mistake(judged, mistake):
    model, asked, replies, _ = judged
    tried, missed = 0, []
    for query, m in zip(asked, replies):
        if m is None or query.odd or m.rcode == 5 or m.has(wire.TC):
            continue
        wrong = copy.copy(m)
        wrong.answer, wrong.authority, wrong.additional = list(m.answer), list(m.authority), list(m.additional)
        if mistake(wrong):
            tried += 1
            if not model.check(query, wrong):
                missed.append(query.text())
    assert not missed
    if mistake in (drop_all_signatures, drop_proofs) and not any(r[1] == 46 for m in replies if m for r in m.answer):
        return
    assert tried > 10


@pytest.mark.parametrize("name,qtype", [("apex.test", "DNSKEY"), ("apex.test", "NS"), ("apex.test", "MX"), ("nothing.ent.apex.test", "A"),
                                        ("x.apex.test", "TXT"), ("x.apex.test", "AAAA"), ("host.del.apex.test", "A"), ("srv.apex.test", "SRV"),
                                        ("a.b.dn2.apex.test", "A"), ("deep.apex.test", "MX")])
@pytest.mark.parametrize("do", [False, True])
def test_truncation_is_right_at_every_size(judged, name, qtype, do):
    import exchange
    import model
    import queries
    judge, _, _, ours = judged
    name, qtype = wire.name_from_text(name), wire.TYPES[qtype]

    def query(size, tcp=False):
        message = wire.query(name, qtype, edns=wire.opt(size, do))
        return queries.Query(message, tcp, name, qtype, edns=True, do=do, size=size)
    whole = wire.parse(ours.tcp(query(1232).message))
    needed = model.needed_size(whole)
    asked = [query(size) for size in sorted({512, *range(max(512, needed - 40), min(1232, whole.size + 20) + 1)})]
    for one, reply in zip(asked, exchange.run(ours.port, asked)):
        m = wire.parse(reply)
        assert m.has(wire.TC) is (needed > one.size), one.text()
        assert not judge.check(one, m), one.text()

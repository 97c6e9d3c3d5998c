"""What the server answers to single messages: header, question, EDNS, classes, opcodes, sections, truncation."""
import socket
import struct

import pytest

from lib import servers, wire

ZONE = """\
$ORIGIN example.test.
$TTL 300
@       3600 SOA ns1 hostmaster 7 3600 900 86400 60
@       NS ns1
@       NS ns.other.test.
@       MX 10 mail
@       TXT "apex"
ns1     A 192.0.2.1
ns1     AAAA 2001:db8::1
mail    A 192.0.2.2
www     A 192.0.2.3
www     TXT "text"
www     TYPE65280 \\# 2 0102
a.ent   A 192.0.2.4
*.wild  A 192.0.2.5
*.wild  MX 10 mail
no.wild TXT "blocks"
alias   CNAME www
alias2  CNAME alias
nxalias CNAME nothing
out     CNAME www.other.test.
subalias CNAME host.sub
l1      CNAME l2
l2      CNAME l1
c1      CNAME c2
c2      CNAME c3
c3      CNAME c4
c4      CNAME c5
c5      CNAME c6
c6      CNAME c7
c7      A 192.0.2.7
dn      DNAME target
dn      TXT "beside"
x.target A 192.0.2.8
longdn  DNAME {label}.{label}.{label}.example.test.
sub     NS ns.sub
sub     NS ns1
sub     DS 1 13 2 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
ns.sub  A 192.0.2.9
ns.sub  AAAA 2001:db8::9
big     TXT "{text}" "{text}" "{text}"
huge    TXT {huge}
MiXed   A 192.0.2.10
srv     SRV 1 2 3 www
svc     HTTPS 1 www alpn=h2
many    NS n0.many
{glue}
{farm}
""".format(label="l" * 63, text="x" * 200, huge=" ".join('"' + "y" * 250 + '"' for _ in range(20)),
           farm="\n".join(f"farm NS n{i}.farm\nn{i}.farm A 192.0.2.{i}\nn{i}.farm AAAA 2001:db8::{i}" for i in range(120)),
           glue="\n".join(f"many NS n{i}.many\nn{i}.many A 192.0.2.{i + 20}\nn{i}.many AAAA 2001:db8::{i + 20}"
                          for i in range(13)))


@pytest.fixture(scope="module")
def server(start_shared, tmp_path_factory):
    path = tmp_path_factory.mktemp("zone") / "example.test.zone"
    path.write_text(ZONE, encoding="ascii")
    return start_shared(servers.Bowline, {"example.test.": str(path), "unloaded.test.": "/nonexistent/zone"}, ready=False,
                        udp_size=1232).wait_ready("example.test.")


def raw(server, message, tcp=False):
    """The parsed reply to these bytes, None when none comes in half a second."""
    reply = server.tcp(message, 0.5) if tcp else server.udp(message, 0.5)
    return reply if reply is None else wire.parse(reply)


def types(records):
    return sorted({wire.type_name(r[1]) for r in records})


# Header and question

Q = wire.query("www.example.test", "A", ident=0x1234)
QEND = len(Q)

DROPPED = {
    "empty_datagram": b"",
    "one_octet": b"\x12",
    "header_cut_off": Q[:11],
    "response": Q[:2] + b"\x80" + Q[3:],
    "notification_with_two_questions": Q[:2] + b"\x20\0\0\2" + Q[6:] + Q[12:],
    "no_question_octets": Q[:12],
    "name_cut_off": Q[:16],
    "class_cut_off": Q[:-1],
    "compressed_name": Q[:12] + b"\xc0\x0c\0\1\0\1",
    "label_type_01": Q[:12] + b"\x41" + Q[13:],
    "name_over_255_octets": Q[:12] + (b"\x3f" + b"a" * 63) * 4 + b"\0\0\1\0\1",
}


@pytest.mark.parametrize("case", DROPPED)
def test_message_without_readable_question_is_dropped(server, case):
    assert server.udp(DROPPED[case], 0.3) is None
    assert server.ask("www.example.test").rcode == 0


OPT = wire.opt()
RR = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\1\2\3\4"

FORMERR = {
    "octets_after_the_question": Q + b"\0",
    "record_cut_off": Q[:10] + b"\0\1" + Q[12:] + OPT[:-1],
    "missing_record": Q[:10] + b"\0\1" + Q[12:],
    "counts_beyond_the_size": Q[:6] + b"\xff\xff" + Q[8:],
    "two_opts": Q[:10] + b"\0\2" + Q[12:] + OPT + OPT,
    "opt_in_answer": Q[:6] + b"\0\1" + Q[8:] + OPT,
    "opt_in_authority": Q[:8] + b"\0\1" + Q[10:] + OPT,
    "option_cut_off": Q[:10] + b"\0\1" + Q[12:] + wire.opt(options=b"\0\3\0\5ab"),
    "option_header_cut_off": Q[:10] + b"\0\1" + Q[12:] + wire.opt(options=b"\0\3\0"),
    "looping_owner": Q[:6] + b"\0\1" + Q[8:] + b"\xc0" + bytes([QEND]) + RR[2:],
    "address_of_three_octets": Q[:6] + b"\0\1" + Q[8:] + RR[:10] + b"\0\3\1\2\3",
    "address_without_octets": Q[:6] + b"\0\1" + Q[8:] + RR[:10] + b"\0\0",
}


@pytest.mark.parametrize("case", FORMERR)
def test_broken_rest_is_formerr_with_header_and_question_alone(server, case):
    m = raw(server, FORMERR[case])
    assert m is not None
    assert m.rcode == 1 and m.question == Q[12:] and m.opt is None and not m.has(wire.AA)
    assert m.ident == 0x1234 and m.size == QEND


@pytest.mark.parametrize("count", [2, 3, 65535])
def test_query_with_several_questions_is_formerr(server, count):  # RFC 9619 section 4
    m = raw(server, Q[:4] + struct.pack("!H", count) + Q[6:] + Q[12:])
    assert m.rcode == 1 and m.size == 12 and m.ident == 0x1234
    assert server.tcp(Q[:4] + struct.pack("!H", count) + Q[6:] + Q[12:])[3] & 15 == 1


@pytest.mark.parametrize("opcode,rcode", [(0, 1), (4, 1), (5, 1), (2, 4), (1, 4), (6, 4), (15, 4)])
def test_request_without_question_is_refused_by_opcode(server, opcode, rcode):
    assert raw(server, struct.pack("!HHHHHH", 5, opcode << 11, 0, 0, 0, 0)).rcode == rcode


@pytest.mark.parametrize("flags", [0, wire.RD, wire.CD, wire.AD, wire.Z, wire.TC, wire.AA, wire.RA, 0x0f, 0x07ff])
def test_header_bits_of_the_query_come_to_nothing_but_rd(server, flags):
    m = raw(server, wire.query("www.example.test", "A", ident=77, flags=flags))
    assert m.ident == 77 and m.rcode == 0 and len(m.answer) == 1
    assert m.flags & 0x7ff0 == wire.AA | (flags & wire.RD)


def test_question_comes_back_octet_by_octet(server):
    question = b"\3wWw\7eXaMpLe\4TEST\0"
    m = raw(server, wire.query(question, "A"))
    assert m.question == question + b"\0\1\0\1" and len(m.answer) == 1
    assert m.raw[len(m.question) + 12:len(m.question) + 14] == b"\xc0\x0c"


# Opcodes and classes

@pytest.mark.parametrize("opcode", [1, 2, 3, 6, 7, 14, 15])
def test_unknown_opcode_is_not_implemented(server, opcode):
    m = raw(server, wire.query("www.example.test", "A", opcode=opcode, edns=wire.opt()))
    assert m.rcode == 4 and m.opcode == opcode and m.question and m.opt and not m.has(wire.AA)


@pytest.mark.parametrize("qclass", [0, 2, 4, 254, 1000, 65535])
@pytest.mark.parametrize("opcode", [0, 2, 4, 5])
def test_other_class_is_refused(server, qclass, opcode):
    m = raw(server, wire.query("www.example.test", "A", qclass, opcode=opcode))
    assert m.rcode == 5 and not m.answer


def test_class_any_is_answered_from_in(server):
    m = server.ask("www.example.test", "A", qclass=255)
    assert m.rcode == 0 and m.has(wire.AA) and m.answer[0][2] == 1


@pytest.mark.parametrize("name,text", [("id.server", b"ident"), ("hostname.bind", b"ident"), ("version.server", b"vers"),
                                       ("VERSION.Bind", b"vers")])
def test_chaos_names_give_identity_and_version(server, name, text):
    m = server.ask(name, "TXT", qclass=3)
    assert m.rcode == 0 and not m.has(wire.AA)
    owner, rtype, rclass, ttl, rdata = m.answer[0]
    assert (rtype, rclass, ttl, rdata) == (16, 3, 0, bytes([len(text)]) + text)
    assert owner == wire.name_from_text(name).lower()


@pytest.mark.parametrize("name,qtype", [("id.server", "A"), ("id.server", "ANY"), ("other.server", "TXT"), ("server", "TXT"),
                                        ("www.example.test", "TXT"), ("authors.bind", "TXT")])
def test_other_chaos_questions_are_refused(server, name, qtype):
    assert server.ask(name, qtype, qclass=3).rcode == 5


def test_chaos_with_another_opcode_is_not_implemented(server):
    assert server.ask("id.server", "TXT", qclass=3, opcode=2).rcode == 4


def test_type_zero_is_not_implemented(server):
    assert server.ask("www.example.test", 0).rcode == 4


@pytest.mark.parametrize("qtype,name,rcode", [(41, "www", 0), (249, "www", 0), (253, "www", 0), (254, "nothing", 3), (128, "www", 0)])
def test_meta_types_are_just_absent(server, qtype, name, rcode):
    m = server.ask(f"{name}.example.test", qtype)
    assert m.rcode == rcode and types(m.authority) == ["SOA"] and not m.answer


def test_axfr_over_udp_is_not_implemented(server):
    assert server.ask("example.test", "AXFR").rcode == 4


# Zones

@pytest.mark.parametrize("name", [".", "test", "other.test", "com", "xexample.test"])
def test_name_outside_all_zones_is_refused_with_ede_20(server, name):
    m = server.ask(name, "A", edns=wire.opt())
    assert m.rcode == 5 and not m.has(wire.AA) and m.ede() == [20]
    assert server.ask(name, "A").opt is None


def test_zone_without_contents_is_servfail_with_ede_24(server):
    m = server.ask("www.unloaded.test", "A", edns=wire.opt())
    assert m.rcode == 2 and m.ede() == [24] and not m.has(wire.AA)


def test_ds_at_the_apex_without_the_parent_zone_is_nodata(server):
    m = server.ask("example.test", "DS")
    assert m.rcode == 0 and types(m.authority) == ["SOA"] and m.has(wire.AA)


# EDNS

def test_no_opt_in_query_none_in_reply(server):
    assert server.ask("www.example.test").opt is None


@pytest.mark.parametrize("do", [False, True])
def test_opt_carries_size_version_and_do(server, do):
    assert server.ask("www.example.test", edns=wire.opt(4096, do)).opt == (1232, 0, 0x8000 if do else 0, b"")


@pytest.mark.parametrize("flags", [0x4000, 0x1fff, 0x1])
def test_unknown_edns_flags_are_cleared(server, flags):
    assert server.ask("www.example.test", edns=wire.opt(1232, True, flags=flags)).opt[2] == 0x8000


@pytest.mark.parametrize("name", ["www.example.test", "nowhere.else", "www.unloaded.test"])
@pytest.mark.parametrize("version", [1, 2, 255])
def test_other_edns_version_is_badvers(server, name, version):
    m = server.ask(name, edns=wire.opt(version=version))
    assert m.rcode == 16 and m.opt[1] == 0 and not m.answer and not m.authority and not m.has(wire.AA)


def test_nsid_is_given_when_asked_for(server):
    assert server.ask("www.example.test", edns=wire.opt(options=wire.option(3))).options() == [(3, b"nsid")]
    assert server.ask("www.example.test", edns=wire.opt(options=wire.option(3, b"junk"))).options() == [(3, b"nsid")]
    assert server.ask("www.example.test", edns=wire.opt()).options() == []


def test_expire_is_the_soa_expire_of_a_primary(server):
    m = server.ask("example.test", "SOA", edns=wire.opt(options=wire.option(9)))
    assert m.options() == [(9, struct.pack("!I", 86400))]


def test_zoneversion_is_labels_type_and_serial(server):
    m = server.ask("www.example.test", "A", edns=wire.opt(options=wire.option(19)))
    assert m.options() == [(19, b"\2\0" + struct.pack("!I", 7))]


def test_zoneversion_with_data_is_formerr(server):
    m = server.ask("www.example.test", "A", edns=wire.opt(options=wire.option(19, b"\2\0\0\0\0\1")))
    assert m.rcode == 1 and m.opt is None


@pytest.mark.parametrize("code,data", [(8, b"\0\1\x18\0\1\2\3"), (10, b"12345678"), (11, b""), (12, b"\0\0"), (5, b"\1"), (65001, b"x")])
def test_other_options_are_ignored(server, code, data):
    m = server.ask("www.example.test", "A", edns=wire.opt(options=wire.option(code, data)))
    assert m.rcode == 0 and m.options() == [] and len(m.answer) == 1


# Sections

def test_positive_answer_is_alone_and_authoritative(server):
    m = server.ask("www.example.test", "A")
    assert m.has(wire.AA) and types(m.answer) == ["A"] and not m.authority and not m.additional


def test_owner_is_lower_case_in_the_zone_and_client_case_in_the_reply(server):
    m = raw(server, wire.query("mIxEd.example.test", "A"))
    assert len(m.answer) == 1 and b"\5mIxEd" in m.raw and m.raw.lower().count(b"\5mixed") == 1


@pytest.mark.parametrize("name,qtype,rcode", [("nothing.example.test", "A", 3), ("www.example.test", "AAAA", 0),
                                              ("ent.example.test", "A", 0), ("x.no.wild.example.test", "A", 3),
                                              ("b.ent.example.test", "A", 3), ("x.wild.example.test", "TXT", 0),
                                              ("wild.example.test", "A", 0), ("dn.example.test", "A", 0)])
def test_negative_answer_has_the_soa_with_the_minimum_as_ttl(server, name, qtype, rcode):
    m = server.ask(name, qtype)
    assert m.rcode == rcode and m.has(wire.AA) and not m.answer and types(m.authority) == ["SOA"]
    assert m.authority[0][3] == 60


def test_soa_in_an_answer_keeps_its_ttl(server):
    assert server.ask("example.test", "SOA").answer[0][3] == 3600


def test_wildcard_answers_with_the_queried_name(server):
    m = server.ask("some.deep.wild.example.test", "MX")
    assert m.answer[0][0] == wire.name_from_text("some.deep.wild.example.test") and m.has(wire.AA)
    assert types(m.additional) == ["A"]


def test_unknown_type_is_served(server):
    assert server.ask("www.example.test", 65280).answer[0][4] == b"\1\2"


def test_any_gives_the_rrset_of_the_lowest_type(server):
    assert types(server.ask("www.example.test", "ANY").answer) == ["A"]
    assert types(server.ask("example.test", "ANY").answer) == ["NS"]
    m = server.ask("alias.example.test", "ANY")
    assert types(m.answer) == ["CNAME"] and len(m.answer) == 1


def test_rrsig_in_an_unsigned_zone_is_nodata(server):
    m = server.ask("www.example.test", "RRSIG")
    assert m.rcode == 0 and not m.answer and types(m.authority) == ["SOA"]


def test_referral_is_not_authoritative_and_has_glue(server):
    for name, qtype in (("sub.example.test", "A"), ("sub.example.test", "NS"), ("sub.example.test", "ANY"), ("sub.example.test", "NSEC"),
                        ("ns.sub.example.test", "A"), ("a.b.sub.example.test", "MX"), ("x.sub.example.test", "DS")):
        m = server.ask(name, qtype)
        assert m.rcode == 0 and not m.has(wire.AA) and not m.answer and types(m.authority) == ["NS"]
        glue = {(r[0], r[1]) for r in m.additional}
        ns = wire.name_from_text("ns.sub.example.test")
        assert {(ns, 1), (ns, 28)} <= glue


def test_ds_at_a_cut_is_answered_by_the_parent(server):
    m = server.ask("sub.example.test", "DS")
    assert m.has(wire.AA) and types(m.answer) == ["DS"] and not m.authority


def test_aliases_are_followed(server):
    m = server.ask("alias2.example.test", "A")
    assert [r[1] for r in m.answer] == [5, 5, 1] and m.has(wire.AA)
    assert [r[1] for r in server.ask("alias2.example.test", "CNAME").answer] == [5]
    m = server.ask("nxalias.example.test", "A")
    assert m.rcode == 3 and types(m.answer) == ["CNAME"] and types(m.authority) == ["SOA"]
    m = server.ask("alias.example.test", "AAAA")
    assert m.rcode == 0 and types(m.authority) == ["SOA"]
    m = server.ask("out.example.test", "A")
    assert m.rcode == 0 and types(m.answer) == ["CNAME"] and not m.authority and m.has(wire.AA)
    m = server.ask("subalias.example.test", "A")
    assert types(m.answer) == ["CNAME"] and types(m.authority) == ["NS"] and m.has(wire.AA)


def test_alias_chain_stops_after_five(server):
    m = server.ask("c1.example.test", "A")
    assert [r[1] for r in m.answer].count(5) in (5, 6) and m.rcode == 0 and not m.authority
    assert server.ask("c3.example.test", "A").answer[-1][1] == 1


def test_alias_loop_writes_each_record_once(server):
    m = server.ask("l1.example.test", "A")
    assert m.rcode == 0 and len(m.answer) == len(set(m.answer)) == 2 and not m.authority


def test_dname_synthesizes_a_cname(server):
    m = server.ask("x.dn.example.test", "A")
    assert [r[1] for r in m.answer] == [39, 5, 1] and m.answer[1][3] == 300
    assert m.answer[1][4] == wire.name_from_text("x.target.example.test")
    assert types(server.ask("x.dn.example.test", "CNAME").answer) == ["CNAME", "DNAME"]
    assert types(server.ask("dn.example.test", "TXT").answer) == ["TXT"]
    assert server.ask("y.dn.example.test", "A").rcode == 3


def test_dname_that_makes_a_name_too_long_is_yxdomain(server):
    m = server.ask("y" * 63 + ".longdn.example.test", "A")
    assert m.rcode == 6 and types(m.answer) == ["DNAME"] and m.has(wire.AA)


@pytest.mark.parametrize("name,qtype,wanted", [("srv", "SRV", ["A"]), ("svc", "HTTPS", ["A"]), ("example.test", "MX", ["A"]),
                                               ("example.test", "NS", ["A", "AAAA"])])
def test_addresses_of_targets_come_as_additional(server, name, qtype, wanted):
    name = name if "." in name else f"{name}.example.test"
    assert types(server.ask(name, qtype).additional) == wanted


# Sizes

@pytest.mark.parametrize("size,fits", [(None, False), (0, False), (511, False), (512, False), (600, False), (700, True), (4096, True)])
def test_udp_size_limits_the_reply(server, size, fits):
    m = server.ask("big.example.test", "TXT", edns=None if size is None else wire.opt(size))
    assert m.has(wire.TC) is not fits and bool(m.answer) is fits
    assert m.size <= max(512, size or 0) and m.rcode == 0


def test_server_maximum_limits_what_the_client_offers(server):
    m = server.ask("huge.example.test", "TXT", edns=wire.opt(65535))
    assert m.has(wire.TC) and not m.answer and m.opt


@pytest.mark.parametrize("edns", [None, wire.opt(512), wire.opt(1232)])
def test_tcp_is_not_limited_by_edns(server, edns):
    m = server.ask("huge.example.test", "TXT", tcp=True, edns=edns)
    assert not m.has(wire.TC) and len(m.answer) == 1 and m.size > 5000


def test_in_domain_glue_that_does_not_fit_sets_tc(server):
    m = server.ask("many.example.test", "A")
    assert m.has(wire.TC) and m.size <= 512
    m = server.ask("many.example.test", "A", edns=wire.opt(1232))
    assert not m.has(wire.TC) and len(m.additional) == 26


def test_in_domain_glue_is_whole_over_tcp(server):
    m = server.ask("x.farm.example.test", "A", tcp=True)
    assert not m.has(wire.TC) and len(m.authority) == 120 and len(set(m.additional)) == len(m.additional) == 240


@pytest.mark.parametrize("case", DROPPED)
def test_tcp_connection_outlives_a_dropped_message(server, case):
    if not DROPPED[case]:
        return  # a length of zero closes, see test_tcp
    with socket.create_connection((servers.ADDRESS, server.port), timeout=5) as sock:
        for message in (DROPPED[case], Q):
            sock.sendall(struct.pack("!H", len(message)) + message)
        assert wire.parse(servers.tcp_read(sock)).rcode == 0


# Settings

SETTINGS = {
    "texts": {"identity": '"an identity"', "version": '"a version"', "nsid": '"an nsid"'},
    "hexadecimal_nsid": {"nsid": "0x00ff10"},
    "nothing_to_tell": {"identity": '""', "version": '""', "nsid": '""'},
    "long_texts": {"identity": '"' + "i" * 254 + '"', "version": '"' + "v" * 255 + '"', "nsid": '"' + "n" * 200 + '"'},
    "host_name": {"identity": None, "nsid": None},
    "payload": {"udp-max-payload": 1400},
    "payload_by_family": {"udp-max-payload-ipv4": 1220, "udp-max-payload-ipv6": 4096},
    "client_subnet": {"edns-client-subnet": "on"},
    "rotation": {"answer-rotation": "on"},
}


def settings_probes():
    nsid = wire.opt(options=wire.option(3))
    subnet = [b"\0\1\x18\0\xc0\0\2", b"\0\1\x14\0\xc0\0\xff", b"\0\2\x30\0" + b"\x20\1\x0d\xb8\0\0", b"\0\1\x21\0\1\2\3\4\5", b"\0\3\0\0",
              b"\0\1\x18\0\1\2", b"\0\1\x18\x18\xc0\0\2", b"\0\1\0\0", b"", b"\0\1\x18\x21\xc0\0\2"]
    probes = [wire.query(name, "TXT", 3, edns=edns) for name in ("id.server", "hostname.bind", "version.server")
              for edns in (None, nsid)]
    probes += [wire.query("www.example.test", "A", edns=nsid), wire.query("nowhere.else", "A", edns=nsid),
               wire.query("example.test", "SOA", edns=wire.opt(512)), wire.query("big.example.test", "TXT", edns=wire.opt(4096)),
               wire.query("huge.example.test", "TXT", edns=wire.opt(4096, True, options=wire.option(3)))]
    probes += [wire.query("www.example.test", "A", edns=wire.opt(options=wire.option(8, data))) for data in subnet]
    return probes + [wire.query("example.test", qtype, ident=ident) for qtype in ("NS", "MX") for ident in range(5)]


@pytest.mark.parametrize("case", SETTINGS)
def test_settings_are_answered_with_like_knot_dns(start, tmp_path, case):
    path = tmp_path / "zone"
    path.write_text(ZONE, encoding="ascii")
    settings = dict(SETTINGS[case])
    if "udp-max-payload-ipv4" in settings:
        settings["udp-max-payload"] = None
    if settings.get("identity", "") is None:
        settings["version"] = '"v"'  # each product tells its own
    ours, knot = (start(kind, {"example.test.": str(path)}, server=settings) for kind in (servers.Bowline, servers.Knot))
    for probe in settings_probes():
        replies = [wire.parse(server.udp(probe)) for server in (ours, knot)]
        told = [(m.rcode, m.flags, m.answer, m.authority, m.opt) for m in replies]
        assert told[0] == told[1], wire.show(replies[0]) + "\n" + wire.show(replies[1])

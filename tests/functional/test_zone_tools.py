"""knsec3hash and kzonecheck as operators see them: output, messages, exit codes."""
import os
import re
import shutil
import subprocess

import pytest

from lib import servers

SOA = "@ SOA ns host 1 2 3 4 5\n"
GOOD = SOA + "@ NS ns\nns A 192.0.2.1\n"


def program_of(name):
    program = os.environ.get("BOWLINE_" + name.upper()) or servers.find_binary(name)
    if program is None:
        pytest.skip(f"{name} is not built")
    return program


def run(name, *arguments, text=None):
    done = subprocess.run([program_of(name), *arguments], input=text, capture_output=True, text=True, timeout=60)
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("arguments", [["c01dcafe", "1", "10", "knot-dns.cz"], ["1", "0", "10", "c01dcafe", "Knot-DNS.cz."]])
def test_knsec3hash_prints_the_hash_of_either_order_of_arguments(arguments):
    assert run("knsec3hash", *arguments) == \
        (0, "7ptvge7qv67em61ros9238p5rakr2dm7 (salt=c01dcafe, hash=1, iterations=10)\n", "")


def test_knsec3hash_of_the_rfc_example_is_that_of_the_rfc():
    # RFC 5155 appendix A
    assert run("knsec3hash", "aabbccdd", "1", "12", "example")[1].startswith("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom ")


@pytest.mark.parametrize("arguments, message", [
    (["-", "x", "1", "a"], "error: invalid algorithm number\n"),
    (["-", "1", "65536", "a"], "error: invalid iteration count\n"),
    (["abc", "1", "1", "a"], "error: invalid salt ("),
    (["00" * 256, "1", "1", "a"], "error: invalid salt, maximum length is 255 bytes\n"),
    (["-", "1", "1", "a..b"], "error: cannot parse domain name\n"),
    (["-", "2", "1", "a"], "error: cannot compute NSEC3 hash ("),
])
def test_knsec3hash_of_bad_arguments_says_which(arguments, message):
    code, out, err = run("knsec3hash", *arguments)
    assert (code, out) == (1, "") and err.startswith(message)


def test_output_that_can_t_be_written_is_a_failure():
    hash_program, check_program = program_of("knsec3hash"), program_of("kzonecheck")
    with open("/dev/full", "w") as full:
        for command in [hash_program, "-", "1", "1", "a"], [check_program, "-p", "-o", "example.", "-"]:
            done = subprocess.run(command, input=GOOD, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
            assert done.returncode == 1 and done.stderr.startswith("error: failed writing output (")


@pytest.mark.parametrize("name", ["knsec3hash", "kzonecheck"])
def test_tool_without_arguments_fails_and_with_help_doesn_t(name):
    assert run(name)[0] == 1
    code, out, err = run(name, "--help")
    assert code == 0 and out.startswith("Usage: " + name) and err == ""
    code, out, err = run(name, "-V")
    assert code == 0 and out.startswith(name) and err == ""


@pytest.mark.parametrize("name", ["kdig", "knotc", "knotd", "knsec3hash", "kzonecheck"])
def test_every_program_says_how_it_was_built(name):
    version = run(name, "-V")[1]
    assert re.fullmatch(name + r", Knot DNS 3\.6\.0 \(Bowline \S+\)\n", version)
    for option in ("-VV", "--version=V"):
        code, out, err = run(name, option)
        assert code == 0 and out.startswith(version + "\nBowline ") and "Storage directory: " in out and err == ""


def test_kzonecheck_of_a_good_zone_is_silent_and_with_v_says_so():
    assert run("kzonecheck", "-o", "example.", "-", text=GOOD) == (0, "", "")
    assert run("kzonecheck", "-v", "-o", "example.", "-", text=GOOD) == (0, "No error found\n", "")


def test_kzonecheck_takes_the_origin_from_the_first_soa():
    assert run("kzonecheck", "-", text="$ORIGIN example.\n" + GOOD) == (0, "", "")
    assert run("kzonecheck", "-", text="a. A 192.0.2.1\n") == \
        (1, "", "error: failed to detect zone origin (missing SOA)\n")


def test_kzonecheck_prints_the_zone_in_the_dump_layout():
    code, out, _ = run("kzonecheck", "-p", "-o", "example.", "-", text=GOOD)
    lines = out.splitlines()
    assert code == 0 and lines[0].startswith(";; Zone dump (")
    assert lines[1:4] == [
        "example.            \t3600\tSOA\tns.example. host.example. 1 2 3 4 5",
        "example.            \t3600\tNS\tns.example.",
        "ns.example.         \t3600\tA\t192.0.2.1"]


def test_kzonecheck_of_findings_lists_and_counts_them():
    zone = SOA + "x CNAME y\nx A 192.0.2.1\n"
    code, out, err = run("kzonecheck", "-o", "bad.", "-", text=zone)
    assert (code, out) == (1, "")
    assert sorted(err.splitlines()[:2]) == [
        "[bad.] missing NS at the zone apex", "[x.bad.] another record exists beside CNAME"]
    assert err.split("\n", 2)[2] == """
Error summary:
   1\tanother record exists beside CNAME
   1\tmissing NS at the zone apex

error: serious semantic error detected
"""


def test_kzonecheck_of_syntax_errors_tells_lines_with_v_only(tmp_path):
    path = tmp_path / "z"
    path.write_text(GOOD + "a A 1.2.3\nb FOO\nc TXT (\n a\n \"b\n)\n")
    assert run("kzonecheck", "-o", "example.", str(path)) == (1, "", "error: failed to load the zone file\n")
    code, out, err = run("kzonecheck", "-v", "-o", "example.", str(path))
    assert code == 1 and [line for line in err.splitlines() if line.startswith("zone loader")] == [
        f"zone loader, error in zone, file '{path}', line 4 (invalid IPv4 address)",
        f"zone loader, error in zone, file '{path}', line 5 (unknown type)",
        f"zone loader, error in zone, file '{path}', line 8 (unbalanced quotes)"]


@pytest.mark.parametrize("arguments, message", [
    ([], "error: expected zone file name\n"),
    (["-o", "a..b", "-"], "error: invalid zone name\n"),
    (["-j", "0", "-"], "error: invalid number of threads '0'\n"),
    (["-j", "99999", "-"], "error: invalid number of threads '99999'\n"),
    (["-t", "x", "-"], "error: unknown time format\n"),
    (["/nonexistent/zone"], "error: failed to load the zone file"),
])
def test_kzonecheck_of_bad_arguments_says_which(arguments, message):
    code, out, err = run("kzonecheck", *arguments, text="")
    assert code == 1 and err.startswith(message)


@pytest.mark.parametrize("algorithm,size", [("RSASHA256", 2048), ("RSASHA512", 2048), ("ECDSAP256SHA256", None), ("ECDSAP384SHA384", None),
                                            ("ED25519", None), ("ED448", None)])
def test_kzonecheck_verifies_signatures(tmp_path, algorithm, size):
    """Keys and signatures by BIND's tools; then one octet of the data, and the time, are others."""
    if shutil.which("dnssec-signzone") is None:
        pytest.skip("dnssec-signzone is not installed")
    zone = tmp_path / "zone"
    zone.write_text("@ 3600 SOA ns h 1 2 3 4 5\n@ 3600 NS ns\nns 3600 A 192.0.2.1\n*.w 3600 TXT \"x\"\ncut 3600 NS ns.cut\nns.cut 3600 A 192.0.2.2\n")

    def tool(*arguments):
        done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        if done.returncode != 0 and "unsupported algorithm" in done.stderr:
            pytest.skip(done.stderr)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()
    bits = ["-b", str(size)] if size else []
    tool("dnssec-keygen", "-a", algorithm, *bits, "-K", ".", "example.")
    tool("dnssec-keygen", "-a", algorithm, *bits, "-f", "KSK", "-K", ".", "example.")
    tool("dnssec-signzone", "-S", "-K", ".", "-o", "example.", "-s", "20200101000000", "-e", "20400101000000", "-O", "full", "-f", "signed", str(zone))
    text = (tmp_path / "signed").read_text()
    assert run("kzonecheck", "-o", "example.", "-", text=text)[::2] == (0, "")
    code, _, err = run("kzonecheck", "-o", "example.", "-", text=text.replace("192.0.2.1", "192.0.2.9"))
    assert code == 1 and "[ns.example.] no valid signature for a record (record type A)" in err
    for when in ("20190101000000", "1500000000", "20410101000000"):
        code, _, err = run("kzonecheck", "-o", "example.", "-t", when, "-", text=text)
        assert code == 1 and "no valid signature for a record" in err
    assert run("kzonecheck", "-o", "example.", "-t", "+1Y", "-", text=text)[0] == 0


@pytest.mark.parametrize("chain", [[], ["-3", "-"]], ids=["NSEC", "NSEC3"])
def test_kzonecheck_finds_the_same_fault_with_any_number_of_threads(tmp_path, chain):
    """The first bad signature in canonical order is told, however many others look on further down."""
    if shutil.which("dnssec-signzone") is None:
        pytest.skip("dnssec-signzone is not installed")
    zone = tmp_path / "zone"
    zone.write_text("@ 3600 SOA ns h 1 2 3 4 5\n@ 3600 NS ns\nns 3600 A 192.0.2.1\n"
                    + "".join(f"n{i} 3600 A 10.0.{i // 256}.{i % 256}\n" for i in range(1000)))
    for arguments in (["dnssec-keygen", "-a", "ECDSAP256SHA256", "-K", ".", "example."],
                      ["dnssec-keygen", "-a", "ECDSAP256SHA256", "-f", "KSK", "-K", ".", "example."],
                      ["dnssec-signzone", "-S", "-K", ".", *chain, "-o", "example.", "-s", "20200101000000", "-e", "20400101000000", "-O", "full",
                       "-f", "signed", str(zone)]):
        assert subprocess.run(arguments, cwd=tmp_path, capture_output=True, timeout=120).returncode == 0
    text = (tmp_path / "signed").read_text()
    assert [run("kzonecheck", "-o", "example.", "-j", str(n), "-", text=text)[::2] for n in (1, 2, 16)] == [(0, "")] * 3
    for address in ("10.0.3.77", "10.0.1.7", "10.0.0.200"):  # n845, n263, n200: the first is another one each time
        text = re.sub(rf"\b{re.escape(address)}$", "10.9.9.9", text, flags=re.M)
        results = {run("kzonecheck", "-o", "example.", "-j", str(n), "-", text=text) for n in (1, 2, 16)}
        assert len(results) == 1
        code, _, err = results.pop()
        assert code == 1 and err.count("no valid signature for a record (record type A)") == 1

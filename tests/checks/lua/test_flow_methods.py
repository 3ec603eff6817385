"""ntopng's methods of a flow, and ours, over an IPv4 and an IPv6 flow."""

from __future__ import annotations

import pytest

from monitoring.community_id import community_id
from tests.checks.lua.tables import FLOWS, flow_table, printed, run

V4, V6 = FLOWS

#: Expression of Lua: what it gives for the TLS flow over IPv4, and for the DNS flow over IPv6.
METHODS = {
    "flow.cli()": ("192.168.1.7", "2001:db8::7"),
    "flow.cli_port()": ("40000", "50000"),
    "flow.srv()": ("93.184.216.34", "2001:db8::53"),
    "flow.srv_port()": ("443", "53"),
    "flow.protocol()": ("6", "17"),
    "flow.vlan_id()": ("0", "12"),
    "flow.is_oneway()": ("false", "true"),
    "flow.is_unicast()": ("true", "true"),
    "flow.cli2srv_bytes()": ("1000", "80"),
    "flow.srv2cli_bytes()": ("9000", "0"),
    "flow.bytes()": ("10000", "80"),
    "flow.l7_master_proto()": ("91", "0"),
    "flow.l7_proto()": ("126", "5"),
    "flow.l7_proto_name()": ("TLS.Google", "DNS"),
    "flow.direction()": ("local@remote", "local@local"),
    "flow.http()['protos.http.last_url']": ("nil", "nil"),
    "flow.dns()['protos.dns.last_query']": ("nil", "bad name.example"),
    "flow.dns()['protos.dns.last_query_type']": ("nil", "1"),
    "flow.dns()['protos.dns.last_return_code']": ("nil", "3"),
    "flow.dns()['protos.dns.invalid_chars_in_query']": ("nil", "true"),
    "flow.ssh()['protos.ssh.client_signature']": ("nil", "nil"),
    "flow.tls_quic()['protos.tls.issuerDN']": ("C=US, O=GoDaddy.com, CN=Go Daddy", "nil"),
    "flow.tls_quic()['protos.tls.client_requested_server_name']": ("www.example.org", "nil"),
    "flow.tls_quic()['protos.tls.server_names']": ("www.example.org", "nil"),
    "flow.tls_quic()['protos.tls.ja4.client_malicious']": ("false", "nil"),
    "flow.ja4()": (str(V4["tls_ja4"]), "nil"),
    "#flow.risks()": ("1", "0"),
    "flow.risks()[1]": ("Obsolete TLS version", "nil"),
    "flow.rtt()": ("21.5\t1.5\t20.0", "nil"),
    "flow.retransmissions()": ("2\t2\t0", "0\t0\t0"),
    "flow.country('srv')": ("US", ""),
    "flow.asn('srv')": ("15133", "0"),
    "flow.asn('cli')": ("0", "0"),
    "flow.category()": ("Web", "Network"),
    "flow.server_name()": ("www.example.org", "bad name.example"),
    "flow.is_local('cli')": ("true", "false"),
    "flow.quality()": ("nil", "nil"),
    "flow.param('limit')": ("5", "5"),
    "flow.param('on')": ("true", "true"),
    "type(os.time())": ("number", "number"),
}


@pytest.mark.parametrize(("expression", "expected"), METHODS.items(), ids=list(METHODS))
def test_a_method_gives_what_the_flow_is(expression: str, expected: tuple[str, str]) -> None:
    assert tuple(printed(expression)) == expected


def test_the_community_id_is_that_of_the_pages() -> None:
    ends = ("client", "server", "client_port", "server_port", "l4")
    expected = [community_id(*(flow[name] for name in ends)) for flow in FLOWS]  # type: ignore[arg-type]
    assert printed("flow.community_id()") == expected


@pytest.mark.parametrize("address", ["224.0.0.251", "255.255.255.255", "ff02::fb"])
def test_what_is_sent_to_many_is_not_unicast(address: str) -> None:
    outcome = run("print(flow.is_unicast())", {**V4, "server": address})
    assert outcome.console == "false"


def test_an_alert_has_score_and_message() -> None:
    outcome = run(
        "if flow.srv_port() == 53 then flow.triggerAlert(99.9, 'Zürich → ' .. flow.cli()) end"
    )
    assert [(hit.row, hit.score, hit.message) for hit in outcome.hits] == [
        (1, 99, "Zürich → 2001:db8::7")
    ]


@pytest.mark.parametrize(("asked", "given"), [(-5, 1), (0, 1), (250, 250), (255, 250), (1e9, 250)])
def test_a_score_is_held_within_its_bounds(asked: float, given: int) -> None:
    assert {hit.score for hit in run(f"flow.triggerAlert({asked}, 'x')").hits} == {given}


def test_the_last_alert_of_a_flow_stands() -> None:
    outcome = run("flow.triggerAlert(10, 'one') flow.triggerAlert(20, 'two')")
    assert [(hit.score, hit.message) for hit in outcome.hits] == [(20, "two")] * 2


@pytest.mark.parametrize("call", ["(nil, 'x')", "('high', 'x')", "(10)", "(10, {})", "(0/0, 'x')"])
def test_an_alert_without_score_or_message_is_an_error_at_its_line(call: str) -> None:
    outcome = run(f"local x\nflow.triggerAlert{call}")
    assert not outcome.hits
    assert outcome.errors[0][1].startswith("script:2: triggerAlert: the ")


def test_an_error_costs_only_its_row_and_names_its_line() -> None:
    source = "flow.triggerAlert(10, 'x')\nif flow.vlan_id() == 0 then\n  local y = nil + 1\nend"
    outcome = run(source)
    assert [hit.row for hit in outcome.hits] == [1]
    assert outcome.failed_rows == [0]
    assert outcome.errors == [(0, "script:3: attempt to perform arithmetic on a nil value")]
    assert (outcome.visited, outcome.stopped) == (2, "")


def test_a_source_that_is_no_lua_says_where() -> None:
    assert run("if flow.cli( then").stopped.startswith("script:1: ")


def test_the_console_is_kept_up_to_its_bound() -> None:
    outcome = run("for i = 1, 1000 do print('0123456789') end", console_bytes=100)
    assert 100 <= len(outcome.console) <= 110


def test_dump_flow_shows_every_method_of_ntopng() -> None:
    shown = run("dump_flow()").console
    assert "cli = 192.168.1.7" in shown
    assert "tls_quic:\n  protos.tls.client_requested_server_name = www.example.org" in shown
    assert "l7_proto_name = DNS" in shown


def test_null_texts_and_texts_with_nul_do_not_shift_a_column() -> None:
    flows = [{**V4, "server_name": name} for name in ("a", None, "b\0c", "", "é" * 300)]
    outcome = run("print(flow.server_name())", *flows)
    assert outcome.console.split("\n") == ["a", "nil", "b c", "", "é" * 300]


def test_many_rows_come_in_their_order() -> None:
    flows = [{**V4, "client_port": port, "server_name": f"n{port}"} for port in range(1, 1235)]
    outcome = run(
        "if flow.server_name() ~= 'n' .. flow.cli_port() then flow.triggerAlert(1, 'shifted') end",
        *flows,
    )
    assert (outcome.hits, outcome.visited) == ([], 1234)


NTOPNG_STYLE = """
local function describe()
   local dirs = ntop.getDirs()
   package.path = dirs.installdir .. "/scripts/lua/modules/?.lua;" .. package.path
   require "lua_utils"
   local rsp = { cli = flow.cli(), tls = flow.tls_quic() }
   io.write("----\\n")
   tprint(rsp)
end
describe()
if(flow.srv_port() == 53) then
   flow.triggerAlert(100, "dummy alert message")
end
return(0)
"""


def test_what_ntopngs_scripts_expect_around_them_is_there() -> None:
    outcome = run(NTOPNG_STYLE)
    assert outcome.errors == []
    assert [hit.row for hit in outcome.hits] == [1]
    assert outcome.console.startswith("----\ncli = 192.168.1.7\ntls:\n")


def test_the_table_of_the_tests_is_the_frame_of_the_checks() -> None:
    assert flow_table().height == 2


def test_the_quality_of_a_call_is_a_table_of_what_is_known() -> None:
    call = {"rtp_mos": 2.5, "rtp_loss": 12.5, "rtp_jitter_ms": 8.0, "rtp_codec": "Zoom audio"}
    outcome = run(
        "local q = flow.quality() print(q and q.mos, q and q.loss, q and q.jitter,"
        " q and q.codec, q and q.streams)",
        {**V4, **call},
        {**V6, **call, "rtp_codec": None, "rtp_streams": 2},
        V4,
    )
    assert outcome.console.split("\n") == [
        "2.5\t12.5\t8.0\tZoom audio\tnil",
        "2.5\t12.5\t8.0\tnil\t2",
        "nil\tnil\tnil\tnil\tnil",
    ]

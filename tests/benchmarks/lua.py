"""What a script costs per flow: ``python -m tests.benchmarks.lua``.

At 10,000 flows: the marginal cost of ``return 0`` (target 0.1 µs), of a script that looks for an
issuer of TLS certificates (1 µs), and the transfer of the columns that it reads, which all scripts
share (1 µs). Against calling Lua once per flow from Python with the flow's values. CPU time, the
least of several runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import polars as pl
from lupa.lua54 import LuaRuntime

from checks.lua.columns import Columns
from checks.lua.sandbox import Sandbox
from tests.checks.lua.tables import FLOWS, flow_table

ROWS = 10_000
RUNS = 15
NOTHING = "return 0"
ISSUER = """
if flow.l7_proto_name():find("^TLS") then
  local issuer = flow.tls_quic()["protos.tls.issuerDN"]
  if issuer and issuer:find("LetsEncrypt", 1, true) then
    flow.triggerAlert(100, "Certificate of " .. issuer)
  end
end
return 0
"""
READ = (
    *("application", "tls_version", "tls_names", "tls_alpn", "tls_issuer_dn", "tls_subject_dn"),
    *("tls_sni", "tls_not_before", "tls_not_after", "tls_ja4", "tls_cipher"),
)


def table() -> pl.DataFrame:
    """Return flows of which every second is TLS with a certificate."""
    pair = flow_table(*FLOWS)
    return pl.concat([pair] * (ROWS // 2)).rechunk()


def microseconds(work: Callable[[], object]) -> float:
    """Return the least CPU time of several runs, per row."""
    best = float("inf")
    for _ in range(RUNS):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best / ROWS * 1e6


def one_by_one(rows: pl.DataFrame) -> Callable[[], object]:
    """Return calling Lua once per flow, with methods that ask Python, as a naive engine does."""
    lua = LuaRuntime(register_eval=False, register_builtins=False)
    flows = rows.select("application", "tls_issuer_dn", "tls_version", "server_name").to_dicts()
    now: dict[str, object] = {}

    def certificate() -> object:
        kept = {"protos.tls.issuerDN": now["tls_issuer_dn"], "version": now["tls_version"]}
        return lua.table_from({name: value for name, value in kept.items() if value is not None})

    methods = {"l7_proto_name": lambda: now["application"], "tls_quic": certificate}
    lua.globals().flow = lua.table_from({**methods, "triggerAlert": lambda _score, _text: None})
    check = lua.eval(f"function() {ISSUER} end")

    def visit() -> None:
        for flow in flows:
            now.update(flow)
            check()

    return visit


def main() -> None:
    """Print the costs and their ratio."""
    rows = table()
    sandbox = Sandbox(Columns("flow", rows), ROWS)
    sandbox.transfer(READ)
    nothing = microseconds(lambda: sandbox.run(NOTHING, "flow"))
    issuer = microseconds(lambda: sandbox.run(ISSUER, "flow"))
    made = microseconds(lambda: Sandbox(Columns("flow", rows), ROWS))
    moved = microseconds(lambda: Sandbox(Columns("flow", rows), ROWS).transfer(READ)) - made
    naive = microseconds(one_by_one(rows))
    print(f"return 0                 {nothing:6.3f} µs a flow (target 0.1)")
    print(f"issuer of a certificate  {issuer:6.3f} µs a flow (target 1)")
    print(f"a sandbox for a batch    {made:6.3f} µs a flow")
    print(f"transfer of {len(READ)} columns   {moved:6.3f} µs a flow (target 1)")
    print(
        f"one call a flow          {naive:6.3f} µs a flow: {naive / issuer:.1f} times the issuer's"
    )


if __name__ == "__main__":
    main()

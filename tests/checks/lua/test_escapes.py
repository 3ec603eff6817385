"""Attempts to get out of the sandbox, or to use up what it runs on: none gains anything."""

from __future__ import annotations

import pytest

from tests.checks.lua.tables import run

#: Expressions that must be nil or fail: nothing of the outside is within reach.
UNREACHABLE = (
    "io.open",
    "io.popen",
    "io.lines",
    "io.read",
    "io.stdout",
    "os.execute",
    "os.getenv",
    "os.remove",
    "os.rename",
    "os.tmpname",
    "os.exit",
    "package.loaded",
    "package.loadlib",
    "package.cpath",
    "package.searchers",
    "debug",
    "load",
    "loadstring",
    "loadfile",
    "dofile",
    "collectgarbage",
    "python",
    "ntop.execCmd",
    "string.dump",
    "string.pack",
    "math.randomseed",
    "getmetatable('')",
    "getmetatable(print)",
    "flow.__class__",
    "_G.fetch",
    "(''):dump()",
    "require('os')",
    "require('/etc/passwd')",
)


@pytest.mark.parametrize("expression", UNREACHABLE)
def test_nothing_of_the_outside_is_within_reach(expression: str) -> None:
    outcome = run(f"assert({expression} == nil)")
    failed = [text for _, text in outcome.errors]
    assert not failed or "is not available" in failed[0] or "nil value" in failed[0]
    assert "assertion failed" not in "".join(failed)


#: Loops that never end by themselves; each is stopped at its row.
ENDLESS = {
    "plain": "while true do end",
    "goto": "::again:: goto again",
    "pcall": "while true do pcall(function() while true do end end) end",
    "pcall of error": "while true do pcall(error, 'x') end",
    "xpcall": "while true do xpcall(function() while true do end end, tostring) end",
    "handler": "xpcall(error, function() while true do end end)",
    "coroutine": "coroutine.wrap(function() while true do end end)()",
    "pcall in a coroutine": (
        "while true do coroutine.resume(coroutine.create(function()"
        " while true do pcall(function() while true do end end) end end)) end"
    ),
    "coroutines in coroutines": (
        "local function f() return coroutine.wrap(f)() end while true do pcall(f) end"
    ),
    "closing": (
        "while true do pcall(function() local c <close> ="
        " setmetatable({}, {__close = function() while true do end end}) end) end"
    ),
    "sort": "table.sort({3, 2, 1}, function() while true do end end)",
    "gsub": "(('x'):rep(10)):gsub('x', function() while true do end end)",
    "index": "return setmetatable({}, {__index = function() while true do end end}).x",
    "tostring": "tostring(setmetatable({}, {__tostring = function() while true do end end}))",
    "concatenation": "return setmetatable({}, {__concat = function() while true do end end}) .. ''",
    "pairs": "pairs(setmetatable({}, {__pairs = function() while true do end end}))",
    "yield": "while true do coroutine.wrap(function() coroutine.yield() end)() end",
    "iterator": "for _ in function() return 1 end do end",
    "tail calls": "local function f() return f() end f()",
}


@pytest.mark.parametrize("source", ENDLESS.values(), ids=list(ENDLESS))
def test_a_loop_without_end_is_stopped_at_its_row_and_the_others_run(source: str) -> None:
    outcome = run(f"if flow.vlan_id() == 0 then {source} end flow.triggerAlert(10, 'fine')")
    assert outcome.failed_rows == [0]
    assert [hit.row for hit in outcome.hits] == [1]
    assert "instructions for one row" in outcome.errors[0][1] or "overflow" in outcome.errors[0][1]


#: What would use up memory, or sit in a C function where no instruction counts.
GREEDY = {
    "a long text": "local s = ('x'):rep(1e9)",
    "a text of nothing": "local s = (''):rep(1e15)",
    "a separator": "local s = (''):rep(1e8, ',')",
    "doubling": "local s = 'x' while true do s = s .. s end",
    "a table": "local t = {} while true do t[#t + 1] = {} end",
    "a table caught": (
        "while true do pcall(function() local t = {} while true do t[#t + 1] = {} end end) end"
    ),
    "gsub": "local s = ('x'):rep(1e6):gsub('x', ('y'):rep(1e6))",
    "concat": "table.concat({}, ',', 1, 1e15)",
    "unpack": "table.unpack({}, 1, 1e15)",
    "move": "table.move({}, 1, 1e15, 2)",
    "a lying length": "table.insert(setmetatable({}, {__len = function() return 1e15 end}), 1, 1)",
    "a lying removal": "table.remove(setmetatable({}, {__len = function() return 1e15 end}), 1)",
    "a lying sort": "table.sort(setmetatable({}, {__len = function() return 1e9 end}))",
    "recursion": "local function f() f() return 1 end f()",
    "pcall recursion": "local function f() return pcall(f) end f() error('done')",
    "string recursion": "local function f(s) return (s:gsub('x', f)) end f('x')",
    "a pattern": "local x = ('a'):rep(40):find(('a*'):rep(20) .. 'b')",
    "a lazy pattern": "local x = ('a'):rep(3000):match('.-.-.-b')",
    "gmatch": "for _ in ('a'):rep(3000):gmatch('.-.-.-b') do end",
    "balanced": "local x = ('('):rep(100000):find('%b()%b()')",
    "a finalizer": "setmetatable({}, {__gc = function() end})",
}


@pytest.mark.parametrize("source", GREEDY.values(), ids=list(GREEDY))
def test_what_would_use_up_memory_or_time_is_an_error_of_its_row(source: str) -> None:
    outcome = run(
        f"if flow.vlan_id() == 0 then {source} end flow.triggerAlert(10, 'fine')",
        memory=32 * 2**20,
    )
    assert outcome.failed_rows == [0]
    assert [hit.row for hit in outcome.hits] == [1]


def test_a_huge_message_is_cut() -> None:
    outcome = run("flow.triggerAlert(10, ('x'):rep(1e6))")
    assert {len(hit.message) for hit in outcome.hits} == {1000}


def test_the_budget_of_a_batch_ends_the_script() -> None:
    outcome = run("for i = 1, 1e5 do end", least_batch_steps=50, batch_steps_per_row=1)
    assert outcome.stopped
    assert outcome.visited == 1


def test_scripts_share_nothing_that_one_could_change() -> None:
    from checks.lua.columns import Columns
    from checks.lua.sandbox import Sandbox
    from tests.checks.lua.tables import flow_table

    table = flow_table()
    sandbox = Sandbox(Columns("flow", table), table.height)
    sandbox.run(
        "shared = 1 string.find = nil table.insert = nil flow.cli = nil math.floor = nil"
        " print = nil _G.pcall = nil ntop.getDirs = nil",
        "flow",
    )
    outcome = sandbox.run(
        "assert(shared == nil and string.find and table.insert and flow.cli and math.floor)"
        " assert(pcall and ntop.getDirs and ('x'):find('x') == 1) print(flow.cli())",
        "flow",
    )
    assert outcome.errors == []


def test_the_metatable_of_texts_is_out_of_reach() -> None:
    outcome = run("assert(not pcall(setmetatable, '', {})) assert(getmetatable('') == nil)")
    assert outcome.errors == []


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^%s*(.-)%s*$", "  a b  ", "a b"),
        ("([%w-]+)%.org$", "www.my-site.org", "my-site"),
        ("[^]a]+", "aab]", "b"),
        ("%f[%a]%a+", "1 word", "word"),
        ("colou?r", "color", "color"),
    ],
)
def test_ordinary_patterns_work(pattern: str, text: str, found: str) -> None:
    assert run(f"print(('{text}'):match('{pattern}'))").console.split("\n")[0] == found

"""More attempts on the sandbox: values of the engine's own, C functions, and Lua's odd corners."""

from __future__ import annotations

import time

import polars as pl
import pytest

from checks.lua.columns import Columns
from checks.lua.examples import to_table
from checks.lua.sandbox import Sandbox
from tests.checks.lua.tables import run

#: What must fail, or be nothing: each is tried as an expression.
NOTHING = {
    "a function as bytes": "string.dump(function() end)",
    "a function from bytes": "load(string.rep('x', 10))",
    "the metatable of nil": "setmetatable(nil, {})",
    "the metatable of a boolean": "setmetatable(true, {__index = function() return 1 end})",
    "the metatable of functions": "setmetatable(print, {})",
    "the metatable of numbers": "getmetatable(1)",
    "the methods of all texts": "getmetatable('x').__index",
    "an attribute of a function": "flow.cli.__globals__",
    "an attribute of a method's result": "flow.cli().__class__",
    "a Python object by name": "python.eval('1')",
    "a Python object as a key": "_G[python]",
    "the registry": "debug.getregistry()",
    "an upvalue": "debug.getupvalue(flow.cli, 1)",
    "a packed text": "string.pack('s', 'x')",
    "a packed size": "string.packsize('!16' .. ('i16'):rep(100))",
    "an unpacked text": "string.unpack('z', 'x', -1)",
    "a changed clock": "os.setlocale('C')",
    "a date": "os.date()",
    "the console's file": "io.write('x'):close()",
    "a module": "package.preload.os",
    "the garbage collector": "collectgarbage('count')",
    "the main chunk's arguments": "select(1, ...)",
}


@pytest.mark.parametrize("expression", NOTHING.values(), ids=list(NOTHING))
def test_it_gives_nothing(expression: str) -> None:
    outcome = run(f"assert(not pcall(function() assert(({expression}) ~= nil) end), 'given')")
    assert outcome.errors == []


#: Loops at whose turns a C function or a metamethod is called; each is stopped at its row.
ENDLESS = {
    "an error's text": ("error(setmetatable({}, {__tostring = function() while true do end end}))"),
    "an error's text, printed": (
        "print(setmetatable({}, {__tostring = function() while true do end end}))"
    ),
    "an error's name": "error(setmetatable({}, {__name = ('x'):rep(1e6)}))",
    "a range to the greatest number": "for i = 1, math.maxinteger do end",
    "a range of the least steps": "for i = 0, 1, 5e-324 do end",
    "closing, in a coroutine": (
        "coroutine.wrap(function() local c <close> = setmetatable({}, {__close = function()"
        " while true do end end}) end)()"
    ),
    "closing a coroutine": (
        "local thread = coroutine.create(function() local c <close> = setmetatable({},"
        " {__close = function() while true do end end}) coroutine.yield() end)"
        " coroutine.resume(thread) coroutine.close(thread)"
    ),
    "an error while closing": (
        "while true do pcall(function() local c <close> = setmetatable({}, {__close ="
        " function() error('again') end}) error('first') end) end"
    ),
    "less than": (
        "return setmetatable({}, {__lt = function() while true do end end}) < setmetatable({}, {})"
    ),
    "equals": (
        "local m = {__eq = function() while true do end end}"
        " return setmetatable({}, m) == setmetatable({}, m)"
    ),
    "a length": "return #setmetatable({}, {__len = function() while true do end end})",
    "a call": "setmetatable({}, {__call = function() while true do end end})()",
    "a new index": "setmetatable({}, {__newindex = function() while true do end end}).x = 1",
    "gotos over closures": (
        "do ::again:: local c <close> = setmetatable({}, {__close = function() end}) goto again end"
    ),
    "gmatch": "for _ in ('x'):rep(1e6):gmatch('') do for i = 1, 10 do end end",
    "a handler's handler": (
        "local function h() error('x') end while true do xpcall(error, h, 'x') end"
    ),
    "a stored coroutine": (
        "local f f = function() coroutine.yield() return f() end local t ="
        " coroutine.create(f) while true do coroutine.resume(t) end"
    ),
}


@pytest.mark.parametrize("source", ENDLESS.values(), ids=list(ENDLESS))
def test_it_is_stopped_at_its_row_in_time(source: str) -> None:
    started = time.process_time()
    outcome = run(f"if flow.vlan_id() == 0 then {source} end flow.triggerAlert(10, 'fine')")
    assert outcome.failed_rows == [0]
    assert [hit.row for hit in outcome.hits] == [1]
    assert time.process_time() - started < 2.0


#: What asks C for more than there is.
GREEDY = {
    "a wide number": "string.format('%99999d', 1)",
    "a long format": "string.format(('%99.99f'):rep(1e5), 1)",
    "many repeats": "local s = ('x'):rep(1e6) for _ = 1, 1000 do s = s .. ('x'):rep(1e6) end",
    "repeats of repeats": "return ((('x'):rep(1e6)):rep(1e6)):rep(1e6)",
    "long texts joined": (
        "local s, t = ('x'):rep(1e6), {} for i = 1, 1e4 do t[i] = s end return table.concat(t)"
    ),
    "a long separator": (
        "local t = {} for i = 1, 1e4 do t[i] = '' end return table.concat(t, ('x'):rep(1e6))"
    ),
    "characters": "return string.char(table.unpack({}, 1, 1e6))",
    "many arguments": "return select('#', table.unpack({}, 1, 1e7))",
    "many more arguments": (
        "local function f(...) return f(1, 2, 3, 4, 5, 6, 7, 8, ...) end return (f())"
    ),
    "a code point": "return utf8.char(2^31)",
    "code points": "return utf8.codepoint(('x'):rep(1e6), 1, -1)",
    "an offset": "return utf8.offset('x', math.mininteger) + 1",
    "broken characters": "for _ in utf8.codes('\\xff') do end",
    "a deep pcall": (
        "local function f(n) local fine, why = pcall(f, n + 1) error(why, 0) end f(0)"
    ),
    "a deep coroutine": ("local function f() return coroutine.wrap(f)() end return f()"),
    "deep tables printed": (
        "local t = {} for i = 1, 1e5 do t = {t} end tprint(t) error('printed')"
    ),
    "a deep index": (
        "local t = {} for i = 1, 5000 do t = setmetatable({}, {__index = t}) end return t.x"
    ),
    "a metatable of itself": ("local t = {} t.__index = t setmetatable(t, t) return t.x"),
    "a sort that lies": (
        "local t = {} for i = 1, 100 do t[i] = i end table.sort(t, function() return true end)"
        " error('sorted')"
    ),
    "a late finalizer": (
        "local m = {} local t = setmetatable({}, m) m.__gc = function() while true do end end"
        " setmetatable({}, m)"
    ),
    "a changed protection": "setmetatable(setmetatable({}, {__metatable = 1}), {})",
}


@pytest.mark.parametrize("source", GREEDY.values(), ids=list(GREEDY))
def test_it_is_an_error_of_its_row(source: str) -> None:
    within = f"if flow.vlan_id() == 0 then (function() {source} end)() end"
    outcome = run(f"{within} flow.triggerAlert(10, 'fine')", memory=32 * 2**20)
    assert outcome.failed_rows == [0]
    assert [hit.row for hit in outcome.hits] == [1]


def test_an_error_of_the_engine_is_a_text_and_no_object_of_python() -> None:
    table = to_table("flow_end", {}).drop("vlan")
    sandbox = Sandbox(Columns("flow", table), 1)
    outcome = sandbox.run("local fine, why = pcall(flow.vlan_id) print(type(why), why)", "flow")
    assert outcome.console == "string\tthe column vlan cannot be read"


@pytest.mark.parametrize("till", ["1e300", "0/0", "math.huge", "-math.huge", "'x'", "{}", "-5"])
def test_a_time_that_is_none_is_for_good_and_ends_nothing(till: str) -> None:
    table = pl.concat([to_table("host", {"vlan": number}) for number in range(2)])
    sandbox = Sandbox(Columns("host", table), 2)
    outcome = sandbox.run(f"host.skipVisitedHost(true, {till})", "host")
    assert outcome.stopped == ""
    assert [effect.skip_until for effect in outcome.effects] == [-1, -1]


def test_a_coroutine_of_another_row_runs_no_row_twice() -> None:
    outcome = run(
        "if not kept then kept = coroutine.running() coroutine.yield()"
        " else pcall(coroutine.resume, kept) end flow.triggerAlert(10, 'x')"
    )
    assert outcome.visited == 2
    assert len(outcome.hits) <= 2


def test_a_message_of_any_bytes_arrives_as_text() -> None:
    outcome = run(r"flow.triggerAlert(10, '\0\xff\xc0<b>')")
    assert {hit.message for hit in outcome.hits} == {"��<b>"}

"""Conditions that hypothesis makes: right ones of all that the language knows, and rubbish."""

from __future__ import annotations

from hypothesis import strategies as st

from checks.language.columns import columns_of
from checks.language.stored import COLUMNS, NAMED
from checks.language.tree import Kind
from tests.checks.language.rows import ADDRESSES, APPLICATIONS, TEXTS

Texts = st.SearchStrategy[str]
_ALL = {n: c for n, c in columns_of("flow").items() if n in COLUMNS or n in NAMED}
ZONES = ("Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "UTC")
NETWORKS = (
    *("10.0.0.0/8", "0.0.0.0/0", "192.0.2.255", "10.0.0.7/31", "::/0", "::ffff:10.0.0.0/104"),
    *("2001:db8::/32", "fe80::/10", "::/96", "::fffe:0:0/95"),
)


def quoted(text: str) -> str:
    """Return a literal."""
    return "'" + text.replace("'", "''") + "'"


def columns(kind: Kind) -> Texts:
    """Return the columns of a kind."""
    return st.sampled_from(sorted(n for n, c in _ALL.items() if c.kind is kind))


_NUMBERS = st.one_of(
    st.integers(0, 2**53).map(str),
    st.sampled_from(["0", "1", "443", "1e9", ".5", "0.1", "7.999", "65535"]),
)
_WORDS = st.one_of(
    st.sampled_from([*TEXTS, *APPLICATIONS]),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=4),
).map(quoted)
_PATTERNS = st.lists(
    st.sampled_from(["%", "_", "\\%", "\\_", "\\\\", "a", "A", "é", "b", ".", "w", "ß"]), max_size=5
).map(lambda parts: quoted("".join(parts)))
_TIMES = st.sampled_from(["2026-11-24", "2026-11-24 05:00:00Z", "2026-11-24T12:30:00+01:00"])
_TIME = columns(Kind.TIME)
_ADDRESSES = st.sampled_from(ADDRESSES).map(quoted)


def _numbers(depth: int) -> Texts:
    clock = st.builds(
        "{}({}, '{}')".format, st.sampled_from(["hour", "weekday"]), _TIME, st.sampled_from(ZONES)
    )
    leaf = st.one_of(columns(Kind.NUMBER), _NUMBERS, clock, _texts(0).map("length({})".format))
    if not depth:
        return leaf
    inner = _numbers(depth - 1)
    pair = st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner)
    call = st.builds("{}({})".format, st.sampled_from(["abs", "-"]), inner)
    both = st.builds("coalesce({}, {})".format, inner, inner)
    return st.one_of(leaf, pair, call, both)


def _texts(depth: int) -> Texts:
    if not depth:
        return columns(Kind.TEXT)
    inner = _texts(depth - 1)
    both = st.builds("coalesce({}, {})".format, inner, st.one_of(inner, _WORDS))
    return st.one_of(inner, inner.map("lower({})".format), both)


def _listed(value: st.SearchStrategy[str], member: st.SearchStrategy[str]) -> Texts:
    members = st.lists(member, min_size=1, max_size=4).map(", ".join)
    return st.builds("{} {} ({})".format, value, st.sampled_from(["IN", "NOT IN"]), members)


@st.composite
def _words(draw: st.DrawFn) -> str:
    name = draw(columns(Kind.WORD))
    word = st.sampled_from(_ALL[name].words).map(quoted)
    return draw(
        st.one_of(
            st.builds("{} {} {}".format, st.just(name), st.sampled_from(["=", "<>", "!="]), word),
            _listed(st.just(name), word),
        )
    )


_ORDER = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
_SAME = st.sampled_from(["=", "<>"])


def _leaves() -> Texts:
    text, number, address = _texts(1), _numbers(2), columns(Kind.ADDRESS)
    every = st.sampled_from(sorted(_ALL))
    networks = st.lists(st.sampled_from(NETWORKS).map(quoted), min_size=1, max_size=3).map(
        ", ".join
    )
    like = st.sampled_from(["LIKE", "NOT LIKE", "ILIKE"])
    form = "{} {} {}".format
    return st.one_of(
        st.builds(form, number, _ORDER, number),
        st.builds("{} BETWEEN {} AND {}".format, number, number, _NUMBERS),
        st.builds(form, text, _ORDER, st.one_of(text, _WORDS)),
        st.builds(form, text, like, _PATTERNS),
        st.builds(form, _TIME, _ORDER, st.one_of(_TIME, _TIMES.map(quoted))),
        st.builds(form, address, _SAME, st.one_of(address, _ADDRESSES)),
        st.builds("in_network({}, {})".format, address, networks),
        _words(),
        _listed(number, _NUMBERS),
        _listed(text, _WORDS),
        _listed(address, _ADDRESSES),
        st.builds("{} IS {}NULL".format, every, st.sampled_from(["", "NOT "])),
        st.sampled_from(["has_risk(6)", "has_risk('Self-signed certificate')", "has_risk(63)"]),
        st.sampled_from(
            ["is_local(client)", "server_is_local", "TRUE", "is_local(server) = FALSE"]
        ),
        st.builds("client_mac {} '00:1b:63:84:45:e6'".format, _SAME),
    )


#: Conditions on stored flows that are right.
CONDITIONS = st.recursive(
    _leaves(),
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        inner.map("NOT ({})".format),
    ),
    max_leaves=5,
)
_TOKENS = st.sampled_from([
    *("(", ")", ",", "=", "<", "'", '"', ";", "--", "/*", "*/", "*", ".", "::", "||", "$1", "%s"),
    *("AND", "OR", "NOT", "IN", "LIKE", "IS", "NULL", "BETWEEN", "SELECT", "CASE", "WHEN", "CAST"),
    *("application", "client", "event", "1", "1e999", "'10.0.0.1'", "pg_sleep(9)"),
    *("DROP TABLE flow", "UNION SELECT 1", "in_network(client,", "hour(", "'%'", "@a"),
])  # fmt: skip
#: Anything: tokens in any order, and any text.
RUBBISH = st.one_of(st.lists(_TOKENS, max_size=12).map(" ".join), st.text(max_size=60))

"""C functions and memory, called and read by address inside compiled code.

Addresses are plain integers, so that compiled code holds no pointer of this process and can be
cached on disk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_POINTER: Final = ir.IntType(8).as_pointer()
#: What nDPI returns in memory (struct ndpi_proto, 56 bytes; engine.SIZES checks it).
_RESULT: Final = ir.LiteralStructType([ir.IntType(64)] * 7)


def _foreign(function: Callable[..., Any]) -> Any:
    """Make an intrinsic; compiled code calls it without the typing context."""
    return intrinsic(function)


def _call(result: Any, parameters: list[Any], attributes: dict[int, tuple[str, ...]]) -> Any:
    """Return a code generator that calls its first argument with the others."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(result, parameters)
        function = builder.inttoptr(arguments[0], kind.as_pointer())
        values = [
            builder.inttoptr(value, parameter) if isinstance(parameter, ir.PointerType) else value
            for value, parameter in zip(arguments[1:], parameters, strict=True)
        ]
        answer = builder.call(function, values, arg_attrs=attributes)
        if isinstance(result, ir.VoidType):
            return context.get_dummy_value()
        if isinstance(result, ir.PointerType):
            return builder.ptrtoint(answer, ir.IntType(64))
        return answer

    return generate


@_foreign
def next_packet(_: Any, function: Any, handle: Any, packet: Any) -> Any:
    """Call ``capture_next(handle, packet, decode_tunnels=1, n_roots=1, root=0, mode=file)``."""
    generate = _call(
        ir.IntType(32),
        [_POINTER, _POINTER, ir.IntType(32), ir.IntType(32), ir.IntType(64), ir.IntType(32)],
        {},
    )

    def generate_with_constants(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        constants = [
            ir.Constant(ir.IntType(width), value)
            for width, value in ((32, 1), (32, 1), (64, 0), (32, 0))
        ]
        return generate(context, builder, signature, [*arguments, *constants])

    return types.int32(types.int64, types.int64, types.int64), generate_with_constants


@_foreign
def dissect(
    _: Any, function: Any, result: Any, module: Any, flow: Any, packet: Any, length: Any, time: Any
) -> Any:
    """Call ``ndpi_detection_process_packet``; its struct goes to ``result``."""
    generate = _call(
        ir.VoidType(),
        [_RESULT.as_pointer(), _POINTER, _POINTER, _POINTER, ir.IntType(16), ir.IntType(64),
         _POINTER],
        {0: ("sret",)},
    )  # fmt: skip

    def generate_with_constants(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        no_hints = ir.Constant(ir.IntType(64), 0)
        return generate(context, builder, signature, [*arguments, no_hints])

    pointers = (types.int64,) * 5
    return types.void(*pointers, types.uint16, types.uint64), generate_with_constants


@_foreign
def give_up(_: Any, function: Any, result: Any, module: Any, flow: Any) -> Any:
    """Call ``ndpi_detection_giveup``; its struct goes to ``result``."""
    generate = _call(ir.VoidType(), [_RESULT.as_pointer(), _POINTER, _POINTER], {0: ("sret",)})
    return types.void(*(types.int64,) * 4), generate


@_foreign
def allocate(_: Any, function: Any, size: Any) -> Any:
    """Call an allocator: ``void *function(size_t size)``."""
    return types.int64(types.int64, types.int64), _call(_POINTER, [ir.IntType(64)], {})


@_foreign
def allocate_zeroed(_: Any, function: Any, count: Any, size: Any) -> Any:
    """Call ``void *function(size_t count, size_t size)``."""
    generate = _call(_POINTER, [ir.IntType(64), ir.IntType(64)], {})
    return types.int64(types.int64, types.int64, types.int64), generate


@_foreign
def release(_: Any, function: Any, pointer: Any) -> Any:
    """Call a destructor: ``void function(void *pointer)``."""
    return types.void(types.int64, types.int64), _call(ir.VoidType(), [_POINTER], {})


@_foreign
def test(_: Any, function: Any, pointer: Any) -> Any:
    """Call a predicate: ``uint8_t function(const void *pointer)``."""
    return types.uint8(types.int64, types.int64), _call(ir.IntType(8), [_POINTER], {})


@_foreign
def address_text(_: Any, function: Any, family: Any, source: Any, target: Any, size: Any) -> Any:
    """Call ``inet_ntop(family, source, target, size)``."""
    generate = _call(_POINTER, [ir.IntType(32), _POINTER, _POINTER, ir.IntType(32)], {})
    signature = types.int64(types.int64, types.int32, types.int64, types.int64, types.uint32)
    return signature, generate


def _load(width: int, kind: Any) -> Any:
    def load(_: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            integer = ir.IntType(width)
            pointer = builder.inttoptr(arguments[0], integer.as_pointer())
            return builder.load(pointer, align=1, typ=integer)

        return kind(types.int64), generate

    load.__doc__ = f"Return the {width} bits at an address, which need not be aligned."
    return _foreign(load)


load8 = _load(8, types.uint8)
load16 = _load(16, types.uint16)
load32 = _load(32, types.uint32)
load64 = _load(64, types.uint64)


@_foreign
def store8(_: Any, address: Any, value: Any) -> Any:
    """Store one byte at an address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())
        builder.store(arguments[1], pointer)
        return context.get_dummy_value()

    return types.void(types.int64, types.uint8), generate


@_foreign
def swap32(_: Any, value: Any) -> Any:
    """Return a 32-bit number with its bytes reversed (network order to ours)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bswap(arguments[0])

    return types.uint32(types.uint32), generate


@_foreign
def swap64(_: Any, value: Any) -> Any:
    """Return a 64-bit number with its bytes reversed (network order to ours)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bswap(arguments[0])

    return types.uint64(types.uint64), generate

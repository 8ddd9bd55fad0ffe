"""Words read from bytes, compiled by numba: the same hashes as `shingles.words`, with no branch that depends on a single letter.

A processor that guesses where each word ends guesses wrong once a word. So a text is read in blocks of eight bytes: arithmetic on
whole blocks finds the bytes that belong to words (Warren, Hacker's Delight, chapter 6; Langdale, Lemire 2019 do so for JSON), the
bits where that changes are the ends of words, and a word is one or two loads. Three times as fast as letter by letter.
"""

from typing import Any, Final

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from tasks.filters.shingles import BASE, MIX
from tasks.text.compiled import compiled

_ZERO, _ONE, _EIGHT, _SIXTEEN = np.uint64(0), np.uint64(1), np.uint64(8), np.uint64(16)
_WIDE: Final = np.uint64(64)
_HALF: Final = np.uint64(32)
_BASE, _MIX = np.uint64(BASE), np.uint64(MIX)
_SQUARE: Final = np.uint64(int(BASE) ** 2 % (1 << 64))
_SPARE: Final = 4
"""Blocks behind the last that a load may touch."""
_ENDS: Final = 1024
"""Ends of words that are noted before the words between them are read."""


def _bytes(value: int) -> np.uint64:
    return np.uint64(value * 0x0101010101010101)


_HIGH, _LOW = _bytes(0x80), _bytes(0x7F)
_CASE: Final = _bytes(0x20)
_UNDERSCORE: Final = _bytes(ord("_"))
_FROM_A, _BEYOND_Z = _bytes(0x80 - ord("a")), _bytes(0x80 - ord("z") - 1)
_FROM_0, _BEYOND_9 = _bytes(0x80 - ord("0")), _bytes(0x80 - ord("9") - 1)
"""Added to a byte below 0x80, they set its high bit if it is at least "a", more than "z", and so on."""
_GATHER: Final = np.uint64(0x0102040810204080)
"""Brings the lowest bits of eight bytes together in the highest byte of the product."""
_FIRST: Final = np.array([(1 << 8 * min(length, 8)) - 1 for length in range(17)], np.uint64)
_SECOND: Final = np.array([(1 << 8 * max(length - 8, 0)) - 1 for length in range(17)], np.uint64)
"""What belongs to a word of 0 to 16 bytes in its first and in its second block."""


def _one_instruction(_context: Any, value: Any) -> Any:
    def generated(_: Any, builder: Any, _signature: Any, values: Any) -> Any:
        return builder.cttz(values[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(value), generated


_trailing_zeros: Any = intrinsic(_one_instruction)
"""Zero bits below the lowest bit that is set, which numba has no name for."""


@compiled()
def mixed(value):  # type: ignore[no-untyped-def]
    """See `shingles.mixed`."""
    value = (value ^ (value >> _HALF)) * _MIX
    return value ^ (value >> _HALF)


@compiled()
def room(size):  # type: ignore[no-untyped-def]
    """What `read` works in, for texts of up to `size` bytes: blocks, their bytes, marks, their bytes, ends, words."""
    wide = size // 64 + 1
    blocks, marks = np.zeros(8 * wide + _SPARE, np.uint64), np.zeros(wide, np.uint64)
    ends, words = np.empty(_ENDS, np.uint64), np.empty(size // 2 + 2, np.uint64)
    return blocks, blocks.view(np.uint8), marks, marks.view(np.uint8), ends, words


@compiled()
def read(data, at, end, room):  # type: ignore[no-untyped-def]
    """The hashes of the words in data[at:end] into the last of `room`; how many.

    All places are unsigned: of a signed one numba asks at every access whether it counts from the end.
    """
    blocks, block_bytes, marks, mark_bytes, ends, words = room
    wide = _copied(data, np.uint64(at), np.uint64(end - at), block_bytes)
    _fold(blocks, mark_bytes, wide * _EIGHT)
    count = noted = before = _ZERO
    for k in range(wide):
        inside = marks[k]
        edges = inside ^ ((inside << _ONE) | before)
        before = inside >> np.uint64(63)
        while edges:
            ends[noted] = k * _WIDE + _trailing_zeros(edges)
            noted += _ONE
            edges &= edges - _ONE
        if noted + _WIDE > np.uint64(_ENDS) or k + _ONE == wide:
            whole = noted >> _ONE
            _hash(blocks, ends, whole, words, count)
            count += whole
            if noted & _ONE:  # the word that is begun
                ends[_ZERO] = ends[noted - _ONE]
            noted &= _ONE
    return np.int64(count)


@compiled()
def _copied(data, at, size, out):  # type: ignore[no-untyped-def]
    """Copies bytes to the beginning of `out`, and zeros behind them; stretches of 64 that are taken, with a zero at the end."""
    wide = (size >> np.uint64(6)) + _ONE
    for k in range(size):
        out[k] = data[at + k]
    for k in range(size, wide * _WIDE):
        out[k] = np.uint8(0)
    return wide


@compiled()
def _fold(blocks, marks, many):  # type: ignore[no-untyped-def]
    """Lowers ASCII letters, and sets a bit in `marks` for each byte that belongs to a word: those of `shingles.LETTERS`."""
    for k in range(many):
        block = blocks[k]
        low = block & _LOW
        lowered = low | _CASE
        beyond = block & _HIGH
        letter = (lowered + _FROM_A) & ~(lowered + _BEYOND_Z) & ~beyond & _HIGH
        digit = (low + _FROM_0) & ~(low + _BEYOND_9)
        underscore = ~((low ^ _UNDERSCORE) + _LOW)
        inside = (letter | digit | underscore | beyond) & _HIGH
        marks[k] = np.uint8(((inside >> np.uint64(7)) * _GATHER) >> np.uint64(56))
        blocks[k] = block | (letter >> np.uint64(2))


@compiled()
def _hash(blocks, ends, many, words, at):  # type: ignore[no-untyped-def]
    """The hashes of so many words, which begin and end at `ends`, into words[at:]."""
    for k in range(many):
        begin = ends[k + k]
        length = ends[k + k + _ONE] - begin
        block, shift = begin >> np.uint64(3), (begin & np.uint64(7)) << np.uint64(3)
        if length <= _SIXTEEN:
            first, second = _eight(blocks, block, shift), _eight(blocks, block + _ONE, shift)
            total = (first & _FIRST[length]) * _BASE + (second & _SECOND[length]) * _SQUARE
        else:
            total, power = _ZERO, _BASE
            while length:
                some = min(length, _EIGHT)
                total += (_eight(blocks, block, shift) & _FIRST[some]) * power
                power *= _BASE
                block += _ONE
                length -= some
        words[at + k] = mixed(total)


@compiled()
def _eight(blocks, block, shift):  # type: ignore[no-untyped-def]
    """Eight bytes from bit `shift` of a block on."""
    return (blocks[block] >> shift) | ((blocks[block + _ONE] << _ONE) << (np.uint64(63) - shift))

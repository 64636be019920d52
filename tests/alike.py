"""What the tests of the kernels share: lines to mutate, and the two readers held to each other."""

import ctypes
import mmap
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from proxyscan.kernels import PADDING
from proxyscan.kernels.combinations import Combinations
from proxyscan.kernels.machine import Kernel
from proxyscan.layouts import Block, Reader, fast
from proxyscan.layouts.fast import FastReader

PIECES = [
    b" ",
    b"  ",
    b'"',
    b"-",
    b"--",
    b"/",
    b":",
    b"://",
    b"@",
    b"[",
    b"]",
    b"?",
    b"#",
    b".",
    b"\r",
    b"\t",
    b"\0",
    b"\xff",
    b"\r\r",
    b"0",
    b"9",
    b"123456789012345678",
    b"1234567890123456789",
    b"-5",
    b"99999",
    b"65536",
    b"253402300799",
    b"253402300800",
    b"A",
    b"_",
    b" [",
    b" [Host: x]",
    b"error:",
    b"http://",
    b"[::1]:80",
    b"::1",
    b"a:b@c:d",
    b"%20",
    b"29/Feb/2024",
    b"29/Feb/2023",
    b"31/apr/2026",
    b"01/Jan/0000",
    b"01/Jan/1970:00:00:00 +0001",
    b"31/Dec/9999:23:59:59 -0001",
    b":60:",
    b"+2400",
    b"-2360",
    b"x" * 63,
    b"x" * 64,
    b"x" * 65,
    b" " * 64,
    b"\xc3\xa9",
    b"|",
    b"=",
    b",",
    b'""',
    b'" "',
    b'","',
    b"\\",
    b'\\"',
    b"\\\\",
    b"\\=",
    b"\\u00e9",
    b"\\ud83d\\ude00",
    b"\\ud83d",
    b"\\/",
    b"{",
    b"}",
    b"{}",
    b"[1,2]",
    b"null",
    b"NA",
    b"x=",
    b' status="9"',
    b"\tuser=",
    b"^",
    b"0x09|",
    b"2022-04-25 15:27:08",
    b"2022.04.25T15:27:08,5+01:00",
    b"2022/13/25",
    b"Apr 25 2022 15:27:08 GMT",
    b"24:00:00",
    b"Mon Feb 29 00:00:00 2024",
    b"1.5e-05",
    b"12345678901",
    b"123456789012345.5",
    b"+0100",
    b"UTC",
    b"#Fields: user status date time ",
    b"#",
]


@st.composite
def mutated_lines(draw, lines):
    line = draw(st.sampled_from(lines))
    for _ in range(draw(st.integers(0, 4))):
        line = draw(st.sampled_from(MUTATIONS))(draw, line)
    return line


def _place(draw, line):
    return draw(st.integers(0, len(line)))


def _deleted(draw, line):
    place = _place(draw, line)
    return line[:place] + line[place + draw(st.integers(1, 8)) :]


def inserted(draw, line):
    place = _place(draw, line)
    return line[:place] + draw(st.sampled_from(PIECES)) + line[place:]


def _replaced(draw, line):
    place = _place(draw, line)
    piece = draw(st.sampled_from(PIECES))
    return line[:place] + piece + line[place + len(piece) :]


def _field_replaced(draw, line):
    fields = line.split(b" ")
    fields[draw(st.integers(0, len(fields) - 1))] = draw(st.sampled_from(PIECES) | st.binary(max_size=12))
    return b" ".join(fields)


def _fields_swapped(draw, line):
    fields = line.split(b" ")
    one, other = (draw(st.integers(0, len(fields) - 1)) for _ in range(2))
    fields[one], fields[other] = fields[other], fields[one]
    return b" ".join(fields)


def _doubled(draw, line):
    sign = draw(st.sampled_from([b" ", b'"', b"/", b".", b":", b"["]))
    return line.replace(sign, sign * 2, draw(st.integers(1, 20)))


def _number_changed(draw, line):
    fields = line.split(b" ")
    numbers = [place for place, field in enumerate(fields) if field.isdigit()]
    if numbers:
        fields[draw(st.sampled_from(numbers))] = str(draw(st.integers(-(10**19), 10**19))).encode()
    return b" ".join(fields)


MUTATIONS = [_deleted, inserted, _replaced, _field_replaced, _fields_swapped, _doubled, _number_changed]

HOSTILE = st.binary(max_size=80) | st.lists(st.sampled_from(PIECES), max_size=20).map(b"".join)
ENDS = st.sampled_from([b"\n", b"\n", b"\n", b"\r\n"])


def blocks_of(lines):
    """Return a strategy of up to three blocks of mutated and of hostile lines, the last of each with or without end."""
    lines = st.lists(st.tuples(mutated_lines(lines) | HOSTILE, ENDS), max_size=8)
    return st.lists(st.tuples(lines, st.booleans()), min_size=1, max_size=3).map(texts)


def texts(blocks):
    joined = [(b"".join(line + end for line, end in lines), ended) for lines, ended in blocks]
    return [text if ended else text.removesuffix(b"\n") for text, ended in joined]


NO_ACCESS = 0  # mprotect(2): PROT_NONE


def guarded(array, first=False):
    """Return an array with pages before and behind it that nobody may read: where a kernel does, the process ends.

    It ends where the page behind it begins, or begins where the one before it ends, with `first`.
    """
    page = mmap.PAGESIZE
    size = -(-array.nbytes // page) * page
    whole = np.frombuffer(mmap.mmap(-1, size + 2 * page), np.uint8)
    begin = page if first else page + size - array.nbytes
    found = whole[begin : begin + array.nbytes].view(array.dtype).reshape(array.shape)
    found[...] = array
    for begin in (0, page + size):
        assert ctypes.CDLL(None).mprotect(ctypes.c_void_p(whole.ctypes.data + begin), page, NO_ACCESS) == 0
    found.flags.writeable = array.flags.writeable
    return found


class Guarded(FastReader):
    """A reader whose kernels may read a block's bytes and the padding behind them, and nothing else.

    Whatever place they find in an array that they have not filled is far behind these.
    """

    def _padded(self, block):
        for each in (self._places[:, : len(block) + 1], *(self._tokens or ())[3:]):
            each.fill(np.iinfo(each.dtype).max)
        return guarded(super()._padded(block)[: len(block) + PADDING])


@contextmanager
def guards():
    """Have each array that a kernel is handed, whoever calls it, between pages that nobody may read."""
    call, numbered = Kernel.__call__, Combinations.numbered

    def guarded_call(kernel, *arguments):
        call(kernel, *_moved(arguments, first=True))
        moved = _moved(arguments)
        result = call(kernel, *moved)
        _put_back(arguments, moved)
        return result

    def guarded_numbered(known, columns, places, rows):
        return numbered(known, [*map(guarded, columns)], places, rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Kernel, "__call__", guarded_call)
        patch.setattr(Combinations, "numbered", guarded_numbered)
        patch.setattr(fast, "ROOM", 1)
        yield


def _moved(arguments, first=False):
    return [_moved_one(each, first) for each in arguments]


def _moved_one(argument, first):
    if isinstance(argument, tuple):
        return type(argument)(*_moved(argument, first))
    return guarded(argument, first) if isinstance(argument, np.ndarray) else argument


def _put_back(arguments, moved):
    for ours, theirs in zip(arguments, moved, strict=True):
        if isinstance(ours, tuple):
            _put_back(ours, theirs)
        elif isinstance(ours, np.ndarray) and ours.flags.writeable:
            ours[...] = theirs


FAR = b"x" * (1 << 16) + b"\n"
"""A line behind which others are where no byte of a small block is."""


def assert_same(layout, blocks, wrapper="", header=b"", written=0):
    slow, fast = Reader(layout, wrapper), Guarded(layout, wrapper)
    assert fast.stores == slow.stores
    fast.read(Block("log", 0, FAR + b"\n".join(blocks), header, written))  # what it leaves behind must not matter
    offset = 7
    for text in blocks:
        block = Block("log", offset, text, header, written)
        offset += len(text)
        ours, theirs = fast.read(block), slow.read(block)
        assert_same_columns(theirs, ours)
        assert list(slow.vocabularies) == list(fast.vocabularies)
        assert list(ours.codes) == list(theirs.codes)
        for name, store in slow.stores.items():
            if name in theirs.codes:
                assert spelt(ours.codes[name], fast.vocabularies[store]) == spelt(
                    theirs.codes[name], slow.vocabularies[store]
                ), name
        for vocabulary in fast.vocabularies.values():
            assert len(set(vocabulary.words)) == len(vocabulary.words)


def spelt(codes, vocabulary):
    """Return codes as words: the readers may number them in different orders."""
    assert codes.dtype == np.int32
    return [None if code < 0 else vocabulary.words[code] for code in codes]


def assert_same_columns(slow, fast):
    assert (fast.rows, fast.lines, fast.skipped) == (slow.rows, slow.lines, slow.skipped)
    assert len(fast.data) == len(slow.data)
    for name, spans in slow.spans.items():
        assert [fast.data[i:j] for i, j, _ in spans.tolist()] == [slow.data[i:j] for i, j, _ in spans.tolist()], name
    assert fast.rejects == slow.rejects
    np.testing.assert_array_equal(fast.offsets, slow.offsets)
    for kind in ("numbers", "spans"):
        columns = getattr(fast, kind)
        assert list(columns) == list(getattr(slow, kind))
        for name, column in getattr(slow, kind).items():
            assert columns[name].dtype == column.dtype
            np.testing.assert_array_equal(columns[name], column, err_msg=name)


def law(examples):
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=examples, deadline=None, suppress_health_check=checks)

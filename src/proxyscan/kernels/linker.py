"""From an object file to a function in memory, without LLVM: to import that takes longer than to load all kernels.

A kernel is code and constants in which nothing but addresses is to be filled in. An object that is not ELF for x86-64,
or asks for more, is left to LLVM. Structures and numbers are those of the System V ABI and its supplement for AMD64.
"""

from __future__ import annotations

import mmap
from ctypes import CDLL, addressof, c_char, c_size_t, c_void_p, cast
from struct import Struct
from typing import Any, Final, NamedTuple

HEADER: Final = Struct("<16s2HI3QI6H")
SECTION: Final = Struct("<2I4Q2I2Q")
SYMBOL: Final = Struct("<I2BH2Q")
FIX: Final = Struct("<Q2Iq")
ADDRESS: Final = Struct("<Q")

BEGIN: Final = b"\x7fELF\x02\x01"
"""How an object file of 64 bits begins, the lowest byte of a number first."""

X86_64: Final = 62
SYMBOLS, FIXES, ZEROS, OTHER_FIXES = 2, 4, 8, 9
"""Types of sections: SHT_SYMTAB, SHT_RELA, SHT_NOBITS, which the file leaves out, and SHT_REL."""

IN_MEMORY: Final = 2
"""Flag of a section that is there when the code runs: SHF_ALLOC."""

ELSEWHERE, RESERVED = 0, 0xFF00
"""Numbers of sections that are none: of what another library has, and all from here on."""

FROM_HERE: Final = {1: 0, 24: 1}
"""The fixes that are known, R_X86_64_64 and R_X86_64_PC64, and whether the address is counted from where it stands."""

_loaded: Final[list[Any]] = []
"""What owns the memory of the code."""


class Section(NamedTuple):
    """What the file says of a section, but for its address, which is 0 in all."""

    name: int
    type: int
    flags: int
    address: int
    begin: int
    size: int
    link: int
    info: int
    alignment: int
    entry_size: int

    @property
    def bytes(self) -> slice:
        """Where it stands in the file."""
        return slice(self.begin, self.begin + self.size)


def linked(code: bytes, name: str) -> int | None:
    """Load an object file and return the address of a function of it; None where that takes LLVM."""
    if not code.startswith(BEGIN) or HEADER.unpack_from(code)[2] != X86_64:
        return None
    sections = _sections(code)
    starts, size = _starts(sections)
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    base = addressof(c_char.from_buffer(memory))
    for each, start in zip(sections, starts, strict=True):
        if each.flags & IN_MEMORY and each.type != ZEROS:
            memory[start : start + each.size] = code[each.bytes]
    names = _names(code, sections, [base + start for start in starts])
    for each in sections:
        if each.type in (FIXES, OTHER_FIXES) and sections[each.info].flags & IN_MEMORY:
            for place, kind, number, addend in FIX.iter_unpack(code[each.bytes]):
                target = names[number][1]
                if target is None or kind not in FROM_HERE or each.type != FIXES:
                    return None
                here = starts[each.info] + place
                ADDRESS.pack_into(memory, here, target + addend - FROM_HERE[kind] * (base + here) & (1 << 64) - 1)
    if CDLL(None).mprotect(c_void_p(base), c_size_t(size), mmap.PROT_READ | mmap.PROT_EXEC):
        return None
    _loaded.append(memory)
    return dict(names).get(name)


def _sections(code: bytes) -> list[Section]:
    header = HEADER.unpack_from(code)
    begin, count = header[6], header[12]
    return [Section(*SECTION.unpack_from(code, begin + SECTION.size * each)) for each in range(count)]


def _starts(sections: list[Section]) -> tuple[list[int], int]:
    """Return where each section begins in memory, and how much all take that are in it."""
    starts, end = [], 0
    for each in sections:
        starts.append(-(-end // max(each.alignment, 1)) * max(each.alignment, 1))
        end = starts[-1] + each.size if each.flags & IN_MEMORY else end
    return starts, end


def _names(code: bytes, sections: list[Section], addresses: list[int]) -> list[tuple[str, int | None]]:
    """Return name and address of each symbol; None where it has none that is known."""
    found = []
    for each in (each for each in sections if each.type == SYMBOLS):
        texts = code[sections[each.link].bytes]
        for text, _, _, section, value, _ in SYMBOL.iter_unpack(code[each.bytes]):
            name = texts[text : texts.index(b"\0", text)].decode()
            if section == ELSEWHERE:
                found.append((name, _elsewhere(name)))
            else:
                found.append((name, addresses[section] + value if section < RESERVED else None))
    return found


def _elsewhere(name: str) -> int | None:
    """Return the address of a function of the C library."""
    function = getattr(CDLL(None), name, None) if name else None
    return cast(function, c_void_p).value if function else None

"""The little of the ELF format that a linked 32-bit program needs (System V ABI, chapters 4 and 5)."""

import struct
from typing import NamedTuple

SYMBOLS, NO_BITS = 2, 8  # types of sections
WRITABLE, ALLOCATED = 1, 2  # flags of sections
OBJECT, FUNCTION = 1, 2  # types of symbols


class Section(NamedTuple):
    """Bytes that take memory on the chip. content: empty where the section is only set to zero."""

    address: int
    length: int
    writable: bool
    content: bytes


class Symbol(NamedTuple):
    name: str
    address: int
    length: int
    kind: int  # OBJECT or FUNCTION


class Image(NamedTuple):
    sections: list[Section]
    symbols: list[Symbol]

    @property
    def flash_bytes(self) -> int:
        """Code and constants, and what variables start with."""
        return sum(section.length if not section.writable else len(section.content) for section in self.sections)

    @property
    def variable_bytes(self) -> int:
        return sum(section.length for section in self.sections if section.writable)

    def function(self, name: str) -> int:
        """Its address; for Thumb code with the lowest bit set. Raises KeyError."""
        return self._address(name, FUNCTION)

    def object(self, name: str) -> int:
        """A variable's or constant's address. Raises KeyError."""
        return self._address(name, OBJECT)

    def _address(self, name: str, kind: int) -> int:
        return {symbol.name: symbol.address for symbol in self.symbols if symbol.kind == kind}[name]


def read(file: bytes) -> Image:
    """A little-endian 32-bit ELF file, as a linker wrote it."""
    start, size, count = *struct.unpack_from("<I", file, 0x20), *struct.unpack_from("<2H", file, 0x2E)
    headers = [struct.unpack_from("<10I", file, start + place * size) for place in range(count)]
    sections, symbols = [], []
    for _, kind, flags, address, offset, length, link, _, _, _ in headers:
        content = b"" if kind == NO_BITS else file[offset : offset + length]
        if kind == SYMBOLS:
            symbols += _symbols(content, file[headers[link][4] :])
        elif flags & ALLOCATED and length:
            sections.append(Section(address, length, bool(flags & WRITABLE), content))
    return Image(sections, symbols)


def _symbols(table: bytes, names: bytes) -> list[Symbol]:
    entries = struct.iter_unpack("<3I2BH", table)
    return [
        Symbol(names[name : names.index(0, name)].decode(), address, length, info & 15)
        for name, address, length, info, _, _ in entries
        if info & 15 in (OBJECT, FUNCTION)
    ]

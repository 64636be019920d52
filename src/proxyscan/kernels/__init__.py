"""The byte loops: compiled by Numba, without Python objects, with the interpreter's lock released.

Every kernel reads a buffer that goes on for `PADDING` bytes of line ends after its last line, so that a
load of 64 bytes that begins within a line stays within the buffer.
"""

from proxyscan.kernels.bits import PADDING

__all__ = ["PADDING"]

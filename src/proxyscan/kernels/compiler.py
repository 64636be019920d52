"""From a kernel's Python text to its machine code, by Numba; imported only to compile.

Numba optimises and assembles each function that it meets, so that any can be called. Here only kernels are called,
and what they call is put into them: so their parts are left as they are until they are in the kernel, which saves a
third of the time, and yields code that is as fast.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from numba import njit, typeof
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target


class Parts(JITCodeLibrary):
    """A function and what it calls, neither optimised nor assembled."""

    def _optimize_final_module(self) -> None:
        """Leave that to the kernel."""

    def _finalize_final_module(self) -> None:
        """Leave that to the kernel."""
        self._finalized = True


@contextmanager
def _in_parts() -> Iterator[Any]:
    """Have Numba make nothing but `Parts` in the meantime; yield what makes machine code.

    Nothing that it makes is garbage before it is done, so the collector would look in vain.
    """
    codegen, collecting = cpu_target.target_context.codegen(), gc.isenabled()
    with global_compiler_lock:
        before, codegen._library_class = codegen._library_class, Parts
        codegen.set_env = lambda *_: None  # would assemble the function; kernels have no Python objects to find
        gc.disable()
        try:
            yield codegen
        finally:
            codegen._library_class = before
            del codegen.set_env
            if collecting:
                gc.enable()


def compiled(function: Callable[..., Any], options: Mapping[str, Any], arguments: tuple[Any, ...]) -> tuple[str, bytes]:
    """Return a kernel for arguments of these types as the name of a function and an object file that has it."""
    types = tuple(map(typeof, arguments))
    with _in_parts() as codegen:
        dispatcher = njit(**options)(function)
        dispatcher.compile(types)
        made = dispatcher.overloads[types]
        optimise: Callable[[Any], None] = JITCodeLibrary._optimize_final_module
        optimise(made.library)
        return made.fndesc.llvm_func_name, codegen._tm.emit_object(made.library._final_module)

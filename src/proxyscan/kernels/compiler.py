"""From a kernel's Python text to its machine code, by Numba; imported only to compile.

Numba optimises and assembles each function that it meets, so that any can be called. Here only kernels are called,
and what they call is put into them: so their parts are left as they are until they are in the kernel, and then all is
optimised at once, which yields code that is as fast. And of Numba's passes over a function's text only those are run
that kernels need, and what a call of some types yields is looked up once. Most of the time goes into Numba, not LLVM.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from numba import njit, typeof
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase
from numba.core.compiler_lock import global_compiler_lock
from numba.core.compiler_machinery import PassManager
from numba.core.registry import cpu_target
from numba.core.typed_passes import NativeLowering, NoPythonBackend, NopythonTypeInference, PreLowerStripPhis
from numba.core.untyped_passes import (
    DeadBranchPrune,
    FixupArgs,
    GenericRewrites,
    InlineInlinables,
    IRProcessing,
    ReconstructSSA,
    RewriteSemanticConstants,
    TranslateByteCode,
)

PASSES: Final = (
    TranslateByteCode,
    FixupArgs,
    IRProcessing,
    RewriteSemanticConstants,
    DeadBranchPrune,
    GenericRewrites,
    InlineInlinables,
    ReconstructSSA,
    NopythonTypeInference,
    PreLowerStripPhis,
    NativeLowering,
    NoPythonBackend,
)
"""Numba's own in its order, without those for closures, for sums of whole arrays, and for what kernels do not own."""


class Passes(PassManager):
    """Passes, between which it is not told anew how long each variable lives: no pass asks."""

    _ENFORCING = False


class Compiler(CompilerBase):
    """From the text of a function to what LLVM takes."""

    def define_pipelines(self) -> list[Any]:
        """Return the only way: there is no other one to try when that fails."""
        untyped: Any = Passes
        passes = untyped("kernel")
        for each in PASSES:
            passes.add_pass(each, each.__name__)
        passes.finalize()
        return [passes]


class Parts(JITCodeLibrary):
    """A function and what it calls, neither optimised nor assembled."""

    def _optimize_functions(self, module: Any) -> None:
        """Leave that to the kernel."""
        module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self) -> None:
        """Leave that to the kernel."""

    def _finalize_final_module(self) -> None:
        """Leave that to the kernel."""
        self._finalized = True


@cache
def _resolved(function: Any, arguments: tuple[Any, ...], named: tuple[tuple[str, Any], ...]) -> Any:
    """Return the types of a call, as Numba tells them: by one rule after the other, though most calls are alike."""
    typing = cpu_target.typing_context
    return type(typing).resolve_function_type(typing, function, arguments, dict(named))


def _resolve(function: Any, arguments: Sequence[Any], named: Any) -> Any:
    return _resolved(function, tuple(arguments), tuple(dict(named).items()))


@contextmanager
def _in_parts() -> Iterator[Any]:
    """Have Numba make nothing but `Parts` in the meantime; yield what makes machine code.

    The collector of garbage would look at all that Numba makes, again and again, and find nothing: so what was made is
    put, unlooked at, with what is old.
    """
    target, typing, collecting = cpu_target.target_context, cpu_target.typing_context, gc.isenabled()
    codegen = target.codegen()
    with global_compiler_lock:
        before, codegen._library_class = codegen._library_class, Parts
        codegen.set_env = lambda *_: None  # would assemble the function; kernels have no Python objects to find
        typing.resolve_function_type, target.get_abi_sizeof = _resolve, cache(target.get_abi_sizeof)
        gc.disable()
        try:
            yield codegen
        finally:
            codegen._library_class = before
            del codegen.set_env, typing.resolve_function_type, target.get_abi_sizeof
            gc.freeze()
            gc.unfreeze()
            if collecting:
                gc.enable()


def dispatcher(function: Callable[..., Any], options: Mapping[str, Any]) -> Any:
    """Return a function as Numba compiles it."""
    return njit(**options, pipeline_class=Compiler)(function)


def compiled(function: Callable[..., Any], options: Mapping[str, Any], arguments: tuple[Any, ...]) -> tuple[str, bytes]:
    """Return a kernel for arguments of these types as the name of a function and an object file that has it."""
    types = tuple(map(typeof, arguments))
    with _in_parts() as codegen:
        kernel = dispatcher(function, options)
        kernel.compile(types)
        made = kernel.overloads[types]
        module = made.library._final_module
        passes, builder = codegen._module_pass_manager()
        passes.run(module, builder)
        return made.fndesc.llvm_func_name, codegen._tm.emit_object(module)

"""The machine code of kernels: compiled by Numba at the first call, kept on disk, and then loaded without Numba.

To import Numba takes longer than to scan a small log; to load what it made once takes LLVM, or less. A kernel is
compiled for each combination of argument types that it meets, together with all functions that it calls.

Kernels own no array (they are handed all of them), so Numba need not count references: with `_nrt` on, half of
the time would go into counting at each call. And there is no way into them from Python but this module's, which
saves a third of the time to compile.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, byref, c_bool, c_int32, c_int64, c_uint8, c_uint64, c_void_p
from functools import cache, cached_property
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from threading import RLock
from typing import Any, Final, NamedTuple, TypeVar, cast

import numpy as np

from proxyscan.kept import alone, digest, keep, kept, stamps
from proxyscan.kernels.linker import linked

Function = TypeVar("Function", bound=Callable[..., Any])

OPTIONS: Final[dict[str, Any]] = {
    "nogil": True,
    "error_model": "numpy",
    "_nrt": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}

SCALARS: Final[dict[str, tuple[Any, Callable[[Any], Any]]]] = {
    "int": (c_int64, int),
    "int64": (c_int64, int),
    "int32": (c_int32, int),
    "uint64": (c_uint64, int),
    "uint8": (c_uint8, int),
    "bool": (c_bool, bool),
    "NoneType": (c_void_p, lambda nothing: None),
}
"""As what a value is passed, by the name of its type, and what makes it one that ctypes takes."""

BY_ROWS: Final = 0x0001
BY_COLUMNS: Final = 0x0002
WRITEABLE: Final = 0x0400
"""Flags of an array: NPY_ARRAY_C_CONTIGUOUS, NPY_ARRAY_F_CONTIGUOUS, NPY_ARRAY_WRITEABLE."""

ENDING: Final = ".kernel"

heralds: Final[list[Callable[[], object]]] = []
"""What is called, once, before this process compiles its first kernel."""

_lock: Final = RLock()
_engines: Final[list[Any]] = []
"""What owns the code that is loaded."""


def kernel(function: Function) -> Function:
    """Compile a function on its first call, or load its machine code."""
    return cast("Function", Kernel(function))


def part(function: Function) -> Function:
    """Compile a function into each kernel that calls it: handing on arrays costs more than most parts do."""
    return cast("Function", Part(function, {"forceinline": True}))


def inner(function: Function) -> Function:
    """Compile a function that only kernels call, and that is too large to be put into each of them."""
    return cast("Function", Part(function, {}))


def step(function: Function) -> Function:
    """Put the text of a function into the one kernel or part that calls it, before that is compiled."""
    return cast("Function", Part(function, {"inline": "always"}))


def intrinsic(name: str) -> Any:
    """Return a function of `proxyscan.kernels.vectors` for kernels to call."""
    return Intrinsic(name)


class Part:
    """A function that kernels call, as Numba sees it when it compiles one of them."""

    def __init__(self, function: Callable[..., Any], options: dict[str, Any]) -> None:
        self.py_func = function
        self.targetoptions = {**OPTIONS, **options}

    @cached_property
    def dispatcher(self) -> Any:
        """The function as Numba compiles it."""
        from proxyscan.kernels.compiler import dispatcher

        return dispatcher(self.py_func, self.targetoptions)

    @property
    def _numba_type_(self) -> Any:
        return self.dispatcher._numba_type_


class Intrinsic:
    """A function of `proxyscan.kernels.vectors`, as Numba sees it when it compiles a kernel."""

    def __init__(self, name: str) -> None:
        self.name = name

    @cached_property
    def made(self) -> Any:
        """The function as Numba takes it."""
        from numba.extending import intrinsic as made

        from proxyscan.kernels import vectors

        return made(getattr(vectors, self.name))

    @cached_property
    def _numba_type_(self) -> Any:
        from numba.core.registry import cpu_target

        made, known = self.made, cpu_target.typing_context
        known.refresh()
        return known.resolve_value_type(made)


class Kernel:
    """A function over whole arrays, called from Python; the interpreter's lock is released meanwhile."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.py_func = function
        self.name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        self._loaded: dict[tuple[Any, ...], Callable[..., int]] = {}

    def __call__(self, *arguments: Any) -> Any:
        """Run the kernel; raises IndexError only where Numba was told to check bounds."""
        key, values = _flattened(arguments)
        code = self._loaded.get(key) or self._code(key, arguments)
        result, problem = c_int64(), c_void_p()
        if code(byref(result), byref(problem), *values):
            raise IndexError(f"the kernel {self.name} reads or writes outside an array")
        return result.value

    def prepare(self, *arguments: Any) -> None:
        """Compile the kernel for arguments of these types, if it is not yet kept, and do not run it."""
        self._made(self.file(*arguments), arguments)

    def file(self, *arguments: Any) -> str:
        """Return the name under which the kernel for arguments of these types is kept."""
        return self._named(_flattened(arguments)[0])

    def _named(self, key: tuple[Any, ...]) -> str:
        return f"{self.name}-{fingerprint()}-{digest(key)}{ENDING}"

    def _code(self, key: tuple[Any, ...], arguments: tuple[Any, ...]) -> Callable[..., int]:
        with _lock:
            if key not in self._loaded:
                made = self._made(self._named(key), arguments)
                types = [one for sign in key for one in _c_types(sign)]
                self._loaded[key] = CFUNCTYPE(c_int32, POINTER(c_int64), POINTER(c_void_p), *types)(_address(made))
        return self._loaded[key]

    def _made(self, name: str, arguments: tuple[Any, ...]) -> Code:
        return _kept(name) or self._compiled(name, arguments)

    def _compiled(self, name: str, arguments: tuple[Any, ...]) -> Code:
        """Return the code, compiled here, unless another process happens to compile the same."""
        while heralds:
            heralds.pop()()
        with alone(name):
            if found := _kept(name):
                return found
            from proxyscan.kernels.compiler import compiled

            made = Code(*compiled(self.py_func, OPTIONS, arguments))
            keep(name, made.symbol.encode() + b"\n" + made.object)
        return made


class Code(NamedTuple):
    """The machine code of a kernel, as an object file, and the name of its function."""

    symbol: str
    object: bytes


def _kept(name: str) -> Code | None:
    found = kept(name)
    if found is None:
        return None
    symbol, _, code = found.partition(b"\n")
    return Code(symbol.decode(), code)


CPUINFO: Final = Path("/proc/cpuinfo")

OF_A_PROCESSOR: Final = (
    *("vendor_id", "cpu family", "model", "model name", "stepping", "flags"),
    *("CPU implementer", "CPU architecture", "CPU variant", "CPU part", "CPU revision", "Features"),
)
"""What of Linux's description of a processor tells its instructions; the rest differs from moment to moment."""


@cache
def fingerprint() -> str:
    """Return what kernels are made of and for: their source, the versions of Numba and LLVM, this processor."""
    made_by = [found.origin for found in map(find_spec, ("numba", "llvmlite")) if found and found.origin]
    files = [*sorted(Path(__file__).parent.glob("*.py")), *map(Path, made_by)]
    settings = sorted(each for each in os.environ.items() if each[0].startswith("NUMBA_") and "CACHE" not in each[0])
    return digest(stamps(files), made_by, settings, _processor())


def _processor() -> object:
    """Return what tells a processor from others; Linux says it sooner than LLVM can be imported."""
    if CPUINFO.exists():
        with CPUINFO.open(encoding="utf-8", errors="replace") as lines:
            first = takewhile(str.strip, lines)
            if told := [line for line in first if line.partition(":")[0].strip() in OF_A_PROCESSOR]:
                return os.uname().machine, told
    import llvmlite.binding as llvm

    return llvm.get_process_triple(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def _flattened(arguments: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[Any]]:
    """Return what tells the arguments' types, and the numbers as which Numba's functions take them."""
    signs: list[Any] = []
    values: list[Any] = []
    for argument in arguments:
        _flatten(argument, signs, values)
    return tuple(signs), values


def _flatten(argument: Any, signs: list[Any], values: list[Any]) -> None:
    """Append what tells an argument's type, and the numbers as which Numba's functions take it."""
    if type(argument) is np.ndarray:
        shape, strides = argument.shape, argument.strides
        signs.append((argument.dtype.num, len(shape), _kind(argument.flags.num)))
        values += (None, None, argument.size, argument.itemsize, _place(argument), *shape, *strides)
    elif isinstance(argument, tuple):
        signs.append(type(argument).__name__)
        for each in argument:
            _flatten(each, signs, values)
    else:
        name = type(argument).__name__
        signs.append(name)
        values.append(SCALARS[name][1](argument))


def _place(array: Any) -> Any:
    """Return where an array's data is: the first thing in it behind what every object has, as NumPy's C interface says.

    NumPy takes five times as long to tell it.
    """
    return c_void_p.from_address(id(array) + object.__basicsize__).value


def _kind(flags: int) -> int:
    """Return those of an array's flags by which Numba tells types: how it lies in memory, and if it can be written."""
    return flags & (WRITEABLE | BY_ROWS if flags & BY_ROWS else WRITEABLE | BY_COLUMNS)


def _c_types(sign: Any) -> list[Any]:
    """Return as what an argument of this type is passed."""
    if isinstance(sign, tuple):
        return [c_void_p, c_void_p, c_int64, c_int64, c_void_p, *([c_int64] * 2 * sign[1])]
    return [SCALARS[sign][0]] if sign in SCALARS else []  # a named tuple's name stands before its members


def _address(code: Code) -> int:
    """Return where the function is, once the object file is loaded."""
    return linked(code.object, code.symbol) or _address_by_llvm(code)


def _address_by_llvm(code: Code) -> int:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code.object))
    engine.finalize_object()
    _engines.append(engine)
    address: int = engine.get_function_address(code.symbol)
    return address

"""What is asked of workers before they get work: their code, their packages, the files they see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from typing import Any, Final

from proxyscan.engines.engine import Shared
from proxyscan.engines.packed import code, other_code
from proxyscan.errors import EngineError

NEEDED: Final = ("datasketches", "idna", "isal", "numba", "numpy", "pyarrow", "tldextract", "tzlocal")
"""The packages that the reading of a split imports."""

MOST_LOOKED_AT: Final = 1000
"""Files that every worker is asked for; those between them are met when their turn comes."""

Answer = dict[str, Any]


def question(files: Sequence[Shared]) -> Callable[[], Answer]:
    """Return the function that a worker answers; it travels whole, since a worker may lack this package."""
    step = len(files) // MOST_LOOKED_AT + 1
    asked, needed, ours = [(each.file, each.size) for each in files[::step]], NEEDED, code()

    def answer() -> dict[str, Any]:
        from importlib import import_module
        from socket import gethostname

        missing, found = [], {"host": gethostname(), "code": "", "unseen": "", "seen": -1, "size": -1}
        for name in needed:
            try:
                import_module(name)
            except ImportError:
                missing.append(name)
        try:
            found["code"] = import_module("proxyscan.engines.packed").code()
        except ImportError:
            missing.insert(0, "proxyscan")
        for file, size in asked if found["code"] == ours else ():
            try:
                seen = import_module("proxyscan.objects").size_of(file)
            except (OSError, import_module("proxyscan.errors").ProxyscanError):
                seen = -1
            if seen < size:
                found.update(unseen=file, seen=seen, size=size)
                break
        return {**found, "missing": missing}

    return answer


def judge(answers: Iterable[tuple[str, Answer]]) -> None:
    """Raise `EngineError` for the first worker whose answer says that it cannot do the work."""
    for who, answer in answers:
        if answer["missing"]:
            names = " ".join(answer["missing"])
            raise EngineError(f"{who} lacks {', '.join(answer['missing'])}", f"on every worker: pip install {names}")
        if answer["code"] != code():
            raise other_code(who, answer["code"], code())
        if answer["unseen"]:
            raise _unseen(who, answer)


def _unseen(who: str, answer: Answer) -> EngineError:
    file, seen, size = answer["unseen"], answer["seen"], answer["size"]
    hint = "put the logs where all workers see them under one path: a shared file system, or S3, GCS, HDFS"
    if seen < 0:
        return EngineError(f"{who} cannot see {file}", hint)
    return EngineError(f"{who} sees {seen:,} bytes in {file}, this machine {size:,}", hint)


def needs(package: str, extra: str) -> None:
    """Raise `EngineError` when the package of an engine is not installed here."""
    try:
        found = find_spec(package)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise EngineError(f"the engine '{extra}' needs the package {package}", f"pip install 'proxyscan[{extra}]'")

"""A command line that begins and ends soon: Typer makes only what is asked for, without pydantic where it can."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any, Final

from typer import Typer
from typer.main import get_command


def command_line(app: Typer, words: Sequence[str]) -> Any:
    """Return what runs the app; where the first word is the name of a command, with no other."""
    made: Any = get_command(_only(app, words[0]) if words else app)
    _quicken(made)
    return made


def _only(app: Typer, name: str) -> Typer:
    """Return the app with the command of that name alone, if it has one."""
    named = [
        each for each in app.registered_commands if each.callback and (each.name or each.callback.__name__) == name
    ]
    if not named:
        return app
    alone = copy(app)
    alone.registered_commands, alone.registered_groups = named, []
    return alone


def _quicken(command: Any) -> None:
    command.get_params = partial(_as_given, command.get_params)
    for each in getattr(command, "commands", {}).values():
        _quicken(each)


def _as_given(parameters: Callable[[Any], list[Any]], context: Any) -> list[Any]:
    found = parameters(context)
    for each in found:
        each._runtime_param = AsGiven(each)
    return found


class AsGiven:
    """Takes texts, and a parameter's default, as they are.

    Typer asks pydantic to do so, which takes longer to import than all else that a command line needs. Any other
    value is left to it.
    """

    def __init__(self, parameter: Any) -> None:
        self.parameter = parameter

    def coerce(self, value: Any, **others: Any) -> Any:
        """Return a parameter's value as its command gets it."""
        if value is None:
            return () if self.parameter.multiple or self.parameter.nargs == -1 else None
        if value is self.parameter.default or self._is_text(value):
            return value
        self.parameter._runtime_param = None  # so that Typer makes its own
        return self.parameter.get_runtime_param().coerce(value, **others)

    def _is_text(self, value: Any) -> bool:
        kind = self.parameter.type_descriptor.annotation
        if kind is str:
            return isinstance(value, str)
        return kind == list[str] and isinstance(value, tuple | list) and all(isinstance(each, str) for each in value)


STREAMS: Final = {"stdin": "r", "stdout": "w", "stderr": "w"}


def ready_streams() -> None:
    """Make the standard streams take any text; one that was closed holds nothing, and what is written to it is gone.

    Without that the next file that is opened would stand in its place.
    """
    for name, mode in STREAMS.items():
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 as long as the process
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows only ASCII still gets the answer


def leave(ended: Sequence[int]) -> None:
    """End the process with a status, if there is one, and nothing of it is let go of first."""
    for status in ended:
        with suppress(OSError):  # Python says what is wrong when it tries again
            sys.stdout.flush()
            with suppress(OSError):  # nobody is left to be told
                sys.stderr.flush()
            os._exit(status)

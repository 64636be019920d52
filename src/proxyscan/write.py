"""Tables into files: Parquet, CSV, JSON lines, told by the file's extension. Streams; nothing is kept in memory."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq

from proxyscan import arrow
from proxyscan.durable import ANYONE, replacing
from proxyscan.errors import ProxyscanError, nearest

Write = Callable[[pa.Table], None]

ROW_GROUP: Final = 1 << 18
"""Rows of a Parquet file that are written at once."""

FORMULA: Final = "^[=+@\\t\\r-]"
"""A cell that begins so is run as a formula by spreadsheets."""


def harmless(table: pa.Table) -> pa.Table:
    """Return a table whose texts no spreadsheet takes for a formula: such a text gets a leading ``'``."""
    for index, each in enumerate(table.schema):
        if pa.types.is_string(each.type):
            texts = table.column(index)
            risky = pc.match_substring_regex(texts, FORMULA)
            escaped = pc.binary_join_element_wise("'", texts, "")
            table = table.set_column(index, each, pc.if_else(pc.fill_null(risky, False), escaped, texts))
    return table


@contextmanager
def writer(path: str | None, default: str = ".csv", mode: int = ANYONE) -> Iterator[Write]:
    """Yield the function that appends a table to the file; None or "-" is standard output.

    `mode`: that of a new file, which is there once all is written.

    Raises `ProxyscanError` for an extension that is not known or a file that cannot be written.
    """
    extension = default if path in (None, "-") else Path(str(path)).suffix.lower()
    if extension not in WRITERS:
        fact = f"cannot write '{extension}' files" if extension else "has no extension"
        raise ProxyscanError(f"{path}: {fact}", nearest(extension, WRITERS))
    with (
        _screen() if path in (None, "-") else replacing(str(path), mode) as stream,
        WRITERS[extension](stream) as write,
    ):
        yield write


@contextmanager
def straight(path: Path) -> Iterator[Write]:
    """Yield the function that appends a table to a file that another part of the program gives its name."""
    with path.open("wb") as stream, WRITERS[path.suffix](stream) as write:
        yield write


def _screen() -> AbstractContextManager[IO[bytes]]:
    return nullcontext(_Screen() if sys.stdout.isatty() else sys.stdout.buffer)


class _Screen(io.BytesIO):
    """A terminal: gets what it would act on as escapes. Each write is of whole lines."""

    def write(self, lines: Any) -> int:
        text = bytes(lines).decode("utf-8", "backslashreplace")
        sys.stdout.write("\n".join(map(_calm, text.split("\n"))))
        return len(lines)


def _calm(line: str) -> str:
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in line)


@contextmanager
def _parquet(stream: IO[bytes]) -> Iterator[Write]:
    """Write row groups of `ROW_GROUP` rows, each in another thread while the next is collected.

    Smaller groups would repeat the dictionaries.
    """
    waiting: list[pa.Table] = []
    with _RowGroups(stream) as groups, ThreadPoolExecutor(1) as thread:
        before: list[Future[None]] = []

        def flush() -> None:
            while before:
                before.pop().result()
            if waiting:
                before.append(thread.submit(groups.write, list(waiting)))
                waiting.clear()

        def write(table: pa.Table) -> None:
            waiting.append(table)
            if sum(each.num_rows for each in waiting) >= ROW_GROUP:
                flush()

        yield write
        flush()
        flush()


class _RowGroups:
    """A Parquet file that is opened with its first row group."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> _RowGroups:
        return self

    def __exit__(self, *problem: object) -> None:
        if self._writer:
            self._writer.close()

    def write(self, tables: Sequence[pa.Table]) -> None:
        """Append tables as one row group."""
        table = joined(tables)
        self._writer = self._writer or _parquet_writer(self.stream, table.schema)
        self._writer.write_table(table)


def _parquet_writer(stream: IO[bytes], fields: pa.Schema) -> pq.ParquetWriter:
    """Statistics of repeated text are left out: gathering them takes as long as all the rest of the writing."""
    words = [each.name for each in fields if pa.types.is_dictionary(each.type)]
    numbers = [each.name for each in fields if each.name not in words]
    return pq.ParquetWriter(
        stream, fields, compression="zstd", use_dictionary=[*words, "path"], write_statistics=numbers
    )


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """Return tables as one, with one dictionary for each column: the longest where it continues the others."""
    whole = pa.concat_tables(tables)
    for index, each in enumerate(whole.schema):
        if pa.types.is_dictionary(each.type):
            whole = whole.set_column(index, each, _one_dictionary(whole.column(index)))
    return whole


def _one_dictionary(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if column.num_chunks < 2:
        return column
    longest = max((chunk.dictionary for chunk in column.chunks), key=len)
    if not all(longest.slice(0, len(chunk.dictionary)).equals(chunk.dictionary) for chunk in column.chunks):
        return column.unify_dictionaries()
    chunks = [pa.DictionaryArray.from_arrays(chunk.indices, longest, safe=False) for chunk in column.chunks]
    return pa.chunked_array(chunks, column.type)


@contextmanager
def _csv(stream: IO[bytes]) -> Iterator[Write]:
    header = [True]

    def write(table: pa.Table) -> None:
        options = csv.WriteOptions(include_header=header.pop() if header else False)
        csv.write_csv(harmless(arrow.plain(table)), stream, options)

    yield write


@contextmanager
def _json_lines(stream: IO[bytes]) -> Iterator[Write]:
    def write(table: pa.Table) -> None:
        for row in arrow.plain(table).to_pylist():
            stream.write(json.dumps(row, default=_text, ensure_ascii=False).encode() + b"\n")

    yield write


def _text(value: Any) -> str:
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


WRITERS: Final = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".json": _json_lines,
}

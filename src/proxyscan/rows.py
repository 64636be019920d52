"""A split's requests as rows, with service and label: what a worker makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from proxyscan import schema
from proxyscan.batches import Dictionaries
from proxyscan.catalogue import Catalogue
from proxyscan.decide import Policy
from proxyscan.format import Format
from proxyscan.labelling import classified
from proxyscan.parse import Batching, Parsers, Reading, Split, read_batches
from proxyscan.requests import HostNames
from proxyscan.zone import Zone


@dataclass(frozen=True)
class Rows:
    """How requests are read and what their rows hold, as it travels to workers.

    `hide`: called with every batch, to hide the people in it.
    """

    among: tuple[Format, ...]
    policy: Policy
    zone: Zone
    mixed: tuple[Format, ...] = ()
    with_source: bool = False
    catalogue: Catalogue | None = None
    hide: Callable[[pa.RecordBatch], pa.RecordBatch] | None = None

    @property
    def fields(self) -> pa.Schema:
        """The columns of a row."""
        return pa.schema([*schema.REQUEST, *(schema.SOURCE if self.with_source else ()), *schema.CLASSIFIED])

    def batches(
        self, reading: Reading, split: Split, on_rejects: Callable[[pa.Table], None] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Yield the requests of a split, read by one thread."""
        fields = pa.schema([*schema.REQUEST, *(schema.SOURCE if self.with_source else ())])
        parsers = Parsers(self.policy, HostNames(), None, self.zone, self.mixed)
        read = read_batches(reading, [split], [Batching(parsers, fields, Dictionaries())], on_rejects)
        yield from classified(map(self.hide, read) if self.hide else read, self.catalogue)

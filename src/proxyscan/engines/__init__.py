"""Where the work runs: threads of this process, Dask, Spark."""

from proxyscan.engines.choose import engine_of
from proxyscan.engines.engine import Engine, Failure, Shared
from proxyscan.engines.local import Local
from proxyscan.engines.packed import Packed

__all__ = ["Engine", "Failure", "Local", "Packed", "Shared", "engine_of"]

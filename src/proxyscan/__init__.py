"""What a web proxy's log says about social media: who was denied, who was allowed, what it takes of the line.

>>> import proxyscan
>>> summary = proxyscan.scan("sample_logs/squid_native.log")
>>> summary.coverage.requests
56
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from proxyscan.audit import Audit, audit
    from proxyscan.catalogue import Catalogue, catalogue, full_catalogue
    from proxyscan.choose import choose
    from proxyscan.classify import lookup
    from proxyscan.compare import Comparison, compare
    from proxyscan.dataset import parse_to
    from proxyscan.decide import Policy
    from proxyscan.detect import detect
    from proxyscan.errors import ProxyscanError
    from proxyscan.estimate import Estimate, estimate
    from proxyscan.formats import formats
    from proxyscan.labelling import classify
    from proxyscan.lists import read_list
    from proxyscan.parse import parse
    from proxyscan.report.report import report
    from proxyscan.scan import scan
    from proxyscan.store import Store
    from proxyscan.summary import Summary, merge, read_parquet
    from proxyscan.update import update
    from proxyscan.visits import visits

__version__: Final = "0.1.0"

_HOMES: Final = {
    "Audit": "audit",
    "Catalogue": "catalogue",
    "Comparison": "compare",
    "Estimate": "estimate",
    "Policy": "decide",
    "ProxyscanError": "errors",
    "Store": "store",
    "Summary": "summary",
    "audit": "audit",
    "catalogue": "catalogue",
    "choose": "choose",
    "classify": "labelling",
    "compare": "compare",
    "detect": "detect",
    "estimate": "estimate",
    "formats": "formats",
    "full_catalogue": "catalogue",
    "lookup": "classify",
    "merge": "summary",
    "parse": "parse",
    "parse_to": "dataset",
    "read_list": "lists",
    "read_parquet": "summary",
    "report": "report.report",
    "scan": "scan",
    "update": "update",
    "visits": "visits",
}
"""The module in which each public name lives; it is imported at first use, so that --help is fast."""

__all__ = [
    "Audit",
    "Catalogue",
    "Comparison",
    "Estimate",
    "Policy",
    "ProxyscanError",
    "Store",
    "Summary",
    "audit",
    "catalogue",
    "choose",
    "classify",
    "compare",
    "detect",
    "estimate",
    "formats",
    "full_catalogue",
    "lookup",
    "merge",
    "parse",
    "parse_to",
    "read_list",
    "read_parquet",
    "report",
    "scan",
    "update",
    "visits",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'proxyscan' has no attribute '{name}'")
    value = getattr(import_module(f"proxyscan.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


class _Package(ModuleType):
    """Keeps public functions from being hidden by the modules of the same name (`parse`, `scan` …)."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package

"""How a line is laid out: the layouts, and the columns that all of them hand on.

A layout is data. Reading a block of lines with it yields `Columns`: numbers as int64 with the
sentinel `NULL`, repeated text as codes into a `Vocabulary`, paths as spans into the block.
"""

from proxyscan.layouts.apache import apache_template
from proxyscan.layouts.columns import NO_CODE, NULL, Block, Columns, Rejects, Vocabulary
from proxyscan.layouts.delimited import Delimited
from proxyscan.layouts.jsonlines import JsonLines
from proxyscan.layouts.keyvalue import KeyValue
from proxyscan.layouts.layout import Field, Layout
from proxyscan.layouts.read import Reader, lines
from proxyscan.layouts.squid import squid_conf_formats, squid_template
from proxyscan.layouts.template import Literal, Template
from proxyscan.layouts.wrapper import unwrap

__all__ = [
    "NO_CODE",
    "NULL",
    "Block",
    "Columns",
    "Delimited",
    "Field",
    "JsonLines",
    "KeyValue",
    "Layout",
    "Literal",
    "Reader",
    "Rejects",
    "Template",
    "Vocabulary",
    "apache_template",
    "lines",
    "squid_conf_formats",
    "squid_template",
    "unwrap",
]

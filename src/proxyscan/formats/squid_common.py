"""Squid in the common log format (``logformat common``), with or without ``log_mime_hdrs``."""

from proxyscan.formats._squid import COMMON, squid_format

FORMAT = squid_format("squid_common", "Squid in the common log format", COMMON, tail=True)

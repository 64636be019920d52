"""Squid in the combined log format (``logformat combined``), with or without ``log_mime_hdrs``."""

from proxyscan.formats._squid import COMBINED, squid_format

FORMAT = squid_format("squid_combined", "Squid in the combined log format", COMBINED, tail=True)

"""Squid native access.log (``logformat squid``), with or without ``log_mime_hdrs``."""

from proxyscan.formats._squid import NATIVE, squid_format

FORMAT = squid_format("squid", "Squid native access.log", NATIVE, tail=True)

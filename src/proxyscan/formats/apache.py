"""Apache httpd and nginx as forward proxies: combined log format."""

from proxyscan.formats._apache import COMBINED, apache_format

FORMAT = apache_format("apache", "Apache httpd, nginx (combined log format)", COMBINED)

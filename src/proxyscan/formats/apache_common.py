"""Apache httpd, Privoxy (debug 512) and others as forward proxies: common log format.

In Privoxy's log a 403 always is Privoxy's own: it logs a site's 403 as 200.
"""

from proxyscan.formats._apache import COMMON, apache_format

FORMAT = apache_format("apache_common", "Apache httpd, Privoxy (common log format)", COMMON)

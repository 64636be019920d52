"""DuckDB, as a user who knows it would write it for speed. Read about the variants in README.md."""

from __future__ import annotations

from typing import Any

from question import DOMAINS, OTHER, Answer, summed

HOST = """CASE WHEN {method} = 'CONNECT' THEN split_part({url}, ':', 1)
  ELSE split_part(split_part({url}, '/', 3), ':', 1) END"""

BY_LINE = f"""
SELECT second // 300 AS interval, f[2] AS client, f[3] AS tag, f[4]::BIGINT AS size, f[7] AS user,
  {HOST.format(method="f[5]", url="f[6]")} AS host
FROM (SELECT substr(line, 1, 10)::INT AS second, string_split(ltrim(substr(line, 15)), ' ') AS f
  FROM read_csv('{{path}}', header = false, delim = '\\x01', quote = '', escape = '', auto_detect = false,
    columns = {{{{'line': 'VARCHAR'}}}}))
"""
"""Lines whole, then split at single blanks behind the runs that pad the duration."""

COLUMNS = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(16))
BY_CSV = f"""
SELECT second // 300 AS interval, f[1 + n] AS client, f[2 + n] AS tag, f[3 + n]::BIGINT AS size, f[6 + n] AS user,
  {HOST.format(method="f[4 + n]", url="f[5 + n]")} AS host
FROM (SELECT left(c0, 10)::INT AS second, [c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12] AS f,
    CASE WHEN c1 <> '' THEN 0 WHEN c2 <> '' THEN 1 WHEN c3 <> '' THEN 2 WHEN c4 <> '' THEN 3 WHEN c5 <> '' THEN 4
      ELSE 5 END AS n
  FROM read_csv('{{path}}', header = false, delim = ' ', quote = '', escape = '', auto_detect = false,
    null_padding = true, columns = {{{{{COLUMNS}}}}}))
"""
"""Cut by the CSV reader at each blank; `n` counts the empty columns that pad the duration."""

OUTCOME = """CASE WHEN tag LIKE '%/407' THEN 'challenge' WHEN tag LIKE '%DENIED%' THEN 'denied'
  WHEN tag LIKE '%/50_' THEN 'error' WHEN tag LIKE '%/000' AND size = 0 THEN 'aborted'
  WHEN tag LIKE '%ABORTED%' THEN 'allowed_aborted' ELSE 'allowed' END"""

NAMED = f"""
SELECT interval, coalesce(service, '{OTHER}') AS service, coalesce(label, '{OTHER}') AS label, {OUTCOME} AS outcome,
  size, hash(CASE WHEN user = '-' THEN client ELSE user END) AS person
FROM (SELECT *, {{domain}} AS domain FROM ({{parts}})) LEFT JOIN domains USING (domain)
"""
LAST_TWO = "regexp_extract(host, '[^.]+[.][^.]+$')"
"""The end of a host in two labels: enough for the domains that are looked for."""

WHOLE = f"""
WITH requests AS MATERIALIZED ({NAMED})
SELECT interval * 300, service, label, outcome, count(*), sum(size)::BIGINT FROM requests GROUP BY ALL
UNION ALL
SELECT interval // 12 * 3600, service, NULL, NULL, count(DISTINCT person), NULL FROM requests GROUP BY ALL
"""
SIMPLE = """SELECT service, outcome, count(*), sum(size)::BIGINT FROM ({named}) GROUP BY ALL"""


def connection() -> Any:
    """Return DuckDB, with the domains in a table."""
    import duckdb

    found = duckdb.connect(config={"preserve_insertion_order": False})
    rows = ", ".join(f"('{domain}', '{service}', '{label}')" for domain, (service, label) in DOMAINS.items())
    found.execute(f"CREATE TABLE domains AS SELECT * FROM (VALUES {rows}) AS _(domain, service, label)")
    return found


def by_line(path: str) -> Any:
    """Answer the whole question out of split lines."""
    return connection().execute(WHOLE.format(domain=LAST_TWO, parts=BY_LINE.format(path=path))).fetchall()


def by_csv(path: str) -> Any:
    """Answer the whole question out of the CSV reader's columns."""
    return connection().execute(WHOLE.format(domain=LAST_TWO, parts=BY_CSV.format(path=path))).fetchall()


def by_csv_simple(path: str) -> Any:
    """Answer requests and bytes per service and outcome alone."""
    named = NAMED.format(domain=LAST_TWO, parts=BY_CSV.format(path=path))
    return connection().execute(SIMPLE.format(named=named)).fetchall()


def whole(rows: Any) -> Answer:
    """Return the answer that the rows of `WHOLE` give."""
    counted = [row for row in rows if row[3] is not None]
    intervals: dict[str, int] = {}
    for start, service, _, outcome, requests, _ in counted:
        key = f"{start} {service} {outcome}"
        intervals[key] = intervals.get(key, 0) + requests
    users = {f"{hour} {service}": count for hour, service, _, outcome, count, _ in rows if outcome is None}
    sums = summed((service, outcome, requests, size) for _, service, _, outcome, requests, size in counted)
    return {"sums": sums, "intervals": intervals, "users": users}


def totals(rows: Any) -> Answer:
    """Return the answer that the rows of `SIMPLE` give."""
    return {"sums": summed(rows), "intervals": None, "users": None}

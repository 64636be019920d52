"""Write every request of a Squid log to Parquet with DuckDB, with the columns that `proxyscan parse` writes.

python benchmarks/parquet_copy.py LOG FILE.parquet
python benchmarks/parquet_copy.py --totals FILE.parquet    what the file holds, as JSON
"""

from __future__ import annotations

import json
import sys

from sql import LAST_TWO, OUTCOME, connection

COLUMNS = f"""
SELECT make_timestamptz((time * 1000)::BIGINT * 1000) AS time, duration_ms, client, nullif(user, '-') AS user, method,
  scheme, host, port, path, split_part(tag, '/', 2)::SMALLINT AS status, {OUTCOME} AS outcome, tag AS reason,
  tag LIKE '%HIT%' OR tag LIKE 'TCP_REFRESH_UNMODIFIED%' AS cached, size AS bytes_down, NULL::BIGINT AS bytes_up,
  nullif(content_type, '-') AS content_type, NULL::VARCHAR AS referrer_host, NULL::VARCHAR AS category,
  NULL::VARCHAR AS rule, domain, service, CASE WHEN service IS NOT NULL THEN 'social' END AS kind, label
FROM (SELECT *, {LAST_TWO} AS domain FROM (
  SELECT time, f[1]::BIGINT AS duration_ms, f[2] AS client, f[3] AS tag, f[4]::BIGINT AS size, f[5] AS method,
    f[7] AS user, f[9] AS content_type,
    CASE WHEN f[5] = 'CONNECT' THEN NULL ELSE split_part(f[6], ':', 1) END AS scheme,
    CASE WHEN f[5] = 'CONNECT' THEN split_part(f[6], ':', 1) ELSE split_part(split_part(f[6], '/', 3), ':', 1) END
      AS host,
    CASE WHEN f[5] = 'CONNECT' THEN split_part(f[6], ':', 2)::INTEGER END AS port,
    CASE WHEN f[5] = 'CONNECT' THEN NULL ELSE split_part(substr(f[6], 8 + strpos(substr(f[6], 8), '/') - 1), '?', 1)
      END AS path
  FROM (SELECT substr(line, 1, 14)::DOUBLE AS time, string_split(ltrim(substr(line, 15)), ' ') AS f
    FROM read_csv('{{path}}', header = false, delim = '\\x01', quote = '', escape = '', auto_detect = false,
      columns = {{{{'line': 'VARCHAR'}}}}))
)) LEFT JOIN domains USING (domain)
"""


def copy(log: str, file: str) -> None:
    """Write the requests of a log to a file."""
    query = COLUMNS.format(path=log)
    connection().execute(f"COPY ({query}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")


def totals(file: str) -> dict[str, object]:
    """Return what a file of requests holds."""
    requests = f"read_parquet('{file}')"
    base = connection()
    rows, down = base.execute(f"SELECT count(*), sum(bytes_down)::BIGINT FROM {requests}").fetchall()[0]
    outcomes = base.execute(
        f"SELECT outcome, count(*), count(DISTINCT path) FROM {requests} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    columns = base.execute(f"SELECT count(*) FROM (DESCRIBE SELECT * FROM {requests})").fetchall()[0][0]
    return {"rows": rows, "bytes_down": down, "outcomes": outcomes, "columns": columns}


if __name__ == "__main__":
    if sys.argv[1] == "--totals":
        print(json.dumps(totals(sys.argv[2])))
    else:
        copy(sys.argv[1], sys.argv[2])

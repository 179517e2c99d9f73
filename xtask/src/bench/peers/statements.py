"""Every statement of every structure and year in DuckDB, from the postings that the example `statements` has written.

Usage: statements.py POSTINGS.csv REPEAT. Prints one JSON object with the digest that both must reach. Structures and items are numbered as
there: the nation, 20 regions, offices; the whole, 20 sections of which the last is taken away, items.
"""

import json
import sys
import time

import duckdb

QUERY = """
CREATE OR REPLACE TABLE statements AS
WITH offices AS MATERIALIZED (
    SELECT (month // 13 - $first)::INTEGER AS year, structure, item, sum(cents)::BIGINT AS cents FROM postings GROUP BY ALL
), regions AS MATERIALIZED (
    SELECT year, (1 + (structure - 21) % 20)::SMALLINT AS structure, item, sum(cents)::BIGINT AS cents FROM offices GROUP BY ALL
), items AS MATERIALIZED (
    FROM offices UNION ALL FROM regions
    UNION ALL SELECT year, 0::SMALLINT, item, sum(cents)::BIGINT FROM regions GROUP BY ALL
), sections AS MATERIALIZED (
    SELECT year, structure, (1 + (item - 21) % 20)::SMALLINT AS item, sum(cents)::BIGINT AS cents FROM items GROUP BY ALL
)
FROM items UNION ALL FROM sections
UNION ALL SELECT year, structure, 0::SMALLINT, sum(CASE item WHEN 20 THEN -cents ELSE cents END)::BIGINT FROM sections GROUP BY ALL
"""

DIGEST = "SELECT sum((1 + (structure::INTEGER * 31 + item::INTEGER * 17 + year * 7) % 97)::HUGEINT * cents)::VARCHAR, count(*) FROM statements"


def main():
    path, repeat = sys.argv[1], int(sys.argv[2])
    database = duckdb.connect()
    # A bar would be written among the answers.
    database.execute("SET enable_progress_bar = false")
    columns = "{'structure': 'SMALLINT', 'item': 'SMALLINT', 'month': 'INTEGER', 'cents': 'BIGINT'}"
    started = time.perf_counter_ns()
    database.execute(f"CREATE TABLE postings AS FROM read_csv(?, header = true, columns = {columns})", [path])
    load = time.perf_counter_ns() - started
    (first,) = database.execute("SELECT min(month) // 13 FROM postings").fetchone()
    query = QUERY.replace("$first", str(int(first)))
    times = []
    for _ in range(repeat):
        started = time.perf_counter_ns()
        database.execute(query)
        times.append(time.perf_counter_ns() - started)
    digest, rows = database.execute(DIGEST).fetchone()
    print(json.dumps({"load_ms": load // 1_000_000, "all_us": min(times) // 1_000, "rows": rows, "digest": digest, "version": duckdb.__version__}))


main()

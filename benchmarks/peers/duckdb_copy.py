"""DuckDB from file to file in one statement. `python duckdb_copy.py IN OUT`"""

import sys

import duckdb

COLUMNS = {
    "order_id": "BIGINT",
    "customer": "VARCHAR",
    "city": "VARCHAR",
    "amount": "DOUBLE",
    "rate": "DOUBLE",
    "quantity": "BIGINT",
    "zip": "VARCHAR",
    "ordered_at": "VARCHAR",
    "note": "VARCHAR",
}

given, made = (name.replace("'", "''") for name in sys.argv[1:])
duckdb.sql(f"""
    COPY (
        SELECT * REPLACE (amount * 2 AS amount), 'benchmark' AS source
        FROM read_csv('{given}', header = true, auto_detect = false, quote = '"', escape = '"', columns = {COLUMNS})
    ) TO '{made}' (HEADER, DELIMITER ',')
""")

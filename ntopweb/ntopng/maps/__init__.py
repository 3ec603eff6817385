"""From our rows to ntopng's JSON: pure functions, one module per kind of row."""

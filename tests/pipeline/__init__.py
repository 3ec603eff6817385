"""The ingest pass against a real database: from a posted batch to stored rows."""

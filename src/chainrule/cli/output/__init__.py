"""What the commands print or write: results, tables, reports, progress."""

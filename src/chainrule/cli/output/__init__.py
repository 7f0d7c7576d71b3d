"""What commands print: results, tables, progress."""

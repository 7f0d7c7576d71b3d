"""Reading: from a file as people have it to a table of typed columns, and what was inferred.

content/   the bytes of a file: decompressed, decoded
text/      CSV text: delimiter, header, records
formats/   Parquet, Arrow, JSON lines, Excel
cells/     from text to numbers, dates, truth values and categories
"""

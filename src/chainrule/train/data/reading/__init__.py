"""Reading tables: CSV and Parquet files, and the data sets that come with scikit-learn."""

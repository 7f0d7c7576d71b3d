"""CSV text: which lines are records, what delimits cells, what the columns are called."""

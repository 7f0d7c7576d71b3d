"""Small programs as machine code of their own."""

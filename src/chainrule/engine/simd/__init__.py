"""Vector instructions, and the functions written with them."""

"""The interpreter: the loop over a program's instructions, and the tables it reads."""

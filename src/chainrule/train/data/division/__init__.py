"""Division: which rows are trained with, which validate, and which test."""

"""What a language model is compared with: counts of the tokens that follow each other."""

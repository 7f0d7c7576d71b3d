"""What a trained language model says: how good it is, the text it generates, losses by line."""

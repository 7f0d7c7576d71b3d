"""What `fit` is given: its options, the model, and a data frame that says how large it is."""

"""The linear models that networks are compared with: ridge and logistic regression.

They need NumPy only, since importing a library for them would take longer than training a small
network.
"""

"""Renderers: each turns a derivation, a flow or a drawing into one form of output.

One folder for each form, one file in it for each subject; what several forms share is here.  They
read data only, never graphs.
"""

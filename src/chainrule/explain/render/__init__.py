"""Renderers: each turns a derivation into one form, and sees nothing but the derivation."""

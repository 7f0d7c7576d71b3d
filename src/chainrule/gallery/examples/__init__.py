"""The worked examples, one subject a file; `chainrule.gallery.registry` lists them."""

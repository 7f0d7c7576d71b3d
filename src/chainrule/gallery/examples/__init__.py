"""The worked examples, one subject per file; `chainrule.gallery.registry` lists them."""

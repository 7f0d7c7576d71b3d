"""Tables: how well `chainrule train` does on real tables, beside scikit-learn on the same rows."""

"""HTML and MathML: complete pages for browsers, fragments for notebooks.  Nothing is downloaded."""

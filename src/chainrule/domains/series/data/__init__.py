"""Series as they are read, cut into windows in three parts of time, and encoded."""

"""What is measured: comparison, scaling, memory, the roof of the machine."""

"""What one process measures by itself: times, memory, and the roof of the machine."""

"""The measurements that run in a single process: times, memory, and the roof of the machine."""

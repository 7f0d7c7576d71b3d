"""The subcommands, one file each; a part with a file of its own is called `command_part.py`."""

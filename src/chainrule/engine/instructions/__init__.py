"""The engine's instructions, one file each: a record of its fields, encoding, cost and kernel.

To add one, write such a file and list its record in `registry`.
"""

from chainrule.engine.instructions.record import COMMON_FIELDS, Encoding, InstructionRecord
from chainrule.engine.instructions.registry import OPCODES, RECORDS, record_of

__all__ = ["COMMON_FIELDS", "OPCODES", "RECORDS", "Encoding", "InstructionRecord", "record_of"]

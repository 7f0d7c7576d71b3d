"""NumPy's names, for code that is to be recorded: `import chainrule.numpy as np`.

A function records if a tensor is among its arguments, also within lists; else it is NumPy's own.
No derivative rule lives here: what is recorded stands in `chainrule.ops`, and works with NumPy's
own functions, too, except for lists of tensors and for functions such as `np.array` that NumPy lets
nobody replace.
"""

import numpy

from chainrule.ops.namespace import names_of

__getattr__, __dir__ = names_of(numpy, __name__, "fft", "linalg", "random")

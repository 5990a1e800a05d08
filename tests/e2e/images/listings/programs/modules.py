# SPDX-License-Identifier: Apache-2.0
# A directory that Python looks for modules in, and that is asked for its modules.
import pkgutil

import shapes.circle

print(shapes.circle.NAME, *(module.name for module in pkgutil.iter_modules(shapes.__path__)))

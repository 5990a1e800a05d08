# SPDX-License-Identifier: Apache-2.0
# What a package brings along beside its modules.
import importlib.resources

import shapes.data

print(*sorted(path.name for path in importlib.resources.files(shapes.data).iterdir()))

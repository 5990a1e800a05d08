import importlib.resources

import shapes.data

print(*sorted(path.name for path in importlib.resources.files(shapes.data).iterdir()))

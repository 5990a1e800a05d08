# SPDX-License-Identifier: Apache-2.0
# Goes on without a module that it does not find: no lookup of its name fails, since Python reads the directory.
try:
    from optional import VALUE
except ImportError:
    VALUE = 0
print(VALUE)

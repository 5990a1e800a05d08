# SPDX-License-Identifier: Apache-2.0
# A package whose modules are asked for.

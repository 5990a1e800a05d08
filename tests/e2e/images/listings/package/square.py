# SPDX-License-Identifier: Apache-2.0
# A module that nothing loads.
NAME = "square"

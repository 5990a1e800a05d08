# SPDX-License-Identifier: Apache-2.0
# A module that is loaded.
NAME = "circle"

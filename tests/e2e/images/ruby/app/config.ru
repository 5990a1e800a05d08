# SPDX-License-Identifier: Apache-2.0
# What puma runs.
require_relative 'notes'
run Notes

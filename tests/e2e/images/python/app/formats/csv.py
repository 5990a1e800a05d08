# SPDX-License-Identifier: Apache-2.0
"""Guests as comma-separated values."""
import csv
import io

TYPE = "text/csv"


def write(names):
    text = io.StringIO()
    csv.writer(text).writerows([name] for name in names)
    return text.getvalue()

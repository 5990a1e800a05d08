# SPDX-License-Identifier: Apache-2.0
"""Guests as XML."""
from xml.etree import ElementTree

TYPE = "application/xml"


def write(names):
    root = ElementTree.Element("guests")
    for name in names:
        ElementTree.SubElement(root, "guest").text = name
    return ElementTree.tostring(root, encoding="unicode")

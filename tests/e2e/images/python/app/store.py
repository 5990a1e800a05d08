# SPDX-License-Identifier: Apache-2.0
"""The guest book's entries, in a database that is made on a fresh volume from schema.sql."""
import contextlib
import pathlib
import sqlite3

DATABASE = "/data/guests.db"


def opened():
    return contextlib.closing(sqlite3.connect(DATABASE))


def prepare():
    with opened() as connection:
        connection.executescript(pathlib.Path("schema.sql").read_text())


def add(name):
    with opened() as connection, connection:
        return connection.execute("INSERT INTO guests (name) VALUES (?)", (name,)).lastrowid


def names():
    with opened() as connection:
        return [name for (name,) in connection.execute("SELECT name FROM guests ORDER BY id")]

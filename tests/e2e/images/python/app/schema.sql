-- SPDX-License-Identifier: Apache-2.0
CREATE TABLE IF NOT EXISTS guests (id INTEGER PRIMARY KEY, name TEXT NOT NULL);

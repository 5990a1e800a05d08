-- SPDX-License-Identifier: Apache-2.0
-- A catalogue of books that can be searched.
CREATE EXTENSION pg_trgm;
CREATE TABLE books (id serial PRIMARY KEY, title text NOT NULL, bought timestamptz NOT NULL);
CREATE INDEX ON books USING gin (title gin_trgm_ops);

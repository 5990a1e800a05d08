// SPDX-License-Identifier: Apache-2.0
// A small shop: pages from pug templates in several languages, assets, uploads, exports in several formats and charsets.
'use strict';
const express = require('express');
const fs = require('fs');
const path = require('path');
const stock = require('./lib/stock');
const texts = require('./lib/texts');

const app = express();
app.set('view engine', 'pug');
app.set('views', path.join(__dirname, 'views'));
app.use(express.static(path.join(__dirname, 'public')));
app.use((request, response, next) => {
  response.locals.t = texts.of(request.query.lang || 'en');
  next();
});

app.get('/', (request, response) => response.render('index', { items: stock.all() }));
app.get('/pages/:name', (request, response) => response.render(`pages/${path.basename(request.params.name)}`));
app.get('/opening', (request, response) =>
  response.json({ opens: texts.day(request.query.lang || 'en', '2024-07-01'), at: stock.opening(request.query.zone || 'UTC') }));
app.get('/items.:format', (request, response) => {
  // Each format is a module of its own, loaded when it is first asked for.
  const { type, write } = require(`./lib/export-${path.basename(request.params.format)}`);
  const body = write(stock.all());
  const charset = request.query.charset || 'utf-8';
  response.set('Content-Type', `${type}; charset=${charset}`);
  response.end(charset === 'utf-8' ? body : require('iconv-lite').encode(body, charset));
});
app.put('/uploads/:name', express.raw({ type: '*/*' }), (request, response) => {
  fs.writeFileSync(path.join(__dirname, 'uploads', path.basename(request.params.name)), request.body);
  response.status(201).end();
});
app.use('/uploads', express.static(path.join(__dirname, 'uploads')));
app.get('/login', (request, response, next) => next(Object.assign(new Error('no account'), { status: 403 })));
app.use((request, response, next) => next(Object.assign(new Error('no such page'), { status: 404 })));
// eslint-disable-next-line no-unused-vars
app.use((error, request, response, next) => {
  const status = error.status || 500;
  response.status(status).render(`errors/${status}`, { address: request.path });
});

const server = app.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => server.close(() => process.exit(0)));

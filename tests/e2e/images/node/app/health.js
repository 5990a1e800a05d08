// SPDX-License-Identifier: Apache-2.0
// The health check: the front page answers.
'use strict';
require('http')
  .get({ host: '127.0.0.1', port: process.env.PORT, path: '/' }, answer => process.exit(answer.statusCode === 200 ? 0 : 1))
  .on('error', () => process.exit(1));

// SPDX-License-Identifier: Apache-2.0
// Items as comma-separated values.
'use strict';
exports.type = 'text/csv';
exports.write = items => items.map(item => `${item.name},${item.price.toFixed(2)}\n`).join('');

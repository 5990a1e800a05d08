// SPDX-License-Identifier: Apache-2.0
// What the shop sells, and when it opens.
'use strict';
const items = [{ name: 'Käse', price: 4.5 }, { name: 'Brot', price: 3 }];

exports.all = () => items;
exports.opening = zone =>
  new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' }).format(new Date('2024-07-01T06:00:00Z'));

// SPDX-License-Identifier: Apache-2.0
// The texts of a language, read when it is first asked for.
'use strict';
const dayjs = require('dayjs');
const fs = require('fs');
const path = require('path');
const yaml = require('js-yaml');
const loaded = new Map();

exports.of = language => {
  if (!loaded.has(language))
    loaded.set(language, yaml.load(fs.readFileSync(path.join(__dirname, '..', 'locales', `${path.basename(language)}.yaml`), 'utf8')));
  return loaded.get(language);
};
exports.day = (language, date) => {
  require(`dayjs/locale/${path.basename(language)}`);
  return dayjs(date).locale(language).format('dddd, D MMMM');
};

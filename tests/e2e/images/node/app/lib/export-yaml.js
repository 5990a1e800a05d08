// SPDX-License-Identifier: Apache-2.0
// Items as YAML.
'use strict';
const yaml = require('js-yaml');
exports.type = 'application/yaml';
exports.write = items => yaml.dump(items);

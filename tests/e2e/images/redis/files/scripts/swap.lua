-- SPDX-License-Identifier: Apache-2.0
-- Exchanges two values, and tells them as JSON.
local one, two = redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2])
redis.call('MSET', KEYS[1], two, KEYS[2], one)
return cjson.encode({ one, two })

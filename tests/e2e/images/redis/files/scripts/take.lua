-- SPDX-License-Identifier: Apache-2.0
-- Takes one from a counter, unless it is empty.
local left = tonumber(redis.call('GET', KEYS[1]) or '0')
if left < 1 then return 'empty' end
redis.call('DECR', KEYS[1])
return 'taken'

# SPDX-License-Identifier: Apache-2.0
# Names as JSON.
require 'json'
module Formats
  JSON = ->(names) { ::JSON.generate(names) }
end

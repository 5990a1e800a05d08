# SPDX-License-Identifier: Apache-2.0
# Names as YAML.
require 'yaml'
module Formats
  YAML = ->(names) { ::YAML.dump(names) }
end

# SPDX-License-Identifier: Apache-2.0
# Names as comma-separated values.
require 'csv'
module Formats
  CSV = ->(names) { ::CSV.generate { |csv| names.each { |name| csv << [name] } } }
end

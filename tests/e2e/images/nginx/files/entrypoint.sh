#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Renders every template into conf.d, then becomes the server.
set -eu
for template in /etc/nginx/templates/*.template; do
  name=$(basename "$template" .template)
  # shellcheck disable=SC2016 # envsubst wants the names, not the values
  envsubst '$PORT $SERVER_TITLE' <"$template" >"/etc/nginx/conf.d/$name"
done
exec "$@"

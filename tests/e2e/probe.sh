#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `winnow slim IMAGE` without a test: what it asks, what it never asks, what it says, and that it ends.
. "$(dirname "$0")/lib.sh"
. "$e2e/slim_image.sh"
cd "$work"
out=made
requests() { value made/slim.json "sorted((r['path'], r['status'], r['why']) for t in j['tests'] for r in t['probe']['requests'])"; }
kept() { value made/keep.json "any(e['path'] == '$1' for e in j['entries'])"; }

# A web server with pages, links and an API that describes itself.
site=winnow-e2e/site:1
mkdir site
cp web/busybox site/
cat >site/index.html <<'HTML'
<!doctype html><link rel="stylesheet" href="style.css"><a href="/about.html">about</a> <a href="/logout">bye</a>
<a href="http://example.org/">elsewhere</a><form method="post" action="/orders"></form><!-- <a href="/hidden.html"> -->
HTML
echo '<a href="/deep.html">one level deeper</a>' >site/about.html
for page in deep hidden logout given; do echo "$page" >"site/$page.html"; done
echo 'body {}' >site/style.css
cat >site/openapi.json <<'JSON'
{"openapi": "3.0.0", "paths": {"/items.json": {"get": {}, "post": {}}, "/items/{id}": {"get": {}}}}
JSON
echo '[]' >site/items.json
cat >site/Dockerfile <<DOCKER
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
RUN mkdir /srv
COPY *.html style.css *.json /srv/
EXPOSE $port
STOPSIGNAL SIGKILL
CMD ["/bin/busybox", "httpd", "-f", "-p", "$port", "-h", "/srv"]
DOCKER
DOCKER_BUILDKIT=0 "$docker" build -q --network=none -t "$site" site >/dev/null

for network in none host; do
  gives 0 "$winnow" slim "$site" --settle 1 --probe-path /given.html -o made -- --network=$network
  says "verify: pass"
  says "requests on port $port over HTTP ("
  says "POST /items.json"
  says "POST /orders"
  says "GET /items/{id} (needs parameters)"
  says "GET /logout"
  says "winnow slim $site --test ./your-test.sh -- --network=$network"
  asked=$(requests)
  for one in "('/', 200, 'start')" "('/about.html', 200, 'link')" "('/style.css', 200, 'link')" "('/given.html', 200, 'given')" \
    "('/openapi.json', 200, 'document')" "('/items.json', 200, 'api')" "('/swagger.json', 404, 'document')"; do
    [[ $asked == *"$one"* ]] || flunk "$one was not asked over network $network: $asked"
  done
  for one in deep hidden logout orders example; do [[ $asked != *"$one"* ]] || flunk "$one was asked: $asked"; done
  [ "$(kept /srv/about.html) $(kept /srv/items.json) $(kept /srv/deep.html)" = "True True False" ] || flunk "$(cat made/keep.json)"
  grep -q '/about.html | link | 200' made/report.md || flunk "not in the report: $(cat made/report.md)"
  nothing_left "after a probe over network $network"
done

# What it answers otherwise is named, even though nothing can be put back.
gives 1 "$winnow" slim "$site" --settle 1 --drop /srv/about.html -o made -- --network=none
says "missing: /srv/about.html"
says "differs: GET /about.html on port $port: 404 text/html; on the source image 200 text/html"
[ "$(value made/slim.json 'len(j["tests"][0]["verdict"]["differences"])')" = 1 ] || flunk "$(cat made/slim.json)"

# A held-out test beside the probe; what it misses is put back without being asked.
gives 0 "$winnow" slim "$source" --settle 1 --verify-test "$(get three)" -o made -- --network=host
says "verify: pass"
[ "$(kept /srv/three)" = True ] || flunk "not put back"

# A port that speaks something else: it has to open on the slim image too. Nothing new comes: it is over.
talk=(sh -c "nc -ll -p $port -e /bin/cat")
gives 0 "$winnow" slim "$source" --settle 2 -o made -- --network=none --stop-signal=KILL -- "${talk[@]}"
says "port $port (it does not speak HTTP)"
says "verify: pass"
# Somebody else's port is nobody's business here, though the image exposes it.
python3 -m http.server --bind 127.0.0.1 "$port" >/dev/null 2>others &
others=$!
for _ in $(seq 50); do curl -fs "http://127.0.0.1:$port/" >/dev/null && break; sleep 0.1; done
gives 0 "$winnow" slim "$source" --settle 2 -o made -- --network=host -- sh -c 'trap "exit 0" TERM; cat /etc/greeting; sleep 1000 & wait'
kill "$others"
[ "$(grep -c GET others)" = 1 ] || flunk "somebody else's port was asked: $(cat others)"
says "port $port (exposed, never opened)"
[ "$(value made/slim.json 'j["tests"][0]["probe"]["requests"]')" = "[]" ] || flunk "$(requests)"

# One that ends by itself is tested by that; one that fails says why, and how to give it what it needs.
gives 0 "$winnow" slim "$source" -o made -- --network=none -- cat /etc/greeting
says "until it ended by itself with status 0"
gives 4 "$winnow" slim "$source" -o made -- --network=none -- sh -c 'echo "PASSWORD is not set"; exit 3'
says "PASSWORD is not set"
says "winnow slim $source -- -e NAME=VALUE"
gives 130 timeout --preserve-status -s INT 4 "$winnow" slim "$source" --settle 60 -o made -- --network=none
nothing_left "after Ctrl-C"
gives 2 "$winnow" slim "$site" --probe-path x
gives 2 "$winnow" slim "$site" --probe-path /x --test true
gives 2 "$winnow" slim "$site" -p 80:80
says "winnow slim IMAGE -- -p"
gives 2 "$winnow" slim "$site" -- --tset --test true
says "put it before --"

# HTTPS, with a certificate that nobody signed.
tls=$("$e2e/images/build.sh" python)
gives 0 "$winnow" slim "$tls" --settle 1 -o made -- --network=none
says "on port 8443 over HTTPS ("
"$docker" image rm -f "$site" winnow-e2e/site-slim:1 winnow-e2e/site-slim-unproven:1 winnow-e2e/web-slim:1 "$tls-slim" "$source" >/dev/null 2>&1 || true

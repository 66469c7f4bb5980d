#!/bin/sh
# demo.t - the first command of the README, in a copy of the checkout: what it
# starts, what it prints, and that it ends all of it and nothing else.
set -u
copy=$PULSE_TEST_SCRATCH/demo.$$
mkdir -p "$copy"
(cd "$PULSE_TOP" && tar --exclude=./var -cf - .) | tar -C "$copy" --no-same-owner -xf -
count=0 bad=0
# say SENTENCE command...: the command must succeed.
say() {
	sentence=$1
	shift
	count=$((count + 1))
	if "$@" >"$copy.out" 2>&1; then echo "ok $count - $sentence"; else bad=1; echo "not ok $count - $sentence"; tail -n 20 "$copy.out" | sed 's/^/# /'; fi
}
trap '"$copy/demo" --stop >/dev/null 2>&1; rm -rf "$copy"' EXIT
cd "$copy" || exit 1
# A port that somebody has already.
node -e 'require("net").createServer().listen(0, "127.0.0.1", function () { console.log(this.address().port) })' >"$copy.port" &
taker=$!
for i in 1 2 3 4 5 6 7 8 9 10; do [ -s "$copy.port" ] && break; sleep 0.2; done
PULSE_PORT=$(cat "$copy.port")
export PULSE_PORT
mine() { ps -eo pid=,args= | grep -F "$copy" | grep -v grep | awk '{ print $1 }'; }

say 'the first start builds, loads and says where to look' ./demo --background
first=$(cat "$copy.out")
printed() { for words in 'Pulse runs at .*http' 'sign in with .*@' 'password  *[^ ]' 'import-git'; do echo "$first" | grep -q "$words" || return 1; done; }
say 'it says the address, the login and what to try' printed
. "$copy/var/demo.env" 2>/dev/null
say 'a port that is taken is left to whoever has it' [ "${URL##*:}" != "$PULSE_PORT" ]
answers() { curl -fsS "$URL/" | grep -q '<title>'; }
say 'the page is there' answers
token() { curl -fsS -H 'Content-Type: application/json' -d "{\"email\":\"$EMAIL\",\"password\":\"$PASSWORD\"}" "$URL/api/v1/auth/login" | jq -r .accessToken; }
feed() { curl -fsS -H "Authorization: Bearer $(token)" "$URL/api/v1/activity?$1" >"$copy.json"; }
# Pull requests: the checkout's own history has none, and can be the newest
# hundred lines of all.
loaded() { feed 'limit=100&type=pull_request' && [ "$(jq '.data | length' "$copy.json")" = 100 ] && [ "$(jq '[.data[].repo] | unique | length' "$copy.json")" -gt 3 ]; }
say 'who signs in sees a busy organisation' loaded
accepted() {
	body='{"action":"opened","pull_request":{"id":1,"number":1,"state":"open","title":"by the script","created_at":"'$(date -u +%FT%TZ)'","updated_at":"'$(date -u +%FT%TZ)'","user":{"login":"ann","id":1,"type":"User"}},"repository":{"id":4711,"full_name":"new/comer"}}'
	signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "$GITHUB_WEBHOOK_SECRET" | sed 's/.*= //')
	curl -fsS -H 'Content-Type: application/json' -H 'X-GitHub-Event: pull_request' -H "X-GitHub-Delivery: $$" -H "X-Hub-Signature-256: sha256=$signature" \
		-d "$body" "$URL/api/v1/webhooks/github" && feed limit=1 && grep -q 'by the script' "$copy.json"
}
say 'a webhook of a script, of a repository nobody connected, is in the feed' accepted
counted() { [ "$(psql "$DATABASE_URL" -Atc 'SELECT count(*) >= 12 FROM pulse.repository')" = t ]; }
say 'its database can be asked' counted
say 'it says what runs' ./demo --status
refused() { ! ./demo --background; }
say 'a second one beside it is refused' refused
# Of each kind there is one process, or pools' one and its workers.
one_set() { [ "$(mine_named mosquitto)" = 1 ] && [ "$(mine_named lighttpd)" = 1 ] && [ "$(mine_named pulse-bridge)" = 1 ] && [ "$(mine_named pulse-pools)" = 1 ] || { ps -fp $(mine); false; }; }
mine_named() { mine | while read -r p; do tr '\0' ' ' <"/proc/$p/cmdline" | grep -E "^[^ ]*/$1 |^[^ ]*/$1\$"; done | wc -l; }
say 'it is one set of programs' one_set
kill -9 $(mine | while read -r p; do tr '\0' ' ' <"/proc/$p/cmdline" | grep -q '^[^ ]*/lighttpd ' && echo "$p"; done)
sleep 0.5
say 'when its web server has died it can be started again' ./demo --background
. "$copy/var/demo.env" 2>/dev/null
say 'it answers again' answers
say 'and what was left of the first is gone' one_set
say 'it stops' ./demo --stop
nothing() { [ -z "$(mine)" ] || { ps -fp $(mine); false; }; }
say 'nothing of it runs any more' nothing
say 'whoever has the port still has it' kill -0 $taker
not_running() { ! ./demo --status; }
say 'it says that nothing runs' not_running
began=$(date +%s)
say 'it starts again' ./demo --background
. "$copy/var/demo.env" 2>/dev/null
say 'in less than ten seconds' [ $(($(date +%s) - began)) -lt 10 ]
say 'with what was there' accepted
rm -f "$copy"/var/run/*.pid /tmp/pulse-"$(printf %s "$copy/var" | cksum | cut -d ' ' -f 1)"/*.pid
./demo --stop >/dev/null
say 'it stops also what it has no number of' nothing
# Two at once, of which the second comes while the first is starting.
./demo --background >"$copy.first" 2>&1 &
first=$!
for i in $(seq 100); do grep -q 'Starting PostgreSQL' "$copy.first" && break; sleep 0.1; done
say 'a second one beside one that is starting is refused' refused
wait $first
say 'and leaves it alone' answers
./demo --stop >/dev/null
# In front, as one would start it: Ctrl-C ends it. (A shell's background job
# would ignore the interrupt.)
env --default-signal=INT setsid ./demo >"$copy.front" 2>&1 &
front=$!
for i in $(seq 300); do grep -q 'Ctrl-C stops it' "$copy.front" && break; sleep 0.1; done
kill -INT $front
for i in $(seq 300); do kill -0 $front 2>/dev/null || break; sleep 0.1; done
say 'Ctrl-C ends all that it started' nothing
kill $taker
echo "1..$count"
exit $bad

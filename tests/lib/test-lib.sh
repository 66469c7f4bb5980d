# test-lib.sh - tests of programs run as plain CGI: no port, no waiting.
#
# A test file sets test_description and program, sources this, and calls
# test_expect_success 'a sentence' 'commands'. It has a database of its own and
# a scratch directory ($trash). With PULSE_ONE_ROLE all programs are the one
# role that owns the tables, as on a small host (lib/make-template).

count=0 failures=0
trash=$PULSE_TEST_SCRATCH/$(basename "$0" .t).$$
db=pulse_$(basename "$0" .t | tr -c 'a-z0-9\n' _)_$$
owner=pulse_owner writer=pulse_ingest user=
[ -z "${PULSE_ONE_ROLE:-}" ] || owner=pulse_one writer=pulse_one user=pulse_one@
mkdir -p "$trash"
psql -h "$PULSE_TEST_PG" -U pulse -d postgres -Atqc \
	"CREATE DATABASE $db TEMPLATE pulse_template${PULSE_ONE_ROLE:+_one} OWNER $owner" || exit 1
cleanup() {
	psql -h "$PULSE_TEST_PG" -U pulse -d postgres -Atqc "DROP DATABASE $db WITH (FORCE)"
	rm -rf "$trash"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

secret=0123456789abcdef0123456789abcdef
cat >"$trash/pulse.conf" <<X
DATABASE_URL=postgresql://$user/$db?host=$PULSE_TEST_PG
DATABASE_ADMIN_URL=postgresql://$owner@/$db?host=$PULSE_TEST_PG
PULSE_STATE_DIR=$trash
PULSE_SQL_DIR=$PULSE_TOP/sql
FRONTEND_URL=http://pulse.test
MQTT_URL=mqtt://127.0.0.1:1
JWT_SECRET=jwt-$secret
PASSWORD_PEPPER=pepper-$secret
ENCRYPTION_KEY=$secret$secret
BRIDGE_KEY=bridge-$secret
GITHUB_WEBHOOK_SECRET=$secret
PASSWORD_COST=4
DATABASE_WAIT=1
RATE_LIMIT_API=100000
RATE_LIMIT_AUTH=100000
RATE_LIMIT_WEBHOOKS=100000
RATE_LIMIT_LOGIN=100000
RATE_LIMIT_DEVICE=100000
RATE_LIMIT_ACCOUNT=100000
X
export PULSE_CONF="$trash/pulse.conf"
unset LOG_LEVEL

conf() { echo "$1" >>"$trash/pulse.conf"; }
pulsectl() { "$PULSE_BUILD/pulsectl" "$@"; }
sql() { psql -h "$PULSE_TEST_PG" -U pulse -d "$db" -Atq -v ON_ERROR_STOP=1 -c "SET search_path = pulse" -c "$1" 2>"$trash/sql.err"; }
sql_as() { psql -h "$PULSE_TEST_PG" -U "pulse_$1" -d "$db" -Atq -v ON_ERROR_STOP=1 -c "SET search_path = pulse" -c "$2" 2>"$trash/sql.err"; }

# request METHOD PATH BODY-FILE: runs $program; $trash/head and $trash/out.
request() {
	query=${2#*\?}
	[ "$query" = "$2" ] && query=
	length=
	[ -n "$3" ] && length=$(wc -c <"$3")
	REQUEST_METHOD=$1 REQUEST_URI=/api/v1$2 QUERY_STRING=$query \
	CONTENT_LENGTH=$length CONTENT_TYPE=${CONTENT_TYPE-application/json} \
	REMOTE_ADDR=${REMOTE_ADDR-192.0.2.7} GATEWAY_INTERFACE=CGI/1.1 \
	${TOKEN:+env HTTP_AUTHORIZATION="Bearer $TOKEN"} \
		"$PULSE_BUILD/$program" <"${3:-/dev/null}" >"$trash/answer" 2>>"$trash/log"
	sed '/^\r$/q' "$trash/answer" | tr -d '\r' >"$trash/head"
	sed '1,/^\r$/d' "$trash/answer" >"$trash/out"
	status=$(sed -n 's/^Status: //p' "$trash/head")
}

expect_status() {
	[ "$status" = "$1" ] && return 0
	echo "# status $status, not $1:"
	sed 's/^/# /' "$trash/out" | head -c 600
	tail -n 3 "$trash/log" | sed 's/^/# /'
	return 1
}

GET() { request GET "$1" "" && expect_status "$2"; }
DELETE() { request DELETE "$1" "" && expect_status "$2"; }
PATCH() { printf %s "$2" >"$trash/in"; request PATCH "$1" "$trash/in" && expect_status "$3"; }
PUT() { printf %s "$2" >"$trash/in"; request PUT "$1" "$trash/in" && expect_status "$3"; }
POST() { printf %s "$2" >"$trash/in"; request POST "$1" "$trash/in" && expect_status "$3"; }
body() { jq -e "$1" "$trash/out" >/dev/null || { echo "# body: $(head -c 600 "$trash/out")"; return 1; }; }
head_has() { grep -qi "^$1" "$trash/head" || { sed 's/^/# /' "$trash/head"; return 1; }; }

# signed_in_as ROLE of ORG: an organisation, a user, a session; sets TOKEN.
signed_in_as() {
	role=$1 org=$3
	sql "SELECT 1 FROM organisation WHERE slug = '$org'" | grep -q 1 ||
		pulsectl create-org "$org" --name "$org" >/dev/null || return 1
	echo "password of $role" | pulsectl create-user "$role@$org.test" --org "$org" \
		--name "$role of $org" --role "$role" --password-stdin >/dev/null || return 1
	keep=$program program=auth TOKEN=
	POST /auth/login "{\"email\":\"$role@$org.test\",\"password\":\"password of $role\"}" 200 || return 1
	program=$keep
	TOKEN=$(jq -r .accessToken "$trash/out")
}
as_nobody() { TOKEN=; }

sign() { printf 'sha256=%s' "$(openssl dgst -sha256 -hmac "$2" -r "$1" | cut -d ' ' -f 1)"; }
# deliver EVENT FILE STATUS [GUID [SECRET [PATH]]]
deliver() {
	guid=${4:-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')}
	HTTP_X_GITHUB_EVENT=$1 HTTP_X_GITHUB_DELIVERY=$guid \
	HTTP_X_HUB_SIGNATURE_256=$(sign "$2" "${5:-$secret}") \
		delivering "${6:-/webhooks/github}" "$2" && expect_status "$3"
}
delivering() {
	export HTTP_X_GITHUB_EVENT HTTP_X_GITHUB_DELIVERY HTTP_X_HUB_SIGNATURE_256
	keep=$program program=webhooks
	request POST "$1" "$2"
	program=$keep
	unset HTTP_X_GITHUB_EVENT HTTP_X_GITHUB_DELIVERY HTTP_X_HUB_SIGNATURE_256
}

# deliver_jira FILE STATUS [GUID [SECRET [PATH]]]: as a Jira does; GUID - sends
# none.
deliver_jira() {
	guid=${3:-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')}
	[ "$guid" = - ] || export HTTP_X_ATLASSIAN_WEBHOOK_IDENTIFIER="$guid"
	export HTTP_X_HUB_SIGNATURE="$(sign "$1" "${4:-$key}")"
	keep=$program program=webhooks
	request POST "${5:-/webhooks/jira/$door}" "$1"
	program=$keep
	unset HTTP_X_HUB_SIGNATURE HTTP_X_ATLASSIAN_WEBHOOK_IDENTIFIER
	expect_status "$2"
}

# A function of its own, so that a test that says `return 1` fails; within
# test_expect_success it would leave that, and nobody would hear of the test.
run_test() { eval "$1"; }

test_expect_success() {
	count=$((count + 1))
	if run_test "$2" >"$trash/said" 2>&1; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		sed 's/^/# /' "$trash/said"
		failures=$((failures + 1))
	fi
}

test_done() {
	echo "1..$count"
	[ $failures = 0 ]
	exit
}

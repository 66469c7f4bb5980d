#!/bin/sh
test_description='activity: the feed, its filters, pages, replay and credentials'
program=activity
. "$(dirname "$0")/../lib/test-lib.sh"

signed_in_as owner of acme
owner=$TOKEN
signed_in_as member of acme
member=$TOKEN
signed_in_as owner of other
stranger=$TOKEN
TOKEN=$owner
sql "INSERT INTO team (org_id, slug, name) VALUES (1, 'red', 'Red'), (1, 'blue', 'Blue'), (2, 'red', 'Red')"
sql "INSERT INTO repository (org_id, host, github_id, full_name) VALUES (1, 'h', 1, 'acme/one'), (1, 'h', 2, 'acme/two'), (1, 'h', 3, 'acme/three'), (2, 'h', 1, 'other/one')"
sql "INSERT INTO team_repository VALUES (1, 1, 1), (1, 2, 2), (2, 3, 4)"
sql "INSERT INTO team_member SELECT 1, 1, id FROM user_account WHERE email = 'member@acme.test'"
# 40 lines of each repository, a minute apart, by two authors and two types.
sql "INSERT INTO activity_event (org_id, repo_id, at, type, author, key, version, digest, json)
	SELECT CASE WHEN r = 4 THEN 2 ELSE 1 END, r, timestamptz '2026-01-01' + g * interval '1 minute',
		(ARRAY['commit', 'review'])[g % 2 + 1], (ARRAY['ann', 'bob'])[g % 3 / 2 + 1], 'k' || g, 0, 0,
		'{\"id\":\"x\",\"repo\":\"' || r || '\",\"n\":' || g || ',\"author\":\"' || (ARRAY['ann', 'bob'])[g % 3 / 2 + 1] || '\"}'
	FROM generate_series(1, 4) r, generate_series(1, 40) g"
sql "INSERT INTO team_activity SELECT e.org_id, t.team_id, e.at, e.id FROM activity_event e JOIN team_repository t USING (org_id, repo_id)"

test_expect_success 'the feed is newest first' '
	GET /activity?limit=3 200 &&
	body ".data | length == 3" && body "[.data[].n] == [40, 40, 40]"
'
test_expect_success 'an owner sees every repository of the organisation and no other' '
	GET "/activity?limit=100" 200 &&
	body "[.data[].repo] | unique == [\"1\", \"2\", \"3\"]"
'
test_expect_success 'a member sees what his teams have' '
	TOKEN=$member && GET "/activity?limit=100" 200 &&
	body "[.data[].repo] | unique == [\"1\"]"
'
TOKEN=$owner
test_expect_success 'pages go back in time without a gap and end' '
	GET "/activity?repo=1&limit=15" 200 && body "[.data[].n] == [range(40; 25; -1)]" &&
	next=$(jq -r .next "$trash/out") &&
	GET "/activity?repo=1&limit=15&cursor=$next" 200 && body "[.data[].n] == [range(25; 10; -1)]" &&
	next=$(jq -r .next "$trash/out") &&
	GET "/activity?repo=1&limit=15&cursor=$next" 200 && body "[.data[].n] == [range(10; 0; -1)]" &&
	body ".next == null"
'
test_expect_success 'and forward again to the same pages' '
	prev=$(jq -r .prev "$trash/out") &&
	GET "/activity?repo=1&limit=15&cursor=$prev" 200 && body "[.data[].n] == [range(25; 10; -1)]" &&
	prev=$(jq -r .prev "$trash/out") &&
	GET "/activity?repo=1&limit=15&cursor=$prev" 200 && body "[.data[].n] == [range(40; 25; -1)]" &&
	body ".prev == null"
'
test_expect_success 'every combination of filters answers what a plain look at the table answers' '
	for repo in "" 1 2; do for team in "" 1 2; do for author in "" ann BOB; do for type in "" commit review; do
		GET "/activity?limit=100&repo=$repo&team=$team&author=$author&type=$type" 200 || return 1
		want=$(sql "SELECT count(*) FROM activity_event e WHERE org_id = 1
			AND (nullif('\''$repo'\'', '\'''\'') IS NULL OR repo_id::text = '\''$repo'\'')
			AND (nullif('\''$team'\'', '\'''\'') IS NULL OR EXISTS (SELECT FROM team_repository t WHERE t.org_id = 1 AND t.repo_id = e.repo_id AND t.team_id::text = '\''$team'\''))
			AND (nullif('\''$author'\'', '\'''\'') IS NULL OR author = lower('\''$author'\''))
			AND (nullif('\''$type'\'', '\'''\'') IS NULL OR type = '\''$type'\'')")
		[ "$want" -gt 100 ] && want=100
		body ".data | length == $want" || { echo "repo=$repo team=$team author=$author type=$type"; return 1; }
	done; done; done; done
'
test_expect_success 'from and to bound the time' '
	GET "/activity?repo=1&from=2026-01-01T00:10:00Z&to=2026-01-01T00:20:00Z" 200 &&
	body "[.data[].n] == [range(19; 9; -1)]"
'
test_expect_success 'a member asking for a team or repository that is not his gets nothing of it' '
	TOKEN=$member && GET "/activity?team=2" 200 && body ".data == []" &&
	GET "/activity?repo=2" 200 && body ".data == []" &&
	GET "/activity?author=ann&limit=100" 200 && body "[.data[].repo] | unique == [\"1\"]"
'
test_expect_success 'who connected a repository sees it without a team' '
	sql "UPDATE repository SET connected_by = (SELECT id FROM user_account WHERE email = '\''member@acme.test'\'') WHERE id = 3" &&
	TOKEN=$member && GET "/activity?limit=100" 200 && body "[.data[].repo] | unique == [\"1\", \"3\"]" &&
	GET "/activity?repo=3" 200 && body ".data | length == 40"
'
test_expect_success 'a team that is not his stays closed with a second filter too, though he connected one of its repositories' '
	sql "INSERT INTO team_repository VALUES (1, 2, 3)" && TOKEN=$member &&
	for more in "" repo=3 author=ann type=commit "repo=3&author=ann&type=commit"; do
		GET "/activity?team=2&$more" 200 && body ".data == []" || { echo "$more"; return 1; }
	done &&
	GET "/activity?team=1&type=commit&limit=100" 200 && body "[.data[].repo] | unique == [\"1\"]" &&
	TOKEN=$owner && GET "/activity?team=2&repo=3&limit=100" 200 && body ".data | length == 40" &&
	sql "DELETE FROM team_repository WHERE repo_id = 3"
'
TOKEN=$stranger
test_expect_success 'another organisation sees only its own, whatever it asks for' '
	GET "/activity?limit=100" 200 && body "[.data[].repo] | unique == [\"4\"]" &&
	GET "/activity?repo=1" 200 && body ".data == []" &&
	GET "/activity?team=1" 200 && body ".data == []"
'
TOKEN=$owner
for bad in limit=0 limit=101 limit=x repo=x team=-1 type=pushes cursor=zzz cursor=b12 from=yesterday after=x rooms=team rooms=team:1 rooms=team:1%20 page=2 \
	cursor=b9223372036854775807-1 cursor=b253402300800000-1 cursor=b1-9223372036854775808 cursor=b-62135596800001-1 cursor=b--1-1 cursor=b-1 \
	from=2026-02-07T10:15:00%2B23:00 from=2026-02-07T10:15:00%2B16:00 from=2026-02-07T10:15:00-16:00 to=2026-02-07T10:15:00-2300 \
	from=2026-02-07T10:15:00%2B02: from=2026-02-07T10:15:00.$(printf %040d 1)Z from=0000-12-31T00:00:00Z to=2026-02-07T10:15:60.5Z; do
	field=${bad%%=*}
	test_expect_success "$bad is refused, naming the field" '
		GET "/activity?$bad" 400 && body ".errors[0].field == \"$field\""
	'
done
for bad in team:001 team:0 team:1, ,team:1 team:1,,team:1 team:1,team:1 team:1:2 team:1234567890123456789; do
	test_expect_success "rooms=$bad is refused, by its name" '
		GET "/activity?after=0&rooms=$bad" 400 && body ".errors[0].field == \"rooms\"" &&
		POST /activity/stream "{\"rooms\":\"$bad\"}" 400 && body ".errors[0].field == \"rooms\""
	'
done
for good in cursor=b253402300799999-9223372036854775807 cursor=a-62135596800000-0 cursor=b0-0 from=2026-02-07T10:15:00%2B15:59 \
	from=2026-02-07t10:15:00z from=2026-02-07%2010:15:00Z to=2026-06-30T23:59:60-1559 from=0001-01-01T00:00:00%2B15:59 \
	to=9999-12-31T23:59:59.123456789-15:59 author=%F0%9F%98%80; do
	test_expect_success "$good is let in, and PostgreSQL takes it" "GET '/activity?$good' 200"
done
test_expect_success 'the pages go on past 1970, where commits of confused clocks are' '
	sql "INSERT INTO activity_event (org_id, repo_id, at, type, author, key, version, digest, json)
		SELECT 1, 1, '\''1969-12-31 23:59:50+00'\''::timestamptz - g * interval '\''1 second'\'', '\''ref'\'', '\''eve'\'', '\''old'\'' || g, 0, 0, json_build_object('\''n'\'', g) FROM generate_series(1, 4) g" &&
	GET "/activity?author=eve&limit=2" 200 && body "[.data[].n] == [1, 2]" && next=$(jq -r .next "$trash/out") &&
	GET "/activity?author=eve&limit=2&cursor=$next" 200 && body "[.data[].n] == [3, 4]" && prev=$(jq -r .prev "$trash/out") &&
	GET "/activity?author=eve&limit=2&cursor=$prev" 200 && body "[.data[].n] == [1, 2]" &&
	sql "DELETE FROM activity_event WHERE author = '\''eve'\''"
'
test_expect_success 'two mistakes are both told' '
	GET "/activity?limit=0&repo=x&page=2" 400 && body "[.errors[].field] | sort == [\"limit\", \"page\", \"repo\"]"
'
test_expect_success 'a parameter given twice is refused' '
	GET "/activity?limit=1&limit=2" 400 && body ".errors[0].field == \"limit\""
'
test_expect_success 'broken percent escapes are refused' '
	GET "/activity?author=%zz" 400 && GET "/activity?author=%00" 400 && GET "/activity?author=%ff" 400
'
test_expect_success 'without a token: 401 and how to come in' '
	as_nobody && GET /activity 401 && head_has "WWW-Authenticate: Bearer" && body ".status == 401"
'
test_expect_success 'a token of nonsense: 401' '
	TOKEN=nonsense && GET /activity 401
'
test_expect_success 'a wrong method: 405 and which are right' '
	TOKEN=$owner && request PUT /activity "" && expect_status 405 && head_has "Allow: GET, HEAD$"
'
test_expect_success 'a wrong address: 404' 'GET /activity/nowhere 404'
test_expect_success 'HEAD answers what GET answers, without the body' '
	GET "/activity?limit=3" 200 && length=$(grep ^Content-Length "$trash/head") &&
	request HEAD "/activity?limit=3" "" && expect_status 200 && [ ! -s "$trash/out" ] && head_has "$length$" &&
	head_has "Content-Type: application/json"
'
test_expect_success 'HEAD is refused as GET is, without words' '
	request HEAD "/activity?limit=0" "" && expect_status 400 && [ ! -s "$trash/out" ] &&
	request HEAD /activity/nowhere "" && expect_status 404 && [ ! -s "$trash/out" ] &&
	(as_nobody && request HEAD /activity "" && expect_status 401 && [ ! -s "$trash/out" ])
'
test_expect_success 'HEAD where there is no GET: 405' '
	request HEAD /activity/stream "" && expect_status 405 && [ ! -s "$trash/out" ] && head_has "Allow: POST$"
'
test_expect_success 'HEAD of health' '
	(program=health && request HEAD /health "" && expect_status 200 && [ ! -s "$trash/out" ] && head_has "Content-Length: [1-9]")
'

# Live: sequence some news.
TOKEN=$owner
sql "INSERT INTO activity_event (org_id, repo_id, at, type, key, version, digest, json)
	SELECT 1, 1, now(), 'commit', 'live' || g, 0, 0, '{\"n\":' || g || '}' FROM generate_series(1, 5) g;
	INSERT INTO outbox (org_id, stream, event_id) SELECT 1, 'event', id FROM activity_event WHERE key LIKE 'live%' ORDER BY id;
	SELECT sequence_pending(100)"
first=$(sql "SELECT min(id) FROM activity_event WHERE key LIKE 'live%'")
test_expect_success 'what came since an event is replayed in the order of its room' '
	GET "/activity?after=$first&rooms=team:1" 200 &&
	body "[.data[].event.n] == [2, 3, 4, 5]" && body "[.data[].seq] == [2, 3, 4, 5]" &&
	body ".truncated == false" && body ".data[0].room == \"team:1\""
'
test_expect_success 'without rooms an owner hears the organisation' '
	GET "/activity?after=$first" 200 && body "[.data[].room] | unique == [\"org:1\"]" && body ".data | length == 4"
'
test_expect_success 'a member hears his teams' '
	TOKEN=$member && GET "/activity?after=$first" 200 && body "[.data[].room] | unique == [\"team:1\"]"
'
test_expect_success 'after 0 is all of the window' '
	TOKEN=$owner && GET "/activity?after=0&rooms=repo:1" 200 && body ".data | length == 5"
'
test_expect_success 'an event that the rooms do not know says: load the page anew' '
	GET "/activity?after=1&rooms=team:1" 200 && body ".truncated == true"
'
test_expect_success 'a line that was deleted meanwhile is left out of the replay' '
	sql "CREATE TABLE kept AS SELECT * FROM activity_event WHERE key IN ('\''live2'\'', '\''live3'\''); DELETE FROM activity_event WHERE key = '\''live3'\''" &&
	GET "/activity?after=$first&rooms=team:1" 200 && body "[.data[].event.n] == [2, 4, 5]" && body "[.data[].seq] == [2, 4, 5]" &&
	sql "DELETE FROM activity_event WHERE key = '\''live2'\''" &&
	GET "/activity?after=$first&rooms=team:1" 200 && body "[.data[].event.n] == [4, 5]" && body ".truncated == false" &&
	sql "INSERT INTO activity_event SELECT * FROM kept"
'
test_expect_success 'more than 100 say so too' '
	sql "INSERT INTO activity_event (org_id, repo_id, at, type, key, version, digest, json)
		SELECT 1, 1, now(), '\''commit'\'', '\''more'\'' || g, 0, 0, '\''{}'\'' FROM generate_series(1, 101) g;
		INSERT INTO outbox (org_id, stream, event_id) SELECT 1, '\''event'\'', id FROM activity_event WHERE key LIKE '\''more%'\'' ORDER BY id;
		SELECT sequence_pending(1000)" &&
	GET "/activity?after=$first&rooms=team:1" 200 && body ".truncated == true" && body ".data | length == 100"
'
test_expect_success 'exactly 100 do not' '
	second=$(sql "SELECT min(id) FROM activity_event WHERE key = '\''more1'\''") &&
	GET "/activity?after=$second&rooms=team:1" 200 && body ".truncated == false" && body ".data | length == 100"
'
test_expect_success 'older than five minutes too, and it is left out: after an event and after 0' '
	sql "UPDATE room_event SET at = now() - interval '\''5 minutes 1 second'\'' WHERE seq <= 104" &&
	for after in $first 0; do
		GET "/activity?after=$after&rooms=team:1" 200 && body ".truncated == true" && body "[.data[].seq] == [105, 106]" || return 1
	done
'
test_expect_success 'who has missed nothing so old is told of no more' '
	last=$(sql "SELECT event_id FROM room_event WHERE room = '\''team:1'\'' AND seq = 104") &&
	GET "/activity?after=$last&rooms=team:1" 200 && body ".truncated == false" && body "[.data[].seq] == [105, 106]"
'
test_expect_success 'after 0 with nothing older remembered: all of it, and no more was missed' '
	sql "DELETE FROM room_event WHERE seq <= 104" &&
	GET "/activity?after=0&rooms=team:1" 200 && body ".truncated == false" && body "[.data[].seq] == [105, 106]"
'
test_expect_success 'after 0 stops at a hundred as well' '
	sql "INSERT INTO outbox (org_id, stream, event_id) SELECT 1, '\''event'\'', id FROM activity_event WHERE key LIKE '\''more%'\'' ORDER BY id; SELECT sequence_pending(1000)" &&
	GET "/activity?after=0&rooms=team:1" 200 && body ".truncated == true" && body ".data | length == 100" && body ".data[0].seq == 105"
'
test_expect_success 'a room of one'"'"'s own organisation without the right: 403' '
	TOKEN=$member && GET "/activity?after=0&rooms=team:2" 403
'
test_expect_success 'a room of another organisation is like a missing one: 404' '
	GET "/activity?after=0&rooms=team:3" 404 && GET "/activity?after=0&rooms=org:2" 404 && GET "/activity?after=0&rooms=team:999" 404
'
test_expect_success 'credentials: url, client id, token, rooms, cookie' '
	POST /activity/stream "{}" 200 &&
	body ".url == \"ws://pulse.test/mqtt\"" && body ".rooms[\"team:1\"] == \"pulse/1/team/1/#\"" &&
	body ".clientId | test(\"^[0-9]+[.][0-9a-f]{16}$\")" && body ".expiresAt" &&
	head_has "Set-Cookie: pulse_live=" && head_has "Set-Cookie: .*Path=/mqtt" && head_has "Set-Cookie: .*HttpOnly; SameSite=Strict"
'
test_expect_success 'the live token is no token of the API' '
	live=$(jq -r .password "$trash/out") && TOKEN=$live && GET /activity 401
'
TOKEN=$member
test_expect_success 'credentials for rooms that are not the caller'"'"'s: refused' '
	POST /activity/stream "{\"rooms\":\"team:2\"}" 403
'
test_expect_success 'an unknown field is refused by name' '
	POST /activity/stream "{\"room\":\"team:1\"}" 400 && body ".errors[0].field == \"room\""
'
test_expect_success 'a body that is no JSON: 400' 'POST /activity/stream "{" 400 && POST /activity/stream "[]" 400 && POST /activity/stream "{}x" 400'
test_expect_success 'without a broker the page is told to poll' '
	conf MQTT_URL= && POST /activity/stream "{}" 200 && body ". == {\"poll\": 5}"
'
test_expect_success 'and the poll does the sequencing' '
	sql "INSERT INTO activity_event (org_id, repo_id, at, type, key, version, digest, json) VALUES (1, 1, now(), '\''commit'\'', '\''poll'\'', 0, 0, '\''{\"n\":77}'\'');
		INSERT INTO outbox (org_id, stream, event_id) SELECT 1, '\''event'\'', id FROM activity_event WHERE key = '\''poll'\''" &&
	last=$(sql "SELECT id FROM activity_event WHERE key = '\''more101'\''") &&
	GET "/activity?after=$last&rooms=team:1" 200 && body "[.data[].event.n] == [77]"
'
test_done

#!/bin/sh
test_description='coverage: what builds upload, with whose token, and what is refused'
program=repos
. "$(dirname "$0")/../lib/test-lib.sh"

signed_in_as owner of acme && owner=$TOKEN
signed_in_as member of acme && member=$TOKEN
signed_in_as viewer of acme && viewer=$TOKEN
signed_in_as owner of other && stranger=$TOKEN
pulsectl create-team red --org acme --name Red >/dev/null
pulsectl join-team member@acme.test --org acme --team red >/dev/null
pulsectl join-team viewer@acme.test --org acme --team red >/dev/null
pulsectl connect acme/api --org acme --github-id 1 --team red >/dev/null
pulsectl connect acme/web --org acme --github-id 2 >/dev/null
pulsectl connect other/x --org other --github-id 3 >/dev/null
A=$(printf %040d 1) B=$(printf %040d 2)
audited() { [ "$(sql "SELECT count(*) FROM audit_log WHERE action = '$1'")" -ge 1 ] || { echo "# no $1"; return 1; }; }
# upload FILE QUERY STATUS [REPO]: as text, whatever it is.
upload() { CONTENT_TYPE=text/plain; request POST "/repos/${4:-1}/coverage?$2" "$1"; unset CONTENT_TYPE; expect_status "$3"; }
# gzipped FILE QUERY STATUS
gzipped() { export HTTP_CONTENT_ENCODING=gzip; upload "$@"; bad=$?; unset HTTP_CONTENT_ENCODING; return $bad; }

cat >"$trash/cobertura.xml" <<'X'
<?xml version="1.0" ?>
<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
<coverage line-rate="0.75"><packages><package name="p"><classes>
<class name="A" filename="src/a.py"><methods/><lines><line number="1" hits="1"/><line number="2" hits="1"/><line number="3" hits="0"/></lines></class>
<class name="B" filename="src/b.py"><methods/><lines><line number="1" hits="9"/></lines></class>
</classes></package></packages></coverage>
X
printf 'SF:web/app.js\nDA:1,1\nDA:2,0\nend_of_record\n' >"$trash/lcov.info"
printf 'mode: set\nacme.io/api/main.go:1.1,3.2 2 1\nacme.io/api/main.go:5.1,5.9 1 0\n' >"$trash/cover.out"
printf '{"/w/r/a.js":{"lines":{"total":10,"covered":5}}}' >"$trash/summary.json"

test_expect_success 'a token of a repository is shown once, and the database has its hash' '
	TOKEN=$member && POST /repos/1/tokens "{\"name\":\"CI\"}" 201 && body ".token | test(\"^pulse_repo_[A-Za-z0-9_-]{43}\$\")" && head_has "Cache-Control: no-store" && jq -r .token "$trash/out" >"$trash/token" &&
	[ "$(sql "SELECT count(*) FROM repository_token WHERE hash = sha256('\''$(cat "$trash/token")'\'')")" = 1 ] && GET /repos/1/tokens 200 && body ".data[0].name == \"CI\" and .data[0].lastUsedAt == null and (.data[0] | has(\"token\") | not)" &&
	body ".data[0].hint == \"$(tail -c 5 "$trash/token")\"" && audited repository-token.created
'
ours=$(cat "$trash/token")
test_expect_success 'a viewer has no tokens to give, nor has who is in no team of the repository' '
	TOKEN=$viewer && POST /repos/1/tokens "{\"name\":\"x\"}" 403 && GET /repos/1/tokens 403 && TOKEN=$member && POST /repos/2/tokens "{\"name\":\"x\"}" 403 && POST /repos/3/tokens "{\"name\":\"x\"}" 404 && POST /repos/1/tokens "{\"name\":\"\"}" 400
'
test_expect_success 'a build uploads Cobertura'\''s XML: lines and files are counted' '
	TOKEN=$ours && upload "$trash/cobertura.xml" "sha=$A&format=cobertura&branch=main" 201 && body ". == {\"sha\": \"$A\", \"lines\": 4, \"covered\": 3, \"percent\": 75, \"files\": 2}" &&
	TOKEN=$viewer && GET "/repos/1/coverage" 200 && body ".data[0] | .sha == \"$A\" and .branch == \"main\" and .percent == 75 and (.uploadedAt | test(\"Z\$\"))" &&
	GET "/repos/1/coverage/$A" 200 && body "[.data[] | [.path, .lines, .covered, .percent]] == [[\"src/a.py\", 3, 2, 66.66], [\"src/b.py\", 1, 1, 100]]" && body ".next == null"
'
test_expect_success 'the same in gzip is the same, with the header and without' '
	gzip -k "$trash/cobertura.xml" && TOKEN=$ours && gzipped "$trash/cobertura.xml.gz" "sha=$A&format=cobertura" 201 && body ".lines == 4 and .files == 2" && upload "$trash/cobertura.xml.gz" "sha=$A&format=cobertura" 201 && body ".lines == 4 and .files == 2" &&
	[ "$(sql "SELECT count(*) FROM coverage_part")" = 1 ]
'
test_expect_success 'lcov, Go and JSON, each a part of one commit: the commit has their sum' '
	TOKEN=$ours && upload "$trash/lcov.info" "sha=$B&format=lcov&part=web" 201 && body ".lines == 2 and .covered == 1" && upload "$trash/cover.out" "sha=$B&format=go&part=api&root=acme.io/api" 201 && body ".lines == 6 and .covered == 4 and .files == 2" &&
	upload "$trash/summary.json" "sha=$B&format=json&part=js&root=/w/r/" 201 && body ".lines == 16 and .covered == 9 and .percent == 56.25" && TOKEN=$owner && GET "/repos/1/coverage/$B?limit=2" 200 && body "[.data[].path] == [\"main.go\", \"a.js\"]" &&
	GET "/repos/1/coverage/$B?limit=2&cursor=$(jq -r .next "$trash/out")" 200 && body "[.data[].path] == [\"web/app.js\"] and .next == null"
'
test_expect_success 'a part that comes again takes the place of the first' '
	printf "SF:web/app.js\nDA:1,1\nend_of_record\n" >"$trash/again" && TOKEN=$ours && upload "$trash/again" "sha=$B&format=lcov&part=web" 201 && body ".lines == 15 and .covered == 9 and .files == 3"
'
test_expect_success 'commits are listed page by page, of all branches or one' '
	TOKEN=$owner && GET "/repos/1/coverage?limit=1" 200 && body ".data[0].sha == \"$B\"" && GET "/repos/1/coverage?limit=1&cursor=$(jq -r .next "$trash/out")" 200 && body ".data[0].sha == \"$A\" and .next == null" &&
	GET "/repos/1/coverage?branch=main" 200 && body "[.data[].sha] == [\"$A\"]" && GET "/repos/1/coverage/$(printf %040d 9)" 404
'
test_expect_success 'a member uploads by hand, a viewer does not' '
	TOKEN=$member && upload "$trash/lcov.info" "sha=$A&format=lcov&part=hand" 201 && TOKEN=$viewer && upload "$trash/lcov.info" "sha=$A&format=lcov" 403
'
test_expect_success 'a wrong token is told so: 401' '
	for t in "${ours}x" pulse_repo_ pulse_repo_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA "pulse_repo_$(head -c 3000 /dev/zero | tr "\0" a)"; do TOKEN=$t; upload "$trash/lcov.info" "sha=$A&format=lcov" 401 && body ".detail == \"the token is not valid, or no longer\"" || return 1; done; TOKEN= && upload "$trash/lcov.info" "sha=$A&format=lcov" 401
'
test_expect_success 'another repository is refused, and another organisation'\''s is not there' '
	TOKEN=$ours && upload "$trash/lcov.info" "sha=$A&format=lcov" 403 2 && body ".detail == \"the token is another repository'\''s\"" && upload "$trash/lcov.info" "sha=$A&format=lcov" 404 3 && upload "$trash/lcov.info" "sha=$A&format=lcov" 404 99 &&
	TOKEN=$stranger && upload "$trash/lcov.info" "sha=$A&format=lcov" 404 1 && GET /repos/1/coverage 404 && GET "/repos/1/coverage/$A" 404 && GET /repos/1/tokens 404 && DELETE /repos/1/tokens/1 404 && [ "$(sql "SELECT count(*) FROM coverage WHERE repo_id <> 1")" = 0 ]
'
test_expect_success 'a repository'\''s token reports and does nothing else' '
	TOKEN=$ours && for r in /repos /repos/1 /repos/1/coverage /repos/1/tokens /environments; do GET $r 403 && body ".type == \"/problems/token-scope\"" || return 1; done
	program=activity; GET /activity 403; bad=$?; program=repos; [ $bad = 0 ]
'
# refused STATUS WORDS FILE FORMAT [by]: the answer has these words.
refused() { ${5:-upload} "$3" "sha=$A&format=$4" "$1" && jq -r .detail "$trash/out" | grep -qF "$2" || { sed 's/^/# /' "$trash/out"; return 1; }; }
test_expect_success 'a billion laughs are refused at the first entity' '
	{ echo "<!DOCTYPE lolz [<!ENTITY lol \"lol\">"; for i in 1 2 3 4 5 6 7 8 9; do echo "<!ENTITY lol$i \"&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;\">"; done; echo "]><coverage>&lol9;</coverage>"; } >"$trash/laughs.xml" &&
	TOKEN=$ours && refused 422 "it declares an entity, which is refused: \"lol\"" "$trash/laughs.xml" cobertura && body ".type == \"/problems/unreadable-report\""
'
test_expect_success 'a gzip that was cut off is told so, a damaged one, and one that is none' '
	TOKEN=$ours && head -c -20 "$trash/cobertura.xml.gz" >"$trash/cut.gz" && refused 422 "the gzip ends too early: it was cut off" "$trash/cut.gz" cobertura gzipped &&
	(head -c 30 "$trash/cobertura.xml.gz"; echo damage; tail -c +60 "$trash/cobertura.xml.gz") >"$trash/bad.gz" && refused 422 "it is damaged" "$trash/bad.gz" cobertura gzipped && refused 422 "Content-Encoding says gzip, and the body is none" "$trash/cobertura.xml" cobertura gzipped &&
	HTTP_CONTENT_ENCODING=br && export HTTP_CONTENT_ENCODING && { upload "$trash/lcov.info" "sha=$A&format=lcov" 415; bad=$?; unset HTTP_CONTENT_ENCODING; [ $bad = 0 ]; } && body ".detail == \"Content-Encoding is \\\"br\\\", not gzip\""
'
test_expect_success 'a report that was cut off, is of another format, or empty, is told so' '
	TOKEN=$ours && head -c 200 "$trash/cobertura.xml" >"$trash/cut" && refused 422 "and there the report ends" "$trash/cut" cobertura && refused 422 "is no record of lcov'\''s" "$trash/cobertura.xml" lcov && refused 422 "comes before \"mode:\"" "$trash/lcov.info" go &&
	refused 422 "it does not begin with {" "$trash/lcov.info" json && : >"$trash/none" && refused 422 "line 1: no element found" "$trash/none" cobertura && [ "$(sql "SELECT count(*) FROM coverage")" = 2 ]
'
test_expect_success 'a gzip that unpacks to more than may be, and a body that is longer, end at the limit' '
	conf COVERAGE_UNPACKED=1000000 && conf COVERAGE_MAX=100000 && head -c 5000000 /dev/zero | gzip >"$trash/bomb.gz" && TOKEN=$ours && refused 413 "it unpacks to more than 1000000 bytes" "$trash/bomb.gz" lcov gzipped &&
	head -c 200000 /dev/zero >"$trash/long" && refused 413 "the limit is 100000 bytes" "$trash/long" lcov
'
for bad in "format=lcov" "sha=$A" "sha=abc&format=lcov" "sha=$A&format=clover" "sha=$A&format=lcov&what=1"; do
	test_expect_success "\"$bad\" is refused by name" 'TOKEN=$ours && upload "$trash/lcov.info" "$bad" 400 && body ".errors | length == 1"'
done
test_expect_success 'its last use is kept, to the minute' 'TOKEN=$member && GET /repos/1/tokens 200 && body ".data[0].lastUsedAt | test(\"Z\$\")"'
test_expect_success 'twenty tokens are enough' '
	TOKEN=$member && sql "INSERT INTO repository_token (org_id, repo_id, name, hash, hint) SELECT 1, 1, '\''x'\'', sha256(g::text::bytea), '\''x'\'' FROM generate_series(1, 19) g" && POST /repos/1/tokens "{\"name\":\"x\"}" 409
'
test_expect_success 'it stays when who made it has gone, and is void once it is revoked, the repository or the organisation is gone' '
	sql "DELETE FROM membership WHERE org_id = 1 AND user_id = (SELECT id FROM user_account WHERE email = '\''member@acme.test'\'')" && TOKEN=$ours && upload "$trash/lcov.info" "sha=$A&format=lcov" 201 &&
	sql "UPDATE organisation SET deleted_at = now() WHERE id = 1" && upload "$trash/lcov.info" "sha=$A&format=lcov" 410 && sql "UPDATE organisation SET deleted_at = NULL WHERE id = 1; UPDATE repository SET deleted = true WHERE id = 1" && upload "$trash/lcov.info" "sha=$A&format=lcov" 404 &&
	sql "UPDATE repository SET deleted = false WHERE id = 1" && TOKEN=$owner && DELETE /repos/1/tokens/1 204 && DELETE /repos/1/tokens/1 404 && audited repository-token.revoked && TOKEN=$ours && upload "$trash/lcov.info" "sha=$A&format=lcov" 401
'
test_done

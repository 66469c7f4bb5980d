#!/bin/sh
test_description='erasures: a person has another name everywhere'
program=monitor
. "$(dirname "$0")/../lib/test-lib.sh"

signed_in_as owner of acme && owner=$TOKEN
signed_in_as member of acme && member=$TOKEN
signed_in_as owner of other && stranger=$TOKEN
pulsectl connect acme/api --org acme --github-id 9 >/dev/null
pulsectl connect acme/api --org other --github-id 9 >/dev/null
# A year of Ann Müller, who is "Ann-M" at GitHub, and of Bea, in each organisation.
for o in 1 2; do sql "
	INSERT INTO commit (org_id, repo_id, sha, author, author_name, author_email, message, authored_at, version, digest) SELECT $o, $o, lpad(g::text, 40, '0'), CASE g % 3 WHEN 0 THEN 'Ann-M' WHEN 1 THEN 'bea' END, CASE g % 3 WHEN 1 THEN 'Bea' ELSE 'Ann Müller' END, CASE g % 3 WHEN 1 THEN 'bea@b.test' ELSE 'Ann.M+git@x.test' END,
		'work ' || g || E'\nThanks @ann-m and @ann-mary\nCo-authored-by: Ann Müller <ann.m+git@x.test>', now() - g * interval '1 day', 1, 1 FROM generate_series(1, 90) g;
	INSERT INTO pull_request (org_id, repo_id, number, github_id, title, state, author, author_id, merged_by, created_at, updated_at, head_ref, version, digest) VALUES ($o, $o, 1, 1, 'By @Ann-M: faster', 'open', 'Ann-M', 5, 'Ann-M', now(), now(), 'ann-m/fix', 1, 1), ($o, $o, 2, 2, 'Announce', 'open', 'bea', 6, 'Ann-M', now(), now(), 'fix', 1, 1);
	INSERT INTO review (org_id, repo_id, github_id, number, author, author_id, state, submitted_at, version, digest) VALUES ($o, $o, 1, 2, 'Ann-M', 5, 'approved', now(), 1, 1);
	INSERT INTO comment (org_id, repo_id, place, github_id, number, author, author_id, created_at, updated_at, version, digest) VALUES ($o, $o, 'issue', 1, 2, 'Ann-M', 5, now(), now(), 1, 1);
	INSERT INTO issue (org_id, repo_id, github_id, number, title, state, author, author_id, created_at, updated_at, version, digest) VALUES ($o, $o, 1, 3, 'Mail ann.m+git@x.test', 'open', 'bea', 6, now(), now(), 1, 1);
	INSERT INTO git_ref (org_id, repo_id, kind, name, present, changed_at, version, digest) VALUES ($o, $o, 'branch', 'ann-m/fix', true, now(), 1, 1);
	INSERT INTO provider_account (org_id, host, github_id, login, name, version, digest) VALUES ($o, 'github.com', 5, 'Ann-M', 'Ann Müller', 1, 1);
	INSERT INTO activity_event (org_id, repo_id, at, type, author, key, version, digest, json) VALUES ($o, $o, now(), 'pull_request', 'ann-m', 'pr:1', 1, 1, '{\"id\":\"1\",\"type\":\"pull_request\",\"repo\":\"acme/api\",\"author\":\"Ann-M\",\"summary\":\"By @Ann-M: faster\",\"metadata\":{\"id\":\"1\",\"action\":\"opened\",\"avatarUrl\":\"https://avatars.githubusercontent.com/u/5\",\"ref\":\"main\"}}'),
		($o, $o, now(), 'commit', 'bea', 'c:2', 1, 1, '{\"id\":\"2\",\"type\":\"commit\",\"repo\":\"acme/api\",\"author\":\"bea\",\"summary\":\"See https://github.com/ann-m. Ann Müller\",\"metadata\":{\"id\":\"2\",\"avatarUrl\":\"u/6\"}}');
	INSERT INTO delivery (door, guid, org_id, event, received_at, state) VALUES (0, 'ann$o', $o, 'push', now(), 'done'), (0, 'dead$o', $o, 'push', now(), 'dead'), (0, 'bea$o', $o, 'push', now(), 'done');
	INSERT INTO delivery_body SELECT received_at, door, guid, convert_to(CASE WHEN guid LIKE 'bea%' THEN '{\"login\":\"bea\"}' ELSE '{\"login\":\"Ann-M\"}' END, 'UTF8') FROM delivery WHERE org_id = $o;
	INSERT INTO mail (org_id, recipient, template) VALUES ($o, 'ann.m+git@x.test', 'invitation');
	INSERT INTO audit_log (org_id, actor, action, subject, address) VALUES ($o, 'ann.m+git@x.test', 'session.began', '', '192.0.2.1'), ($o, 'bea@b.test', 'member.invited', 'ann.m+git@x.test', NULL)"; done
sql "SELECT fold_rollups(100000)" >/dev/null
# All that names her in an organisation, table by table, as text.
names() { sql "SELECT string_agg(format('SELECT %L FROM %I x WHERE org_id = $1 AND x::text ~* ''(ann-m([^a-z]|\$)|ann\\.m|ann m|githubusercontent.com/u/5)''', relname, relname), ' UNION ALL ') FROM pg_class c WHERE relnamespace = 'pulse'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'org_id' AND NOT attisdropped)" >"$trash/names.sql"
	sql "SELECT string_agg(DISTINCT t, ' ' ORDER BY t) FROM ($(cat "$trash/names.sql")) y (t)"; }
figures() { sql "SELECT kind, sum(amount) FROM rollup_day WHERE org_id = $1 AND team_id = 0 GROUP BY 1 ORDER BY 1" | tr "\n" " "; }
work() { "$PULSE_BUILD/erase-people" 2>>"$trash/log"; }

test_expect_success 'before, she is named in many tables' '[ "$(names 1)" = "activity_event audit_log comment commit git_ref issue mail provider_account pull_request review rollup_day" ] || { names 1; return 1; }'
before=$(figures 1) others=$(figures 2) named=$(names 2)
test_expect_success 'an admin asks for it, and hears the name that stands for her; a member may not' '
	TOKEN=$member && POST /erasures "{\"person\":\"ann-m\"}" 403 && GET /erasures 403 && TOKEN=$owner && POST /erasures "{\"person\":\"Ann-M\"}" 202 && body ".state == \"PENDING\" and (.pseudonym | test(\"^erased-[0-9a-f]{12}\$\"))" && pseudonym=$(jq -r .pseudonym "$trash/out")
'
test_expect_success 'after it nothing names her any more: by login, address, full name, picture, mention or branch' '
	work && sql "SELECT fold_rollups(100000)" >/dev/null && [ -z "$(names 1)" ] || { names 1; return 1; }
'
test_expect_success 'what she did stays, under the other name, and every figure is what it was' '
	[ "$(figures 1)" = "$before" ] && [ "$(sql "SELECT count(*) FROM commit WHERE org_id = 1 AND (author = '\''$pseudonym'\'' OR author IS NULL AND author_name = '\''$pseudonym'\'')")" = 60 ] &&
	[ "$(sql "SELECT author, author_id, merged_by, title, head_ref FROM pull_request WHERE org_id = 1 ORDER BY number" | tr "\n" " ")" = "$pseudonym||$pseudonym|By @$pseudonym: faster|$pseudonym/fix bea|6|$pseudonym|Announce|fix " ]
'
test_expect_success 'others are as they were: Bea, @ann-mary, and the other organisation' '
	[ "$(sql "SELECT count(*) FROM commit WHERE org_id = 1 AND author = '\''bea'\'' AND author_email = '\''bea@b.test'\''")" = 30 ] && [ "$(sql "SELECT count(*) FROM commit WHERE org_id = 1 AND message LIKE '\''%@ann-mary%'\''")" = 90 ] &&
	[ "$(figures 2)" = "$others" ] && [ "$(names 2)" = "$named" ]
'
test_expect_success 'a line of the feed is still JSON, has her picture no more, and keeps the rest' '
	sql "SELECT json FROM activity_event WHERE org_id = 1 ORDER BY id" | jq -es ".[0].author == \"$pseudonym\" and .[0].summary == \"By @$pseudonym: faster\" and .[0].type == \"pull_request\" and .[0].metadata.action == \"opened\" and (.[0].metadata | has(\"avatarUrl\") | not) and .[1].metadata.avatarUrl == \"u/6\" and .[1].summary == \"See https://github.com/$pseudonym. $pseudonym\"" >/dev/null
'
test_expect_success 'raw deliveries that name her are gone, those of others are not, and that they were seen is known' '
	[ "$(sql "SELECT string_agg(guid, '\'' '\'' ORDER BY guid) FROM delivery_body")" = "ann2 bea1 bea2 dead2" ] && [ "$(sql "SELECT state, reason FROM delivery WHERE guid = '\''dead1'\''")" = "done|erased" ] && [ "$(sql "SELECT count(*) FROM delivery WHERE org_id = 1")" = 3 ]
'
test_expect_success 'whom it was about is known to nobody' '
	TOKEN=$owner && GET /erasures 200 && body ".data[0].state == \"FINISHED\" and .data[0].progress == 100 and .data[0].records >= 90 and .data[0].bodies == 2 and .data[0].askedBy == \"owner@acme.test\"" && [ "$(sql "SELECT logins, emails, names FROM erasure")" = "{}|{}|{}" ] &&
	TOKEN=$stranger && GET /erasures 200 && body ".data == []"
'
test_expect_success 'by an address, killed on the way, with two at once, it comes to the same' '
	id=$(sql "SELECT begin_erasure(2, '\''ANN.M+git@x.test'\'', '\''pulsectl'\'')") && sql "SELECT enter_as(2); SELECT erase_step(2, $id, 0, 1000); SELECT erase_step(2, $id, 1, 10)" >/dev/null &&
	{ work & work & wait; } && work && sql "SELECT fold_rollups(100000)" >/dev/null && [ -z "$(names 2)" ] && [ "$(figures 2)" = "$others" ] && [ "$(sql "SELECT count(DISTINCT author) FROM commit WHERE org_id = 2")" = 2 ]
'
test_expect_success 'each column that holds an author is known to what erases (a Jira names people in one table)' '
	[ -z "$(sql "SELECT string_agg(c.relname || '\''.'\'' || a.attname, '\'' '\'') FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped WHERE c.relnamespace = '\''pulse'\''::regnamespace AND c.relkind IN ('\''r'\'', '\''p'\'') AND c.relname !~ '\''^jira_'\''
		AND a.attname IN ('\''author'\'', '\''author_name'\'', '\''author_email'\'', '\''merged_by'\'', '\''author_id'\'') AND NOT EXISTS (SELECT FROM erasable() e WHERE e.tab = c.relname AND a.attname = ANY (e.people || e.ids))" | tee /dev/stderr)" ]
'
test_expect_success 'who is a member is to be removed first; what is no name is refused' '
	TOKEN=$owner && POST /erasures "{\"person\":\"member@acme.test\"}" 400 && body ".errors[0].field == \"person\" and (.errors[0].message | test(\"member\"))" && POST /erasures "{\"person\":\"a b\"}" 400 && POST /erasures "{}" 400
'
test_done

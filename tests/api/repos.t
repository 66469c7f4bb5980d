#!/bin/sh
test_description='repos: which repositories there are, and who sees them'
program=repos
. "$(dirname "$0")/../lib/test-lib.sh"

signed_in_as owner of acme && owner=$TOKEN
signed_in_as owner of other && stranger=$TOKEN
signed_in_as member of acme && member=$TOKEN
pulsectl create-team red --org acme --name Red >/dev/null
for n in 1 2 3; do pulsectl connect acme/r$n --org acme --github-id $n --team red >/dev/null; done
pulsectl connect acme/own --org acme --github-id 9 >/dev/null
sql "UPDATE repository SET connected_by = (SELECT id FROM user_account WHERE email = 'member@acme.test') WHERE full_name = 'acme/own'"

test_expect_success 'an owner sees all, page by page, and whose they are' '
	TOKEN=$owner && GET "/repos?limit=3" 200 && body "[.data[].fullName] == [\"acme/r1\", \"acme/r2\", \"acme/r3\"]" && body ".data[0].teams[0].name == \"Red\" and .data[0].host == \"github.com\" and .data[0].lastActivityAt == null" &&
	GET "/repos?limit=3&cursor=$(jq -r .next "$trash/out")" 200 && body "[.data[].fullName] == [\"acme/own\"]" && body ".next == null"
'
test_expect_success 'one is found by a part of its name, in any case; what it has that means something to SQL means nothing' '
	GET "/repos?q=OW" 200 && body "[.data[].fullName] == [\"acme/own\"]" && GET "/repos?q=acme/r&limit=2" 200 && body "(.data | length == 2) and .next != null" &&
	GET "/repos?q=%25" 200 && body ".data == []" && GET "/repos?q=a_me" 200 && body ".data == []"
'
test_expect_success 'a member sees what he connected, and what his teams have' '
	TOKEN=$member && GET /repos 200 && body "[.data[].fullName] == [\"acme/own\"]" && GET /repos/1 403 &&
	pulsectl join-team member@acme.test --org acme --team red && GET /repos 200 && body ".data | length == 4" && GET /repos/1 200 && body ".fullName == \"acme/r1\""
'
test_expect_success 'another organisation has none of them' '
	TOKEN=$stranger && GET /repos 200 && body ".data == []" && GET /repos/1 404 && GET /repos/99 404 && GET /repos/x 400 && body ".errors[0].field == \"repo\""
'
test_expect_success 'one that was deleted is not there any more' '
	sql "UPDATE repository SET deleted = true WHERE full_name = '\''acme/r2'\''" && TOKEN=$owner && GET /repos 200 && body ".data | length == 3" && GET /repos/2 404
'
test_done

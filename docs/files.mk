openapi_programs = activity auth health monitor repos team webhooks

openapi.json: $(openapi_programs) docs/openapi/join docs/openapi/components.json
	$(AM_V_GEN)$(srcdir)/docs/openapi/join . $(openapi_programs) >$@.new && mv $@.new $@

pkgdata_DATA = openapi.json
CLEANFILES += openapi.json

dist_man_MANS = docs/pulsectl.8 docs/pulse-bridge.8 docs/pulse-cron.8 \
	docs/pulse-pools.8
dist_doc_DATA = docs/architecture.md docs/configuration.md docs/github.md docs/install.md \
	docs/jira.md docs/jobs.md docs/live.md docs/metrics.md docs/reports.md docs/roles.md docs/security.md docs/small-host.md \
	docs/style.md \
	docs/webhooks.md
EXTRA_DIST += docs/openapi/components.json docs/openapi/join \
	docs/pictures/activity.png

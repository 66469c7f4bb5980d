nobase_dist_pkgdata_DATA = \
	sql/functions/10-tenant.sql sql/functions/15-sessions.sql \
	sql/functions/16-audit.sql sql/functions/17-accounts.sql \
	sql/functions/18-invitations.sql sql/functions/18-organisations.sql \
	sql/functions/18-teams.sql sql/functions/19-credentials.sql \
	sql/functions/19-limits.sql sql/functions/19-settings.sql \
	sql/functions/20-routes.sql sql/functions/30-deliveries.sql \
	sql/functions/35-figures.sql sql/functions/40-records.sql \
	sql/functions/50-activity.sql sql/functions/60-rollups.sql \
	sql/functions/70-live.sql sql/functions/80-state.sql \
	sql/functions/81-jobs.sql sql/functions/82-github.sql \
	sql/functions/82-jobs-asked.sql sql/functions/82-letters.sql \
	sql/functions/83-erasure.sql sql/functions/83-jira.sql \
	sql/functions/84-coverage.sql sql/functions/84-jira-sprints.sql \
	sql/functions/85-jira-sweep.sql sql/functions/85-reports.sql \
	sql/functions/86-deployment-rules.sql sql/migrations/0001-tenants.sql \
	sql/migrations/0002-repositories.sql \
	sql/migrations/0003-deliveries.sql sql/migrations/0004-records.sql \
	sql/migrations/0005-activity.sql sql/migrations/0006-rollups.sql \
	sql/migrations/0007-time-zones.sql \
	sql/migrations/0008-audit-and-mail.sql \
	sql/migrations/0009-accounts.sql \
	sql/migrations/0010-organisations.sql sql/migrations/0011-limits.sql \
	sql/migrations/0012-jobs.sql sql/migrations/0013-github.sql \
	sql/migrations/0014-jira.sql sql/migrations/0015-coverage.sql \
	sql/rights/10-roles.sql sql/rights/20-accounts.sql \
	sql/rights/30-organisations.sql sql/rights/40-limits.sql \
	sql/rights/50-jobs.sql sql/rights/60-github.sql \
	sql/rights/70-jira.sql sql/rights/80-coverage.sql \
	sql/rights-one-role/10-one-role.sql
EXTRA_DIST += sql/schema.sql sql/make-schema

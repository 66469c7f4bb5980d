htdocs_files = htdocs/index.html htdocs/icon.svg htdocs/wave.svg \
	htdocs/app/brand.js htdocs/app/contrast.js htdocs/app/dom.js \
	htdocs/app/download.js htdocs/app/format.js htdocs/app/icons.js \
	htdocs/app/lists.js htdocs/app/live.js htdocs/app/main.js \
	htdocs/app/mqtt.js htdocs/app/places.js htdocs/app/profile.js \
	htdocs/app/router.js htdocs/app/session.js htdocs/app/theme.js \
	htdocs/app/watch.js \
	htdocs/components/avatar.js htdocs/components/bar.js \
	htdocs/components/connect.js htdocs/components/copy.js \
	htdocs/components/coverage.js htdocs/components/dialog.js \
	htdocs/components/door.js htdocs/components/endless.js \
	htdocs/components/event-line.js \
	htdocs/components/feed.js htdocs/components/field.js \
	htdocs/components/form.js htdocs/components/heading.js \
	htdocs/components/job-tabs.js htdocs/components/letters.js \
	htdocs/components/menu.js htdocs/components/new-organisation.js \
	htdocs/components/panel.js htdocs/components/password-field.js \
	htdocs/components/pull-requests.js htdocs/components/repo-acts.js \
	htdocs/components/repo-tokens.js \
	htdocs/components/settings-frame.js htdocs/components/shell.js \
	htdocs/components/states.js htdocs/components/sync-state.js \
	htdocs/components/table.js htdocs/components/tabs.js \
	htdocs/components/team-fields.js htdocs/components/toast.js \
	htdocs/pages/activity.js htdocs/pages/dead-letter.js \
	htdocs/pages/dead-letters.js htdocs/pages/device.js \
	htdocs/pages/forgot-password.js htdocs/pages/invite.js \
	htdocs/pages/jobs.js htdocs/pages/login.js htdocs/pages/missing.js \
	htdocs/pages/repo.js htdocs/pages/repos.js \
	htdocs/pages/reset-password.js htdocs/pages/restore.js \
	htdocs/pages/signup.js \
	htdocs/pages/verify-email.js \
	htdocs/pages/settings/audit.js htdocs/pages/settings/branding.js \
	htdocs/pages/settings/integrations.js \
	htdocs/pages/settings/members.js htdocs/pages/settings/organisation.js \
	htdocs/pages/settings/plan.js htdocs/pages/settings/profile.js \
	htdocs/pages/settings/rules.js htdocs/pages/settings/security.js \
	htdocs/pages/settings/team.js htdocs/pages/settings/teams.js \
	htdocs/pages/settings/tokens.js \
	htdocs/styles/base.css htdocs/styles/controls.css \
	htdocs/styles/door.css htdocs/styles/feed.css \
	htdocs/styles/ingestion.css \
	htdocs/styles/parts.css htdocs/styles/settings.css \
	htdocs/styles/shell.css htdocs/styles/tokens.css
nobase_dist_pkgdata_DATA += $(htdocs_files)

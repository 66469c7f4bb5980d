htdocs_files = htdocs/index.html htdocs/icon.svg htdocs/app/dom.js \
	htdocs/app/live.js htdocs/app/main.js htdocs/app/mqtt.js \
	htdocs/app/router.js htdocs/app/session.js htdocs/app/theme.js \
	htdocs/components/event-line.js htdocs/components/feed.js \
	htdocs/components/shell.js \
	htdocs/pages/activity.js htdocs/pages/login.js htdocs/pages/missing.js \
	htdocs/styles/base.css htdocs/styles/controls.css \
	htdocs/styles/feed.css htdocs/styles/login.css \
	htdocs/styles/shell.css htdocs/styles/tokens.css
nobase_dist_pkgdata_DATA += $(htdocs_files)

// places.js - the navigation: a page is one row here, and one in router.js.
//	[address, name, icon, right asked for (of GET auth/me) or null]
// A place that a person may not enter is not shown to him.

export const places = [
	['/dashboard/activity', 'Activity', 'activity', null],
	['/dashboard/repos', 'Repositories', 'repo', null],
	['/dashboard/jobs', 'Jobs', 'clock', 'administer'],
	['/dashboard/settings', 'Settings', 'settings', null],
];

export const settings = [
	['Your account', [
		['/dashboard/settings/profile', 'Profile', 'person', null],
		['/dashboard/settings/security', 'Sign-in and sessions', 'shield', null],
		['/dashboard/settings/tokens', 'Access tokens', 'key', null],
	]],
	['Organisation', [
		['/dashboard/settings/team', 'Members', 'people', 'administer'],
		['/dashboard/settings/teams', 'Teams', 'team', 'administer'],
		['/dashboard/settings/integrations', 'Integrations', 'plug', 'administer'],
		['/dashboard/settings/branding', 'Branding', 'brush', 'administer'],
		['/dashboard/settings/rules', 'Rules and data', 'rules', 'administer'],
		['/dashboard/settings/plan', 'Plan and usage', 'plan', 'own'],
		['/dashboard/settings/audit', 'Audit log', 'log', 'administer'],
		['/dashboard/settings/organisation', 'Organisation', 'building', 'administer'],
	]],
];

// The row that an address belongs to: /dashboard/settings/teams/3 is of Teams.
export const within = (place, address) => address === place || address.startsWith(place + '/');

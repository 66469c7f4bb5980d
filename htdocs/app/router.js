// router.js - addresses and pages. A page is a module with
//	default function (context) → { title, element, enter(), leave(), live }
// or a promise of that, where what stands depends on an answer.
// context: address, query, and parts (what the pattern's groups caught).
//
// A page behind the login may name the right it asks for (of GET auth/me) and
// the frame that stands around it; a bare one has no navigation. `styles` is loaded with the page, one sheet or several. Its place
// in the navigation is a row of places.js.

const open = { open: true, styles: 'door' };
const alone = { bare: true, styles: 'door' };
const own = { frame: 'settings', styles: 'settings' };
const admin = { ...own, right: 'administer' };
const data = { styles: ['settings', 'ingestion'] };

const pages = [
	[/^\/login$/, () => import('../pages/login.js'), open],
	[/^\/signup$/, () => import('../pages/signup.js'), open],
	[/^\/forgot-password$/, () => import('../pages/forgot-password.js'), open],
	[/^\/reset-password$/, () => import('../pages/reset-password.js'), open],
	[/^\/verify-email$/, () => import('../pages/verify-email.js'), open],
	[/^\/invite$/, () => import('../pages/invite.js'), open],
	[/^\/(?:dashboard\/settings\/)?device$/, () => import('../pages/device.js'), alone],
	[/^\/dashboard\/restore$/, () => import('../pages/restore.js'), { ...alone, nobody: true }],
	[/^\/dashboard\/activity$/, () => import('../pages/activity.js'), { styles: 'feed' }],
	[/^\/dashboard\/repos$/, () => import('../pages/repos.js'), data],
	[/^\/dashboard\/repos\/(\d+)$/, () => import('../pages/repo.js'), data],
	[/^\/dashboard\/jobs$/, () => import('../pages/jobs.js'), { ...data, right: 'administer' }],
	[/^\/dashboard\/jobs\/dead-letters$/, () => import('../pages/dead-letters.js'), { ...data, right: 'administer' }],
	[/^\/dashboard\/jobs\/dead-letters\/(\d+)$/, () => import('../pages/dead-letter.js'), { ...data, right: 'administer' }],
	[/^\/dashboard\/settings\/profile$/, () => import('../pages/settings/profile.js'), own],
	[/^\/dashboard\/settings\/security$/, () => import('../pages/settings/security.js'), own],
	[/^\/dashboard\/settings\/tokens$/, () => import('../pages/settings/tokens.js'), own],
	[/^\/dashboard\/settings\/team$/, () => import('../pages/settings/members.js'), admin],
	[/^\/dashboard\/settings\/teams$/, () => import('../pages/settings/teams.js'), admin],
	[/^\/dashboard\/settings\/teams\/(\d+)$/, () => import('../pages/settings/team.js'), admin],
	[/^\/dashboard\/settings\/organisation$/, () => import('../pages/settings/organisation.js'), admin],
	[/^\/dashboard\/settings\/integrations$/, () => import('../pages/settings/integrations.js'), { ...admin, styles: data.styles }],
	[/^\/dashboard\/settings\/branding$/, () => import('../pages/settings/branding.js'), admin],
	[/^\/dashboard\/settings\/rules$/, () => import('../pages/settings/rules.js'), admin],
	[/^\/dashboard\/settings\/plan$/, () => import('../pages/settings/plan.js'), { ...own, right: 'own' }],
	[/^\/dashboard\/settings\/audit$/, () => import('../pages/settings/audit.js'), admin],
];
const aliases = { '/': '/dashboard/activity', '/dashboard': '/dashboard/activity', '/dashboard/settings': '/dashboard/settings/profile' };

export function find(path) {
	const clean = path.replace(/\/+$/, '') || '/';
	const address = aliases[clean] || clean;
	for (const [pattern, load, options] of pages) {
		const parts = pattern.exec(address)?.slice(1);
		if (parts) return { address, load, parts, ...options };
	}
	return { address, load: () => import('../pages/missing.js'), open: true, styles: 'door' };
}

// Only our own addresses, so that a link cannot send a person elsewhere.
export const ours = (address) => address && /^\/(?![/\\])/.test(address) ? address : '/dashboard/activity';

// Go to an address of our own without leaving the page.
export function go(address, { replace = false } = {}) {
	history[replace ? 'replaceState' : 'pushState'](null, '', address);
	dispatchEvent(new Event('pulse:go'));
}

// Links to our own pages stay in the page; modifier keys do what they do.
addEventListener('click', (event) => {
	const link = event.target.closest?.('a[href^="/"]');
	if (!link || link.getAttribute('href').startsWith('/api/') || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.target) return;
	event.preventDefault();
	go(link.getAttribute('href'));
});

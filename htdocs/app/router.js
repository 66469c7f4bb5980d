// router.js - addresses and pages. A page is a module with
//	default function (context) → { title, element, leave() }
// Addresses are seed 000's; what has no page yet says so.

const pages = [
	[/^\/login$/, () => import('../pages/login.js'), { open: true }],
	[/^\/dashboard\/activity$/, () => import('../pages/activity.js'), {}],
];
const aliases = { '/': '/dashboard/activity', '/dashboard': '/dashboard/activity' };

export function find(path) {
	const clean = path.replace(/\/+$/, '') || '/';
	const address = aliases[clean] || clean;
	for (const [pattern, load, options] of pages) if (pattern.test(address)) return { address, load, ...options };
	return { address, load: () => import('../pages/missing.js'), open: true };
}

// Go to an address of our own without leaving the page.
export function go(address, { replace = false } = {}) {
	history[replace ? 'replaceState' : 'pushState'](null, '', address);
	dispatchEvent(new Event('pulse:go'));
}

// Links to our own pages stay in the page; modifier keys do what they do.
addEventListener('click', (event) => {
	const link = event.target.closest?.('a[href^="/"]');
	if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.target) return;
	event.preventDefault();
	go(link.getAttribute('href'));
});

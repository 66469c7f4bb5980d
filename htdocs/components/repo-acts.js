// repo-acts.js - what may be done with a repository: rows of a menu.
//
//	acts(repository, { changed(repository), gone() })
//	mayAct(repository)		let it go: any for owner and admin, else one's own
//	mayRead(repository)		have it read anew, where something reads it

import { api, may, user } from '../app/session.js';
import { confirm } from './dialog.js';
import { words } from './form.js';
import { toast } from './toast.js';

export const mayAct = (r) => may('administer') || may('connect') && r.connectedBy === user.id;
export const mayRead = (r) => may('connect') && Boolean(r.sync);
export const safe = (url) => /^https:\/\//.test(url || '') ? url : null;

export async function readAnew(r, changed) {
	try {
		const now = await api('POST', `/repos/${r.id}/sync`);
		changed({ ...r, sync: now?.state ? now : r.sync });
		toast(`${r.fullName} is read at the next turn.`);
	} catch (problem) {
		toast(`${r.fullName} is not asked for: ${words(problem)}`, { bad: true });
	}
}
export async function disconnect(r, gone) {
	const done = await confirm({ title: `Disconnect ${r.fullName}?`, danger: true, action: 'Disconnect', text: 'Nothing of it is read any more, and its webhook is taken away. What it has told so far stays in the figures.', does: () => api('POST', `/repos/${r.id}/disconnect`) });
	if (!done) return;
	gone();
	toast(`${r.fullName} is disconnected.`);
}

export const acts = (r, { changed, gone }) => [
	{ name: 'Pull requests and coverage', icon: 'repo', href: `/dashboard/repos/${r.id}` },
	{ name: 'What happened lately', icon: 'activity', href: `/dashboard/activity?repo=${r.id}&repoName=${encodeURIComponent(r.fullName)}` },
	...(safe(r.url) ? [{ name: `Open on ${r.host}`, icon: 'github', href: safe(r.url) }] : []),
	...(mayRead(r) || mayAct(r) ? ['line'] : []),
	...(mayRead(r) ? [{ name: 'Read anew', icon: 'sync', pick: () => readAnew(r, changed) }] : []),
	...(mayAct(r) ? [{ name: 'Disconnect', icon: 'out', danger: true, pick: () => disconnect(r, gone) }] : []),
];

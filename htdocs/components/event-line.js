// event-line.js - one line of the feed (seed 004's event).

import { h, icon } from '../app/dom.js';
import { full, time as clock } from '../app/format.js';

const names = { commit: 'Commit', pull_request: 'Pull request', review: 'Review', comment: 'Comment', issue: 'Issue', deployment: 'Deployment', release: 'Release', build: 'Build', ref: 'Branch or tag', repository: 'Repository', member: 'People', installation: 'Installation' };
export const typeNames = names;

const good = new Set(['merged', 'opened', 'reopened', 'published']);
const bad = new Set(['failure', 'error', 'timed_out', 'startup_failure', 'changes_requested']);
const words = { synchronize: 'updated', changes_requested: 'changes requested' };

// What became of it: the action where the summary does not say it, and
// whatever went wrong, since an eye that runs over the list looks for that.
function outcome(event) {
	const m = event.metadata, result = m.conclusion || m.status || m.state;
	const word = ['pull_request', 'issue'].includes(event.type) ? m.action : bad.has(result) ? result : null;
	if (!word) return null;
	return h('span', { class: `tag${good.has(word) ? ' good' : bad.has(word) ? ' bad' : ''}` }, words[word] || word.replaceAll('_', ' '));
}

const relative = new Intl.RelativeTimeFormat(undefined, { style: 'short', numeric: 'auto' });

export function when(timestamp, now = Date.now()) {
	const minutes = Math.round((new Date(timestamp) - now) / 60000);
	if (minutes > -1 && minutes <= 0) return 'now';
	if (Math.abs(minutes) < 60) return relative.format(minutes, 'minute');
	if (Math.abs(minutes) < 720) return relative.format(Math.round(minutes / 60), 'hour');
	return clock(timestamp);
}

// Only what GitHub serves over https is a link.
const safe = (url) => /^https:\/\//.test(url || '') ? url : null;

export function eventLine(event, { onRepo, onAuthor }) {
	const url = safe(event.metadata.url);
	const summary = event.summary || names[event.type] || event.type;
	const time = new Date(event.timestamp);
	return h('li', { class: 'line', 'data-type': event.type, 'data-id': event.id },
		h('span', { class: 'kind', title: names[event.type] || event.type }, icon(event.type), h('span', { class: 'unseen' }, `${names[event.type] || event.type}: `)),
		h('span', { class: 'summary' }, url ? h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, summary) : summary),
		h('time', { datetime: event.timestamp, title: full(time) }, when(event.timestamp)),
		h('span', { class: 'about' },
			event.repo && h('button', { type: 'button', title: `Only ${event.repo}`, onclick: () => onRepo(event) }, event.repo),
			event.author && [h('span', { class: 'dot', 'aria-hidden': 'true' }, '·'), h('button', { type: 'button', title: `Only ${event.author}`, onclick: () => onAuthor(event) }, event.author)],
			event.metadata.branch && h('span', { class: 'branch', title: 'Branch' }, event.metadata.branch),
			outcome(event),
			event.metadata.bot && h('span', { class: 'tag' }, 'bot')));
}

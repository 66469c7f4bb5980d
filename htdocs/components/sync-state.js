// sync-state.js - how far a repository's history is read, and whether what it
// sends comes through.
//
//	syncState(sync, name)		what to put where it stands
//	healthTag(repository)
//	isGoing(sync)			there will be news of it
//	told(sync, data)		how it is after a word of a job; null: as it was

import { h } from '../app/dom.js';
import { ago, full } from '../app/format.js';

const phase = (s) => /\d/.test(s.phase || '') ? `last ${s.phase}` : '';
const BACKFILL = 'backfill-repos', SYNC = 'sync-github';

// The history first; behind it what webhooks missed, which is told of its own
// only where there is no history to read.
export function told(sync, { job, state, progress, message }) {
	const now = state === 'FINISHED' && { lastSyncedAt: new Date().toISOString() };
	if (job === BACKFILL || job === SYNC && (!sync || sync.phase === 'sync'))
		return { phase: null, lastSyncedAt: null, ...sync, state, progress, message, retryAt: sync?.state === state ? sync.retryAt : null, ...now };
	return job === SYNC && now && sync ? { ...sync, ...now } : null;
}

export const isGoing = (sync) => sync?.state === 'PENDING' || sync?.state === 'ACTIVE';

const later = (sync) => sync.retryAt && Date.parse(sync.retryAt) > Date.now() ? `goes on ${ago(sync.retryAt).replace('now', 'soon')}` : '';
const note = (...what) => { const text = what.filter(Boolean).join(' · '); return text && h('span', { class: 'soft' }, text); };

export function meter(value, name, text) {
	return [h('progress', { max: 100, value, 'aria-label': `Progress of ${name}` }), note(`${value} %`, text)];
}

const shown = {
	PENDING: (s) => [h('span', { class: 'tag' }, 'Waiting'), note(later(s) || s.message)],
	ACTIVE: (s, name) => meter(s.progress ?? 0, name, phase(s)),
	FINISHED: (s) => [h('span', { title: s.lastSyncedAt ? full(s.lastSyncedAt) : null }, s.lastSyncedAt ? `Read ${ago(s.lastSyncedAt)}` : 'Read'), note(phase(s))],
	FAILED: (s) => [h('span', { class: 'tag bad' }, 'Failed'), note(s.message, later(s))],
	PAUSED: (s) => [h('span', { class: 'tag warn' }, 'Paused'), note(s.message, later(s))],
};
export const syncState = (sync, name) => h('div', { class: 'sync' }, sync ? (shown[sync.state] || shown.PENDING)(sync, name) : h('span', { class: 'soft' }, 'Webhooks only'));

const healths = { ok: ['good', 'Healthy'], stale: ['warn', 'Stale'], failing: ['bad', 'Failing'] };
export const webhooks = { active: 'webhook active', missing: 'webhook missing', failing: 'webhook failing', none: 'no webhook' };
export function healthTag({ health, webhook }) {
	const [kind, name] = healths[health] || ['', 'Unknown'];
	return h('div', { class: 'sync' }, h('span', { class: `tag ${kind}` }, name), webhook && webhook !== 'active' && note(webhooks[webhook]));
}

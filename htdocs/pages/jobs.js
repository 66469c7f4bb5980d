// jobs.js - the work that runs by the clock: when each ran, how it ended, what
// it does now; run, pause, resume; and its history, ?job= of one.
//
// How far a job is comes live; without a broker it is asked for while one runs.

import { h, icon, replace } from '../app/dom.js';
import { ago, full, number, short } from '../app/format.js';
import { everything } from '../app/lists.js';
import { api } from '../app/session.js';
import { endless } from '../components/endless.js';
import { words } from '../components/form.js';
import { heading } from '../components/heading.js';
import { jobTabs } from '../components/job-tabs.js';
import { panel } from '../components/panel.js';
import { empty, load } from '../components/states.js';
import { meter } from '../components/sync-state.js';
import { Table } from '../components/table.js';
import { toast } from '../components/toast.js';

const ASKED = 10000, GATHER = 1000, TOLD = 5000;
const tags = { PENDING: ['', 'Waiting'], ACTIVE: ['accent', 'Running'], FINISHED: ['good', 'Done'], FAILED: ['bad', 'Failed'], PAUSED: ['warn', 'Paused'] };
const tag = (state) => { const [kind, name] = tags[state] || ['', state || 'Nothing to do']; return h('span', { class: `tag ${kind}` }, name); };
const units = [[86400, 'd'], [3600, 'h'], [60, 'min']];

// 75 s, 2 min, 3 h: as exactly as it is needed.
function span(from, to) {
	const seconds = Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
	const [size, unit] = units.find(([s]) => seconds >= 2 * s) || [1, 's'];
	return `${number(Math.round(seconds / size * (size === 1 && seconds < 10 ? 10 : 1)) / (size === 1 && seconds < 10 ? 10 : 1))} ${unit}`;
}
const counts = (counted) => Object.entries(counted || {}).map(([name, amount]) => `${number(Number(amount) || 0)} ${name.replaceAll('_', ' ')}`).join(', ');
const moment = (at, how = ago) => at ? h('time', { datetime: at, title: full(at) }, how(at)) : null;

export default function jobs({ query }) {
	let job = query.get('job') || '', heard = 0, waiting = 0;
	const busy = new Set();
	const box = h('div', {}), places = new Map();

	const isOn = (j) => j.state === 'ACTIVE' && !j.paused;
	function state(j) {
		return h('div', { class: 'sync' }, j.paused ? tag('PAUSED') : isOn(j) && typeof j.progress === 'number' ? meter(j.progress, j.title) : h('span', {}, tag(j.state === 'FINISHED' && !j.lastRun ? null : j.state)),
			j.overdue && !j.paused && h('span', { class: 'tag bad' }, 'Overdue'),
			j.failed > 0 && h('span', { class: 'bad-text' }, `${number(j.failed)} of ${number(j.units)} failed`),
			j.message && isOn(j) && h('span', { class: 'soft' }, j.message));
	}
	function last({ lastRun }) {
		if (!lastRun) return h('span', { class: 'soft' }, 'never');
		return h('div', { class: 'sync' }, h('span', {}, moment(lastRun.startedAt), lastRun.finishedAt && h('span', { class: 'soft' }, ` · ${span(lastRun.startedAt, lastRun.finishedAt)}`)),
			lastRun.message && h('span', { class: lastRun.state === 'FAILED' ? 'bad-text' : 'soft' }, lastRun.message));
	}
	function buttons(j) {
		if (!j.mayRun) return h('span', { class: 'soft small-text' }, 'by whoever runs Pulse');
		const act = (what, name, mark) => h('button', { type: 'button', class: 'button small', 'aria-label': `${name} ${j.title}`, 'aria-disabled': busy.has(j.name) ? 'true' : null, onclick: () => doing(j, what) }, icon(mark), name);
		return [act('run', 'Run', 'play'), j.paused ? act('resume', 'Resume', 'sync') : act('pause', 'Pause', 'pause')];
	}
	const table = new Table({ label: 'Jobs', class: 'jobs', key: (j) => j.name, empty: () => empty({ icon: 'clock', title: 'No jobs here', text: 'Nothing of this organisation runs by the clock yet.' }), columns: [
		{ name: 'Job', class: 'main', cell: (j) => h('div', {}, h('button', { type: 'button', class: 'as-link', title: 'Its history', onclick: () => only(j.name) }, h('strong', {}, j.title || j.name)), h('span', { class: 'soft' }, j.schedule)) },
		{ name: 'State', cell: (j) => { const place = h('div', {}, state(j)); places.set(j.name, place); return place; } },
		{ name: 'Last run', cell: last },
		{ name: 'Next', class: 'when', cell: (j) => j.paused ? 'when resumed' : moment(j.nextDueAt) || '–' },
		{ name: 'Actions', unseen: true, class: 'acts', cell: buttons },
	] });
	const find = (name) => table.rows.find((j) => j.name === name);

	const said = { run: (j) => `${j.title}: within a minute.`, pause: (j) => `${j.title}: paused.`, resume: (j) => `${j.title}: goes on.` };
	async function doing(j, what) {
		if (busy.has(j.name)) return;
		busy.add(j.name);
		const before = find(j.name);
		if (what !== 'run') table.put({ ...before, paused: what === 'pause' });
		try {
			await api('POST', `/jobs/${encodeURIComponent(j.name)}/${what}`);
			toast(said[what](j));
			soon();
		} catch (problem) {
			table.put({ ...find(j.name), paused: before.paused });
			toast(`${j.title}: as it was. ${words(problem)}`, { bad: true });
		}
		busy.delete(j.name);
		table.put({ ...find(j.name) });
	}

	const ask = () => everything('/jobs').then((rows) => table.become(rows), () => {});
	// Whoever reads on in the history is left there.
	function soon(after = GATHER) { waiting ||= setTimeout(() => { waiting = 0; ask(); if (runs.pages < 2) runs.again({ keep: true }); }, after); }
	// A word is of one repository, or one site, of many; how far the job is with
	// all of them the server sums up.
	function progress({ job: name, message }) {
		const j = find(name);
		if (!j) return;
		heard = Date.now();
		if (isOn(j)) replace(places.get(name), state(Object.assign(j, { message })));
		soon(TOLD);
	}

	const runsTable = new Table({ label: 'History', class: 'runs', empty: () => empty({ level: 3, icon: 'log', title: 'No run yet', text: 'Each run is kept here for 90 days.' }), columns: [
		{ name: 'Started', class: 'when', cell: (r) => moment(r.startedAt, short) },
		{ name: 'Job', class: 'main', cell: (r) => h('div', {}, h('strong', {}, find(r.job)?.title || r.job), (r.message || counts(r.counted)) && h('span', { class: r.state === 'FAILED' ? 'bad-text' : 'soft' }, [r.message, counts(r.counted)].filter(Boolean).join(' · '))) },
		{ name: 'Ended', cell: (r) => tag(r.state) },
		{ name: 'Took', class: 'when', cell: (r) => r.finishedAt ? span(r.startedAt, r.finishedAt) : 'runs' },
	] });
	const runs = endless({ title: 'The history could not be loaded', label: 'Show older', ask: (cursor) => api('GET', `/jobs/runs?${new URLSearchParams({ ...(job && { job }), ...(cursor && { cursor }) })}`),
		take(rows, first) { if (first) runsTable.set(rows); else runsTable.add(rows); return runsTable.element; } });
	const select = h('select', { class: 'select pill', 'aria-label': 'History of', onchange: () => only(select.value) });
	function drawSelect() {
		replace(select, h('option', { value: '' }, 'All jobs'), table.rows.map((j) => h('option', { value: j.name, selected: j.name === job }, j.title || j.name)));
	}
	function only(name) {
		job = name;
		const url = new URL(location.href);
		if (job) url.searchParams.set('job', job); else url.searchParams.delete('job');
		history.replaceState(null, '', url);
		drawSelect();
		runs.again({ keep: true }).then(() => { if (document.activeElement !== select) past.scrollIntoView({ block: 'nearest' }); });
	}
	const past = panel({ title: 'History', text: 'What each run did, for 90 days.', tools: select }, runs.element);

	// One below the other: the history is drawn when the jobs stand.
	const below = h('div', { hidden: true }, past);
	load(box, () => everything('/jobs'), (rows) => { table.set(rows); drawSelect(); runs.again(); below.hidden = false; return table.element; }, { title: 'The jobs could not be loaded', lines: 6 });
	const clock = setInterval(() => { if (!document.hidden && Date.now() - heard > ASKED && table.rows.some(isOn)) ask(); }, ASKED);
	return { title: 'Jobs', progress, changed: (of) => { if ((!of || of === 'jobs') && table.rows.length) soon(); },
		leave() { clearInterval(clock); clearTimeout(waiting); runs.leave(); },
		element: h('div', { class: 'stack' }, heading('Jobs', 'What runs by the clock: when, how it went, and what is next.'), jobTabs(), panel({ title: 'All jobs' }, box), below) };
}

// rules.js - what the organisation decides about its figures and its data:
// features, thresholds, bots, holidays, who sees persons, how long things stay.
//
// The server sends every flag and threshold that it knows, so that a new one
// appears here by itself; the tables only give them names.

import { h } from '../../app/dom.js';
import { api } from '../../app/session.js';
import { field } from '../../components/field.js';
import { form } from '../../components/form.js';
import { heading } from '../../components/heading.js';
import { panel } from '../../components/panel.js';
import { load } from '../../components/states.js';
import { toast } from '../../components/toast.js';

const figures = [['managers', 'Managers, in their own teams'], ['admins', 'Owners and admins only'], ['self', 'Everybody his own only']];
const units = [[/Days$/, 'days'], [/Hours$/, 'hours'], [/(Percent|Share)$/, '%'], [/Points$/, 'points'], [/Lines$/, 'lines'], [/(Factor|Times|Ratio)$/, 'times']];
const spoken = (key) => key.replace(/[_.]/g, ' ').replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`).replace(/^./, (c) => c.toUpperCase()).replace(/\bpr\b/gi, 'PR');
const lines = (text) => [...new Set(text.split(/[\n,]+/).map((t) => t.trim()).filter(Boolean))];

export default function rules() {
	const box = h('div', { class: 'stack' });
	let settings = {};
	const known = (kind, name) => settings.known?.[kind]?.find((k) => k.name === name) || {};

	// What is not given stays.
	const save = async (part) => {
		await api('PUT', '/settings/organisation', part);
		toast('Saved. Figures follow with the next event.');
	};
	const part = (title, text, fields, collect) => fields.length > 0 && panel({ title, text }, form({ fields, submit: 'Save', send: (v) => save(collect(v)) }).element);

	const flags = () => part('Features', 'What is switched off is not shown to anybody.',
		Object.entries(settings.flags || {}).map(([k, v]) => field({ name: k, label: spoken(k), type: 'switch', value: v, hint: known('flags', k).meaning })), (v) => ({ flags: v }));
	const thresholds = () => part('Thresholds', 'When something is told as an anomaly, and what counts as large or late.',
		Object.entries(settings.thresholds || {}).map(([k, v]) => field({ name: k, label: spoken(k), type: 'number', value: v, min: known('thresholds', k).least ?? 0, max: known('thresholds', k).most, step: 1, required: true, hint: known('thresholds', k).meaning, unit: units.find(([p]) => p.test(k))?.[1] })), (v) => ({ thresholds: v }));
	const persons = () => part('Figures of persons', 'Everybody sees his own. Nobody is ranked, whatever stands here.',
		[field({ name: 'personFigures', label: 'Who sees those of others', type: 'select', value: settings.personFigures, options: figures })], (v) => v);
	const bots = () => part('Bots', 'Logins that are counted as bots; those that end in [bot] are it anyway.',
		[field({ name: 'bots', label: 'Logins, one a line', type: 'textarea', value: (settings.bots || []).join('\n'), spellcheck: 'false', placeholder: 'renovate' })], (v) => ({ bots: lines(v.bots) }));
	const holidays = () => part('Holidays', 'Days that are no working days, besides Saturday and Sunday.',
		[field({ name: 'holidays', label: 'Days, one a line', type: 'textarea', value: (settings.holidays || []).join('\n'), placeholder: '2026-12-25', check: (v) => {
			const odd = lines(v).find((d) => !/^\d{4}-\d{2}-\d{2}$/.test(d) || Number.isNaN(Date.parse(d)) || new Date(d).toISOString().slice(0, 10) !== d);
			return odd ? `“${odd}” is no day, as 2026-12-25 is` : '';
		} })], (v) => ({ holidays: lines(v.holidays).sort() }));
	const retention = () => part('How long it is kept', 'What is older is deleted each night. Sums and figures stay for ever. Empty: as the installation says.',
		Object.entries(settings.retention || {}).map(([k, v]) => field({ name: k, label: spoken(k.replace(/Days$/, '')), type: 'number', value: v, min: 1, max: 36500, step: 1, unit: 'days' })), (v) => ({ retention: v }));

	load(box, () => api('GET', '/settings/organisation'), (answer) => {
		settings = answer;
		return h('div', { class: 'stack' }, [flags, thresholds, persons, bots, holidays, retention].map((f) => f()));
	}, { title: 'The settings could not be loaded', lines: 8 });
	return { title: 'Rules and data', element: h('div', { class: 'stack' }, heading('Rules and data', 'What counts, who sees it, and how long it stays.'), box) };
}

// connect.js - repositories are chosen and connected: one by one, or all that a
// pattern fits. connectDialog(done): done(answer) when some were.
//
// What can be chosen is the server's table of what GitHub shows to Pulse and to
// this person; it is asked for again there when it is older than ten minutes.

import { h, icon, replace } from '../app/dom.js';
import { ago, number } from '../app/format.js';
import { api, may } from '../app/session.js';
import { dialog } from './dialog.js';
import { endless } from './endless.js';
import { field } from './field.js';
import { form } from './form.js';
import { empty } from './states.js';

const TYPED = 250, AGAIN = 2000, TRIES = 30, LOOKED = 3;
const available = (q, cursor) => api('GET', `/repos/available?${new URLSearchParams({ ...(q && { q }), ...(cursor && { cursor }) })}`);
const many = (n) => `${number(n)} ${n === 1 ? 'repository' : 'repositories'}`;

// By one: a list with boxes.
function choosing(chosen, tell) {
	let q = '', typing = 0, tries = 0;
	const found = h('ul', { 'aria-label': 'What can be connected' }), place = h('div', { class: 'choices' }), state = h('p', { class: 'soft', role: 'status' });
	const search = h('input', { type: 'search', class: 'search', placeholder: 'Owner or name', 'aria-label': 'Search what can be connected', maxlength: 200,
		onkeydown: (e) => { if (e.key === 'Enter') e.preventDefault(); },
		oninput: () => { clearTimeout(typing); typing = setTimeout(() => { q = search.value.trim(); list.again({ keep: true }); }, TYPED); } });

	const about = (r) => r.connected ? 'connected' : [r.private && 'private', r.archived && 'archived', r.host !== 'github.com' && r.host, r.pushedAt && `pushed ${ago(r.pushedAt)}`].filter(Boolean).join(' · ');
	const row = (r) => h('li', {}, h('label', {}, h('input', { type: 'checkbox', checked: r.connected || chosen.has(r.githubId), disabled: r.connected, onchange: (e) => { if (e.target.checked) chosen.add(r.githubId); else chosen.delete(r.githubId); tell(); } }),
		h('span', {}, h('strong', {}, r.fullName), h('span', { class: 'soft' }, about(r)))));
	const none = () => q ? empty({ icon: 'search', level: 3, title: 'Nothing here has this in its name' })
		: empty({ icon: 'github', level: 3, title: 'GitHub shows no repositories yet', text: may('administer') ? 'Install the GitHub App, or give a token.' : 'An owner or an admin installs the GitHub App, or gives a token.', action: may('administer') && h('a', { class: 'button', href: '/dashboard/settings/integrations' }, 'To the integrations') });
	const list = endless({ title: 'What can be connected could not be loaded', lines: 5, root: place, ask: (cursor) => available(q, cursor),
		take(rows, first, { refreshing, refreshedAt }) {
			if (first) replace(found);
			found.append(...rows.map(row));
			state.textContent = refreshing ? 'GitHub is being asked; more may come.' : refreshedAt ? `As GitHub told ${ago(refreshedAt)}.` : '';
			if (refreshing && first && tries++ < TRIES) setTimeout(() => { if (place.isConnected && !place.scrollTop) list.again({ keep: true }); }, AGAIN);
			return found.childElementCount || refreshing ? found : none();
		} });
	replace(place, list.element);
	list.again();
	return { element: h('div', { class: 'choosing' }, search, state, place), leave: list.leave };
}

const fits = (pattern) => new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 'i');

// What a pattern would connect, as far as some pages tell.
async function preview(pattern) {
	const literal = pattern.split('*').reduce((a, b) => b.length > a.length ? b : a, ''), test = fits(pattern);
	let cursor = null, fit = 0, had = 0;
	for (let page = 0; page < LOOKED; page++) {
		const answer = await available(literal, cursor);
		const rows = answer.data.filter((r) => test.test(r.fullName));
		fit += rows.length;
		had += rows.filter((r) => r.connected).length;
		if (!(cursor = answer.next)) break;
	}
	return `${cursor ? 'At least ' : ''}${many(fit)} ${fit === 1 ? 'fits' : 'fit'}${had ? `, of which ${number(had)} ${had === 1 ? 'is' : 'are'} connected already` : ''}.`;
}

function byPattern() {
	let typing = 0, turn = 0;
	const seen = h('p', { class: 'soft', role: 'status' });
	const made = field({ name: 'pattern', label: 'Pattern', hint: 'acme/* is all of acme, */api-* every API. A star stands for any letters.', placeholder: 'acme/*', required: true, maxlength: 200, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none', check: (v) => /^[\w.*-]+\/[\w.*-]+$/.test(v) ? '' : 'An owner, a slash and a name' });
	made.input.addEventListener('input', () => {
		const mine = ++turn;
		clearTimeout(typing);
		seen.textContent = '';
		if (!made.check()) typing = setTimeout(() => preview(made.value).then((text) => { if (mine === turn) seen.textContent = text; }, () => {}), TYPED);
	});
	return { field: made, seen };
}

export function connectDialog(done) {
	const chosen = new Set(), send = (body) => api('POST', '/repos/connect', body);
	function finish(answer, _, say) {
		if (!answer) return say('Choose at least one');
		shown.close();
		return done(answer);
	}
	const cancel = () => h('button', { type: 'button', class: 'button', onclick: () => shown.close() }, 'Cancel');
	const tell = () => { one.button.textContent = chosen.size ? `Connect ${many(chosen.size)}` : 'Connect'; };

	const boxes = choosing(chosen, () => tell()), { field: pattern, seen } = byPattern();
	const one = form({ fields: [], submit: 'Connect', extra: cancel(), layout: () => boxes.element, done: finish,
		send: async () => chosen.size ? send({ repositories: [...chosen] }) : null });
	const all = form({ fields: [pattern], submit: 'Connect what fits', extra: cancel(), layout: () => [pattern.element, seen], done: finish, send: ({ pattern: p }) => send({ pattern: p }) });
	all.element.hidden = true;

	const pressed = (on) => h('button', { type: 'button', class: 'chip', onclick: () => way(on) }, on ? 'By a pattern' : 'Choose');
	const ways = [pressed(false), pressed(true)];
	function way(isPattern) {
		one.element.hidden = isPattern;
		all.element.hidden = !isPattern;
		ways.forEach((button, i) => button.setAttribute('aria-pressed', String(isPattern === Boolean(i))));
		(isPattern ? pattern.input : boxes.element.querySelector('input')).focus();
	}
	const content = h('div', { class: 'connecting' }, h('div', { class: 'row', role: 'group', 'aria-label': 'How' }, ways), one.element, all.element);
	const shown = dialog({ title: 'Connect repositories', text: 'Their last 30 days are read first, then up to 90.', content, wide: true, closed: boxes.leave });
	way(false);
}

// form.js - fields, a button, and what the server says of them.
//
//	form({ fields, submit, send, done, extra, danger, wide })
//
// send(values) asks the server; done(answer, values) goes on. Input stays when
// it fails; each refused field says why, the first of them is given the focus,
// and what names no field stands above the button. layout(fields) may place the
// fields itself. The result has element, fields by name, and busy.

import { h, replace } from '../app/dom.js';
import { Problem } from '../app/session.js';

export function words(problem) {
	if (!(problem instanceof Problem)) return 'The server does not answer. Is it running?';
	if (problem.status === 429) return `Too many tries. Please wait ${problem.retryAfter || 60} seconds.`;
	return problem.message.replace(/^./, (c) => c.toUpperCase());
}

export function form({ fields, submit, send, done, layout, extra, danger = false, wide = false }) {
	const named = Object.fromEntries(fields.map((f) => [f.name, f]));
	const button = h('button', { type: 'submit', class: `button ${danger ? 'danger' : 'primary'}${wide ? ' wide' : ''}` }, submit);
	const said = h('div', { role: 'alert', class: 'said' });
	const say = (message, kind = 'bad') => replace(said, message && h('p', { class: `notice ${kind}` }, message));
	let busy = false;

	function first(wrong) {
		const field = fields.find((f) => f.name in wrong);
		for (const f of fields) f.say(wrong[f.name] || '');
		field?.input.focus();
		return Boolean(field);
	}

	async function go(event) {
		event.preventDefault();
		if (busy) return;
		say('');
		const wrong = Object.fromEntries(fields.map((f) => [f.name, f.check()]).filter(([, message]) => message));
		if (first(wrong)) return;
		busy = true;
		button.setAttribute('aria-disabled', 'true');
		try {
			const values = Object.fromEntries(fields.map((f) => [f.name, f.value]));
			const answer = await send(values);
			await done?.(answer, values, say);
		} catch (problem) {
			refuse(problem);
		} finally {
			busy = false;
			button.removeAttribute('aria-disabled');
		}
	}

	// Fields the form does not have are told above the button.
	function refuse(problem) {
		const told = Object.fromEntries((problem.errors || []).map((e) => [e.field.split(/[.[]/)[0], e.message.replace(/^./, (c) => c.toUpperCase())]));
		const rest = Object.entries(told).filter(([name]) => !named[name]).map(([name, message]) => `${name}: ${message}`);
		if (!first(told) || rest.length) say(rest.join('; ') || words(problem));
		if (!(problem instanceof Problem) && !(problem instanceof TypeError)) console.error(problem);
	}

	const element = h('form', { novalidate: true, onsubmit: go, class: 'form' },
		layout ? layout(named) : fields.map((f) => f.element), said,
		h('div', { class: wide ? 'form-end wide' : 'form-end' }, button, extra));
	return { element, fields: named, button, say, refuse };
}

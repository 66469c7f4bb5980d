// states.js - what stands where there is nothing else: waiting, nothing there,
// it failed, it is not for you.
//
//	empty({ icon, title, text, action, level })	action: an element
//	trouble(title, problem, again)		with a button that calls again()
//	noRight(role)
//	bones(lines)				grey lines while it loads
//	load(box, ask, draw, { title, lines })	bones, then draw(answer) or trouble;
//						draw returns what is put in the box

import { h, icon, replace } from '../app/dom.js';

export const empty = ({ icon: mark, title, text, action, level = 2 }) => h('div', { class: 'empty' }, icon(mark), h(`h${level}`, {}, title), text && h('p', {}, text), action);

export const trouble = (title, problem, again) => h('div', { class: 'notice bad', role: 'alert' },
	h('strong', {}, title), h('span', {}, problem.status || problem.title ? problem.message : `${problem.message.replace(/\.?$/, '.')} Is the server running?`),
	again && h('div', {}, h('button', { type: 'button', class: 'button', onclick: () => again() }, 'Try again')));

export const noRight = (role) => h('div', { class: 'panel' }, empty({ level: 1, icon: 'lock', title: 'This page is not for your role', text: `You are ${role} here. An owner or an admin of your organisation can change that; the page opens by itself when they do.`, action: h('a', { class: 'button', href: '/dashboard/activity' }, 'To the activity feed') }));

export const bones = (lines = 4) => h('div', { class: 'bones-box', 'aria-hidden': 'true' }, Array.from({ length: lines }, () => h('i')));

export async function load(box, ask, draw, { title = 'This could not be loaded', lines = 4 } = {}) {
	replace(box, bones(lines));
	box.setAttribute('aria-busy', 'true');
	try {
		const drawn = draw(await ask());
		if (drawn) replace(box, drawn);
	} catch (problem) {
		if (problem.status === 401) return;	// signed out: the sign-in page comes
		if (!problem.status && !(problem instanceof TypeError)) console.error(problem);
		replace(box, trouble(title, problem, () => load(box, ask, draw, { title, lines })));
	} finally {
		box.removeAttribute('aria-busy');
	}
}

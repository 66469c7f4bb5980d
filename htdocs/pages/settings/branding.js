// branding.js - the organisation's logo and colour, with the contrast they have.

import { h, icon, replace } from '../../app/dom.js';
import { logoOf, shades, wear } from '../../app/brand.js';
import { contrast, isColour } from '../../app/contrast.js';
import { api, loadMe, me } from '../../app/session.js';
import { avatar } from '../../components/avatar.js';
import { confirm } from '../../components/dialog.js';
import { field } from '../../components/field.js';
import { form, words } from '../../components/form.js';
import { heading } from '../../components/heading.js';
import { panel } from '../../components/panel.js';
import { load } from '../../components/states.js';
import { toast } from '../../components/toast.js';

const MOST = 256 * 1024, LEAST_SIDE = 16, MOST_SIDE = 2048, OURS = '#4338ca';
const kinds = { 'image/png': [0x89, 0x50, 0x4e, 0x47], 'image/jpeg': [0xff, 0xd8, 0xff], 'image/webp': [0x52, 0x49, 0x46, 0x46] };
const offered = [['#4338ca', 'Indigo'], ['#0369a1', 'Blue'], ['#0f766e', 'Teal'], ['#15803d', 'Green'], ['#a14a05', 'Amber'], ['#be123c', 'Rose'], ['#8a2f9c', 'Plum'], ['#374151', 'Graphite']];

// What is wrong with a file, by its first bytes and not by its name.
async function wrongWith(file) {
	if (file.size > MOST) return `${Math.ceil(file.size / 1024)} KB; 256 at most`;
	const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
	const kind = Object.keys(kinds).find((k) => kinds[k].every((b, i) => head[i] === b));
	return kind ? '' : 'This is no PNG, WebP or JPEG';
}

function logoPanel() {
	const shown = h('div', { class: 'logo-shown' }), said = h('span', { class: 'wrong', role: 'alert' });
	const file = h('input', { type: 'file', id: 'logo', class: 'unseen', accept: Object.keys(kinds).join(','), onchange: () => chosen(file.files[0]) });
	const buttons = h('div', { class: 'row' });
	let picked = null;

	const draw = () => {
		if (!picked) replace(shown, avatar(me.organisation.name, { large: true, square: true, logo: logoOf(me.branding) }));
		replace(buttons, h('label', { class: 'button', for: 'logo' }, icon('upload'), picked ? 'Choose another' : 'Choose a picture'),
			picked && h('button', { type: 'button', class: 'button primary', onclick: save }, 'Use it'),
			picked && h('button', { type: 'button', class: 'button', onclick: () => { picked = null; file.value = ''; draw(); } }, 'Cancel'),
			!picked && me.branding?.logo && h('button', { type: 'button', class: 'button', onclick: remove }, 'Remove'));
	};
	// Drawn and not loaded: our policy loads pictures from the server only.
	async function chosen(given) {
		if (!given) return;
		const wrong = await wrongWith(given);
		const picture = wrong ? null : await createImageBitmap(given).catch(() => null);
		const fits = picture && [picture.width, picture.height].every((n) => n >= LEAST_SIDE && n <= MOST_SIDE);
		said.textContent = wrong || (!picture ? 'This picture cannot be read' : fits ? '' : `${picture.width} by ${picture.height} pixels; ${LEAST_SIDE} to ${MOST_SIDE} each way`);
		if (!fits) return;
		const canvas = h('canvas', { width: 128, height: 128, class: 'avatar large square', role: 'img', 'aria-label': 'The new logo' }), scale = Math.min(128 / picture.width, 128 / picture.height);
		canvas.getContext('2d').drawImage(picture, (128 - picture.width * scale) / 2, (128 - picture.height * scale) / 2, picture.width * scale, picture.height * scale);
		picked = given;
		replace(shown, canvas);
		draw();
	}
	async function save() {
		try {
			await api('PUT', '/settings/logo', picked);
			await loadMe();
			picked = null;
			draw();
			toast('The logo is changed.');
		} catch (problem) { said.textContent = words(problem); }
	}
	async function remove() {
		if (!await confirm({ title: 'Remove the logo?', action: 'Remove', danger: true, does: () => api('DELETE', '/settings/logo') })) return;
		await loadMe().catch(() => {});
		draw();
		toast('The logo is removed.');
	}
	draw();
	return panel({ title: 'Logo', text: 'Square is best: PNG, WebP or JPEG of at most 256 KB. It stands in the navigation and in letters.' },
		h('div', { class: 'logo-row' }, shown, h('div', { class: 'stack' }, file, buttons, said)));
}

// What is kept: the colour as it can be read in each theme.
const both = (colour) => ({ light: shades(colour, 'light').accent, dark: shades(colour, 'dark').accent });
const ratio = (a, b) => `${contrast(a, b).toFixed(1)} : 1`;

function colourPanel(settings) {
	const saved = settings.colours?.light || '';
	const colour = field({ name: 'accent', label: 'Colour', value: saved || OURS, maxlength: 7, spellcheck: 'false', autocomplete: 'off', class: 'colour-text', check: (v) => isColour(v) ? '' : 'Six digits behind a #, as in #4338ca' });
	const well = h('input', { type: 'color', class: 'colour-well', 'aria-label': 'Choose the colour', value: saved || OURS, oninput: () => { colour.value = well.value; look(); } });
	const seen = h('div', { class: 'colour-seen' });
	colour.input.addEventListener('input', look);

	function look() {
		if (!isColour(colour.value)) return;
		well.value = colour.value;
		wear({ colours: both(colour.value) });
		replace(seen, ['light', 'dark'].map((theme) => {
			const { accent, on } = shades(colour.value, theme), ground = theme === 'light' ? '#ffffff' : '#171c26', own = contrast(colour.value, ground);
			const box = h('div', { class: 'colour-theme', 'data-on': theme }, h('strong', {}, theme === 'light' ? 'Light' : 'Dark'),
				h('span', { class: 'colour-button' }, 'A button'), h('span', { class: 'colour-link' }, 'A link'),
				h('span', {}, own >= 4.5 ? `${ratio(colour.value, ground)}, readable as it is` : `${ratio(colour.value, ground)} is too little: shown as ${accent}, ${ratio(accent, ground)}`));
			box.style.setProperty('--shown', accent);
			box.style.setProperty('--shown-on', on);
			return box;
		}));
	}
	const made = form({ fields: [colour], submit: 'Save the colour',
		layout: () => [h('div', { class: 'colour-row' }, well, colour.element), h('div', { class: 'swatches', role: 'group', 'aria-label': 'Colours that go well' }, offered.map(([c, name]) => {
			const b = h('button', { type: 'button', class: 'swatch', 'aria-label': name, title: name, onclick: () => { colour.value = c; look(); } });
			b.style.setProperty('--shown', c);
			return b;
		})), seen],
		send: ({ accent }) => api('PUT', '/settings/organisation', { colours: both(accent) }),
		done: async () => { await loadMe().catch(() => {}); toast('The colour is saved.'); } });
	look();
	return panel({ title: 'Colour', text: 'For buttons, links and what is chosen. Where it could not be read it is made darker or lighter, never left so.' }, made.element);
}

export default function branding() {
	const box = h('div', {});
	load(box, () => api('GET', '/settings/organisation'), (settings) => colourPanel(settings), { title: 'The colours could not be loaded' });
	return { title: 'Branding', leave: () => wear(me?.branding), element: h('div', { class: 'stack' }, heading('Branding', 'How your organisation looks to its members.'), logoPanel(), box) };
}
